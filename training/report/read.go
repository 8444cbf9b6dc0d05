package report

import (
	"cmp"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// maxReportFile bounds a report.json that is read back.
const maxReportFile = 64 << 20

// Open reads back what Validate wrote into a folder, see
// ValidateConfig.Out. The classes come in the order of ChestX-ray14, others
// after them by name.
func Open(dir string) (*Report, error) {
	path := filepath.Join(dir, "report.json")
	f, err := regular.Open(path)
	if err != nil {
		return nil, message.Errorf("report: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxReportFile+1))
	if err == nil && len(data) > maxReportFile {
		err = message.Errorf("it is larger than %d bytes", maxReportFile)
	}
	var r Report
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		return nil, message.Errorf("report %s: %w", path, err)
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
		Macro: in.Macro, Source: in.Source, SHA256: in.SHA256, Thresholds: in.Thresholds, Rows: in.Rows,
		Patients: in.Patients, Rounds: in.Rounds,
		Seed: in.Seed, SameData: in.SameData, Leaking: in.Leaking, Subgroups: in.Subgroups, Comparison: in.Comparison,
		Boxes: in.Boxes, Maps: in.Maps, Notes: in.Notes,
	}
	var err error
	r.Classes, err = inRelease(in.Classes, func(c *Class) *string { return &c.Name })
	return err
}

// inRelease lists what is kept by class in the order of the release. name is where
// one keeps the name of its class.
func inRelease[C any](by map[string]*C, name func(*C) *string) ([]C, error) {
	var out []C
	for n, c := range by {
		if c == nil {
			return nil, message.Errorf("the class %q has no figures", n)
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
		if i := slices.Index(inference.ChestXray14(), name); i >= 0 {
			return i
		}
		return len(inference.ChestXray14())
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}
