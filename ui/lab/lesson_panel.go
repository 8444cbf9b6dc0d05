package lab

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/lab"
	"hilum/app/lab/lesson"
	"hilum/ui/kit"
)

// lessonPanel shows the lesson that is played or written: its step, what it says,
// the figures of its experiment, and how to go on.
type lessonPanel struct {
	w          *Window
	content    *fyne.Container
	title      *widget.Label
	text       *widget.Label
	figures    *widget.Label // of the experiment
	train      *kit.Button
	back, on   *kit.Button
	words      *fyne.Container // for writing a step
	stepTitle  *kit.Box
	stepText   *kit.Box
	shownStep  int
	shownOf    *lesson.Lesson
	experiment *fyne.Container
}

func newLessonPanel(w *Window) *lessonPanel {
	p := &lessonPanel{
		w: w, title: widget.NewLabel(""), text: widget.NewLabel(""), figures: widget.NewLabel(""), shownStep: -1,
	}
	p.title.TextStyle.Bold = true
	for _, l := range []*widget.Label{p.title, p.text, p.figures} {
		l.Wrapping = fyne.TextWrapWord
	}
	p.train = kit.NewButton(w.environment, "", nil, p.press)
	p.train.Importance = widget.HighImportance
	b := w.bench
	p.back = kit.NewButton(w.environment, "Back", theme.NavigateBackIcon(),
		func() { b.Lesson.GoTo(b.State().Step - 1) })
	p.on = kit.NewButton(w.environment, "Next", theme.NavigateNextIcon(), func() { b.Lesson.GoTo(b.State().Step + 1) })
	p.stepTitle, p.stepText = kit.NewBox(w.environment), kit.NewBoxOfLines(w.environment)
	p.stepTitle.SetPlaceHolder(w.environment.T("Title of the step"))
	p.stepText.SetPlaceHolder(w.environment.T("What is to be seen, and why"))
	p.stepText.Wrapping = fyne.TextWrapWord
	p.stepText.SetMinRowsVisible(3)
	buttons := container.NewGridWithColumns(3,
		kit.NewButton(w.environment, "Add step", nil, func() { b.Lesson.AddStep(p.stepTitle.Text, p.stepText.Text) }),
		kit.NewButton(
			w.environment, "Change words", nil,
			func() { b.Lesson.SetStep(b.State().Step, p.stepTitle.Text, p.stepText.Text) },
		),
		kit.NewButton(w.environment, "Remove step", nil, func() { b.Lesson.RemoveStep(b.State().Step) }))
	p.words = container.New(&kit.Stacked{}, p.stepTitle, p.stepText, buttons)
	p.experiment = container.New(&kit.Stacked{}, p.figures, p.train)
	p.content = container.New(
		&kit.Stacked{}, widget.NewSeparator(), p.title, p.text, p.experiment,
		container.NewGridWithColumns(2, p.back, p.on),
		p.words,
	)
	return p
}

// press starts the experiment, or stops it.
func (p *lessonPanel) press() {
	if p.w.bench.State().Job != nil {
		p.w.bench.Jobs.Stop()
		return
	}
	p.w.bench.Lesson.RunExperiment(p.w.options.Runs)
}

func (p *lessonPanel) present(st lab.State) {
	if setVisible(p.content, st.Lesson != nil) {
		p.w.relayout()
	}
	l := st.Lesson
	if l == nil {
		p.shownOf, p.shownStep = nil, -1
		return
	}
	title, text := l.Title, l.Text
	if st.Step < len(l.Steps) {
		s := l.Steps[st.Step]
		title = p.w.environment.T("%s, %d of %d: %s", l.Title, st.Step+1, len(l.Steps), s.Title)
		text = s.Text
		if st.Step == 0 {
			text = strings.TrimSpace(l.Text + "\n\n" + s.Text)
		}
	}
	setText(p.title, title)
	setText(p.text, text)
	p.presentExperiment(st)
	p.back.SetEnabled(st.Step > 0)
	p.on.SetEnabled(st.Step+1 < len(l.Steps))
	if l != p.shownOf || st.Step != p.shownStep {
		p.shownOf, p.shownStep = l, st.Step
		if st.Step < len(l.Steps) {
			p.stepTitle.SetText(l.Steps[st.Step].Title)
			p.stepText.SetText(l.Steps[st.Step].Text)
		}
		p.content.Refresh()
	}
}

func (p *lessonPanel) presentExperiment(st lab.State) {
	setVisible(p.experiment, st.Lesson.Experiment != nil)
	if st.Lesson.Experiment == nil {
		return
	}
	text, button := p.w.environment.T(
		"The model that this lesson is about is not there yet. It is trained here, in a few minutes, on phantoms with "+
			"known truth.",
	), p.w.environment.T("Make the films and train")
	switch {
	case st.Job != nil:
		text, button = jobText(p.w.environment, st.Job), p.w.environment.T("Stop")
	case st.Experiment != nil:
		text, button = strings.Join(
			p.w.environment.Words().Texts(st.Experiment.Sentences()), "\n",
		), p.w.environment.T("Do it again")
	}
	setText(p.figures, text)
	if p.train.Text != button {
		p.train.SetText(button)
	}
}
