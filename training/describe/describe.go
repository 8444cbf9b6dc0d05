package describe

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/samplesize"
	"hilum/training/scores"
	"hilum/training/table"
)

// Understood is what the program makes of a table.
type Understood struct {
	table.Report
	Classes []string        `json:"classes"`
	Counts  *dataset.Counts `json:"counts,omitempty"` // of rows and films, of a table of labels

	Films []Films `json:"films,omitempty"` // of each class of a table of labels, those that are there

	Unused []Unused `json:"unused,omitempty"` // columns of a table of labels that are not used
	Asked  []Asked  `json:"asked,omitempty"`  // columns that may be two things
}

// Films are the labelled films of a class, and what they would give as films to judge by, as
// half the width of a 95% interval (see samplesize.Usual); null where a side has none.
type Films struct {
	Class       string          `json:"class"`
	Positive    int             `json:"n_pos"`
	Negative    int             `json:"n_neg"`
	Unknown     int             `json:"n_unknown"`
	AUROC       training.Metric `json:"auroc_half_width"`
	Sensitivity training.Metric `json:"sensitivity_half_width"`
	Specificity training.Metric `json:"specificity_half_width"`
	More        int             `json:"missing"` // films with it, to the usual width; -1 where not known
}

// filmsOf counts the labels of each class.
func filmsOf(d *dataset.Dataset) []Films {
	out := make([]Films, len(d.Classes))
	for _, f := range d.Images {
		for k, l := range f.Labels {
			switch l {
			case dataset.Positive:
				out[k].Positive++
			case dataset.Negative:
				out[k].Negative++
			default:
				out[k].Unknown++
			}
		}
	}
	for k, name := range d.Classes {
		x := samplesize.Usual().Of(out[k].Positive, out[k].Negative)
		out[k].Class, out[k].More = name, x.More
		out[k].AUROC, out[k].Sensitivity, out[k].Specificity = training.Metric(x.AUROC/2),
			training.Metric(x.Sensitivity/2), training.Metric(x.Specificity/2)
	}
	return out
}

// Unused is a column that is not used.
type Unused struct {
	Name string          `json:"name"`
	Why  message.Message `json:"why"`
}

// Asked is a column that may be more than one thing.
type Asked struct {
	Name     string          `json:"name"`
	Question message.Message `json:"question"`
	Between  []string        `json:"between"` // see table.Mapping; the proposed one first
}

// look adds what a person would be asked of a table of labels.
func (u *Understood) look(ctx context.Context, path string) error {
	s, err := table.Look(ctx, path)
	if err != nil {
		return err
	}
	for _, c := range s.Readings() {
		if c.Use == table.Ignored {
			u.Unused = append(u.Unused, Unused{c.Name, c.Why})
		}
		if !c.Question.IsZero() {
			u.Asked = append(u.Asked, Asked{c.Name, c.Question, c.Between})
		}
	}
	return nil
}

// Table reads a table, of whatever kind, as the jobs do, and says what it
// understands: labels of films, scores, boxes, prevalences or a list of names. Of a
// folder in the NIH layout it takes the table of labels. Films are looked for and
// not opened. Where a job would refuse the table, the error says why.
func Table(ctx context.Context, path string) (*Understood, error) {
	u, err := describe(ctx, path)
	if err != nil {
		return nil, message.Errorf("table %s: %w", filepath.Base(path), err)
	}
	u.Normal()
	if u.Classes == nil {
		u.Classes = []string{}
	}
	return u, nil
}

func describe(ctx context.Context, path string) (*Understood, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		d, err := dataset.Look(ctx, path)
		return understood(d, err)
	}
	kind, err := table.KindOf(path)
	if err != nil {
		return nil, err
	}
	switch kind {
	case table.Scores:
		t, err := scores.ReadFile(path)
		if err != nil {
			return nil, err
		}
		u := &Understood{Report: t.Table, Classes: t.Names()}
		for _, name := range t.Unpaired {
			u.Warn("%s has scores or labels but not both and is left out.", name)
		}
		return u, nil
	case table.Boxes, table.Prevalences, table.List:
		r, err := table.Describe(path, kind)
		if err == nil && kind == table.Boxes {
			err = dataset.CheckBoxes(path)
		}
		if err == nil && kind == table.Prevalences {
			_, err = scores.LoadPrevalences(path)
		}
		if err != nil {
			return nil, err
		}
		return &Understood{Report: *r}, nil
	}
	d, err := dataset.Look(ctx, path)
	if err != nil {
		return nil, err
	}
	u, err := understood(d, nil)
	return u, errors.Join(err, u.look(ctx, path))
}

func understood(d *dataset.Dataset, err error) (*Understood, error) {
	if err != nil {
		return nil, err
	}
	return &Understood{Report: *d.Table, Classes: d.Classes, Counts: &d.Counts, Films: filmsOf(d)}, nil
}
