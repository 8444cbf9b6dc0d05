package ui

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/records"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// The commands of answers and records that need the toolkit.
const (
	idNote      = "answer.note"
	idAgreement = "answer.agreement"
	idLabels    = "answer.labels"
	idAudit     = "audit.export"
	idVerify    = "audit.verify"
)

// answerBar asks the reader about the chosen finding and shows the answer.
type answerBar struct {
	session *app.Workstation
	buttons map[records.Verdict]*kit.Button
	note    *kit.Button
	region  *kit.Button
	entry   *noteField
	content *fyne.Container
}

func newAnswerBar(w *Window) *answerBar {
	k := w.keys
	b := &answerBar{session: w.session, buttons: map[records.Verdict]*kit.Button{}}
	row := container.New(kit.Fair{})
	for _, v := range []struct {
		verdict  records.Verdict
		text, id string
	}{{records.Agree, kit.T("Agree"), "answer.agree"}, {records.Disagree, kit.T("Disagree"), "answer.disagree"}, {records.Unsure, kit.T("Unsure"), "answer.unsure"}} {
		b.buttons[v.verdict] = kit.NewButton(k, v.text, nil, w.run(v.id))
		row.Add(b.buttons[v.verdict])
	}
	b.region = kit.NewButton(k, "Box", nil, w.run("answer.region"))
	b.note = kit.NewButton(k, "Note", nil, w.run(idNote))
	row.Add(b.region)
	row.Add(b.note)
	b.entry = newNoteField(func(text string) {
		b.session.Answers.NoteChosen(text)
		b.close(w)
	}, func() { b.close(w) })
	b.entry.Hide()
	b.content = container.NewVBox(kit.Densely(row), b.entry)
	return b
}

// open shows the line for free text.
func (b *answerBar) open(w *Window) {
	st := b.session.State()
	b.entry.SetText(st.Answers[st.ChosenClass()].Note)
	b.entry.Show()
	b.content.Refresh()
	w.right.Refresh()
	w.win.Canvas().Focus(b.entry)
}

func (b *answerBar) close(w *Window) {
	b.entry.Hide()
	b.content.Refresh()
	w.right.Refresh()
	w.win.Canvas().Focus(w.viewer)
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
}

// noteField is a line of text that Enter keeps and Escape leaves.
type noteField struct {
	widget.Entry
	leave func()
}

func newNoteField(keep func(string), leave func()) *noteField {
	f := &noteField{leave: leave}
	f.PlaceHolder = kit.T("Note; Enter keeps it, Escape leaves it")
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
func verdictMark(a records.Answer) (text string, c color.Color) {
	switch a.Verdict {
	case records.Agree:
		return "\u2713", kit.ColourGood
	case records.Disagree:
		return "\u2717", kit.ColourError
	case records.Unsure:
		return "?", kit.ColourWarning
	}
	return "", color.Transparent
}

// registerAnswers adds the commands of notes, agreement and the audit log.
func (w *Window) registerAnswers() {
	s := w.session
	kept := func() bool { return s.Answers.Records() != nil }
	scored := func() bool { return kept() && s.State().Result != nil }
	for _, c := range []command.Command{
		{ID: idNote, Title: "Note to the finding\u2026", Menu: "Answers", Shortcut: "N", Do: func() { w.answers.open(w) }, Enabled: scored},
		{ID: idAgreement, Title: "The model against you so far", Menu: "Answers", Shortcut: "Ctrl+G", Do: w.showAgreement, Enabled: kept},
		{ID: idLabels, Title: "Export answers as a table of labels\u2026", Menu: "Answers", Shortcut: "Ctrl+Shift+G", Do: w.exportLabels, Enabled: kept},
		{ID: idTable, Title: "Export all findings as a table\u2026", Menu: "File", Shortcut: "Ctrl+E", Do: w.exportTable, Enabled: kept},
		{ID: idAudit, Title: "Export the audit log\u2026", Menu: "File", Shortcut: "Ctrl+Shift+E", Do: w.exportAudit, Enabled: kept},
		{ID: idVerify, Title: "Check the audit log", Menu: "File", Shortcut: "Ctrl+Alt+E", Do: w.verifyAudit, Enabled: kept},
	} {
		s.Register(c)
	}
}

// showAgreement counts the answers and opens the page about them.
func (w *Window) showAgreement() {
	w.background("counting the answers", func() {
		list, err := w.session.Answers.Agreement(w.session.Context())
		if err != nil {
			w.session.Notify(message.Sentence(err))
			return
		}
		w.options.Do(func() {
			w.pages.page(&w.pages.agreement, func() string { return kit.T("The model against you so far") }, fyne.NewSize(820, 640), func() fyne.CanvasObject {
				return agreementPage(list)
			})
		})
	})
}

// agreementPage shows sensitivity and specificity of the model against the
// reader, with intervals and counts.
func agreementPage(list []records.Agreement) fyne.CanvasObject {
	objects := []fyne.CanvasObject{kit.Heading("The model against you so far"), kit.Strong(inference.NotForDiagnosis), kit.Prose(kit.T(records.AgreementNote))}
	if len(list) == 0 {
		objects = append(objects, kit.Prose("There are no answers yet. Open a film and answer its findings with A, D or U."))
	}
	for _, g := range list {
		objects = append(objects, kit.Subheading(kit.T("%s, model %s, %s", g.Reader, g.Model.Name, counted(g.Answers, "%s answers"))), agreementTable(g.Classes))
	}
	return kit.Page(container.NewVBox(objects...))
}

func agreementTable(classes []records.ClassAgreement) fyne.CanvasObject {
	grid := container.NewGridWithColumns(4)
	for _, title := range []string{kit.T("Finding"), kit.T("Sensitivity (95%)"), kit.T("Specificity (95%)"), kit.T("True and false, unsure")} {
		grid.Add(kit.Strong(title))
	}
	for _, c := range classes {
		grid.Add(widget.NewLabel(kit.ClassName(c.Class)))
		grid.Add(widget.NewLabel(proportion(c.Sensitivity)))
		grid.Add(widget.NewLabel(proportion(c.Specificity)))
		grid.Add(widget.NewLabel(kit.T("TP %d  FP %d  TN %d  FN %d  ? %d", c.TP, c.FP, c.TN, c.FN, c.Unsure)))
	}
	return grid
}

// proportion writes a share with its interval and counts.
func proportion(p records.Proportion) string {
	if p.N == 0 {
		return "\u2013"
	}
	return fmt.Sprintf("%s (%s\u2013%s)  %d/%d", figure(p.Value), figure(p.Lo), figure(p.Hi), p.K, p.N)
}
