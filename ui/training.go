package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/runs"
	"hilum/internal/message"
	"hilum/ui/kit"
	"hilum/ui/wizard"
)

// The commands of training and calibration.
const (
	idTrain     = "train.new"
	idCalibrate = "train.calibrate"
	idRuns      = "train.runs"
	idStepBack  = "train.back"
)

// training joins the window with the desk of runs: the commands, the wizard's
// window, and the job at work in the status line.
type training struct {
	w      *Window
	desk   *runs.RunManager
	wizard *wizard.Wizard // nil while its window is closed
	past   []*wizard.Wizard
	pill   *jobPill
	cancel func()
	using  string // hash of the model that the desk was told of
}

// newTraining registers the commands; without a desk there are none.
func newTraining(w *Window, desk *runs.RunManager) *training {
	t := &training{w: w, desk: desk, cancel: func() {}}
	if desk == nil {
		return t
	}
	t.pill = newJobPill(w.env, t.showWorking, t.pause)
	always := func() bool { return true }
	for _, c := range []command.Command{
		{
			ID: idTrain, Title: "Train a model\u2026", Menu: "Train", Shortcut: "Ctrl+R",
			Do:      func() { t.open().Show(false) },
			Enabled: always,
		},
		{
			ID: idCalibrate, Title: "Calibrate a model for this site\u2026", Menu: "Train", Shortcut: "Ctrl+Shift+R",
			Do: func() { t.open().Show(true) }, Enabled: always,
		},
		{ID: idRuns, Title: "Runs\u2026", Menu: "Train", Do: func() { t.open().ShowRuns() }, Enabled: always},
		{
			ID: idStepBack, Title: "Back to the model before", Menu: "Train", Do: t.stepBack,
			Enabled: func() bool { return desk.State().Previous != nil },
		},
	} {
		w.session.Register(c)
	}
	t.cancel = desk.Subscribe(w.updates.Signal)
	t.offer()
	return t
}

// open gives the wizard's window, made again when it was closed.
func (t *training) open() *wizard.Wizard {
	if t.wizard == nil {
		t.wizard = wizard.New(t.w.application, wizard.Options{
			Style:   t.w.env.Style,
			Session: t.w.session, Runs: t.desk, Opener: t.w.options.Opener, Do: t.w.options.Do,
			Closed: func() { t.past, t.wizard = append(t.past, t.wizard), nil },
		})
	}
	return t.wizard
}

// offer says that a training can go on which something interrupted.
func (t *training) offer() {
	if list := t.desk.Interrupted(); len(list) > 0 {
		t.w.session.Notify(
			message.Of(
				"The training of %s was interrupted. Train, Runs goes on with it, from its last checkpoint.",
				list[0].Name,
			),
		)
	}
}

func (t *training) showWorking() {
	if r := t.desk.State().Working(); r != nil {
		t.open().ShowRun(r.Dir)
	}
}

func (t *training) pause() {
	if r := t.desk.State().Working(); r != nil {
		t.desk.Pause(r.Dir)
	}
}

// stepBack puts the model of before the last deployment into use.
func (t *training) stepBack() {
	t.w.jobs.background("stepping back", func() {
		before, err := t.desk.StepBack()
		if err != nil {
			t.w.session.Fail(err)
			return
		}
		t.w.session.OpenModel(before.Model)
	})
}

// present brings the pill in line; true when the room it takes changed.
func (t *training) present(st app.State) bool {
	if t.desk == nil {
		return false
	}
	if _, source, ok := t.w.session.Models.Network(); ok && st.Model.SHA256 != t.using {
		t.using = st.Model.SHA256
		t.desk.Use(source)
	}
	return t.pill.present(t.desk.State().Working())
}

// close ends what follows the desk, with the main window.
func (t *training) close() {
	t.cancel()
	if t.wizard != nil {
		t.wizard.Close()
	}
}

// wait returns when what the wizard's windows began by themselves is done.
func (t *training) wait() {
	for _, w := range t.past {
		w.Wait()
	}
}

// jobPill is the job at work in the status line: what it does, how long it still
// takes, and a stop. A click on it opens the wizard.
type jobPill struct {
	box  *fyne.Container
	open *kit.Button
	stop *kit.Button
	env  *kit.Environment
}

func newJobPill(k *kit.Environment, open, stop func()) *jobPill {
	p := &jobPill{env: k, open: kit.NewCompactButton(k, "", nil, open),
		stop: kit.NewCompactButton(k, "", theme.MediaPauseIcon(), stop)}
	edge := canvas.NewRectangle(k.Colours.Chosen)
	edge.CornerRadius = 6
	p.box = container.NewStack(edge, container.NewHBox(p.open, p.stop))
	p.box.Hide()
	return p
}

func (p *jobPill) present(r *runs.Run) (changed bool) {
	if r == nil {
		changed = p.box.Visible()
		p.box.Hide()
		return changed
	}
	line := wizard.JobLine(p.env, r, time.Now())
	changed = !p.box.Visible() || len(line) != len(p.open.Text)
	if p.open.Text != line {
		p.open.SetText(line)
	}
	p.stop.SetEnabled(!r.Job.Pausing)
	p.box.Show()
	return changed
}

// beside puts the pill at the left of the status line.
func (t *training) beside(status fyne.CanvasObject) fyne.CanvasObject {
	if t.pill == nil {
		return status
	}
	return container.NewBorder(nil, nil, t.pill.box, nil, status)
}
