package findingspanel

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/records"
	"hilum/ui/kit"
)

// NoteCommand is the command that opens the line for a note.
const NoteCommand = "answer.note"

// answerOptions are what the answer bar is given.
type answerOptions struct {
	Env     *kit.Environment
	Keep    func(note string)      // keeps a note to the chosen finding
	Undo    func()                 // takes the last answer back
	Run     func(id string) func() // makes the function that runs a command
	Focus   func(fyne.Focusable)   // gives a field the keyboard; nil gives it back
	Resized func()                 // told that the bar takes other room
}

// answerBar asks the reader about the chosen finding and shows the answer.
type answerBar struct {
	options answerOptions
	buttons map[records.Verdict]*kit.Button
	note    *kit.Button
	region  *kit.Button
	entry   *noteField
	title   *canvas.Text      // of the one finding that answers go to
	row     fyne.CanvasObject // of buttons
	insist  *kit.Button       // in their place while the findings are withheld
	said    *confirmation
	content *fyne.Container
}

// titleHeight is the room of the chosen finding's name.
const titleHeight = 20

func newAnswerBar(o answerOptions) *answerBar {
	k := o.Env
	b := &answerBar{options: o, buttons: map[records.Verdict]*kit.Button{}}
	row := container.New(kit.Fair{})
	for _, v := range []struct {
		verdict  records.Verdict
		text, id string
	}{
		{records.Agree, o.Env.T("Agree"), "answer.agree"}, {records.Disagree, o.Env.T("Disagree"), "answer.disagree"},
		{records.Unsure, o.Env.T("Unsure"), "answer.unsure"},
	} {
		b.buttons[v.verdict] = kit.NewCompactButton(k, v.text, nil, o.Run(v.id))
		row.Add(b.buttons[v.verdict])
	}
	b.region = kit.NewCompactButton(k, "Box", nil, o.Run("answer.region"))
	b.note = kit.NewCompactButton(k, "Note", nil, o.Run(NoteCommand))
	row.Add(b.region)
	row.Add(b.note)
	b.entry = newNoteField(o.Env, func(text string) {
		o.Keep(text)
		b.close()
	}, b.close)
	b.entry.Hide()
	b.title = canvas.NewText("", k.Colours.Text)
	b.title.TextSize, b.title.TextStyle.Bold = kit.TextSize, true
	b.insist = kit.NewCompactButton(k, "Show them all the same", nil, o.Run(InsistCommand))
	b.insist.Importance = widget.MediumImportance
	b.insist.Hide()
	b.said = newConfirmation(k, o.Undo)
	b.row = row
	b.content = container.New(
		&kit.Stacked{}, inSlot(titleHeight, container.New(inset{dotWidth - 8}, b.title)),
		container.NewStack(b.row, b.insist), b.said.box, b.entry,
	)
	return b
}

// open shows the line for free text.
func (b *answerBar) open(st app.State) {
	b.entry.SetText(st.Answers[st.ChosenClass()].Note)
	b.entry.Show()
	b.content.Refresh()
	b.options.Resized()
	b.options.Focus(b.entry)
}

func (b *answerBar) close() {
	b.entry.Hide()
	b.content.Refresh()
	b.options.Resized()
	b.options.Focus(nil)
}

// Present takes a state of the session.
func (b *answerBar) Present(st app.State, on bool) {
	a := st.Answers[st.ChosenClass()]
	for v, button := range b.buttons {
		button.SetEnabled(on)
		button.Mark(a.Verdict == v)
	}
	b.region.SetEnabled(on)
	b.region.Mark(len(a.Regions) > 0)
	b.note.SetEnabled(on)
	b.note.Mark(a.Note != "")
	b.said.Present(st)
	title, withheld := chosenTitle(b.options.Env, st, st.ChosenClass()), !shown(st)
	if b.title.Text != title || b.insist.Hidden == withheld {
		b.title.Text, b.insist.Hidden = title, !withheld
		if b.row.Show(); withheld {
			b.row.Hide()
		}
		b.content.Refresh()
	}
}

// noteField is a line of text that Enter keeps and Escape leaves.
type noteField struct {
	kit.Box
	leave func()
}

func newNoteField(env *kit.Environment, keep func(string), leave func()) *noteField {
	f := &noteField{Box: kit.BoxIn(env), leave: leave}
	f.PlaceHolder = env.T("Note; Enter keeps it, Escape leaves it")
	f.OnSubmitted = keep
	f.ExtendBaseWidget(f)
	return f
}

// TypedKey implements fyne.Focusable.
func (f *noteField) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		f.leave()
		return
	}
	f.Entry.TypedKey(e)
}

// verdictMark is the sign of an answer in the row of its finding.
func verdictMark(env *kit.Environment, a records.Answer) (text string, c color.Color) {
	switch a.Verdict {
	case records.Agree:
		return "\u2713", env.Colours.Good
	case records.Disagree:
		return "\u2717", env.Colours.Error
	case records.Unsure:
		return "?", env.Colours.Warning
	}
	return "", color.Transparent
}
