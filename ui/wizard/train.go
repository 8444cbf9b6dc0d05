package wizard

import (
	"fmt"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/runs"
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
	p.loss, p.auroc = plot.New(w.keys, 320, 240), plot.New(w.keys, 320, 240)
	p.start = kit.NewButton(w.keys, "", nil, p.toggle)
	p.start.Importance = widget.MediumImportance
	p.finish = kit.NewButton(w.keys, "Stop and keep the best", theme.MediaStopIcon(), func() { w.o.Desk.Finish(w.dir) })
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
		p.w.o.Desk.Pause(r.Dir)
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
	p.remarks.set(progress.Advice(), trainNotes(progress))
	if progress == nil || p.drawn == nil || len(progress.Curve) != len(p.drawn.Curve) || r.Dir != p.w.dir {
		p.drawCurves(progress)
	}
	p.drawn = progress
}

// presentControls says what the buttons do now.
func (p *trainPage) presentControls(r *runs.Run, working bool) {
	text, icon, on := "Start", theme.MediaPlayIcon(), r != nil && r.Data != nil
	now := "Not started."
	if r != nil {
		switch stage := r.Stage(); {
		case working && r.Job.Pausing:
			text, icon, on = "Pausing\u2026", theme.MediaPauseIcon(), false
		case working:
			text, icon = "Pause", theme.MediaPauseIcon()
		case stage == runs.Interrupted:
			text, now = "Go on", "Stopped. It goes on from its last checkpoint, to the same numbers."
		case stage == runs.Trained:
			text, now = "Validate", "Trained. The model has not been validated yet."
		case stage == runs.Validated:
			on, now = false, "Trained and validated."
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
		return [][]string{{"Nothing yet", ""}}
	}
	rows := [][]string{{"Now", ""}}
	if s := p.Step; s != nil {
		rows = append(rows, []string{"Epoch", fmt.Sprint(s.Epoch)}, []string{"Loss, this epoch", fmt.Sprintf("%.4f", s.Loss)},
			[]string{"Learning rate", fmt.Sprintf("%.2g", s.Rate)}, []string{"Size of the gradient", fmt.Sprintf("%.2g", s.Norm)}, []string{"Images a second", fmt.Sprintf("%.0f", s.Speed)})
		if p.Done == nil && r.Job != nil && !r.Job.Over {
			rows = append(rows, []string{"Time left, at most", duration(s.Left)})
		}
		rows = append(rows, []string{"Memory", bytes(s.Memory)})
	}
	if b := p.Best(); b != nil {
		rows = append(rows, nil, []string{"Best so far", ""}, []string{"Epoch", fmt.Sprint(b.Epoch)}, []string{"Mean AUROC", b.AUROC.String()}, []string{"Loss on validation", b.ValLoss.String()})
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
		out = append(out, fmt.Sprintf("Ended after %d epochs: %s.", p.Done.Epochs, p.Done.Stopped))
	}
	if p.Plan != nil {
		out = append(out, p.Plan.Notes...)
	}
	return out
}

// drawCurves draws loss and AUROC over the epochs.
func (p *trainPage) drawCurves(progress *runs.Progress) {
	train, val := plot.Curve{Name: "training films", Colour: kit.ColourNegative}, plot.Curve{Name: "validation films", Colour: kit.ColourPositive}
	mean := plot.Curve{Name: "mean", Colour: kit.ColourText}
	byClass := map[string]*plot.Curve{}
	var order []string
	if progress != nil {
		for _, e := range progress.Curve {
			train.Values, val.Values = append(train.Values, e.TrainLoss), append(val.Values, float64(e.ValLoss))
			mean.Values = append(mean.Values, float64(e.AUROC))
			for i, c := range e.ByClass {
				if byClass[c.Class] == nil {
					byClass[c.Class] = &plot.Curve{Name: app.ClassName(c.Class), Colour: plot.Palette(i)}
					order = append(order, c.Class)
				}
				byClass[c.Class].Values = append(byClass[c.Class].Values, float64(c.AUROC))
			}
		}
	}
	p.loss.Draw(plot.Epochs("Loss", "loss", []plot.Curve{train, val}))
	var curves []plot.Curve
	for _, c := range order {
		if k := byClass[c]; !math.IsNaN(k.Values[len(k.Values)-1]) {
			curves = append(curves, *k)
		}
	}
	p.auroc.Draw(plot.Epochs("AUROC on validation films", "AUROC", append(curves, mean)))
}
