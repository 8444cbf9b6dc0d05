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
	Keep    func(note string) // keeps a note to the chosen finding
	Undo    func()            // takes the last answer back
	Answers Answers
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
	blinded *blindedBar       // below them while the findings are hidden
	said    *confirmation
	content *fyne.Container
}

// titleHeight is the room of the chosen finding's name.
const titleHeight = 20

func newAnswerBar(o answerOptions) *answerBar {
	k := o.Env
	b := &answerBar{options: o, buttons: map[records.Verdict]*kit.Button{}}
	row := container.New(kit.Fair{})
	b.blinded = newBlindedBar(o.Env, o.Answers)
	for _, v := range answerButtons(o.Env) {
		b.buttons[v.open] = kit.NewCompactButton(k, "", nil, b.answer(v))
		b.buttons[v.open].Text = v.openText
		row.Add(b.buttons[v.open])
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
		container.NewStack(b.row, b.insist), b.blinded.box, b.said.box, b.entry,
	)
	return b
}

// answerButton is what a button of the bar says in sight of the findings, and while they are
// hidden; the texts are in the reader's language.
type answerButton struct {
	open, blinded         records.Verdict
	openText, blindedText string
	id                    string
}

func answerButtons(env *kit.Environment) []answerButton {
	return []answerButton{
		{records.Agree, records.Present, env.T("Agree"), env.T("It is present"), "answer.agree"},
		{records.Disagree, records.Absent, env.T("Disagree"), env.T("It is absent"), "answer.disagree"},
		{records.Unsure, records.Unsure, env.T("Unsure"), env.T("Unsure"), "answer.unsure"},
	}
}

// answer is what a button does: what it says, whatever may have become of the film since.
func (b *answerBar) answer(v answerButton) func() {
	run := b.options.Run(v.id)
	return func() {
		if b.blinded.st.Hidden {
			b.options.Answers.AnswerChosen(v.blinded)
			return
		}
		run()
	}
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
	for _, v := range answerButtons(b.options.Env) {
		button, text, is := b.buttons[v.open], v.openText, a.Stance() == v.open
		if st.Hidden {
			text, is = v.blindedText, a.Verdict == v.blinded
		}
		button.SetEnabled(on)
		button.Mark(is)
		if button.Text != text {
			button.SetText(text)
			b.row.Refresh()
		}
	}
	if b.blinded.Present(st, on) {
		b.content.Refresh()
		b.options.Resized()
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

// verdictMark is the sign of an answer in the row of its finding: how it stands to what the
// model says.
func verdictMark(env *kit.Environment, a records.Answer) (text string, c color.Color) {
	switch a.Stance() {
	case records.Agree:
		return "\u2713", env.Colours.Good
	case records.Disagree:
		return "\u2717", env.Colours.Error
	case records.Unsure:
		return "?", env.Colours.Warning
	}
	return "", color.Transparent
}

// saidInWords is an answer while findings are hidden: what the reader says of the film.
func saidInWords(env *kit.Environment, a records.Answer) string {
	switch a.Verdict {
	case records.Present:
		return env.T("present")
	case records.Absent:
		return env.T("absent")
	case records.Unsure:
		return env.T("unsure")
	}
	return ""
}
