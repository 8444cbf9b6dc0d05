package wizard

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/inference"
	"hilum/ui/kit"
)

// rail is the column of steps at the left, and below it what is at work.
type rail struct {
	w       *Wizard
	box     *fyne.Container
	buttons []*kit.Button // one a step
	name    *widget.Label
	pill    *pill
}

const railWidth = 216

func newRail(w *Wizard) *rail {
	r := &rail{w: w, name: widget.NewLabel(""), pill: newPill(w)}
	r.name.Truncation = fyne.TextTruncateEllipsis
	r.name.TextStyle.Bold = true
	list := container.NewVBox(r.name)
	fresh := kit.NewButton(w.env, "New run", theme.ContentAddIcon(), func() { w.begin(false) })
	only := kit.NewButton(w.env, "Calibrate only", theme.ContentAddIcon(), func() { w.begin(true) })
	fresh.Alignment, only.Alignment = widget.ButtonAlignLeading, widget.ButtonAlignLeading
	for s := stepData; s < steps; s++ {
		b := kit.NewButton(w.env, "", nil, func() { w.show(s) })
		b.Text = fmt.Sprintf("%d  %s", int(s)+1, s.title(w.env)) // so that there is room for it from the start
		b.Alignment = widget.ButtonAlignLeading
		r.buttons = append(r.buttons, b)
		if s == stepRuns {
			list.Add(widget.NewSeparator())
		}
		list.Add(b)
		if s == stepRuns {
			list.Add(fresh)
			list.Add(only)
			list.Add(widget.NewSeparator())
		}
	}
	standing := widget.NewLabel(w.env.T(inference.NotForDiagnosis))
	standing.Wrapping = fyne.TextWrapWord
	standing.SizeName = theme.SizeNameCaptionText
	content := container.NewPadded(container.NewBorder(list, container.NewVBox(r.pill.box, standing), nil, nil))
	r.box = kit.PanelAtLeast(w.env, railWidth, content)
	return r
}

// reached says whether a step has its result.
func reached(s step, r *runs.Run) bool {
	if r == nil {
		return false
	}
	switch s {
	case stepData:
		return r.Data != nil
	case stepModel:
		return r.Training != nil || r.Report != nil
	case stepTrain:
		return r.Training != nil && r.Training.Done != nil
	case stepValidate:
		return r.Report != nil
	}
	return false
}

func (r *rail) present(st runs.State, run *runs.Run) {
	name := r.w.env.T("New run")
	switch {
	case run != nil:
		name = run.Name
	case r.w.calibrateOnly:
		name = r.w.env.T("Calibrate only")
	}
	r.name.SetText(name)
	n := 0
	for s, b := range r.buttons {
		s := step(s)
		skipped := s == stepTrain && r.w.calibrateOnly
		if !skipped && s < stepRuns {
			n++
		}
		text := s.title(r.w.env)
		switch {
		case s > stepRuns:
		case s == stepRuns:
			text = r.w.env.T("All runs (%d)", len(st.Runs))
		case skipped:
			text = "\u2013  " + text
		case reached(s, run) || s == stepDeploy && run != nil && st.Deployed.Run == run.Dir:
			text = "\u2713  " + text
		default:
			text = fmt.Sprintf("%d  %s", n, text)
		}
		if b.Text != text {
			b.SetText(text)
		}
		b.SetEnabled(!skipped)
		b.Mark(s == r.w.at)
	}
	r.pill.present(st)
}

// pill is the job at work: how far it is, and a stop.
type pill struct {
	w    *Wizard
	box  *fyne.Container
	text *widget.Label
	bar  *widget.ProgressBar
	stop *kit.Button
	dir  string
}

func newPill(w *Wizard) *pill {
	p := &pill{w: w, text: widget.NewLabel(""), bar: widget.NewProgressBar()}
	p.text.Wrapping = fyne.TextWrapWord
	p.text.SizeName = theme.SizeNameCaptionText
	// the line above says how far; no colour of text is read on both halves
	p.bar.TextFormatter = func() string { return "" }
	p.stop = kit.NewButton(w.env, "Pause", theme.MediaPauseIcon(), func() { w.o.Runs.Pause(p.dir) })
	p.stop.Importance = widget.MediumImportance
	p.box = container.NewVBox(widget.NewSeparator(), p.text, p.bar, p.stop)
	p.box.Hide()
	return p
}

func (p *pill) present(st runs.State) {
	r := st.Working()
	if r == nil {
		p.box.Hide()
		return
	}
	p.dir = r.Dir
	p.text.SetText(JobLine(p.w.env, r, time.Now()))
	p.bar.SetValue(min(1, max(0, r.Job.Share())))
	text := p.w.env.T("Stop")
	if r.Job.Kind == runs.KindTrain {
		text = p.w.env.T("Pause")
	}
	if p.stop.Text != text {
		p.stop.SetText(text)
	}
	p.stop.SetEnabled(!r.Job.Pausing)
	p.box.Show()
}

// JobLine says of the job at work on a run what it does, how far it is and how
// long it still takes.
func JobLine(env *kit.Environment, r *runs.Run, now time.Time) string {
	line := fmt.Sprintf("%s (%s): %s", env.T(r.Job.Kind.Verb()), r.Name, env.Text(r.Job.Words()))
	if left, ok := r.Job.Left(now); ok {
		line += ", " + env.T("%s left", duration(left))
	}
	return line
}

// duration writes a time as people say it, as "1 min 20 s".
func duration(d time.Duration) string {
	switch s := int(d.Round(time.Second).Seconds()); {
	case d <= 0:
		return "0 s"
	case s < 1:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
	}
}

// footer is the lower edge: what is to be said, back and next.
type footer struct {
	w          *Wizard
	box        *fyne.Container
	text       *widget.Label
	mark       *canvas.Rectangle
	back, next *kit.Button
}

func newFooter(w *Wizard) *footer {
	f := &footer{w: w, text: widget.NewLabel(""), mark: canvas.NewRectangle(w.env.Colours.Warning)}
	f.text.Wrapping = fyne.TextWrapWord
	f.mark.SetMinSize(fyne.NewSize(3, 0))
	f.back, f.next = kit.NewButton(w.env, "Back", nil, w.back), kit.NewButton(w.env, "Next", nil, w.next)
	f.back.Importance = widget.MediumImportance
	f.next.Importance = widget.HighImportance
	buttons := container.NewHBox(kit.Sized(f.back, 90), kit.Sized(f.next, 150))
	row := container.NewBorder(nil, nil, f.mark, container.NewVBox(buttons), f.text)
	f.box = container.NewStack(canvas.NewRectangle(w.env.Colours.Raised), container.NewPadded(row))
	return f
}

func (f *footer) present(r *runs.Run) {
	text := f.w.notice
	if r != nil && r.Job != nil && r.Job.Over && text == "" && !f.w.said() {
		text = sentence(f.w.env, r.Job.Error)
	}
	if f.text.Text != text {
		f.text.SetText(text)
	}
	f.mark.Hidden = text == ""
	f.back.SetEnabled(f.w.at != stepData && f.w.at < stepRuns)
	on := f.w.forward(r)
	if f.next.Text != on.text {
		f.next.SetText(on.text)
	}
	f.next.SetEnabled(on.on)
	f.next.Hidden = on.text == ""
	f.back.Hidden = f.w.at >= stepRuns
}

// forward is what the button at the right does: its text, whether it can be
// pressed, and the deed.
type forward struct {
	text string
	on   bool
	do   func()
}

// forward says how a person goes on from here; no text where there is no way on.
func (w *Wizard) forward(r *runs.Run) forward {
	idle := r != nil && (r.Job == nil || r.Job.Over || r.Job.Kind == runs.KindEstimate)
	next := func(on bool) forward { return forward{w.env.T("Next"), on, func() { w.move(1) }} }
	switch w.at {
	case stepData:
		return next(r != nil && r.Data != nil && w.pages[stepData].(*dataPage).answered())
	case stepModel:
		switch {
		case r != nil && r.Report != nil:
			return next(true)
		case w.calibrateOnly:
			return forward{w.env.T("Calibrate"), idle && r.Data != nil, w.calibrate}
		case r != nil && r.Training != nil:
			return next(true)
		}
		return forward{w.env.T("Start training"), idle && r.Data != nil, w.train}
	case stepTrain, stepValidate:
		return next(r != nil && r.Report != nil)
	case stepDeploy:
		return forward{w.env.T("Deploy"), idle && r.Report != nil, w.pages[stepDeploy].(*deployPage).deploy}
	}
	return forward{}
}

// next goes on, where that is possible.
func (w *Wizard) next() {
	if f := w.forward(w.run()); f.on {
		f.do()
		w.present()
	}
}

func (w *Wizard) train() {
	m := w.pages[stepModel].(*modelPage)
	if m.refused() {
		return
	}
	m.accept()
	w.show(stepTrain)
	w.start(runs.KindTrain)
}

func (w *Wizard) calibrate() {
	w.show(stepValidate)
	w.start(runs.KindJudge)
}

// validateAgain scores the films anew and judges by the thresholds as they were chosen.
func (w *Wizard) validateAgain() {
	if w.pages[stepDeploy].(*deployPage).keep(w.run()) {
		w.start(runs.KindJudge)
	}
}
