package evaluate

import (
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/table"
)

// ScoreConfig says which films to score.
type ScoreConfig struct {
	Data  string            // folder or table, see dataset.Open
	Split dataset.Split     // Unassigned scores all
	Unit  dataset.SplitUnit // of the split, where the data set has none; "" is ByPatient
	Seed  uint64            // of the same
	Run   string            // folder of the run that made the model: on its data set its parts hold; "" for none
	Out   string            // CSV to write, see scores.Table

	Features  bool // columns emb_1, emb_2 ... too: the pooled features before the last layer
	Overwrite bool // Out may replace a file
}

// Score runs a model on a data set and writes a table of logits and labels.
type Score struct {
	Config ScoreConfig
	Model  *inference.Model
	OnStep func(training.Progress) // may be nil
}

// ScoreReport says what became of the films.
type ScoreReport struct {
	Out     string             `json:"out"`
	Scored  int                `json:"scored"`
	Skipped []training.Skipped `json:"skipped"` // unreadable; left out of the table
	Counts  dataset.Counts     `json:"counts"`
	Classes []string           `json:"classes"` // that both model and data set have
	Notes   []string           `json:"notes"`

	Table    *table.Report `json:"table"`    // what was understood of the table of labels
	Warnings []string      `json:"warnings"` // of the table and of classes without a counterpart; among the notes too
}

// Run scores and writes; the table appears whole or not at all. When ctx ends it
// returns ctx's error.
func (j Score) Run(ctx context.Context) (*ScoreReport, error) {
	files := atomicfile.Overwriting(j.Config.Overwrite)
	files.Protect(j.Config.Data)
	if err := files.Check(j.Config.Out); err != nil { // scoring is long
		return nil, message.Errorf("score: %w", err)
	}
	d, err := dataset.Open(ctx, j.Config.Data, ownFindings(j.Model)...)
	if err != nil {
		return nil, message.Errorf("score: %w", err)
	}
	if j.Config.Split != dataset.Unassigned {
		if err := d.Divide(ctx,
			dataset.SplitRule{Unit: j.Config.Unit, Seed: j.Config.Seed, Run: j.Config.Run}); err != nil {
			return nil, message.Errorf("score: %w", err)
		}
	}
	if j.Config.Split == dataset.Unassigned {
		if err := d.NoteTrained(ctx, j.Config.Run); err != nil {
			return nil, message.Errorf("score: %w", err)
		}
	}
	d.WarnClasses(j.Model.Spec.Classes)
	r := &ScoreReport{Out: j.Config.Out, Counts: d.Counts, Notes: d.Notes, Skipped: []training.Skipped{},
		Table: d.Table}
	images := d.Of(j.Config.Split)
	if len(images) == 0 {
		return nil, message.Errorf("score: the data set has no film in the part %q", j.Config.Split)
	}
	for _, c := range j.Model.Spec.Classes {
		if d.Class(c) >= 0 {
			r.Classes = append(r.Classes, c)
		}
	}
	if r.Classes == nil {
		return nil, message.Errorf("score: model and data set have no class in common: the model scores %s, the data set has %s",
			strings.Join(j.Model.Spec.Classes, ", "), strings.Join(d.Classes, ", "))
	}
	_, err = files.Write(j.Config.Out, func(w io.Writer) error { return j.write(ctx, w, scoreTable{data: d, images: images, report: r}) })
	if err != nil {
		return nil, message.Errorf("score: %w", err)
	}
	if n := len(r.Skipped); n > 0 {
		d.Warn("%d films cannot be read and are left out, the first %s.", n, r.Skipped[0].Path)
	}
	r.Notes = d.Notes
	if d.Table != nil {
		d.Table.Normal()
		r.Warnings = d.Table.Warnings
	}
	return r, nil
}

// scoreTable is what write works on.
type scoreTable struct {
	data     *dataset.Dataset
	images   []dataset.Image
	report   *ScoreReport
	features int // columns of them
}

// header are the columns of the table.
func (t scoreTable) header() []string {
	out := []string{"image", "patient_id", "split", "split_by", "sex", "age", "view", "site", "maker", "station",
		"date"}
	for _, prefix := range []string{"logit_", "y_"} {
		for _, c := range t.report.Classes {
			out = append(out, prefix+c)
		}
	}
	for i := range t.features {
		out = append(out, "emb_"+strconv.Itoa(i+1))
	}
	return out
}

// noteFeatures says where a model gives none.
func (t scoreTable) noteFeatures() {
	if t.features == 0 {
		t.data.Warn("The model gives no features: it does not end in global pooling and one linear layer.")
	}
}

func (j Score) write(ctx context.Context, w io.Writer, t scoreTable) error {
	out := csv.NewWriter(w)
	files := make([]inference.File, len(t.images))
	for i, f := range t.images {
		files[i] = inference.File{Path: f.Path, Decode: func(ctx context.Context) (*dicomio.Image, error) {
			return dicomio.Decode(ctx, f.Path)
		}}
	}
	step := training.Track(j.OnStep, "films", len(files))
	err := j.Model.ScoreFiles(ctx, files, func(s inference.Scored) error {
		step(s.Index + 1)
		if s.Err != nil {
			t.report.Skipped = append(t.report.Skipped, training.Skipped{Path: s.Path, Error: s.Err.Error()})
			return nil
		}
		if t.report.Scored++; t.report.Scored == 1 {
			if j.Config.Features {
				t.features = len(s.Result.Embedding)
				t.noteFeatures()
			}
			if err := out.Write(t.header()); err != nil {
				return err
			}
		}
		return out.Write(t.row(t.images[s.Index], s.Result))
	})
	if err != nil {
		return err
	}
	if t.report.Scored == 0 {
		return message.Errorf("none of %d films could be read; the first: %s", len(files), t.report.Skipped[0].Error)
	}
	out.Flush()
	return out.Error()
}

// row is one film: what is known of it, logits, labels.
func (t scoreTable) row(f dataset.Image, r *inference.Result) []string {
	unit, age := "", ""
	if f.Split != dataset.Unassigned {
		unit = string(t.data.Unit())
	}
	if f.Age >= 0 {
		age = strconv.Itoa(f.Age)
	}
	row := []string{f.Name, f.Patient, string(f.Split), unit, f.Sex, age, f.View, f.Site, f.Maker,
		f.Station, f.Date}
	for _, c := range t.report.Classes {
		i := slices.IndexFunc(r.Findings, func(x inference.Finding) bool { return x.Class == c })
		row = append(row, strconv.FormatFloat(r.Findings[i].Logit, 'g', -1, 64))
	}
	for _, c := range t.report.Classes {
		text := ""
		switch f.Labels[t.data.Class(c)] {
		case dataset.Positive:
			text = "1"
		case dataset.Negative:
			text = "0"
		}
		row = append(row, text)
	}
	for i := range t.features {
		row = append(row, strconv.FormatFloat(float64(r.Embedding[i]), 'g', -1, 32))
	}
	return row
}

// ownFindings is the set of findings that a model speaks; none where that is not known.
func ownFindings(m *inference.Model) []findingset.Set {
	s := m.Spec.Vocabulary(findingset.Sets())
	if s.Name == findingset.General().Name {
		return nil
	}
	return []findingset.Set{s}
}
