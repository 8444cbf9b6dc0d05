// Package wizard is the window of training and calibration: five steps from a
// folder of films to a model in use, the list of runs, and pages beside the steps. Its core type is
// [Wizard], which draws the state of a runs.RunManager and tells it what a person
// wants; the work is done elsewhere and goes on when the window is closed. It
// imports app, app/runs, training, inference/calib, ui/kit, ui/mapping, ui/plot, ui/precision,
// ui/site and Fyne.
package wizard

import (
	"fmt"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/runs"
	"hilum/inference"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
	"hilum/ui/site"
)

// Options say what a wizard works with.
type Options struct {
	Style   *kit.Style // how the window speaks and looks; nil for English in the look of a reading room
	Session *app.Workstation
	Runs    *runs.RunManager
	Opener  filedialog.Opener // asks for files
	Do      func(func())      // runs a function on the window's goroutine; nil is fyne.Do
	Closed  func()            // told when the window is closed; nil for nobody
}

// step is one of the five, the list of runs, or a page beside the steps.
type step int

const (
	stepData step = iota
	stepModel
	stepTrain
	stepValidate
	stepDeploy
	stepRuns
	stepDossier // of the open run, as the next one is
	stepAudit
	stepMonitor
	stepRegister

	steps // how many there are
)

func (s step) title(env *kit.Environment) string {
	return [...]string{
		env.T("Data"), env.T("Model"), env.T("Train"), env.T("Validate"), env.T("Calibrate and deploy"), env.T("Runs"),
		env.T("Dossier"), env.T("Doubtful labels"), env.T("The model in use"), env.T("Deployments"),
	}[s]
}

// page is what a step shows.
type page interface {
	object() fyne.CanvasObject
	// present brings the page in line; r is nil while no run is open.
	present(st runs.State, r *runs.Run)
	// enter is called when a person comes to the step.
	enter(r *runs.Run)
}

// Wizard is the window.
type Wizard struct {
	o       Options
	win     fyne.Window
	env     *kit.Environment
	updates kit.Coalescer
	cancel  []func()
	jobs    sync.WaitGroup

	dir           string // folder of the open run; "" for none
	calibrateOnly bool   // what a new run will do
	at            step
	pages         [steps]page
	rail          *rail
	foot          *footer
	body          *fyne.Container
	title, lead   *widget.Label
	notice        string
}

// New makes the wizard's window on a desk. Show it with Show.
func New(a fyne.App, o Options) *Wizard {
	if o.Style == nil {
		o.Style = kit.NewStyle()
	}
	if o.Do == nil {
		o.Do = fyne.Do
	}
	w := &Wizard{o: o, win: a.NewWindow(o.Style.T("Hilum: training and calibration"))}
	w.env = &kit.Environment{
		Style: o.Style, Commands: w.commands, Modifiers: kit.HeldModifiers, Peek: func(bool) {}, Help: func() {},
		Canvas: w.win.Canvas,
	}
	w.build()
	w.updates.Do, w.updates.F = o.Do, w.present
	w.cancel = []func(){o.Runs.Subscribe(w.updates.Signal), o.Session.Subscribe(w.updates.Signal)}
	w.win.SetOnClosed(w.closed)
	w.present()
	return w
}

const windowWidth, windowHeight = 1280, 800

func (w *Wizard) build() {
	w.title, w.lead = widget.NewLabel(""), widget.NewLabel("")
	w.title.TextStyle.Bold, w.title.SizeName = true, theme.SizeNameHeadingText
	w.lead.Wrapping = fyne.TextWrapWord
	w.pages = [...]page{
		newDataPage(w), newModelPage(w), newTrainPage(w), newValidatePage(w), newDeployPage(w), newRunsPage(w),
		beside{site.NewDossier(w.host())}, beside{site.NewAudit(w.host())}, beside{site.NewMonitor(w.host())},
		beside{site.NewDeployments(w.host(), w.win)},
	}
	w.rail, w.foot = newRail(w), newFooter(w)
	w.body = container.NewStack()
	head := container.NewVBox(kit.Tight(w.title), kit.Tight(w.lead))
	main := container.NewBorder(container.NewPadded(head), w.foot.box, nil, nil, container.NewPadded(w.body))
	w.win.SetPadded(false)
	w.win.SetContent(
		container.NewStack(canvas.NewRectangle(w.env.Colours.Panel),
			container.NewBorder(nil, nil, w.rail.box, nil, main)),
	)
	w.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	c := w.win.Canvas()
	c.SetOnTypedKey(w.env.TypedKey)
	c.SetOnTypedRune(w.env.TypedRune)
	w.show(stepData)
}

// commands are what the keys of this window do.
func (w *Wizard) commands() []command.Command {
	list := []command.Command{
		{ID: "wizard.back", Shortcut: "PageUp", Do: w.back},
		{ID: "wizard.next", Shortcut: "PageDown", Do: w.next},
		{ID: "wizard.close", Shortcut: "Escape", Do: w.win.Close},
		{ID: "wizard.runs", Shortcut: "R", Do: func() { w.show(stepRuns) }},
	}
	for s := stepData; s <= stepDeploy; s++ {
		list = append(
			list,
			command.Command{ID: fmt.Sprintf("wizard.step.%d", s+1), Shortcut: fmt.Sprint(int(s) + 1),
				Do: func() { w.show(s) }},
		)
	}
	return list
}

// Show opens the window, for training or only for calibrating.
func (w *Wizard) Show(calibrateOnly bool) {
	if w.run() == nil || w.run().CalibrateOnly != calibrateOnly {
		w.begin(calibrateOnly)
	}
	w.front()
}

// ShowRun opens the window on a run, where it stands.
func (w *Wizard) ShowRun(dir string) {
	w.open(dir)
	w.front()
}

// ShowRuns opens the window on the list of runs.
func (w *Wizard) ShowRuns() {
	w.show(stepRuns)
	w.front()
}

func (w *Wizard) front() {
	w.win.Show()
	w.win.RequestFocus()
}

// Close closes the window; jobs go on.
func (w *Wizard) Close() {
	if !w.updates.Closed.Load() {
		w.win.Close()
	}
}

// Wait returns when what the window began by itself, such as an export, is done.
func (w *Wizard) Wait() { w.jobs.Wait() }

func (w *Wizard) closed() {
	w.updates.Closed.Store(true)
	for _, f := range w.cancel {
		f()
	}
	if w.o.Closed != nil {
		w.o.Closed()
	}
}

// run is the open run; nil for none.
func (w *Wizard) run() *runs.Run { return w.o.Runs.State().Run(w.dir) }

// begin starts afresh, with nothing chosen.
func (w *Wizard) begin(calibrateOnly bool) {
	w.dir, w.calibrateOnly = "", calibrateOnly
	w.say("")
	w.show(stepData)
}

// open shows a run at the step where it stands.
func (w *Wizard) open(dir string) {
	w.dir = dir
	w.say("")
	r := w.run()
	if r == nil {
		w.show(stepRuns)
		return
	}
	w.calibrateOnly = r.CalibrateOnly
	w.show(stepOf(r))
}

// stepOf is where a person goes on with a run.
func stepOf(r *runs.Run) step {
	switch r.Stage() {
	case runs.Drafted:
		return stepData
	case runs.DataChecked:
		return stepModel
	case runs.Interrupted:
		return stepTrain
	case runs.Trained:
		return stepTrain
	}
	return stepValidate
}

// way are the steps of the open run: nothing is trained where only calibrating
// was asked for.
func (w *Wizard) way() []step {
	if w.calibrateOnly {
		return []step{stepData, stepModel, stepValidate, stepDeploy}
	}
	return []step{stepData, stepModel, stepTrain, stepValidate, stepDeploy}
}

func (w *Wizard) show(s step) {
	if w.calibrateOnly && s == stepTrain {
		s = stepModel
	}
	w.at = s
	w.pages[s].enter(w.run())
	w.present()
	w.body.Objects = []fyne.CanvasObject{w.pages[s].object()}
	w.body.Refresh()
}

// move goes some steps on or back.
func (w *Wizard) move(by int) {
	list := w.way()
	for i, s := range list {
		if s == w.at && i+by >= 0 && i+by < len(list) {
			w.show(list[i+by])
			return
		}
	}
}

func (w *Wizard) back() { w.move(-1) }

// present brings everything in line with the desk.
func (w *Wizard) present() {
	st := w.o.Runs.State()
	r := st.Run(w.dir)
	w.title.SetText(w.at.title(w.env))
	w.lead.SetText(w.words(r))
	w.rail.present(st, r)
	w.pages[w.at].present(st, r)
	w.foot.present(r)
}

// words explain a step to a person who is there for the first time.
func (w *Wizard) words(r *runs.Run) string {
	switch w.at {
	case stepData:
		if w.calibrateOnly {
			return w.env.T(
				"Choose labelled films of this site: 500 are enough. Thresholds are set on 70% of the patients and judged on " +
					"the others.",
			)
		}
		return w.env.T(
			"Choose labelled films: a folder in the layout of ChestX-ray14, or a table with a file, a patient and the " +
				"findings in each row. Films of one patient stay on one side of the split.",
		)
	case stepModel:
		if w.calibrateOnly {
			return w.env.T(
				"Choose the model to calibrate. Its weights stay as they are; only thresholds and probabilities are fitted to " +
					"this site.",
			)
		}
		return w.env.T(
			"Choose what to begin with and how much of it is trained. The less is trained, the faster it goes and the fewer " +
				"films it needs.",
		)
	case stepTrain:
		return w.env.T(
			"Training goes on in the background and gives way to reading. It can be paused, and goes on where it stopped " +
				"even after the program was closed.",
		)
	case stepValidate:
		return w.env.T(
			"How good the model is on films that neither trained it nor set its thresholds. Point at a curve for figures, " +
				"click on it to see what another threshold would do.",
		)
	case stepDeploy:
		return w.env.T(
			"Drag the thresholds and see what they mean here. Deploying puts the model into the viewer; the one before it is " +
				"kept, one click away.",
		)
	}
	if w.at > stepRuns {
		return w.besideWords()
	}
	return w.env.T(
		"Every run is a folder that can be opened again, compared and passed on.",
	) + " " + w.env.T(inference.NotForDiagnosis)
}

// say shows one sentence at the foot; "" takes it away.
func (w *Wizard) say(sentence string) {
	w.notice = sentence
	w.foot.present(w.run())
}

// fail says an error; nil says nothing. True when there was one.
func (w *Wizard) fail(err error) bool {
	if err != nil {
		w.say(w.env.Words().Sentence(err))
	}
	return err != nil
}

// refused tells whether one of some boxes holds what was not taken, says why once more, and
// gives it the keyboard.
func (w *Wizard) refused(boxes ...*entry) bool {
	for _, e := range boxes {
		if e.refused {
			e.refused = !e.done(e.Text)
		}
		if e.refused {
			w.win.Canvas().Focus(e)
			return true
		}
	}
	return false
}

// ask has a person choose one file or folder and does something with it.
func (w *Wizard) ask(purpose filedialog.Purpose, do func(path string)) {
	w.o.Opener.Ask(filedialog.Request{
		Parent: w.win, Purpose: purpose, Chosen: func(paths ...string) { do(paths[0]) },
		Refused: func(err error) { w.fail(err) }, Done: w.present,
	})
}

// start begins a job on the open run.
func (w *Wizard) start(kind runs.Kind) {
	w.say("")
	w.fail(w.o.Runs.Begin(w.dir, kind))
}

// background runs what takes long beside the window; a panic becomes a sentence.
func (w *Wizard) background(what string, f func() (done string, err error)) {
	w.jobs.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				w.o.Do(func() { w.say(w.env.T("Something went wrong while %s: %v.", what, r)) })
			}
		}()
		done, err := f()
		w.o.Do(func() {
			if !w.updates.Closed.Load() && !w.fail(err) {
				w.say(done)
				w.present()
			}
		})
	})
}
