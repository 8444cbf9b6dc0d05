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
	"hilum/training"
	"hilum/training/phantom"
	"hilum/ui/golden"
	"hilum/ui/kit"
)

// scores is a table of real figures, see training's tests.
const scores = "../../training/testdata/scores.csv"

// harness is a wizard on a desk whose jobs a test does.
type harness struct {
	*Wizard
	desk  *runs.Desk
	dir   string
	later sync.WaitGroup
	mu    sync.Mutex
	began []runs.Kind
	job   func(ctx context.Context, s runs.Spec, finish <-chan struct{}, emit func(runs.Event)) error
}

// asked gives the jobs that were begun.
func (h *harness) asked() []runs.Kind {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]runs.Kind(nil), h.began...)
}

// noDialog answers every dialog with the same path.
type noDialog struct{ path string }

func (n noDialog) Open(_ fyne.Window, _ kit.Kind, done func([]string, error)) {
	done([]string{n.path}, nil)
}
func (n noDialog) Save(_ fyne.Window, _ string, done func(string, error)) { done(n.path, nil) }

// window is the goroutine of the test's window: what is to be done there is done
// one after the other.
var window sync.Mutex

func newHarness(t *testing.T, fill func(dir string)) *harness {
	t.Helper()
	h := &harness{dir: t.TempDir()}
	if fill != nil {
		fill(h.dir)
	}
	var err error
	h.desk, err = runs.Open(runs.Config{
		Dir: h.dir, Demo: inference.Source{Name: "demo model", ONNX: []byte("none")},
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
	h.Wizard = New(a, Options{Session: session, Desk: h.desk, Opener: noDialog{filepath.Join(h.dir, "chosen")}, Do: func(f func()) {
		h.later.Go(func() { h.on(f) }) // what asks for it may be on the window's goroutine
	}})
	t.Cleanup(func() {
		h.desk.Close()
		h.Close()
		if err := session.Close(); err != nil {
			t.Error(err)
		}
		h.Wait()
		h.later.Wait()
	})
	h.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	return h
}

// on does something on the window's goroutine.
func (h *harness) on(f func()) {
	window.Lock()
	defer window.Unlock()
	f()
}

// wait waits for something to be true on the window's goroutine.
func (h *harness) wait(t *testing.T, what string, f func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		ok := false
		h.on(func() { ok = f() })
		if ok {
			return
		}
	}
	t.Fatal("never: ", what)
}

// finished makes the folder of a run that is done, from figures that were
// computed by training's own jobs.
func finished(t *testing.T, root string) string {
	t.Helper()
	dir := filepath.Join(root, "runs", "2026-01-02-films")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, sub := range []string{"scores", "report", "calibrated"} {
		must(os.MkdirAll(filepath.Join(dir, sub), 0o755))
	}
	recipe, err := training.OpenRecipe("last-block")
	must(err)
	films := filepath.Join(root, "films")
	must(phantom.WriteDataset(t.Context(), phantom.Dataset{Dir: films, N: 12, Seed: 2, Size: 96}, nil))
	write := func(name string, v any) {
		data, err := json.Marshal(v)
		must(err)
		must(os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	write("run.json", runs.Settings{
		Schema: 1, Name: "Films", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Data: films, Seed: 1, Model: "model.onnx", Recipe: recipe,
		Calibrator: "platt", Policy: "youden", FilmsPerDay: 120,
	})
	write("data.json", summary(films))
	plan := training.TrainPlan{Recipe: "last-block", Parameters: 14_964_750, Frozen: 8_543_296, Train: 843, Epochs: 20}
	write("estimate.json", training.TrainEstimate{Plan: plan, Prepare: 84 * time.Second, Epoch: 21 * time.Second, Total: 504 * time.Second, Memory: 1 << 30, CacheBytes: 412 << 20})
	must(os.WriteFile(filepath.Join(dir, "metrics.jsonl"), curve(t, plan), 0o600))
	text, err := os.ReadFile(filepath.FromSlash(scores))
	must(err)
	table := []byte(strings.Replace(string(text), "Image,", "image,", 1))
	for _, name := range []string{"scores/fit.csv", "scores/held_out.csv"} {
		must(os.WriteFile(filepath.Join(dir, name), table, 0o600))
	}
	thresholds := filepath.Join(dir, "calibrated", "thresholds.json")
	_, err = training.Calibrate{Config: training.CalibrateConfig{Scores: filepath.Join(dir, "scores/fit.csv"), Calibrator: "platt", Policy: "youden", Out: thresholds}}.Run(t.Context())
	must(err)
	v := training.ValidateConfig{Scores: filepath.Join(dir, "scores/held_out.csv"), Thresholds: thresholds, Rounds: 40, Seed: 1, Compare: filepath.Join(dir, "scores/fit.csv"), OtherName: "the model in use"}
	report, err := training.Validate{Config: v}.Run(t.Context())
	must(err)
	write("report/report.json", report)
	must(os.WriteFile(filepath.Join(dir, "calibrated", "model.onnx"), []byte("none"), 0o600))
	write("judged.json", runs.Judged{ModelSHA256: "00"})
	return dir
}

// summary is of a data set with a rare class and films that cannot be read.
func summary(films string) runs.DataSummary {
	d := runs.DataSummary{
		Name: "films", Counts: training.Counts{Rows: 112_120, Found: 1204, Missing: 110_916, Duplicate: 3, Unlisted: 12}, Opened: 1204,
		Films:    map[training.Part]int{training.PartTrain: 843, training.PartValidate: 181, training.PartTest: 180},
		Patients: map[training.Part]int{training.PartTrain: 611, training.PartValidate: 130, training.PartTest: 131},
		Bad:      []training.SkippedFilm{{Path: "a.png", Error: "a.png: the file ends in the middle of the picture"}},
		Warnings: []string{"Positives among the 181 films that set thresholds: Hernia 7. No threshold will be set for them; 10 are needed."},
		Notes:    []string{"The official list gives 180 of the films to the test part."},
	}
	for i, name := range inference.ChestXray14() {
		n := 20 + (i*37)%160
		if name == "Hernia" {
			n = 40
		}
		part := map[training.Part]int{training.PartTrain: n - 2*(n/7), training.PartValidate: n / 7, training.PartTest: n / 7}
		d.Classes = append(d.Classes, runs.ClassCount{Name: name, Positive: n, Negative: 1204 - n, ByPart: part})
	}
	files, _ := filepath.Glob(filepath.Join(films, "images", "*.png")) // the pattern is good
	for i, f := range files[:min(len(files), 12)] {
		s := runs.Sample{Path: f}
		if i%3 > 0 {
			s.Labels = []string{inference.ChestXray14()[i]}
		}
		d.Samples = append(d.Samples, s)
	}
	return d
}

// curve is a training that overfits.
func curve(t *testing.T, plan training.TrainPlan) []byte {
	t.Helper()
	var out []byte
	add := func(e training.TrainEvent) {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, line...), '\n')
	}
	add(training.TrainEvent{Plan: &plan})
	for e := 1; e <= 12; e++ {
		x := float64(e)
		epoch := training.TrainEpoch{Epoch: e, TrainLoss: .2 + .3*math.Exp(-x/4), ValLoss: training.Figure(.34 + .12*math.Exp(-x/2) + .004*max(0, x-6)), AUROC: training.Figure(.8 - .25*math.Exp(-x/3)), BestEpoch: min(e, 7)}
		for i, c := range inference.ChestXray14()[:6] {
			epoch.ByClass = append(epoch.ByClass, training.ClassAUROC{Class: c, AUROC: training.Figure(.78 + .03*float64(i) - .3*math.Exp(-x/(2+float64(i))))})
		}
		add(training.TrainEvent{Step: &training.TrainStep{Epoch: e, Step: 53 * e, Of: 1060, Loss: epoch.TrainLoss, Rate: 1e-4, Norm: .8, Speed: 41, Memory: 900 << 20}})
		add(training.TrainEvent{Epoch: &epoch})
	}
	add(training.TrainEvent{Done: &training.TrainDone{BestEpoch: 7, AUROC: .79, Epochs: 12, Stopped: "no better epoch in 5"}})
	return out
}

// Each step as it looks, at the sizes of a small and of a large screen.
func TestGoldenSteps(t *testing.T) {
	h := newHarness(t, func(root string) { finished(t, root) })
	dir := h.desk.State().Runs[0].Dir
	h.on(func() { h.open(dir) })
	h.wait(t, "the bench and the verdict", func() bool {
		h.show(stepDeploy)
		h.show(stepValidate)
		return h.pages[stepDeploy].(*deployPage).bench != nil && h.pages[stepValidate].(*validatePage).verdict != nil
	})
	for s := stepData; s <= stepRuns; s++ {
		h.on(func() { h.show(s) })
		if s == stepData {
			h.wait(t, "the thumbnails", func() bool {
				last := h.pages[stepData].(*dataPage).films.cells[11]
				return last.image.Image.Bounds().Dx() > 1
			})
		}
		h.on(func() {
			golden.Check(t, fmt.Sprintf("%d-%s", s+1, strings.Fields(strings.ToLower(s.title()))[0]), h.win.Canvas().Capture())
		})
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
			data, err := json.Marshal(summary(""))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(s.Dir, "data.json"), data, 0o600)
		}
		<-ctx.Done() // the others go on until they are stopped
		return ctx.Err()
	}
	h.on(func() { test.Tap(h.pages[stepData].(*dataPage).choose.Objects[2].(*kit.Button)) })
	h.wait(t, "the data are there", func() bool { return h.run() != nil && h.run().Data != nil && !h.foot.next.Disabled() })
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
	h := newHarness(t, func(root string) { finished(t, root) })
	dir := h.desk.State().Runs[0].Dir
	h.on(func() { h.open(dir); h.show(stepDeploy) })
	p := h.pages[stepDeploy].(*deployPage)
	h.wait(t, "the bench", func() bool { h.present(); return p.bench != nil && p.chosen() != nil })
	h.on(func() {
		before := p.bench.At(p.chosen())
		p.spread.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(p.spread.Size().Width*0.9, 80)}})
		p.spread.DragEnd()
		after := p.bench.At(p.chosen())
		if !(after.Threshold > before.Threshold && after.Sensitivity.Value <= before.Sensitivity.Value && after.Specificity.Value >= before.Specificity.Value) {
			t.Errorf("threshold %v to %v: sensitivity %v to %v", before.Threshold, after.Threshold, before.Sensitivity, after.Sensitivity)
		}
		if got := p.figures.cells[1][1].Text; got != plain(after.Sensitivity.Value) {
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

// A click on a ROC curve shows the confusion table of that point.
func TestClickOnACurve(t *testing.T) {
	h := newHarness(t, func(root string) { finished(t, root) })
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
		if p.threshold == before || p.confusion.cells[1][1].Text != kit.Count(int(c.TP)) || p.confusion.cells[2][2].Text != kit.Count(int(c.TN)) {
			t.Errorf("threshold %v, the table says %q and %q, counted %+v", p.threshold, p.confusion.cells[1][1].Text, p.confusion.cells[2][2].Text, c)
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
		if r := h.run(); !r.CalibrateOnly || filepath.Base(r.Settings.Data) != "chosen" || h.asked()[0] != runs.KindCheck {
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
