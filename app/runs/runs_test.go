package runs

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/app/runs/process"
	"hilum/inference"
	"hilum/inference/ort"
	"hilum/internal/message"
	"hilum/internal/phantom"
	"hilum/resources"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/evaluate"
	"hilum/training/history"
	"hilum/training/recipe"
	"hilum/training/report"
)

// TestMain lets the test's program do jobs, as the desktop program does, but at
// its own priority: a busy machine would starve it.
func TestMain(m *testing.M) {
	if process.IsChild() {
		if process.Serve(context.Background(), worker().Do, os.Stdin, os.Stdout) != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	os.RemoveAll(imagesDir())
	os.Exit(code)
}

// imagesDir is where the films of all tests are.
func imagesDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("hilum-runs-test-%d", os.Getpid()))
}

func worker() Worker {
	return Worker{OpenEngine: func() (inference.Engine, error) {
		return ort.Open(ort.Options{Provider: inference.CPU, Threads: 1})
	}}
}

// needEngine skips where ONNX Runtime is not there.
func needEngine(t *testing.T) {
	t.Helper()
	e, err := worker().OpenEngine()
	if err != nil {
		t.Skip("no engine: ", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// demo is the model that comes with the program.
var demo = inference.Source{Name: "demo model", ONNX: resources.DemoModel(), Thresholds: resources.DemoThresholds()}

func openDesk(t *testing.T, dir string, start Starter) *RunManager {
	t.Helper()
	d, err := Open(Config{Dir: dir, Start: start, Demo: demo,
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// settle waits until no job is at work on a run.
func settle(t *testing.T, d *RunManager, dir string) *Run {
	t.Helper()
	for until := time.Now().Add(3 * time.Minute); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if r := d.State().Run(dir); r == nil || r.Job == nil || r.Job.Over {
			return r
		}
	}
	t.Fatalf("the job does not end: %+v", d.State().Run(dir).Job)
	return nil
}

func do(t *testing.T, d *RunManager, dir string, k Kind) *Run {
	t.Helper()
	if err := d.Begin(dir, k); err != nil {
		t.Fatal(err)
	}
	r := settle(t, d, dir)
	if r.Job != nil {
		t.Fatalf("%s: %s", k, r.Job.Error)
	}
	return r
}

// images draws a small data set once for all tests.
func images(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(imagesDir(), "films")
	if _, err := os.Stat(filepath.Join(dir, "Data_Entry_2017_v2020.csv")); err == nil {
		return dir
	}
	if err := phantom.WriteDataset(t.Context(), phantom.Dataset{Dir: dir, N: 72, Seed: 5, Size: 96, Workers: 2},
		nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tiny is a run of seconds: every layer of the smallest network.
func tiny(t *testing.T, data string) Settings {
	t.Helper()
	r, err := recipe.Open("full")
	if err != nil {
		t.Fatal(err)
	}
	r.Epochs, r.Patience, r.Batch, r.Size = 3, 0, 8, 32
	return Settings{Name: "Tiny run", Data: data, Arch: "resnet_tiny", Recipe: r, Seed: 4, Policy: "youden"}
}

// The whole way in processes of their own: look at data, measure, train, judge,
// set thresholds, deploy, step back; and everything is there after a restart.
func TestFromImagesToADeployedModel(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	d := openDesk(t, dir, InProcess())
	r, err := d.Create(tiny(t, images(t)))
	if err != nil {
		t.Fatal(err)
	}
	r = do(t, d, r.Dir, KindCheck)
	if r.Stage() != DataChecked || r.Data.Counts.Found != 72 || r.Data.Opened != 72 || len(r.Data.Bad) != 0 ||
		len(r.Data.Samples) == 0 {
		t.Fatalf("stage %v, data %+v", r.Stage(), r.Data)
	}
	if r = do(t, d, r.Dir, KindEstimate); r.Estimate == nil || r.Estimate.Epoch <= 0 ||
		r.Estimate.Plan.Parameters == 0 {
		t.Fatalf("estimate %+v", r.Estimate)
	}
	r = do(t, d, r.Dir, KindTrain)
	checkTrained(t, r)
	if r.Report.Rows != r.Data.Images[dataset.Test] || r.Report.SameData {
		t.Errorf("the report is of %d films, %d are held out; fitted on them: %v", r.Report.Rows,
			r.Data.Images[dataset.Test], r.Report.SameData)
	}
	checkDeploys(t, d, dir, r)
}

// checkTrained holds what a trained run must have.
func checkTrained(t *testing.T, r *Run) {
	t.Helper()
	switch {
	case r.Stage() != Validated:
		t.Fatalf("stage %v", r.Stage())
	case len(r.Training.Curve) != 3 || r.Training.Best() == nil || r.Training.Done.Epochs != 3:
		t.Errorf("training %+v", r.Training)
	case len(r.Calibrated.Classes) != 14:
		t.Errorf("%d classes are calibrated", len(r.Calibrated.Classes))
	}
	hash, err := inference.HashFile(r.CalibratedModelPath())
	if err != nil || r.Calibrated.ModelSHA256 != hash {
		t.Errorf("thresholds are for the model %s, which is %s, %v", r.Calibrated.ModelSHA256, hash, err)
	}
	src, err := inference.ReadSource(r.CalibratedModelPath(), "")
	if err != nil {
		t.Fatal(err)
	}
	e, err := worker().OpenEngine()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	m, err := inference.OpenModel(e, src)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	foreign := slices.ContainsFunc(m.Warnings,
		func(w message.Message) bool { return !strings.HasPrefix(w.String(), "No valid threshold") })
	if foreign || m.Calibration.Uncalibrated || m.Spec.Card.Name != "Tiny run" || !m.Spec.Card.NotForDiagnosis ||
		m.Spec.Card.MacroAUC == nil {
		t.Errorf("warnings %v, card %+v", m.Warnings, m.Spec.Card)
	}
	card, err := os.ReadFile(r.Path(calibratedDir + "/card.md"))
	if err != nil || !strings.Contains(string(card), inference.NotForDiagnosis) {
		t.Errorf("card.md: %v", err)
	}
}

// checkDeploys deploys, restarts and steps back.
func checkDeploys(t *testing.T, d *RunManager, dir string, r *Run) {
	t.Helper()
	p, err := d.Deploy(t.Context(), r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	again := openDesk(t, dir, InProcess())
	st := again.State()
	if again.Deployed() != p.Model || st.Deployed.Name != "Tiny run" || st.Previous == nil || st.Previous.Model != "" {
		t.Errorf("after a restart %+v, before it %+v", st.Deployed, st.Previous)
	}
	a, err := os.ReadFile(p.Model)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(r.CalibratedModelPath()); err != nil || string(a) != string(b) {
		t.Errorf("the deployed model is another one: %v", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(p.Model), thresholdsName)); err != nil {
		t.Error(err)
	}
	reopened := st.Run(r.Dir)
	if reopened == nil || reopened.Stage() != Validated || !reflect.DeepEqual(reopened.Calibrated, r.Calibrated) {
		t.Errorf("the run after a restart: %+v", reopened)
	}
	if back, err := again.StepBack(); err != nil || back.Model != "" || again.Deployed() != "" {
		t.Errorf("back to %+v, %v", back, err)
	}
	if _, err := again.StepBack(); err == nil {
		t.Error("there was something before the first model")
	}
	list, err := Register(dir)
	if err != nil || len(list) != 2 || list[0].Model != p.Model || list[0].ThresholdsSHA256 == "" || list[0].Back ||
		!list[1].Back || list[1].Restores != 0 || list[1].Model != "" {
		t.Errorf("the register: %v, %+v", err, list)
	}
	if path, err := again.InUse(); err != nil || mustHash(t, path) != fmt.Sprintf("%x", sha256.Sum256(demo.ONNX)) ||
		filepath.Base(path) != modelName {
		t.Errorf("in use %s, %v", path, err)
	}
	for _, using := range []inference.Source{
		{Name: "a file", Path: p.Model, Dir: filepath.Dir(p.Model)}, {Name: "starter model", ONNX: []byte("weights")},
	} {
		again.Use(using)
		path, err := again.InUse()
		if data, _ := os.ReadFile(path); err != nil || using.Path != "" && path != using.Path ||
			using.ONNX != nil && string(data) != string(using.ONNX) {
			t.Errorf("told of %s, in use is %s, %v", using.Name, path, err)
		}
	}
	to := filepath.Join(t.TempDir(), "exported")
	if err := again.Export(t.Context(), r.Dir, to); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.txt", settingsFile, metricsFile, modelName, "report/report.html",
		"calibrated/thresholds.json", "calibrated/model.onnx"} {
		if _, err := os.Stat(filepath.Join(to, name)); err != nil {
			t.Errorf("not exported: %v", err)
		}
	}
	for _, name := range notExported() {
		if _, err := os.Stat(filepath.Join(to, name)); err == nil {
			t.Errorf("%s was exported", name)
		}
	}
	if err := again.Export(t.Context(), r.Dir, to); err == nil {
		t.Error("an export wrote over another")
	}
}

func mustHash(t *testing.T, path string) string {
	t.Helper()
	h, err := inference.HashFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// A training that is killed is offered after a restart, goes on, and ends with
// the bytes of one that nothing interrupted.
func TestKilledTrainingGoesOnToTheSameModel(t *testing.T) {
	needEngine(t)
	data := images(t)
	dir := t.TempDir()
	d := openDesk(t, dir, InProcess())
	whole, err := d.Create(tiny(t, data))
	if err != nil {
		t.Fatal(err)
	}
	do(t, d, whole.Dir, KindTrain)
	cut, err := d.Create(tiny(t, data))
	if err != nil {
		t.Fatal(err)
	}
	killAfterEpoch(t, cut.Dir)
	d.Close()
	d = openDesk(t, dir, InProcess())
	list := d.Interrupted()
	if len(list) != 1 || list[0].Dir != cut.Dir || list[0].Stage() != Interrupted {
		t.Fatalf("offered to go on: %v", list)
	}
	r := do(t, d, cut.Dir, KindTrain)
	if a, b := mustHash(t, whole.Path(modelName)), mustHash(t, r.Path(modelName)); a != b {
		t.Errorf("the model is %s, without the kill %s", b, a)
	}
	if other := d.State().Run(whole.Dir); r.Report.Macro.AUROC != other.Report.Macro.AUROC ||
		!reflect.DeepEqual(r.Calibrated.Classes, other.Calibrated.Classes) {
		t.Errorf("mean AUROC %v, without the kill %v", r.Report.Macro.AUROC, other.Report.Macro.AUROC)
	}
	if len(d.Interrupted()) != 0 {
		t.Error("still offered")
	}
}

// killAfterEpoch trains in a process and kills it at once after an epoch, with no
// chance to write anything.
func killAfterEpoch(t *testing.T, dir string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "HILUM_JOB=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(in, `{"kind": "train", "dir": %q}`+"\n", dir)
	killed, done := false, false
	for lines := json.NewDecoder(out); ; {
		var said struct {
			Event Event
			Done  bool
		}
		if lines.Decode(&said) != nil {
			break
		}
		done = done || said.Done
		if e := said.Event; e.Train != nil && e.Train.Epoch != nil && !killed {
			killed = true
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	if !killed || done {
		t.Fatalf("not killed in the middle: killed %v, done %v", killed, done)
	}
}

// When the program is gone the job ends by itself, with a checkpoint; a pause is
// the same.
func TestPausedTrainingGoesOn(t *testing.T) {
	needEngine(t)
	d := openDesk(t, t.TempDir(), InProcess())
	s := tiny(t, images(t))
	s.Recipe.Epochs = 60
	r, err := d.Create(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Begin(r.Dir, KindTrain); err != nil {
		t.Fatal(err)
	}
	until(t, d, r.Dir, func(r *Run) bool { return r.Training != nil && len(r.Training.Curve) > 1 })
	d.Pause(r.Dir)
	r = settle(t, d, r.Dir)
	if r.Job != nil || r.Stage() != Interrupted {
		t.Fatalf("after a pause: stage %v, job %+v", r.Stage(), r.Job)
	}
	before := len(r.Training.Curve)
	if err := d.Begin(r.Dir, KindTrain); err != nil {
		t.Fatal(err)
	}
	until(t, d, r.Dir, func(r *Run) bool { return len(r.Training.Curve) > before })
	d.Finish(r.Dir)
	r = settle(t, d, r.Dir)
	if r.Job != nil {
		t.Fatal(r.Job.Error)
	}
	if n := r.Training.Done.Epochs; r.Stage() != Validated || n <= before || n >= 60 || r.Training.Done.Stopped == "" {
		t.Errorf("ended by hand: stage %v, %+v after %d epochs", r.Stage(), r.Training.Done, before)
	}
}

func until(t *testing.T, d *RunManager, dir string, f func(*Run) bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		r := d.State().Run(dir)
		if f(r) {
			return
		}
		if r.Job == nil || r.Job.Over {
			t.Fatalf("it ended before: %+v", r.Job)
		}
	}
	t.Fatal("it takes too long")
}

// Only calibrating: the model's bytes stay, every patient either sets thresholds
// or judges them.
func TestCalibrateOnly(t *testing.T) {
	needEngine(t)
	d := openDesk(t, t.TempDir(), InProcess())
	trained, err := d.Create(tiny(t, images(t)))
	if err != nil {
		t.Fatal(err)
	}
	do(t, d, trained.Dir, KindTrain)
	r, err := d.Create(Settings{Name: "Site", Data: images(t), CalibrateOnly: true, Model: trained.Path(modelName),
		Policy: "f1"})
	if err != nil {
		t.Fatal(err)
	}
	r = do(t, d, r.Dir, KindCheck)
	if r.Data.Images[dataset.Train] != 0 || r.Data.Images[dataset.Validate]+r.Data.Images[dataset.Test] != 72 {
		t.Errorf("parts %v", r.Data.Images)
	}
	r = do(t, d, r.Dir, KindJudge)
	if a, b := mustHash(t, trained.Path(modelName)), mustHash(t, r.CalibratedModelPath()); a != b {
		t.Error("calibrating changed the model")
	}
	if r.Report.Rows != r.Data.Images[dataset.Test] || r.Stage() != Validated || r.Training != nil {
		t.Errorf("%d films judge, stage %v", r.Report.Rows, r.Stage())
	}
	a, b := patientsOf(t, r.FitScores()), patientsOf(t, r.HeldOutScores())
	for p := range a {
		if b[p] {
			t.Errorf("patient %s sets thresholds and judges them", p)
		}
	}
	v, err := OpenEvaluation(t.Context(), r)
	if err != nil || len(v.Paths) != v.Scores.Rows || slices.Contains(v.Paths, "") {
		t.Errorf("films of the verdict: %v", err)
	}
	text, err := os.ReadFile(r.Path("calibrated/thresholds.json"))
	if err != nil || !strings.Contains(string(text), "patients in "+filepath.Base(r.Settings.Data)+`"`) {
		t.Errorf("the thresholds do not say which films they are from: %v", err)
	}
}

func patientsOf(t *testing.T, path string) map[string]bool {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], "patient_id")
	out := map[string]bool{}
	for _, r := range rows[1:] {
		out[r[at]] = true
	}
	return out
}

// Jobs that a fake does: what is shown while they are at work and when they fail.
func TestJobsAreShown(t *testing.T) {
	step := make(chan Event)
	end := make(chan error)
	d := openDesk(t, t.TempDir(), func(ctx context.Context, s Spec, _ <-chan struct{}, emit func(Event)) error {
		for {
			select {
			case e := <-step:
				emit(e)
			case err := <-end:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	a, b := draft(t, d, "a"), draft(t, d, "b")
	if err := d.Begin(a.Dir, KindTrain); err != nil {
		t.Fatal(err)
	}
	if err := d.Begin(b.Dir, KindTrain); err == nil || !strings.Contains(err.Error(), `"a" is training`) {
		t.Errorf("two trainings at once: %v", err)
	}
	if err := d.Begin(a.Dir, KindCheck); !errors.Is(err, errWorking) {
		t.Errorf("two jobs on one run: %v", err)
	}
	if _, err := d.Change(a.Dir, func(*Settings) {}); !errors.Is(err, errWorking) {
		t.Errorf("settings of a run at work: %v", err)
	}
	if err := d.Delete(a.Dir); !errors.Is(err, errWorking) {
		t.Errorf("deleting a run at work: %v", err)
	}
	step <- Event{Step: &training.Progress{Phase: "train", Done: 3, Total: 10}}
	step <- Event{Train: &history.Event{Step: &history.Step{Epoch: 1, Step: 3, Of: 10, Left: time.Minute}}}
	step <- Event{Train: &history.Event{Epoch: &history.Epoch{Epoch: 1, AUROC: 0.7, BestEpoch: 1}}}
	until(t, d, a.Dir, func(r *Run) bool {
		return r.Training != nil &&
			len(r.Training.Curve) == 1
	}) // what was said arrives a little later
	r := d.State().Working()
	if r == nil || r.Dir != a.Dir || r.Job.Share() != 0.3 || len(r.Training.Curve) != 1 ||
		r.Training.Best().AUROC != 0.7 {
		t.Fatalf("at work: %+v", r)
	}
	if left, ok := r.Job.Left(time.Now()); !ok || left != time.Minute {
		t.Errorf("%v left", left)
	}
	end <- errors.New("the disk is full")
	r = settle(t, d, a.Dir)
	if !r.Job.Over || r.Job.Error != "the disk is full" || d.State().Working() != nil {
		t.Errorf("after a failure: %+v", r.Job)
	}
	if err := d.Begin(a.Dir, KindEstimate); err != nil {
		t.Fatal(err)
	}
	if err := d.Begin(a.Dir, KindCheck); err != nil { // a measurement makes room
		t.Fatal(err)
	}
	end <- nil
	if r = settle(t, d, a.Dir); r.Job != nil {
		t.Errorf("after a good end: %+v", r.Job)
	}
}

func draft(t *testing.T, d *RunManager, name string) *Run {
	t.Helper()
	r, err := d.Create(Settings{Name: name, Data: "somewhere"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A panic in a job is an error of that job.
func TestPanicOfAJob(t *testing.T) {
	d := openDesk(t, t.TempDir(), func(context.Context, Spec, <-chan struct{}, func(Event)) error { panic("oh") })
	r := draft(t, d, "a")
	if err := d.Begin(r.Dir, KindCheck); err != nil {
		t.Fatal(err)
	}
	if r = settle(t, d, r.Dir); r.Job == nil || !strings.Contains(r.Job.Error, "oh") {
		t.Errorf("%+v", r.Job)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	d := openDesk(t, t.TempDir(), nil)
	for name, f := range map[string]func(*Settings){
		"prevalence":  func(s *Settings) { s.Prevalence = map[string]float64{"Mass": 1} },
		"films a day": func(s *Settings) { s.ImagesPerDay = -1 },
		"policy":      func(s *Settings) { s.Policy = "best" }, "name": func(s *Settings) { s.Name = "  " },
		"class": func(s *Settings) { s.ByClass = map[string]evaluate.ClassChoice{"Mass": {Calibrator: "magic"}} },
	} {
		s := Settings{Name: "a"}
		f(&s)
		if _, err := d.Create(s); err == nil {
			t.Errorf("%s: made", name)
		}
	}
	r := draft(t, d, "a")
	for name, f := range map[string]func(*Settings){"recipe": func(s *Settings) { s.Recipe.Batch = 0 },
		"films a day": func(s *Settings) { s.ImagesPerDay = math.Inf(1) }} {
		if _, err := d.Change(r.Dir, f); err == nil {
			t.Errorf("%s: changed", name)
		}
	}
}

// Results that other data make untrue are forgotten.
func TestOtherDataForgetResults(t *testing.T) {
	d := openDesk(t, t.TempDir(), nil)
	r := draft(t, d, "a")
	for _, name := range []string{dataFile, estimateFile} {
		if err := os.WriteFile(r.Path(name), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := d.Change(r.Dir, func(s *Settings) { s.Recipe.Epochs++ })
	if err != nil || r.Data == nil || r.Estimate != nil {
		t.Errorf("another recipe: data %v, estimate %v, %v", r.Data, r.Estimate, err)
	}
	if r, err = d.Change(r.Dir, func(s *Settings) { s.Data = "elsewhere" }); err != nil || r.Data != nil {
		t.Errorf("other data: %v, %v", r.Data, err)
	}
	if err := os.WriteFile(r.Path(metricsFile), []byte(`{"event": "plan"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.reload(r.Dir, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Change(r.Dir, func(s *Settings) { s.Data = "third" }); err == nil {
		t.Error("a trained run took other data")
	}
}

// Damaged and foreign files in the folder of runs.
func TestHostileFolders(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"empty/x": "", "broken/run.json": "{", "newer/run.json": `{"schema": 99}`, "list/run.json": "[]",
		"good/run.json": `{"schema": 1, "name": "good"}`, "good/data.json": "[", "good/estimate.json": `{"Plan": 3}`,
		"good/metrics.jsonl": "{\"event\": \"epoch\", \"epoch\": 1}\n{\"event\": \"ep",
		"good/judged.json":   "{}", "good/report/report.json": `{"classes": {"Mass": null}}`,
	} {
		path := filepath.Join(dir, "runs", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	st := openDesk(t, dir, nil).State()
	if len(st.Runs) != 1 || st.Runs[0].Name != "good" {
		t.Fatalf("%d runs", len(st.Runs))
	}
	if r := st.Runs[0]; r.Data != nil || r.Report != nil || r.Estimate != nil || len(r.Training.Curve) != 1 ||
		r.Stage() != Interrupted {
		t.Errorf("%+v", r)
	}
}

func FuzzProgress(f *testing.F) {
	f.Add([]byte("{\"event\":\"plan\"}\n{\"event\":\"step\",\"epoch\":1}\n{\"event\":\"epoch\",\"epoch\":1,\"val_auroc\":null,\"best_epoch\":9}\n{\"event\":\"done\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), metricsFile)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		p := readProgress(path)
		p.Best()
		p.Advice()
	})
}

func TestAdvice(t *testing.T) {
	curve := func(epochs ...[3]float64) *Progress { // training loss, validation loss, AUROC
		p := &Progress{}
		for i, e := range epochs {
			p = p.with(history.Event{Epoch: &history.Epoch{Epoch: i + 1, TrainLoss: e[0],
				ValLoss: training.Metric(e[1]), AUROC: training.Metric(e[2]), BestEpoch: 1}})
		}
		return p
	}
	for _, c := range []struct {
		name, want string
		p          *Progress
	}{
		{"good", "", curve([3]float64{.5, .5, .7}, [3]float64{.4, .45, .75}, [3]float64{.3, .4, .8})},
		{"overfitting", "Overfitting: since epoch 2",
			curve([3]float64{.5, .4, .7}, [3]float64{.4, .41, .7}, [3]float64{.3, .42, .7}, [3]float64{.2, .43, .7})},
		{"two bad epochs", "", curve([3]float64{.5, .4, .7}, [3]float64{.4, .41, .7}, [3]float64{.3, .42, .7})},
		{"diverged", "no number", curve([3]float64{math.NaN(), .4, .7})},
		{"nothing learned", "by chance", curve([3]float64{.5, .5, .5}, [3]float64{.5, .5, .51}, [3]float64{.5, .5, .5},
			[3]float64{.5, .5, .52}, [3]float64{.5, .5, .5})},
	} {
		got := strings.Join(message.Strings(c.p.Advice()), " ")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	if (*Progress)(nil).Advice() != nil || (*Progress)(nil).Best() != nil {
		t.Error("advice on nothing")
	}
}

// A resumed run repeats epochs: the later word counts.
func TestProgressOfAResumedRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), metricsFile)
	text := `{"event":"epoch","epoch":1,"train_loss":0.5}
{"event":"epoch","epoch":2,"train_loss":0.4}
{"event":"plan","epochs":3}
{"event":"epoch","epoch":2,"train_loss":0.3}
{"event":"done","best_epoch":2}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := readProgress(path)
	if len(p.Curve) != 2 || p.Curve[1].TrainLoss != 0.3 || p.Done == nil || p.Done.BestEpoch != 2 {
		t.Errorf("%+v", p)
	}
}

func TestCompare(t *testing.T) {
	reportOf := func(macro training.Metric, classes ...report.Class) *report.Report {
		return &report.Report{Macro: report.Macro{AUROC: macro}, Classes: classes}
	}
	a := &Run{Settings: Settings{Name: "a", Data: "x"}, Report: reportOf(.7, report.Class{Name: "Mass", AUROC: .6})}
	b := &Run{Settings: Settings{Name: "b", Data: "x"},
		Report: reportOf(.8, report.Class{Name: "Mass", AUROC: .5}, report.Class{Name: "Edema", AUROC: .9})}
	c := &Run{Settings: Settings{Name: "c", Data: "y"}, Report: reportOf(.9)}
	got := Compare([]*Run{a, b, c, {Settings: Settings{Name: "d"}}})
	best := map[string]int{}
	for _, row := range got.Rows {
		best[row.Name] = row.Best
	}
	if best["Mean AUROC"] != 2 || best["Mass"] != 0 || best["Edema"] != 1 || best["State"] != -1 {
		t.Errorf("best %v", best)
	}
	if notes := strings.Join(message.Strings(got.Notes), " "); !strings.Contains(notes,
		"a and c were judged on different films") || !strings.Contains(notes, "d has not been validated") ||
		strings.Contains(notes, "a and b") {
		t.Errorf("notes %q", notes)
	}
}

// The way back goes through the models as they were first put into use, whatever was stepped back
// to in between (by hand).
func TestWayBackIsInTheRegister(t *testing.T) {
	a, b, c := Deployment{Name: "a"}, Deployment{Name: "b"}, Deployment{Name: "c"}
	toA, toDemo := Deployment{Name: "a", Back: true, Restores: 1}, Deployment{Name: "demo", Back: true}
	d := &RunManager{cfg: Config{Demo: inference.Source{Name: "demo"}}}
	for _, x := range []struct {
		list   []Deployment
		name   string
		number int
	}{
		{[]Deployment{a}, "demo", 0}, {[]Deployment{a, b}, "a", 1}, {[]Deployment{a, b, toA}, "demo", 0},
		{[]Deployment{a, b, toA, c}, "a", 1}, {[]Deployment{a, toDemo, b}, "demo", 0},
		{[]Deployment{a, b, c}, "b", 2},
	} {
		if got, number, ok := d.before(x.list); !ok || got.Name != x.name || number != x.number {
			t.Errorf("before the last of %+v comes %+v, %d, %v", x.list, got, number, ok)
		}
	}
	if _, _, ok := d.before([]Deployment{a, toDemo}); ok {
		t.Error("something came before the demo model")
	}
}
