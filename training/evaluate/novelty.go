package evaluate

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/novelty"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
)

// FitNoveltyConfig says from which films a model's file learns what is usual.
type FitNoveltyConfig struct {
	Data  string            // folder or table, see dataset.Open: what the model was trained on
	Split dataset.Split     // Unassigned takes all films
	Unit  dataset.SplitUnit // of the split, where the data set has none; "" is ByPatient
	Seed  uint64            // of the same
	Out   string            // .onnx file to write; thresholds.json goes beside it when the model has one

	Overwrite bool // both may replace files
}

// FitNovelty writes a copy of a model that carries how the features of its
// training pictures are spread, so that a viewer can say which pictures are
// unusual for it. The weights stay what they are, and so do the thresholds.
type FitNovelty struct {
	Config FitNoveltyConfig
	Source inference.Source // of Model
	Model  *inference.Model
	OnStep func(training.Progress) // may be nil
}

// FitNoveltyReport says what became of it.
type FitNoveltyReport struct {
	Out       string             `json:"out"`
	SHA256    string             `json:"sha256"` // of the file written
	Pictures  int                `json:"pictures"`
	Distances map[string]float64 `json:"distances"` // of pictures of patients left out, by the share that lies nearer
	Skipped   []training.Skipped `json:"skipped"`
	Notes     []string           `json:"notes"`
}

// Run measures and writes. When ctx ends it returns ctx's error and writes
// nothing.
func (j FitNovelty) Run(ctx context.Context) (*FitNoveltyReport, error) {
	r, err := j.run(ctx)
	if err != nil {
		return nil, message.Errorf("familiarise: %w", err)
	}
	return r, nil
}

func (j FitNovelty) run(ctx context.Context) (*FitNoveltyReport, error) {
	if err := j.check(); err != nil {
		return nil, err
	}
	d, err := dataset.Open(ctx, j.Config.Data, ownFindings(j.Model)...)
	if err != nil {
		return nil, err
	}
	if j.Config.Split != dataset.Unassigned {
		if err := d.SplitBy(cmp.Or(j.Config.Unit, dataset.ByPatient), dataset.DefaultFractions(),
			j.Config.Seed); err != nil {
			return nil, err
		}
	}
	images := d.Of(j.Config.Split)
	usual, skipped, err := usualFeatures(ctx, j.Model, images, j.OnStep)
	if err != nil {
		return nil, err
	}
	r := &FitNoveltyReport{Out: j.Config.Out, Pictures: usual.N, Skipped: skipped, Notes: d.Notes,
		Distances: map[string]float64{}}
	for i, level := range novelty.Levels() {
		r.Distances[fmt.Sprint(level)] = usual.Distances[i]
	}
	return r, j.write(usual, r)
}

// UsualFeatures measures how the features of films are spread under a model,
// patients apart. Films that cannot be read are skipped.
func usualFeatures(ctx context.Context, m *inference.Model, images []dataset.Image,
	onStep func(training.Progress)) (*novelty.Reference, []training.Skipped, error) {
	files := make([]inference.File, len(images))
	for i, f := range images {
		files[i] = inference.File{Path: f.Path, Decode: func(ctx context.Context) (*dicomio.Image, error) {
			return dicomio.Decode(ctx, f.Path)
		}}
	}
	var rows [][]float32
	var patients []string
	skipped := []training.Skipped{}
	step := training.Track(onStep, "films", len(files))
	err := m.ScoreFiles(ctx, files, func(s inference.Scored) error {
		step(s.Index + 1)
		switch {
		case s.Err != nil:
			skipped = append(skipped, training.Skipped{Path: s.Path, Error: s.Err.Error()})
		case s.Result.Embedding == nil:
			return message.New("the model gives no features: it does not end in global pooling and one linear layer")
		default:
			rows, patients = append(rows, s.Result.Embedding), append(patients, images[s.Index].Patient)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	usual, err := novelty.Fit(rows, patients)
	return usual, skipped, err
}

// write makes the copy of the model, and of the thresholds with the hash of the
// copy in them.
func (j FitNovelty) write(usual *novelty.Reference, r *FitNoveltyReport) error {
	g, err := graph.Decode(j.Source.ONNX)
	if err != nil {
		return err
	}
	g.SetDir(j.Source.Dir)
	if err := g.Inline(); err != nil { // the copy may lie elsewhere
		return err
	}
	if err := inference.SetFeatureStatistics(g, usual); err != nil {
		return err
	}
	hash := sha256.New()
	files := atomicfile.Overwriting(j.Config.Overwrite)
	_, err = files.Write(j.Config.Out, func(w io.Writer) error {
		_, err := g.WriteTo(io.MultiWriter(w, hash))
		return err
	})
	if err != nil {
		return err
	}
	r.SHA256 = hex.EncodeToString(hash.Sum(nil))
	if j.Source.Thresholds == nil {
		return nil
	}
	thresholds := bytes.ReplaceAll(j.Source.Thresholds, []byte(j.Model.SHA256), []byte(r.SHA256))
	_, err = files.WriteBytes(j.thresholds(), thresholds)
	return err
}

// thresholds is the file beside the copy.
func (j FitNovelty) thresholds() string {
	return filepath.Join(filepath.Dir(j.Config.Out), "thresholds.json")
}

// check refuses before long work what would replace a file.
func (j FitNovelty) check() error {
	files := atomicfile.Overwriting(j.Config.Overwrite)
	err := files.Check(j.Config.Out)
	if err == nil && j.Source.Thresholds != nil {
		err = files.Check(j.thresholds())
	}
	return err
}
