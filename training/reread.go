package training

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"hilum/internal/regular"
)

// maxReportFile bounds a report.json that is read back.
const maxReportFile = 64 << 20

// OpenReport reads back what Validate wrote into a folder, see
// ValidateConfig.Out. The classes come in the order of ChestX-ray14, others
// after them by name.
func OpenReport(dir string) (*Report, error) {
	path := filepath.Join(dir, "report.json")
	f, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxReportFile+1))
	if err == nil && len(data) > maxReportFile {
		err = fmt.Errorf("it is larger than %d bytes", maxReportFile)
	}
	var r Report
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", path, err)
	}
	return &r, nil
}

// UnmarshalJSON implements json.Unmarshaler for the event that MarshalJSON
// writes.
func (r *Report) UnmarshalJSON(data []byte) error {
	var in reportJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*r = Report{
		Macro: in.Macro, Source: in.Source, SHA256: in.SHA256, Thresholds: in.Thresholds, Rows: in.Rows, Patients: in.Patients, Rounds: in.Rounds,
		Seed: in.Seed, SameData: in.SameData, Leaking: in.Leaking, Subgroups: in.Subgroups, Comparison: in.Comparison, Boxes: in.Boxes, Notes: in.Notes,
	}
	var err error
	r.Classes, err = inRelease(in.Classes, func(c *ClassReport) *string { return &c.Name })
	return err
}

// inRelease lists what is kept by class in the order of the release. name is where
// one keeps the name of its class.
func inRelease[C any](by map[string]*C, name func(*C) *string) ([]C, error) {
	var out []C
	for n, c := range by {
		if c == nil {
			return nil, fmt.Errorf("the class %q has no figures", n)
		}
		*name(c) = n
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b C) int { return byRelease(*name(&a), *name(&b)) })
	return out, nil
}

// byRelease orders classes as the release of ChestX-ray14 lists them.
func byRelease(a, b string) int {
	place := func(name string) int {
		if i := slices.Index(fourteen(), name); i >= 0 {
			return i
		}
		return len(fourteen())
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}

// UnmarshalJSON implements json.Unmarshaler: null is NaN.
func (f *Figure) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*f = Figure(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(f))
}

// UnmarshalJSON implements json.Unmarshaler for what MarshalJSON writes.
func (e *TrainEvent) UnmarshalJSON(data []byte) error {
	var of struct {
		Event string `json:"event"`
	}
	if err := json.Unmarshal(data, &of); err != nil {
		return err
	}
	*e = TrainEvent{}
	var into any
	switch of.Event {
	case "plan":
		e.Plan = new(TrainPlan)
		into = e.Plan
	case "step":
		e.Step = new(TrainStep)
		into = e.Step
	case "epoch":
		e.Epoch = new(TrainEpoch)
		into = e.Epoch
	case "done":
		e.Done = new(TrainDone)
		into = e.Done
	default:
		return fmt.Errorf("event %q is not known", of.Event)
	}
	return json.Unmarshal(data, into)
}
