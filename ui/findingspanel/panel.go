// Package findingspanel is the column of findings: a row a class around the class's own
// threshold, what stands behind a row, and what the reader answers. Its core type is
// [Panel].
package findingspanel

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/answers"
	"hilum/app/findings"
	"hilum/app/records"
	"hilum/ui/kit"
)

// Panel is the column of findings: what to be warned of, the rows of the classes with
// the bar of the maps above them, the reader's answer and what stands behind a row.
type Panel struct {
	Content fyne.CanvasObject

	options  Options
	warning  *warningStrip
	sort     *kit.Button
	mapBar   *mapBar
	captions *captions
	bars     *Bars
	others   *others
	rows     *container.Scroll // around bars and others
	answers  *answerBar
	explain  *Explanation
	top      *fyne.Container // what stands above the rows
	box      *fyne.Container // all of it
	model    Model
}

// ForeignCommand opens the page of what other programs say of the film.
const ForeignCommand = "foreign.page"

// Model is what the panel asks of the session.
type Model struct {
	State   func() app.State
	Maps    Maps
	Map     MapModel
	Answers Answers
}

// Maps show and hide the maps of classes.
type Maps interface {
	ToggleMap(class string)
	AddMap(class string)
}

// Answers take what the reader says of a finding.
type Answers interface {
	Choose(class string)
	NoteChosen(text string)
	UndoLast()
	AnswerChosen(v records.Verdict)
	Finish(asked answers.Asked)
	Reveal(asked answers.Asked)
}

// Options are what the panel is given by its window.
type Options struct {
	Env      *kit.Environment
	Run      func(id string) func() // makes the function that runs a command
	Focus    func(fyne.Focusable)   // gives a field the keyboard; nil gives it back
	LineLeft bool                   // its line to the picture is at the left
}

// New makes the panel.
func New(m Model, o Options) *Panel {
	k := o.Env
	p := &Panel{
		options: o, model: m, warning: newWarningStrip(o.Env, o.Run), captions: newCaptions(o.Env),
		mapBar:  newMapBar(k, m.Map),
		explain: newExplanation(k, o.Run),
	}
	p.sort = kit.NewButton(k, "", nil, o.Run("findings.sort"))
	p.bars = newBars(k, m.Maps.ToggleMap, p.Explain)
	p.bars.add = m.Maps.AddMap
	p.others = newOthers(k, o.Run(ForeignCommand))
	p.rows = container.NewVScroll(container.New(&kit.Stacked{}, p.bars, p.others.box))
	p.answers = newAnswerBar(
		answerOptions{
			Env: k, Keep: m.Answers.NoteChosen, Undo: m.Answers.UndoLast, Answers: m.Answers, Run: o.Run, Focus: o.Focus,
			Resized: func() { p.box.Refresh() },
		},
	)
	p.top = container.New(&kit.Stacked{}, p.warning, kit.Header(o.Env, "Findings", kit.AtLeast(p.sort, 132)),
		p.mapBar.box, p.captions)
	low := container.NewBorder(p.answers.content, nil, nil, nil, p.explain)
	p.box = container.New(&findingsLayout{p.answers.blinded}, p.top, p.rows, widget.NewSeparator(), low)
	p.Content = kit.Panel(o.Env, Width, p.box, o.LineLeft)
	return p
}

// Present takes a state of the session; answered tells whether answers are kept.
func (p *Panel) Present(st app.State, answered bool) {
	if grown := p.bars.Present(st); p.others.Present(st) || grown {
		p.rows.Content.Refresh()
		p.box.Refresh()
	}
	p.explain.Present(st, st.ChosenClass())
	p.captions.Present(st)
	p.answers.Present(st, (st.Shown() || st.Hidden && st.Picture != nil) && answered)
	p.mapBar.Present(st)
	p.warning.Present(st)
	p.presentSort(st)
}

// Explained is the height that there is for what stands behind a finding.
func (p *Panel) Explained() float32 { return p.explain.scroll.Size().Height }

// OpenNote shows the line for a note to the chosen finding.
func (p *Panel) OpenNote(st app.State) { p.answers.open(st) }

// Explain shows what stands behind a class's row.
func (p *Panel) Explain(class string) {
	p.model.Answers.Choose(class)
	p.explain.Present(p.model.State(), class)
}

func (p *Panel) presentSort(st app.State) {
	text := p.options.Env.T("Sorted by margin")
	p.sort.SetEnabled(!st.Hidden)
	switch {
	case st.Hidden, st.Sort == findings.ByClass: // the model's own order tells nothing
		text = p.options.Env.T("Sorted by class")
	case st.Sort == findings.ByChange:
		text = p.options.Env.T("Sorted by change")
	}
	if p.sort.Text != text {
		p.sort.SetText(text)
		p.top.Refresh()
	}
}

// findingsLayout gives the rows what they need and the explanation the rest; in
// a low window both share and scroll.
type findingsLayout struct{ blinded *blindedBar }

// MinSize implements fyne.Layout.
func (findingsLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Width, o[0].MinSize().Height+120)
}

// leastExplained is the height that the explanation keeps in a low window.
const leastExplained = 110

// Layout implements fyne.Layout: top, rows, a line, the explanation.
func (l findingsLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	top := o[0].MinSize().Height
	kit.Put(o[0], 0, 0, s.Width, top)
	rows := o[1].(*container.Scroll).Content.MinSize().Height + 4
	rows = max(min(rows, s.Height-top-leastExplained-l.blinded.height()), 0)
	kit.Put(o[1], 0, top, s.Width, rows)
	kit.Put(o[2], 0, top+rows, s.Width, 1)
	kit.Put(o[3], 0, top+rows+2, s.Width, max(s.Height-top-rows-2, 0))
}
