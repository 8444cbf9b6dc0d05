package trainer

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/graph"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/evaluate"
	"hilum/training/history"
	"hilum/training/report"
	"hilum/training/scores"
)

// Files of a run's folder.
const (
	startModel = "start.onnx"
	trainedOut = "model.onnx"
)

// runFile is config.json: all that the run was told, and which films it trains
// on and judges by, in their order.
type runFile struct {
	Config       Config             `json:"config"`
	Network      string             `json:"network"`
	ParentSHA256 string             `json:"parent_sha256,omitempty"`
	ParentCard   inference.Card     `json:"parent_card"`
	Classes      []string           `json:"classes"`
	Engine       string             `json:"engine"`
	Images       []dataset.RunImage `json:"films"`
	Plan         history.Plan       `json:"plan"`
}

// folder looks at the run's folder: it gives the run to go on with, or nil for a
// new one.
func (t *trainer) folder() (*runFile, error) {
	if t.c.Out == "" {
		return nil, errNoFolder
	}
	data, err := regular.ReadFile(filepath.Join(t.c.Out, dataset.RunConfig))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil // also for Resume: it was stopped before its first step
	case err != nil:
		return nil, err
	case !t.c.Resume:
		return nil, message.Errorf("%s holds a run already; resume it or name another folder", t.c.Out)
	}
	run := &runFile{}
	if err := json.Unmarshal(data, run); err != nil {
		return nil, message.Errorf("%s: %w", filepath.Join(t.c.Out, dataset.RunConfig), err)
	}
	c := run.Config
	c.Out, c.Resume, c.Cache, c.CacheLimit, c.CheckpointEvery = t.c.Out, true, t.c.Cache, t.c.CacheLimit,
		t.c.CheckpointEvery
	if t.c.Data != "" { // the data set may have moved
		c.Data = t.c.Data
	}
	t.c = c
	return run, nil
}

// images finds the films of a run again; every one must be there and unchanged.
func (run *runFile) images(ctx context.Context, c Config, step func(training.Progress)) (*dataset.Selection, error) {
	d, err := dataset.Open(ctx, c.Data)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]dataset.Image, len(d.Images))
	for _, f := range d.Images {
		byName[f.Name] = f
	}
	s := &dataset.Selection{Data: d, Duplicates: run.Plan.Duplicates, Test: run.Plan.Test, Lost: run.Plan.Unreadable}
	d.Counts, d.Notes = run.Plan.Counts, nil
	var all []*dataset.Selected
	for _, r := range run.Images {
		f, ok := byName[r.Name]
		if !ok {
			return nil, message.Errorf("the film %s of the run is no longer in the data set", r.Name)
		}
		f.Split = r.Split
		image := &dataset.Selected{Image: f}
		all = append(all, image)
		if r.Split == dataset.Train {
			s.Train = append(s.Train, image)
		} else {
			s.Validate = append(s.Validate, image)
		}
	}
	if err := dataset.Hash(ctx, all, training.Track(step, "check", len(all))); err != nil {
		return nil, err
	}
	for i, f := range all {
		if f.Err != nil {
			return nil, f.Err
		}
		if hex.EncodeToString(f.Content[:]) != run.Images[i].SHA256 {
			return nil, message.Errorf("the film %s has changed since the run began", f.Name)
		}
	}
	return s, nil
}

// writeRun writes config.json.
func (t *trainer) writeRun() error {
	run := runFile{Config: t.c, Network: t.net.name, ParentSHA256: t.net.parent, ParentCard: t.net.spec.Card,
		Classes: t.net.spec.Classes, Engine: t.job.Engine.Info().String(), Plan: t.plan}
	for _, f := range slices.Concat(t.images.Train, t.images.Validate) {
		r := dataset.RunImage{Name: f.Name, Path: f.Path, Split: f.Split, SHA256: hex.EncodeToString(f.Content[:])}
		for _, k := range t.classes {
			r.Labels = append(r.Labels, f.Labels[k])
		}
		run.Images = append(run.Images, r)
	}
	return atomicfile.Write(filepath.Join(t.c.Out, dataset.RunConfig), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(run)
	})
}

// restore goes on from the last checkpoint, where there is one, and opens the
// log.
func (t *trainer) restore(run *runFile) error {
	last := filepath.Join(t.c.Out, lastState)
	if _, err := os.Stat(last); run != nil && err == nil {
		if t.state, err = readState(last, t.vectors()); err != nil {
			return message.Errorf("the run cannot go on: %w", err)
		}
		t.opt.Steps = t.state.Step
		t.plan.Resumed = t.state.Step
		if err := t.checkBest(); err != nil {
			return err
		}
	}
	var err error
	t.log, err = openLog(t.c.Out, t.state.Metrics, t.job.OnEvent)
	return err
}

// checkBest makes the last checkpoint the best one where the program was killed
// between writing the one and naming the other.
func (t *trainer) checkBest() error {
	if t.state.Best == 0 || t.state.Batch > 0 || t.state.Best != t.state.Epoch {
		return nil
	}
	return t.keepBest()
}

// spec is what the model file says of itself, but for what is measured.
func (t *trainer) spec() inference.Spec {
	s := t.net.spec
	parent := s.Card.Description
	s.Findings = "" // these films are labelled in their own way
	s.Card = inference.Card{
		Name: t.net.name + ", " + t.images.Data.Name, Data: t.images.Data.Name, Trained: len(t.images.Train),
		Images:      t.images.Kind(),
		Licence:     s.Card.Licence,
		Description: t.net.describe(t.c.Recipe), IntendedUse: "Research and education.", NotForDiagnosis: true,
		Date: t.c.Date, ParentSHA256: t.net.parent,
	}
	if t.c.Unit == dataset.ByImage {
		s.Card.Description += " " + dataset.LeakingNote
	}
	if parent != "" {
		s.Card.Description += " The parent: " + parent
	}
	return s
}

// writeModel writes a network with its metadata.
func (t *trainer) writeModel(m *graph.Model, name string, s inference.Spec) error {
	if err := s.Stamp(m); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(t.c.Out, name), func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
}

// finish writes model.onnx from the best checkpoint.
func (t *trainer) finish(ctx context.Context, stopped string) (*Report, error) {
	curve, epochs := t.state.Curve, t.state.Epoch
	best := t.state.Best
	if _, err := readState(filepath.Join(t.c.Out, bestState), t.vectors()); err != nil {
		return nil, message.Errorf("the best weights cannot be read again: %w", err)
	}
	logits, err := t.score(ctx)
	if err != nil {
		return nil, err
	}
	spec := t.spec()
	if err := t.measure(ctx, &spec.Card, logits); err != nil {
		return nil, err
	}
	if err := t.writeModel(t.current(), trainedOut, spec); err != nil {
		return nil, err
	}
	path := filepath.Join(t.c.Out, trainedOut)
	r := &Report{Plan: t.plan, Curve: curve, Done: history.Done{
		BestEpoch: best, AUROC: curve[best-1].AUROC, Model: path, Epochs: epochs, Stopped: stopped,
	}}
	if r.SHA256, err = inference.HashFile(path); err != nil {
		return nil, err
	}
	if err := t.log.event(history.Event{Done: &r.Done}); err != nil {
		return nil, err
	}
	_, err = t.log.flush()
	return r, err
}

// cardRounds is the number of bootstrap rounds behind the card's interval.
const cardRounds = 1000

// measure puts the validation figures on the card, with their intervals: DeLong's
// a class, by patient for the mean.
func (t *trainer) measure(ctx context.Context, card *inference.Card, logits []float32) error {
	patients := make(map[string]int)
	b := calib.Bootstrap{Rounds: cardRounds, Seed: t.c.Seed}
	for _, f := range t.images.Validate {
		if _, ok := patients[f.Patient]; !ok {
			patients[f.Patient] = len(patients)
		}
		b.Patient = append(b.Patient, patients[f.Patient])
	}
	var all []*scores.Class
	card.AUC = make(map[string]inference.Measured)
	for k, name := range t.net.spec.Classes {
		c := t.classScores(logits, k)
		all = append(all, c)
		n := c.Counts()
		if min(n.Positive, n.Negative) > 1 {
			var ci *training.Range
			if i, err := calib.DeLongInterval(c.Score, c.Positive); err == nil {
				ci = &training.Range{i.Lo, i.Hi}
			}
			card.AUC[name] = report.Measured(training.Metric(auroc(c)), ci, n.Positive, n.Negative)
		}
	}
	macro, err := evaluate.MacroOf(ctx, all, b)
	if err != nil {
		return err
	}
	if macro.AUROC.Defined() {
		m := report.Measured(macro.AUROC, macro.AUROCCI, 0, 0)
		card.MacroAUC = &m
	}
	card.Description += " The figures are of the validation part, which also chose the epoch."
	return nil
}
