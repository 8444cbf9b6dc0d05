package evaluate

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/training/history"
	"hilum/training/internal/fixture"
)

func TestCurvesInTheReport(t *testing.T) {
	dir := t.TempDir()
	text := ""
	for _, e := range []history.Event{
		{Plan: &history.Plan{Classes: []string{"Mass"}, Steps: 1}},
		{Epoch: &history.Epoch{Epoch: 1, TrainLoss: 0.5, ValLoss: 1.5, AUROC: 0.7, BestEpoch: 1,
			ByClass: []history.ClassAUROC{{Class: "Mass", AUROC: 0.7}}}},
	} {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		text += string(line) + "\n"
	}
	metrics := fixture.Put(t, dir, history.MetricsFile, text)
	if _, err := (Validate{Config: ValidateConfig{Scores: peerScores, Out: dir,
		Metrics: metrics}}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"training.png", "report.html"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || len(data) < 1000 || name == "report.html" && !bytes.Contains(data, []byte("Training curves")) {
			t.Errorf("%s has %d bytes", name, len(data))
		}
	}
	if _, err := (Validate{Config: ValidateConfig{Scores: peerScores, Out: dir,
		Metrics: fixture.Put(t, dir, "bad.jsonl", "{}\n{}\n")}}).Run(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "line 1") {
		t.Errorf("metrics that are none: %v", err)
	}
}
