package history

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"hilum/training"
)

// events writes lines as Train does.
func events(t *testing.T, list ...Event) string {
	t.Helper()
	var b bytes.Buffer
	for _, e := range list {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func epochEvent(epoch int, loss, auroc float64, best int) Event {
	return Event{Epoch: &Epoch{Epoch: epoch, TrainLoss: loss, ValLoss: training.Metric(loss + 1),
		AUROC: training.Metric(auroc), BestEpoch: best, ByClass: []ClassAUROC{{"Mass", training.Metric(auroc)},
			{"Nodule", training.Metric(math.NaN())}}}}
}

// A run that was killed in its third epoch and resumed after its first: the later
// second epoch counts, and half a line at the end does no harm.
func TestCurvesOfAResumedRun(t *testing.T) {
	plan := Event{Plan: &Plan{Classes: []string{"Mass", "Nodule"}, Steps: 10}}
	step := func(n int, loss float64) Event {
		return Event{Step: &Step{Step: n, Loss: loss, Rate: 1e-3}}
	}
	text := events(t, plan, step(5, 0.9), step(10, 0.8), epochEvent(1, 0.8, 0.6, 1), step(15, 0.7),
		epochEvent(2, 0.7, 0.65, 2), step(25, 0.6),
		plan, step(13, 0.75), epochEvent(2, 0.72, 0.64, 2), Event{Done: &Done{BestEpoch: 2}}) + `{"event":"ep`
	c, err := readCurves(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Steps) != 3 || c.Steps[2].Epoch != 1.3 || c.Steps[2].Loss != 0.75 {
		t.Errorf("steps %+v", c.Steps)
	}
	if len(c.Epochs) != 2 || c.Epochs[1].TrainLoss != 0.72 || c.Epochs[1].ValLoss != 1.72 ||
		c.Epochs[1].ByClass[0] != 0.64 || !math.IsNaN(c.Epochs[1].ByClass[1]) || c.Best != 2 {
		t.Errorf("epochs %+v, best %d", c.Epochs, c.Best)
	}
	if len(c.Classes) != 2 {
		t.Errorf("classes %v", c.Classes)
	}
}

func FuzzCurves(f *testing.F) {
	f.Add(`{"event":"plan","steps":3}` + "\n" + `{"event":"step","step":1}` + "\n" +
		`{"event":"epoch","epoch":1,"val_auroc":null}` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := readCurves(strings.NewReader(text))
		if err != nil {
			return
		}
		for i := 1; i < len(c.Epochs); i++ {
			if c.Epochs[i].Epoch <= c.Epochs[i-1].Epoch {
				t.Errorf("epochs %+v", c.Epochs)
			}
		}
	})
}
