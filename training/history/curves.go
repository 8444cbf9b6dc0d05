package history

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"

	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/figures"
)

// MetricsFile is the name, within the folder of a run, of the events that
// Train writes, one JSON object a line.
const MetricsFile = "metrics.jsonl"

const (
	maxMetricsFile = 64 << 20
	maxMetricsLine = 4 << 20
	maxCurveSteps  = 1 << 16 // beyond them every other step is dropped
)

// LoadCurves reads the curves of a run from its metrics.jsonl.
func LoadCurves(path string) (*figures.Curves, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, message.Errorf("training curves: %w", err)
	}
	defer f.Close()
	c, err := readCurves(f)
	if err != nil {
		return nil, message.Errorf("training curves %s: %w", filepath.Base(path), err)
	}
	return c, nil
}

// readCurves reads the events of a run. Where a resumed run measured a step or an
// epoch again the later word counts. A last line that was not written whole is
// passed over.
func readCurves(r io.Reader) (*figures.Curves, error) {
	c := &curveReader{}
	lines := bufio.NewReaderSize(io.LimitReader(r, maxMetricsFile), 1<<16)
	for row := 1; ; row++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return c.curves(), nil
		}
		if err == nil && len(line) > maxMetricsLine {
			err = message.Errorf("it is longer than %d bytes", maxMetricsLine)
		}
		var e Event
		if err == nil {
			err = json.Unmarshal(line, &e)
		}
		if err != nil {
			return nil, message.Errorf("line %d: %w", row, err)
		}
		c.add(e)
	}
}

type curveReader struct {
	steps  []Step
	epochs []Epoch
	every  int // step of an epoch, as the plan says
	names  []string
}

func (c *curveReader) add(e Event) {
	switch {
	case e.Plan != nil:
		c.every, c.names = e.Plan.Steps, e.Plan.Classes
	case e.Step != nil:
		for len(c.steps) > 0 && c.steps[len(c.steps)-1].Step >= e.Step.Step {
			c.steps = c.steps[:len(c.steps)-1]
		}
		if len(c.steps) == maxCurveSteps {
			for i := range maxCurveSteps / 2 {
				c.steps[i] = c.steps[2*i+1]
			}
			c.steps = c.steps[:maxCurveSteps/2]
		}
		c.steps = append(c.steps, *e.Step)
	case e.Epoch != nil:
		for len(c.epochs) > 0 && c.epochs[len(c.epochs)-1].Epoch >= e.Epoch.Epoch {
			c.epochs = c.epochs[:len(c.epochs)-1]
		}
		c.epochs = append(c.epochs, *e.Epoch)
	}
}

func (c *curveReader) curves() *figures.Curves {
	out := &figures.Curves{Classes: c.names}
	for _, s := range c.steps {
		if c.every > 0 {
			out.Steps = append(out.Steps, figures.CurveStep{Epoch: float64(s.Step) / float64(c.every), Loss: s.Loss,
				Rate: s.Rate})
		}
	}
	for _, e := range c.epochs {
		k := figures.CurveEpoch{Epoch: e.Epoch, TrainLoss: e.TrainLoss, ValLoss: float64(e.ValLoss),
			AUROC: float64(e.AUROC)}
		for _, v := range e.ByClass {
			k.ByClass = append(k.ByClass, float64(v.AUROC))
		}
		out.Epochs = append(out.Epochs, k)
		out.Best = e.BestEpoch
	}
	return out
}
