package uitest

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hilum/app/runs"
	"hilum/inference"
	"hilum/internal/phantom"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/evaluate"
	"hilum/training/history"
	"hilum/training/recipe"
	"hilum/training/trainer"
)

// scores is the file of a table of real figures, see training's tests.
func scores() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "training", "testdata", "scores.csv")
}

// FinishedRun makes the folder of a run that is done, from figures that were
// computed by training's own jobs.
func FinishedRun(t testing.TB, root string, change ...func(dir string, c *evaluate.CalibrateConfig)) string {
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
	recipe, err := recipe.Open("last-block")
	must(err)
	images := filepath.Join(root, "films")
	must(phantom.WriteDataset(t.Context(), phantom.Dataset{Dir: images, N: 12, Seed: 2, Size: 96}, nil))
	write := func(name string, v any) {
		data, err := json.Marshal(v)
		must(err)
		must(os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	write("run.json", runs.Settings{
		Schema: 1, Name: "Films", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Data: images, Seed: 1,
		Model: "model.onnx", Recipe: recipe,
		Calibrator: "platt", Policy: "youden", ImagesPerDay: 120,
	})
	write("data.json", RunSummary(images))
	plan := history.Plan{Recipe: "last-block", Parameters: 14_964_750, Frozen: 8_543_296, Train: 843, Epochs: 20}
	write(
		"estimate.json",
		trainer.Estimate{
			Plan: plan, Prepare: 84 * time.Second, Epoch: 21 * time.Second, Total: 504 * time.Second, Memory: 1 << 30,
			CacheBytes: 412 << 20,
		},
	)
	must(os.WriteFile(filepath.Join(dir, "metrics.jsonl"), curve(t, plan), 0o600))
	text, err := os.ReadFile(scores())
	must(err)
	table := []byte(strings.Replace(string(text), "Image,", "image,", 1))
	for _, name := range []string{"scores/fit.csv", "scores/held_out.csv"} {
		must(os.WriteFile(filepath.Join(dir, name), table, 0o600))
	}
	thresholds := filepath.Join(dir, "calibrated", "thresholds.json")
	c := evaluate.CalibrateConfig{
		Scores: filepath.Join(dir, "scores/fit.csv"), Calibrator: "platt", Policy: "youden", Out: thresholds,
	}
	for _, f := range change {
		f(dir, &c)
	}
	_, err = evaluate.Calibrate{Config: c}.Run(t.Context())
	must(err)
	v := evaluate.ValidateConfig{
		Scores: filepath.Join(dir, "scores/held_out.csv"), Thresholds: thresholds, Rounds: 40, Seed: 1,
		Compare: filepath.Join(dir, "scores/fit.csv"), OtherName: "the model in use",
	}
	report, err := evaluate.Validate{Config: v}.Run(t.Context())
	must(err)
	write("report/report.json", report)
	must(os.WriteFile(filepath.Join(dir, "calibrated", "model.onnx"), []byte("none"), 0o600))
	write("judged.json", runs.Judged{ModelSHA256: "00"})
	return dir
}

// RunSummary is of a data set with a rare class and films that cannot be read.
func RunSummary(images string) runs.DataSummary {
	d := runs.DataSummary{
		Name: "films", Counts: dataset.Counts{Rows: 112_120, Found: 1204, Missing: 110_916, Duplicate: 3, Unlisted: 12},
		Opened:   1204,
		Images:   map[dataset.Split]int{dataset.Train: 843, dataset.Validate: 181, dataset.Test: 180},
		Patients: map[dataset.Split]int{dataset.Train: 611, dataset.Validate: 130, dataset.Test: 131},
		Bad:      []training.Skipped{{Path: "a.png", Error: "a.png: the file ends in the middle of the picture"}},
		Warnings: []string{
			"Positives among the 181 films that set thresholds: Hernia 7. No threshold will be set for them; 10 are needed.",
		},
		Notes: []string{"The official list gives 180 of the films to the test part."},
	}
	for i, name := range inference.ChestXray14() {
		n := 20 + (i*37)%160
		if name == "Hernia" {
			n = 40
		}
		part := map[dataset.Split]int{dataset.Train: n - 2*(n/7), dataset.Validate: n / 7, dataset.Test: n / 7}
		d.Classes = append(d.Classes, runs.ClassCount{Name: name, Positive: n, Negative: 1204 - n, ByPart: part})
	}
	files, _ := filepath.Glob(filepath.Join(images, "images", "*.png")) // the pattern is good
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
func curve(t testing.TB, plan history.Plan) []byte {
	t.Helper()
	var out []byte
	add := func(e history.Event) {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, line...), '\n')
	}
	add(history.Event{Plan: &plan})
	for e := 1; e <= 12; e++ {
		x := float64(e)
		epoch := history.Epoch{
			Epoch: e, TrainLoss: .2 + .3*math.Exp(-x/4),
			ValLoss: training.Metric(.34 + .12*math.Exp(-x/2) + .004*max(0, x-6)),
			AUROC:   training.Metric(.8 - .25*math.Exp(-x/3)), BestEpoch: min(e, 7),
		}
		for i, c := range inference.ChestXray14()[:6] {
			epoch.ByClass = append(
				epoch.ByClass,
				history.ClassAUROC{Class: c,
					AUROC: training.Metric(.78 + .03*float64(i) - .3*math.Exp(-x/(2+float64(i))))},
			)
		}
		add(
			history.Event{
				Step: &history.Step{
					Epoch: e, Step: 53 * e, Of: 1060, Loss: epoch.TrainLoss, Rate: 1e-4, Norm: .8, Speed: 41,
					Memory: 900 << 20,
				},
			},
		)
		add(history.Event{Epoch: &epoch})
	}
	add(history.Event{Done: &history.Done{BestEpoch: 7, AUROC: .79, Epochs: 12, Stopped: "no better epoch in 5"}})
	return out
}
