package wizard

import (
	"fmt"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/internal/message/reread"
	"hilum/ui/kit"
	"hilum/ui/plot"
)

// trainPage is the third step.
type trainPage struct {
	w       *Wizard
	box     *fyne.Container
	loss    *plot.Plot
	auroc   *plot.Plot
	bar     *widget.ProgressBar
	now     *widget.Label
	start   *kit.Button
	finish  *kit.Button
	remarks *remarks
	figures *table
	drawn   *runs.Progress
}

func newTrainPage(w *Wizard) *trainPage {
	p := &trainPage{w: w, bar: widget.NewProgressBar(), now: widget.NewLabel(""), remarks: newRemarks(), figures: newTable(190, 130)}
	p.bar.TextFormatter = func() string { return "" } // the line below says how far
	p.loss, p.auroc = plot.New(w.keys, 320, 240), plot.New(w.keys, 320, 240)
	p.start = kit.NewButton(w.keys, "", nil, p.toggle)
	p.start.Importance = widget.MediumImportance
	p.finish = kit.NewButton(w.keys, "Stop and keep the best", theme.MediaStopIcon(), func() { w.o.Runs.Finish(w.dir) })
	p.finish.Importance = widget.MediumImportance
	p.now.Truncation = fyne.TextTruncateEllipsis
	controls := container.NewBorder(nil, nil, container.NewHBox(p.start, p.finish), nil, p.bar)
	plots := container.NewGridWithColumns(2, p.loss, p.auroc)
	side := container.NewVBox(p.figures.box)
	p.box = container.NewBorder(container.NewVBox(controls, p.now), p.remarks.box, nil, side, plots)
	return p
}

func (p *trainPage) object() fyne.CanvasObject { return p.box }
func (p *trainPage) enter(*runs.Run)           {}

// toggle pauses what is at work, or goes on.
func (p *trainPage) toggle() {
	r := p.w.run()
	switch {
	case r == nil:
	case r.Job != nil && !r.Job.Over:
		p.w.o.Runs.Pause(r.Dir)
	default:
		p.w.start(runs.KindTrain)
	}
}

func (p *trainPage) present(_ runs.State, r *runs.Run) {
	working := r != nil && r.Job != nil && !r.Job.Over
	p.presentControls(r, working)
	var progress *runs.Progress
	if r != nil {
		progress = r.Training
	}
	p.figures.set(trainRows(progress, r))
	p.remarks.set(kit.Words().Texts(progress.Advice()), trainNotes(progress))
	if progress == nil || p.drawn == nil || len(progress.Curve) != len(p.drawn.Curve) || r.Dir != p.w.dir {
		p.drawCurves(progress)
	}
	p.drawn = progress
}

// presentControls says what the buttons do now.
func (p *trainPage) presentControls(r *runs.Run, working bool) {
	text, icon, on := kit.T("Start"), theme.MediaPlayIcon(), r != nil && r.Data != nil
	now := kit.T("Not started.")
	if r == nil || r.Data == nil {
		now = kit.T("Nothing to train on yet: choose data first.")
	}
	if r != nil {
		switch stage := r.Stage(); {
		case working && r.Job.Pausing:
			text, icon, on = kit.T("Pausing\u2026"), theme.MediaPauseIcon(), false
		case working:
			text, icon = kit.T("Pause"), theme.MediaPauseIcon()
		case stage == runs.Interrupted:
			text, now = kit.T("Go on"), kit.T("Stopped. It goes on from its last checkpoint, to the same numbers.")
		case stage == runs.Trained:
			text, now = kit.T("Validate"), kit.T("Trained. The model has not been validated yet.")
		case stage == runs.Validated:
			on, now = false, kit.T("Trained and validated.")
		}
	}
	if working {
		now = JobLine(r, time.Now())
	}
	if p.start.Text != text {
		p.start.SetText(text)
		p.start.SetIcon(icon)
	}
	p.start.SetEnabled(on)
	p.finish.SetEnabled(working && r.Job.Kind == runs.KindTrain && !r.Job.Ending && r.Training != nil && len(r.Training.Curve) > 0 && r.Training.Done == nil)
	p.now.SetText(now)
	value := 0.0
	if working {
		value = min(1, max(0, r.Job.Share()))
	} else if r != nil && r.Stage() >= runs.Trained {
		value = 1
	}
	if p.bar.Value != value {
		p.bar.SetValue(value)
	}
}

// trainRows are the figures of the moment.
func trainRows(p *runs.Progress, r *runs.Run) [][]string {
	if p == nil {
		return [][]string{{kit.T("Nothing yet"), ""}}
	}
	rows := [][]string{{kit.T("Now"), ""}}
	if s := p.Step; s != nil {
		rows = append(rows, []string{kit.T("Epoch"), fmt.Sprint(s.Epoch)}, []string{kit.T("Loss, this epoch"), fmt.Sprintf("%.4f", s.Loss)},
			[]string{kit.T("Learning rate"), fmt.Sprintf("%.2g", s.Rate)}, []string{kit.T("Size of the gradient"), fmt.Sprintf("%.2g", s.Norm)}, []string{kit.T("Images a second"), fmt.Sprintf("%.0f", s.Speed)})
		if p.Done == nil && r.Job != nil && !r.Job.Over {
			rows = append(rows, []string{kit.T("Time left, at most"), duration(s.Left)})
		}
		rows = append(rows, []string{kit.T("Memory"), bytes(s.Memory)})
	}
	if b := p.Best(); b != nil {
		rows = append(rows, nil, []string{kit.T("Best so far"), ""}, []string{kit.T("Epoch"), fmt.Sprint(b.Epoch)}, []string{kit.T("Mean AUROC"), b.AUROC.String()}, []string{kit.T("Loss on validation"), b.ValLoss.String()})
	}
	return rows
}

// trainNotes say what the engine said of the run.
func trainNotes(p *runs.Progress) []string {
	if p == nil {
		return nil
	}
	var out []string
	if p.Done != nil && p.Done.Stopped != "" {
		out = append(out, kit.T("Ended after %d epochs: %s.", p.Done.Epochs, reread.Message(p.Done.Stopped)))
	}
	if p.Plan != nil {
		out = append(out, said(p.Plan.Notes)...)
	}
	return out
}

// drawCurves draws loss and AUROC over the epochs.
func (p *trainPage) drawCurves(progress *runs.Progress) {
	train, val := plot.Curve{Name: kit.T("training films"), Colour: kit.ColourNegative}, plot.Curve{Name: kit.T("validation films"), Colour: kit.ColourPositive}
	mean := plot.Curve{Name: kit.T("mean"), Colour: kit.ColourText}
	byClass := map[string]*plot.Curve{}
	var order []string
	if progress != nil {
		for _, e := range progress.Curve {
			train.Values, val.Values = append(train.Values, e.TrainLoss), append(val.Values, float64(e.ValLoss))
			mean.Values = append(mean.Values, float64(e.AUROC))
			for i, c := range e.ByClass {
				if byClass[c.Class] == nil {
					byClass[c.Class] = &plot.Curve{Name: kit.ClassName(c.Class), Colour: plot.Palette(i)}
					order = append(order, c.Class)
				}
				byClass[c.Class].Values = append(byClass[c.Class].Values, float64(c.AUROC))
			}
		}
	}
	p.loss.Draw(plot.Epochs(kit.T("Loss"), kit.T("loss"), []plot.Curve{train, val}))
	var curves []plot.Curve
	for _, c := range order {
		if k := byClass[c]; !math.IsNaN(k.Values[len(k.Values)-1]) {
			curves = append(curves, *k)
		}
	}
	p.auroc.Draw(plot.Epochs(kit.T("AUROC on validation films"), "AUROC", append(curves, mean)))
}
