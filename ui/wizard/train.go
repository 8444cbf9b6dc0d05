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
	remarks *kit.Remarks
	figures *kit.Table
	drawn   *runs.Progress
}

func newTrainPage(w *Wizard) *trainPage {
	p := &trainPage{
		w: w, bar: widget.NewProgressBar(), now: widget.NewLabel(""), remarks: kit.NewRemarks(w.env),
		figures: kit.NewTable(w.env, 190, 130),
	}
	p.bar.TextFormatter = func() string { return "" } // the line below says how far
	p.loss, p.auroc = plot.New(w.env, 320, 240), plot.New(w.env, 320, 240)
	p.start = kit.NewButton(w.env, "", nil, p.toggle)
	p.start.Importance = widget.MediumImportance
	p.finish = kit.NewButton(w.env, "Stop and keep the best", theme.MediaStopIcon(), p.keepBest)
	p.finish.Importance = widget.MediumImportance
	p.now.Truncation = fyne.TextTruncateEllipsis
	controls := container.NewBorder(nil, nil, container.NewHBox(p.start, p.finish), nil, p.bar)
	plots := container.NewGridWithColumns(2, p.loss, p.auroc)
	side := container.NewVBox(p.figures.Box)
	p.box = container.NewBorder(container.NewVBox(controls, p.now), p.remarks.Box, nil, side, plots)
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

// keepBest ends the training with the best weights so far; one that is paused is taken up for the
// epoch at hand.
func (p *trainPage) keepBest() {
	if r := p.w.run(); r != nil && (r.Job == nil || r.Job.Over) {
		p.w.start(runs.KindTrain)
	}
	p.w.o.Runs.Finish(p.w.dir)
}

func (p *trainPage) present(_ runs.State, r *runs.Run) {
	working := r != nil && r.Job != nil && !r.Job.Over
	p.presentControls(r, working)
	var progress *runs.Progress
	if r != nil {
		progress = r.Training
	}
	p.figures.Set(trainRows(p.w.env, progress, r))
	p.remarks.Set(p.w.env.Words().Texts(progress.Advice()), trainNotes(p.w.env, progress))
	if progress == nil || p.drawn == nil || len(progress.Curve) != len(p.drawn.Curve) || r.Dir != p.w.dir {
		p.drawCurves(progress)
	}
	p.drawn = progress
}

// presentControls says what the buttons do now.
func (p *trainPage) presentControls(r *runs.Run, working bool) {
	text, icon, on := p.w.env.T("Start"), theme.MediaPlayIcon(), r != nil && r.Data != nil
	now := p.w.env.T("Not started.")
	if r == nil || r.Data == nil {
		now = p.w.env.T("Nothing to train on yet: choose data first.")
	}
	if r != nil {
		switch stage := r.Stage(); {
		case working && r.Job.Pausing:
			text, icon, on = p.w.env.T("Pausing\u2026"), theme.MediaPauseIcon(), false
		case working:
			text, icon = p.w.env.T("Pause"), theme.MediaPauseIcon()
		case stage == runs.Interrupted:
			text, now = p.w.env.T("Go on"),
				p.w.env.T("Stopped. It goes on from its last checkpoint, to the same numbers.")
		case stage == runs.Trained:
			text, now = p.w.env.T("Validate"), p.w.env.T("Trained. The model has not been validated yet.")
		case stage == runs.Validated:
			on, now = false, p.w.env.T("Trained and validated.")
		}
	}
	if working {
		now = JobLine(p.w.env, r, time.Now())
	}
	if p.start.Text != text {
		p.start.SetText(text)
		p.start.SetIcon(icon)
	}
	p.start.SetEnabled(on)
	begun := r != nil && r.Training != nil && len(r.Training.Curve) > 0 && r.Training.Done == nil
	p.finish.SetEnabled(begun && (!working || r.Job.Kind == runs.KindTrain && !r.Job.Ending && !r.Job.Pausing))
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
func trainRows(env *kit.Environment, p *runs.Progress, r *runs.Run) [][]string {
	if p == nil {
		return [][]string{{env.T("Nothing yet"), ""}}
	}
	rows := [][]string{{env.T("Now"), ""}}
	if s := p.Step; s != nil {
		rows = append(rows, []string{
			env.T("Epoch"), fmt.Sprint(s.Epoch),
		}, []string{env.T("Loss, this epoch"), env.Words().Figure(fmt.Sprintf("%.4f", s.Loss))},
			[]string{
				env.T("Learning rate"), fmt.Sprintf("%.2g", s.Rate),
			}, []string{
				env.T("Size of the gradient"), fmt.Sprintf("%.2g", s.Norm),
			}, []string{env.T("Images a second"), fmt.Sprintf("%.0f", s.Speed)})
		if p.Done == nil && r.Job != nil && !r.Job.Over {
			rows = append(rows, []string{env.T("Time left, at most"), duration(s.Left)})
		}
		rows = append(rows, []string{env.T("Memory"), bytes(s.Memory)})
	}
	if b := p.Best(); b != nil {
		rows = append(
			rows, nil, []string{env.T("Best so far"), ""}, []string{env.T("Epoch"), fmt.Sprint(b.Epoch)},
			[]string{env.T("Mean AUROC"), b.AUROC.String()}, []string{env.T("Loss on validation"), b.ValLoss.String()},
		)
	}
	return rows
}

// trainNotes say what the engine said of the run.
func trainNotes(env *kit.Environment, p *runs.Progress) []string {
	if p == nil {
		return nil
	}
	var out []string
	if p.Done != nil && p.Done.Stopped != "" {
		out = append(out, env.T("Ended after %d epochs: %s.", p.Done.Epochs, reread.Message(p.Done.Stopped)))
	}
	if p.Plan != nil {
		out = append(out, said(env, p.Plan.Notes)...)
	}
	return out
}

// drawCurves draws loss and AUROC over the epochs.
func (p *trainPage) drawCurves(progress *runs.Progress) {
	train, val := plot.Curve{
		Name: p.w.env.T("training films"), Colour: p.w.env.Colours.Negative,
	}, plot.Curve{Name: p.w.env.T("validation films"), Colour: p.w.env.Colours.Positive}
	mean := plot.Curve{Name: p.w.env.T("mean"), Colour: p.w.env.Colours.Text}
	byClass := map[string]*plot.Curve{}
	var order []string
	if progress != nil {
		for _, e := range progress.Curve {
			train.Values, val.Values = append(train.Values, e.TrainLoss), append(val.Values, float64(e.ValLoss))
			mean.Values = append(mean.Values, float64(e.AUROC))
			for i, c := range e.ByClass {
				if byClass[c.Class] == nil {
					byClass[c.Class] = &plot.Curve{Name: p.w.env.ClassName(c.Class), Colour: plot.Palette(p.w.env, i)}
					order = append(order, c.Class)
				}
				byClass[c.Class].Values = append(byClass[c.Class].Values, float64(c.AUROC))
			}
		}
	}
	p.loss.Draw(plot.Epochs(p.w.env, p.w.env.T("Loss"), p.w.env.T("loss"), []plot.Curve{train, val}))
	var curves []plot.Curve
	for _, c := range order {
		if k := byClass[c]; !math.IsNaN(k.Values[len(k.Values)-1]) {
			curves = append(curves, *k)
		}
	}
	p.auroc.Draw(plot.Epochs(p.w.env, p.w.env.T("AUROC on validation films"), "AUROC", append(curves, mean)))
}
