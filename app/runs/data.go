package runs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/table"
)

// DataSummary is what a person should see of a data set before work starts.
type DataSummary struct {
	Name     string                `json:"name"`
	Counts   dataset.Counts        `json:"counts"`
	Images   map[dataset.Split]int `json:"films"`    // of each part
	Patients map[dataset.Split]int `json:"patients"` // of each part
	Classes  []ClassCount          `json:"classes"`
	Opened   int                   `json:"opened"`     // films that were decoded to see whether they can be
	Bad      []training.Skipped    `json:"unreadable"` // of these
	Views    map[string]int        `json:"views"`
	Samples  []Sample              `json:"samples"` // a few films to look at
	Notes    []string              `json:"notes"`
	Table    *table.Report         `json:"table,omitempty"` // what was understood of the table of labels
	Warnings []string              `json:"warnings"`        // what limits the run, in words
	LeftOut  []dataset.LeftOut     `json:"left_out,omitempty"`
	Unnamed  int                   `json:"unnamed,omitempty"` // films without a patient
	Told     map[string]int        `json:"told,omitempty"`    // by DICOM headers, see dataset.Dataset
}

// ClassCount counts the labels of one class.
type ClassCount struct {
	Name     string                `json:"name"`
	Positive int                   `json:"n_pos"`
	Negative int                   `json:"n_neg"`
	Unknown  int                   `json:"n_unknown"`
	ByPart   map[dataset.Split]int `json:"n_pos_by_part"` // positive films

	Without map[dataset.Split]int `json:"n_neg_by_part,omitempty"` // negative films
}

// Prevalence is the share of positive films among the labelled ones, 0..1.
func (c ClassCount) Prevalence() float64 {
	return float64(c.Positive) / float64(max(1, c.Positive+c.Negative))
}

// Sample is a film to look at.
type Sample struct {
	Path   string   `json:"path"`
	Labels []string `json:"labels"` // positive classes
}

const (
	mostOpened  = 2000 // films that are decoded to see whether they can be
	mostSamples = 12
)

// parts are in the order in which people think of them.
func parts() []dataset.Split {
	return []dataset.Split{dataset.Train, dataset.Validate, dataset.Test}
}

// calibrateShares is the split of a run that only calibrates: nothing is
// trained, so all films set thresholds or judge them.
func calibrateShares() dataset.Fractions { return dataset.Fractions{Validate: 0.7, Test: 0.3} }

// openData opens the data of a run as a person said that its columns are to be read.
func openData(ctx context.Context, s Settings) (*dataset.Dataset, error) {
	return dataset.OpenAs(ctx, s.Data, s.Columns)
}

// openSplit opens the data of a run and splits them by patient.
func openSplit(ctx context.Context, s Settings) (*dataset.Dataset, error) {
	d, err := openData(ctx, s)
	if err != nil {
		return nil, err
	}
	return d, split(d, s)
}

// split parts the films by patient.
func split(d *dataset.Dataset, s Settings) error {
	shares := dataset.DefaultFractions()
	if s.CalibrateOnly {
		shares = calibrateShares()
		for i := range d.Images { // what a table keeps for training is as good as any other here
			if d.Images[i].Split == dataset.Train {
				d.Images[i].Split = dataset.Validate
			}
		}
	}
	return d.Split(shares, s.Seed)
}

// summarise looks at a data set: counts, labels, whether films can be read.
func summarise(ctx context.Context, d *dataset.Dataset, s Settings, step func(training.Progress)) (*DataSummary,
	error) {
	out := &DataSummary{Name: d.Name, Counts: d.Counts, Notes: d.Notes, Table: d.Table, Images: map[dataset.Split]int{},
		Views: map[string]int{}, LeftOut: d.LeftOut, Unnamed: d.Unnamed, Told: d.Told}
	if err := out.open(ctx, d, s.Seed, step); err != nil {
		return nil, err
	}
	out.leaveOut(d)
	out.count(d)
	out.sample(d)
	out.warn(s.CalibrateOnly)
	return out, nil
}

// leaveOut takes the films that cannot be read out of what is counted: nobody is
// trained on them or judged by them.
func (o *DataSummary) leaveOut(d *dataset.Dataset) {
	bad := map[string]bool{}
	for _, b := range o.Bad {
		bad[b.Path] = true
	}
	d.Images = slices.DeleteFunc(d.Images, func(f dataset.Image) bool { return bad[f.Path] })
}

func (o *DataSummary) count(d *dataset.Dataset) {
	for _, name := range d.Classes {
		o.Classes = append(o.Classes, ClassCount{Name: name, ByPart: map[dataset.Split]int{},
			Without: map[dataset.Split]int{}})
	}
	patients := map[dataset.Split]map[string]bool{}
	for _, p := range parts() {
		patients[p] = map[string]bool{}
	}
	for _, f := range d.Images {
		o.Images[f.Split]++
		patients[f.Split][f.Patient] = true
		o.Views[f.View]++
		for i, l := range f.Labels {
			c := &o.Classes[i]
			switch l {
			case dataset.Positive:
				c.Positive++
				c.ByPart[f.Split]++
			case dataset.Negative:
				c.Negative++
				c.Without[f.Split]++
			default:
				c.Unknown++
			}
		}
	}
	o.Patients = map[dataset.Split]int{}
	for p, of := range patients {
		o.Patients[p] = len(of)
	}
}

// sample takes a film of each class, so that a person sees what the labels mean.
func (o *DataSummary) sample(d *dataset.Dataset) {
	taken := map[string]bool{}
	take := func(f dataset.Image) {
		s := Sample{Path: f.Path}
		for i, l := range f.Labels {
			if l == dataset.Positive {
				s.Labels = append(s.Labels, d.Classes[i])
			}
		}
		taken[f.Path] = true
		o.Samples = append(o.Samples, s)
	}
	for i := range d.Classes {
		at := slices.IndexFunc(d.Images, func(f dataset.Image) bool {
			return f.Labels[i] == dataset.Positive &&
				!taken[f.Path]
		})
		if at >= 0 && len(o.Samples) < mostSamples {
			take(d.Images[at])
		}
	}
	for _, f := range d.Images {
		if len(o.Samples) >= mostSamples {
			return
		}
		if !taken[f.Path] {
			take(f)
		}
	}
}

// open decodes films, all of a small set and a random part of a large one.
func (o *DataSummary) open(ctx context.Context, d *dataset.Dataset, seed uint64, step func(training.Progress)) error {
	order := rand.New(rand.NewPCG(seed, 1)).Perm(len(d.Images))
	order = order[:min(len(order), mostOpened)]
	slices.Sort(order)
	var lock sync.Mutex
	told := func(done int) {
		o.Opened = done
		step(training.Progress{Phase: phaseReading, Done: done, Total: len(order)})
	}
	err := parallel.Loop{Done: told}.Run(ctx, len(order), func(i int) error {
		path := d.Images[order[i]].Path
		if _, err := dicomio.Decode(ctx, path); err != nil && ctx.Err() == nil {
			lock.Lock()
			o.Bad = append(o.Bad, training.Skipped{Path: path, Error: err.Error()})
			lock.Unlock()
		}
		return nil
	})
	slices.SortFunc(o.Bad, func(a, b training.Skipped) int { return strings.Compare(a.Path, b.Path) })
	if ctx.Err() != nil {
		return message.Errorf("stopped after %d of %d films: %w", o.Opened, len(order), ctx.Err())
	}
	return err
}

// warn says what the counts mean for the run.
func (o *DataSummary) warn(calibrateOnly bool) {
	fit := o.Images[dataset.Validate]
	var none, few, weak []string
	for _, c := range o.Classes {
		positive := c.ByPart[dataset.Validate]
		text := fmt.Sprintf("%s %d", inference.ClassName(c.Name), positive)
		switch {
		case c.Positive == 0:
			none = append(none, inference.ClassName(c.Name))
		case positive < calib.FewestEvents:
			few = append(few, text)
		case positive < calib.AdvisedEvents:
			weak = append(weak, text)
		}
	}
	add := func(list []string, format string, args ...any) {
		if len(list) > 0 {
			o.Warnings = append(o.Warnings, fmt.Sprintf(format, append([]any{strings.Join(list, ", ")}, args...)...))
		}
	}
	add(few, "Positives among the %[2]d films that set thresholds: %[1]s. No threshold will be set for them; %[3]d are needed.", fit, calib.FewestEvents)
	add(weak, "Positives among the %[2]d films that set thresholds: %[1]s. Under %[3]d a threshold is uncertain: see its interval.", fit, calib.AdvisedEvents)
	add(none, "No film shows %s: nothing can be said of it.")
	if n := o.Images[dataset.Train]; !calibrateOnly && n < fewTrained {
		o.Warnings = append(o.Warnings,
			fmt.Sprintf("Only %d films are left to train on: a few hundred a class are needed for figures that hold elsewhere. Calibrating a model alone needs far fewer.", n))
	}
}

// fewTrained is a number of films below which fine-tuning rarely holds.
const fewTrained = 500
