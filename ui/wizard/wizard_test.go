package wizard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/runs"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// harness is a wizard on a desk whose jobs a test does.
type harness struct {
	*Wizard
	desk  *runs.RunManager
	dir   string
	queue uitest.Queue
	mu    sync.Mutex // of what a job tells
	began []runs.Kind
	job   func(ctx context.Context, s runs.Spec, finish <-chan struct{}, emit func(runs.Event)) error
}

// asked gives the jobs that were begun.
func (h *harness) asked() []runs.Kind {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]runs.Kind(nil), h.began...)
}

func newHarness(t *testing.T, fill func(dir string)) *harness {
	t.Helper()
	return newHarnessOf(t, runs.Catalogue{}, fill)
}

// newHarnessOf is newHarness with other lists to choose from.
func newHarnessOf(t *testing.T, c runs.Catalogue, fill func(dir string)) *harness {
	t.Helper()
	h := &harness{dir: t.TempDir()}
	if fill != nil {
		fill(h.dir)
	}
	var err error
	h.desk, err = runs.Open(runs.Config{
		Dir: h.dir, Catalogue: c, Demo: inference.Source{Name: "demo model", ONNX: []byte("none")},
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Start: func(ctx context.Context, s runs.Spec, finish <-chan struct{}, emit func(runs.Event)) error {
			h.mu.Lock()
			h.began = append(h.began, s.Kind)
			job := h.job
			h.mu.Unlock()
			if job == nil {
				return nil
			}
			return job(ctx, s, finish, emit)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	session := app.New(app.Config{})
	a := test.NewTempApp(t)
	a.Settings().SetTheme(kit.Theme{})
	h.Wizard = New(a, Options{
		Style: uitest.StyleOf(t), Session: session, Runs: h.desk, Do: h.queue.Do,
		Opener: &uitest.Opener{Paths: []string{filepath.Join(h.dir, "chosen")}},
	})
	t.Cleanup(func() {
		h.desk.Close()
		h.Close()
		if err := session.Close(); err != nil {
			t.Error(err)
		}
		h.Wait()
		h.queue.Run()
	})
	h.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	return h
}

// on does something and lets the window follow.
func (h *harness) on(f func()) {
	f()
	h.queue.Run()
}

// wait waits for something to be true.
func (h *harness) wait(t *testing.T, what string, f func() bool) {
	t.Helper()
	h.queue.Wait(t, what, f)
}

// finished is a harness on a run that is done, with bench and verdict read, and
// the run's folder.
func finished(t *testing.T) (*harness, string) {
	t.Helper()
	return finishedOf(t, runs.Catalogue{})
}

func finishedOf(t *testing.T, c runs.Catalogue) (*harness, string) {
	t.Helper()
	h := newHarnessOf(t, c, func(root string) { uitest.FinishedRun(t, root) })
	dir := h.desk.State().Runs[0].Dir
	h.on(func() { h.open(dir) })
	h.wait(t, "the bench and the verdict", func() bool {
		h.show(stepDeploy)
		h.show(stepValidate)
		return h.pages[stepDeploy].(*deployPage).bench != nil && h.pages[stepValidate].(*validatePage).verdict != nil
	})
	return h, dir
}

// Each step as it looks, at the sizes of a small and of a large screen.
func TestGoldenSteps(t *testing.T) {
	h, _ := finished(t)
	for s := stepData; s <= stepRuns; s++ {
		h.on(func() { h.show(s) })
		if s == stepData {
			h.wait(t, "the thumbnails", func() bool {
				last := h.pages[stepData].(*dataPage).images.cells[11]
				return last.image.Image.Bounds().Dx() > 1
			})
		}
		h.on(func() {
			golden.Check(
				t, fmt.Sprintf("%d-%s", s+1, strings.Fields(strings.ToLower(s.title(uitest.Environment(t))))[0]),
				h.win.Canvas().Capture(),
			)
		})
	}
	for s, name := range map[step]string{stepMonitor: "8-monitor", stepRegister: "9-register"} {
		h.on(func() { h.show(s) })
		h.on(func() { golden.Check(t, name, h.win.Canvas().Capture()) })
	}
	h.on(func() {
		h.show(stepValidate)
		h.win.Resize(fyne.NewSize(1000, 640)) // the least that is of use on a screen of 1280x720
		h.win.Content().Refresh()             // text has wrapped to its new width
		golden.Check(t, "4-validate-small", h.win.Canvas().Capture())
		h.win.Resize(fyne.NewSize(1280, 800))
		h.begin(false)
		golden.Check(t, "1-data-empty", h.win.Canvas().Capture())
	})
}

// From nothing to training with defaults: the clicks of a newcomer.
func TestNewcomersPath(t *testing.T) {
	h := newHarness(t, nil)
	h.job = func(ctx context.Context, s runs.Spec, _ <-chan struct{}, emit func(runs.Event)) error {
		if s.Kind == runs.KindPractice {
			data, err := json.Marshal(uitest.RunSummary(""))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(s.Dir, "data.json"), data, 0o600)
		}
		<-ctx.Done() // the others go on until they are stopped
		return ctx.Err()
	}
	h.on(func() { test.Tap(h.pages[stepData].(*dataPage).choose.Objects[2].(*kit.Button)) })
	h.wait(
		t, "the data are there",
		func() bool { return h.run() != nil && h.run().Data != nil && !h.foot.next.Disabled() },
	)
	h.on(func() { test.Tap(h.foot.next) })
	h.on(func() {
		if h.at != stepModel || h.foot.next.Text != "Start training" {
			t.Errorf("at %v, next is %q", h.at, h.foot.next.Text)
		}
		test.Tap(h.foot.next) // while the cost is still being measured
	})
	h.wait(t, "training", func() bool { return len(h.asked()) == 3 })
	h.on(func() {
		if h.at != stepTrain || h.asked()[1] != runs.KindEstimate || h.asked()[2] != runs.KindTrain {
			t.Errorf("at %v, jobs %v", h.at, h.asked())
		}
		if !h.rail.pill.box.Visible() {
			t.Error("the job is not shown in the rail")
		}
		test.Tap(h.pages[stepTrain].(*trainPage).start) // pauses
	})
	h.wait(t, "the pause", func() bool { return h.run().Job == nil })
}

// Dragging the threshold moves the figures; what was dragged is what is written.
func TestThresholdIsDragged(t *testing.T) {
	h := newHarness(t, func(root string) { uitest.FinishedRun(t, root) })
	dir := h.desk.State().Runs[0].Dir
	h.on(func() { h.open(dir); h.show(stepDeploy) })
	p := h.pages[stepDeploy].(*deployPage)
	h.wait(t, "the bench", func() bool { h.present(); return p.bench != nil && p.chosen() != nil })
	h.on(func() {
		before := p.bench.At(p.chosen())
		p.spread.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(p.spread.Size().Width*0.9,
			80)}})
		p.spread.DragEnd()
		after := p.bench.At(p.chosen())
		if !(after.Threshold > before.Threshold && after.Sensitivity.Value <= before.Sensitivity.Value &&
			after.Specificity.Value >= before.Specificity.Value) {
			t.Errorf(
				"threshold %v to %v: sensitivity %v to %v", before.Threshold, after.Threshold, before.Sensitivity,
				after.Sensitivity,
			)
		}
		if got := p.figures.Cell(1, 1); got != p.w.env.Figure(after.Sensitivity.Value) {
			t.Errorf("%q is shown, the sensitivity is %v", got, after.Sensitivity.Value)
		}
		p.spread.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
		if now := p.chosen().Threshold(); now >= after.Threshold {
			t.Errorf("the arrow moved the threshold from %v to %v", after.Threshold, now)
		}
		test.Tap(p.write)
	})
	h.wait(t, "the job", func() bool { return len(h.asked()) == 1 && h.run().Job == nil })
	h.on(func() {
		k := p.class
		choice := h.run().ByClass[k]
		policy, err := calib.ParsePolicy(choice.Policy)
		if err != nil || policy.Kind != calib.Fixed || policy.Value != p.bench.Class(k).Threshold() {
			t.Errorf("written %+v, the threshold is %v", choice, p.bench.Class(k).Threshold())
		}
	})
}

// TestARefusedNumberStops: "3,5" is read, what is no number stays in its box with a reason,
// and neither writing nor deploying goes on with the value of before.
func TestARefusedNumberStops(t *testing.T) {
	h := newHarness(t, func(root string) { uitest.FinishedRun(t, root) })
	dir := h.desk.State().Runs[0].Dir
	h.on(func() { h.open(dir); h.show(stepDeploy) })
	p := h.pages[stepDeploy].(*deployPage)
	h.wait(t, "the bench", func() bool { h.present(); return p.bench != nil && p.chosen() != nil })
	h.on(func() {
		typed := func(e *entry, text string) { e.SetText(text); e.OnSubmitted(text) }
		typed(p.prevalence, "3,5")
		if got := p.chosen().Prevalence; math.Abs(got-0.035) > 1e-12 || h.notice != "" {
			t.Errorf("3,5 %% is %v, %q", got, h.notice)
		}
		for _, c := range []struct {
			box  *entry
			text string
		}{{p.prevalence, "many"}, {p.images, "1,000"}, {p.images, "-4"}, {p.prevalence, "250"}} {
			typed(c.box, c.text)
			if h.notice == "" || c.box.Text != c.text {
				t.Errorf("%q: the box says %q, the reason is %q", c.text, c.box.Text, h.notice)
			}
			h.say("")
			test.Tap(p.write)
			p.deploy()
			if h.notice == "" || len(h.asked()) != 0 || h.run().Job != nil {
				t.Errorf("%q: went on, %v, %q", c.text, h.asked(), h.notice)
			}
			typed(c.box, "5")
			if h.notice != "" || c.box.refused {
				t.Errorf("put right after %q: %q", c.text, h.notice)
			}
		}
		test.Tap(p.write)
	})
	h.wait(t, "the job", func() bool { return len(h.asked()) == 1 && h.run().Job == nil })
}

// TestValidatingAgainKeepsWhatWasSetByHand: a threshold that was dragged and not written yet
// is kept for the verdict that comes.
func TestValidatingAgainKeepsWhatWasSetByHand(t *testing.T) {
	h := newHarness(t, func(root string) { uitest.FinishedRun(t, root) })
	dir := h.desk.State().Runs[0].Dir
	h.on(func() { h.open(dir); h.show(stepDeploy) })
	p := h.pages[stepDeploy].(*deployPage)
	h.wait(t, "the bench", func() bool { h.present(); return p.bench != nil && p.chosen() != nil })
	var want float64
	h.on(func() {
		p.chosen().SetThreshold(0.321)
		p.dirty = true
		want = p.chosen().Threshold()
		h.validateAgain()
	})
	h.wait(t, "the job", func() bool { return len(h.asked()) == 1 && h.run().Job == nil })
	h.on(func() {
		policy, err := calib.ParsePolicy(h.run().ByClass[p.class].Policy)
		if err != nil || policy.Kind != calib.Fixed || policy.Value != want || h.asked()[0] != runs.KindJudge {
			t.Errorf("kept is %+v, %v; asked %v", h.run().ByClass[p.class], err, h.asked())
		}
	})
}

// A click on a ROC curve shows the confusion table of that point.
func TestClickOnACurve(t *testing.T) {
	h := newHarness(t, func(root string) { uitest.FinishedRun(t, root) })
	dir := h.desk.State().Runs[0].Dir
	h.on(func() { h.open(dir) })
	p := h.pages[stepValidate].(*validatePage)
	h.wait(t, "the verdict", func() bool { h.present(); return p.verdict != nil })
	h.on(func() {
		h.present()
		s, ok := p.scores()
		if !ok {
			t.Fatal("no scores")
		}
		before := p.threshold
		p.look(40)
		s.Threshold = p.threshold
		c := s.Confusion()
		if p.threshold == before || p.confusion.Cell(1, 1) != uitest.Environment(t).Count(int(c.TP)) ||
			p.confusion.Cell(2, 2) != uitest.Environment(t).Count(int(c.TN)) {
			t.Errorf(
				"threshold %v, the table says %q and %q, counted %+v", p.threshold, p.confusion.Cell(1, 1),
				p.confusion.Cell(2, 2), c,
			)
		}
		if sum := int(c.TP + c.FP + c.FN + c.TN); sum != len(s.Probability) {
			t.Errorf("%d films are counted of %d", sum, len(s.Probability))
		}
	})
}

// Data that were chosen become a run that is looked at.
func TestChosenData(t *testing.T) {
	h := newHarness(t, nil)
	h.on(func() {
		h.begin(true)
		test.Tap(h.pages[stepData].(*dataPage).choose.Objects[0].(*kit.Button))
	})
	h.wait(t, "the run", func() bool { return h.run() != nil && len(h.asked()) == 1 })
	h.on(func() {
		if r := h.run(); !r.CalibrateOnly || filepath.Base(r.Settings.Data) != "chosen" ||
			h.asked()[0] != runs.KindCheck {
			t.Errorf("%+v, jobs %v", r.Settings, h.asked())
		}
		h.show(stepTrain)
		if h.at != stepModel {
			t.Errorf("calibrating only, the step is %v", h.at)
		}
	})
}

// A failed job says why at the foot.
func TestFailedJob(t *testing.T) {
	h := newHarness(t, nil)
	h.job = func(context.Context, runs.Spec, <-chan struct{}, func(runs.Event)) error {
		return errors.New("data set: it holds no table")
	}
	h.on(func() { h.pages[stepData].(*dataPage).take("somewhere") })
	h.wait(t, "the reason", func() bool { h.present(); return strings.Contains(h.foot.text.Text, "it holds no table") })
}

// Before there is data the second step says what to do first, and shows no field
// that nothing could be typed into.
func TestModelStepWithoutData(t *testing.T) {
	h := newHarness(t, nil)
	h.on(func() {
		h.show(stepModel)
		p := h.pages[stepModel].(*modelPage)
		texts := strings.Join(uitest.Texts(h.win.Content()), "\n")
		if p.column.Visible() || !strings.Contains(texts, "choose data first") {
			t.Errorf("the step says\n%s", texts)
		}
	})
}

// No step asks for more room than a screen of 1280 has: the toolkit widens a
// window beyond the screen where its content does.
func TestStepsFitASmallScreen(t *testing.T) {
	h, _ := finished(t)
	for s := stepData; s <= stepRuns; s++ {
		h.on(func() {
			h.show(s)
			if least := h.win.Content().MinSize(); least.Width > 1280 || least.Height > 680 {
				t.Errorf("%s wants %v", s.title(uitest.Environment(t)), least)
			}
		})
	}
}

// A policy without a figure of its own has none to be typed in, and a click
// beside a class's name, on its figure, chooses it.
func TestDeployChoices(t *testing.T) {
	h, _ := finished(t)
	h.on(func() {
		h.show(stepDeploy)
		p := h.pages[stepDeploy].(*deployPage)
		if !p.value.Disabled() {
			t.Error("youden takes a figure")
		}
		p.choosePolicy(uitest.Environment(t).T("a sensitivity of"))
		if p.value.Disabled() || p.value.Text != "0.9" {
			t.Errorf("a sensitivity of %q, disabled %v", p.value.Text, p.value.Disabled())
		}
		row := p.classes.rows.Objects[2]
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(row).Add(
			fyne.NewPos(row.Size().Width-10, row.Size().Height/2),
		)
		test.TapCanvas(h.win.Canvas(), at)
		if p.class != p.classes.names[2] {
			t.Errorf("a click on the figure of %s leaves %s", p.classes.names[2], p.class)
		}
	})
}
