// Package acceptance makes the acceptance dossier of a run that was validated at the workstation,
// with what the site says of itself, which it keeps. Its core type is [Statement]. It imports
// app/dossier, app/runs and inference.
package acceptance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hilum/app/dossier"
	"hilum/app/runs"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/graph"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/training"
)

// Statement is what a site says, and the file that keeps it, of the form of cxr dossier --site.
type Statement struct {
	Site dossier.Site
	path string
}

// Load reads what the site said before; nothing where it has not said anything yet.
func Load(path string) (Statement, error) {
	s, err := dossier.LoadSite(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Statement{path: path}, nil
	}
	return Statement{s, path}, err
}

// Save keeps it. A site has to have a name.
func (s Statement) Save() error {
	if s.Site.Name == "" {
		return message.New("the site needs a name before it can sign; type it above")
	}
	data, err := json.MarshalIndent(s.Site, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o755); err != nil {
		return message.Errorf("the folder of the site's data: %w", err)
	}
	return atomicfile.WriteBytes(s.path, append(data, '\n'))
}

// Job writes one dossier.
type Job struct {
	Run     *runs.Run
	Site    dossier.Site
	Out     string // folder, which may not hold a dossier yet
	Program string // name and version
	Words   message.Words
	Methods calib.Methods
	Rounds  int // of the bootstrap by patient; 0 is that of cxr dossier
	OnStep  func(training.Progress)
}

// usualRounds is the default of cxr dossier.
const usualRounds = 1000

// Do judges the run's films that were held out and writes the dossier of the calibrated model.
func (j Job) Do(ctx context.Context) (*dossier.Dossier, error) {
	if j.Run == nil || j.Run.Calibrated == nil {
		return nil, message.New("the run has no calibrated model yet; calibrate it first")
	}
	g, err := graph.ReadFile(j.Run.CalibratedModelPath())
	if err != nil {
		return nil, err
	}
	spec, _, err := inference.ReadSpec(g, inference.Spec{})
	if err != nil {
		return nil, err
	}
	hash, err := inference.HashFile(j.Run.CalibratedModelPath())
	if err != nil {
		return nil, err
	}
	j.Site.Date = cmp.Or(j.Site.Date, time.Now().Format(time.DateOnly))
	return dossier.Make(ctx, dossier.Config{
		Scores: j.Run.HeldOutScores(), Thresholds: filepath.Join(filepath.Dir(j.Run.CalibratedModelPath()), "thresholds.json"),
		Model: dossier.Model{Name: cmp.Or(spec.Card.Name, j.Run.Name), SHA256: hash, Card: spec.Card}, Site: j.Site, Out: j.Out,
		Program: j.Program, Words: j.Words, Methods: j.Methods, Rounds: cmp.Or(j.Rounds, usualRounds), Seed: 1,
		OnStep: j.OnStep,
	})
}
