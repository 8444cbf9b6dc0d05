package dataset

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"hilum/internal/message"
	"hilum/internal/regular"
)

// RunConfig is the file of a run's folder that says what the run was told, and
// which films it trains on and judges by, in their order.
const RunConfig = "config.json"

// RunImage is one film of a run.
type RunImage struct {
	Name   string  `json:"name"`
	Path   string  `json:"path"` // where it was found
	Split  Split   `json:"part"`
	SHA256 string  `json:"sha256"` // of the file
	Labels []Label `json:"labels"` // 1, 0 or -1, in the order of the classes
}

// runRecord is what a split reads of config.json.
type runRecord struct {
	Config struct {
		Unit SplitUnit `json:"split_by"`
		Seed uint64    `json:"seed"`
	} `json:"config"`
	Images []RunImage `json:"films"`
}

// SplitRule says how films without a part come to one.
type SplitRule struct {
	Unit SplitUnit // "" is ByPatient
	Seed uint64
	Run  string // folder of the run that made the model; "" for none
}

// Divide gives every film a part. Where a run of Train made the model and
// this is the data set that it trained on, the run's parts hold, so that a model
// is never judged on the films it was trained on by splitting them anew.
func (d *Dataset) Divide(ctx context.Context, rule SplitRule) error {
	run, err := d.runOf(ctx, rule.Run)
	if err != nil {
		return err
	}
	if run == nil {
		return d.SplitBy(cmp.Or(rule.Unit, ByPatient), DefaultFractions(), rule.Seed)
	}
	if err := d.SplitBy(cmp.Or(run.Config.Unit, ByPatient), DefaultFractions(), run.Config.Seed); err != nil {
		return err
	}
	part := run.parts()
	moved := 0
	for i := range d.Images {
		f := &d.Images[i]
		if p, known := part[f.Name]; known && p != f.Split {
			f.Split = p
			moved++
		}
	}
	d.Notes = append(d.Notes, fmt.Sprintf(
		"The parts are those of the run that made the model: it trained on %d of the films and chose its weights on %d.",
		run.count(Train), run.count(Validate)))
	if moved > 0 {
		d.Notes = append(d.Notes,
			fmt.Sprintf("The data set has changed since: %d films stay in the part that they had then.",
				moved))
	}
	return d.CheckLeak()
}

// NoteTrained says how many of all films the model was trained on.
func (d *Dataset) NoteTrained(ctx context.Context, folder string) error {
	run, err := d.runOf(ctx, folder)
	if err != nil || run == nil {
		return err
	}
	d.Notes = append(d.Notes, fmt.Sprintf(
		"The model was trained on %d of these films and chosen by %d: figures on all of them flatter. Score a part of the split.",
		run.count(Train), run.count(Validate)))
	return nil
}

func (run *runRecord) parts() map[string]Split {
	out := make(map[string]Split, len(run.Images))
	for _, f := range run.Images {
		out[f.Name] = f.Split
	}
	return out
}

func (run *runRecord) count(p Split) int {
	n := 0
	for _, f := range run.Images {
		if f.Split == p {
			n++
		}
	}
	return n
}

// sameImages is how many films must have the bytes that a run saw for the data set
// to be the run's: other sets number their films alike.
const sameImages = 8

// runOf opens the run in a folder when it trained on this data set, else gives
// nil.
func (d *Dataset) runOf(ctx context.Context, folder string) (*runRecord, error) {
	if folder == "" {
		return nil, nil
	}
	path := filepath.Join(folder, RunConfig)
	data, err := regular.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	run := &runRecord{}
	if err == nil {
		err = json.Unmarshal(data, run)
	}
	if err != nil {
		return nil, message.Errorf("the run of the model: %s: %w", path, err)
	}
	want := make(map[string]string, len(run.Images))
	for _, f := range run.Images {
		want[f.Name] = f.SHA256
	}
	var some []*Selected
	for _, f := range d.Images {
		if _, known := want[f.Name]; known && len(some) < sameImages {
			some = append(some, &Selected{Image: f})
		}
	}
	if err := Hash(ctx, some, nil); err != nil {
		return nil, err
	}
	for _, f := range some {
		if f.Err == nil && hex.EncodeToString(f.Content[:]) != want[f.Name] {
			return nil, nil
		}
	}
	if len(some) == 0 {
		return nil, nil
	}
	return run, nil
}
