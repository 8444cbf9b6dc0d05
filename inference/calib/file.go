package calib

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"
	"time"

	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// schema names the form of thresholds.json that Encode writes. Files without a
// schema (metadata, thresholds and metrics alone) load as they are.
const schema = "hilum.thresholds/1"

// file is thresholds.json. The first three keys are the form of the seed
// pipeline; all others are additions that its reader passes over.
type file struct {
	Metadata   metadata                   `json:"metadata"`
	Thresholds map[string]*float64        `json:"thresholds"`
	Metrics    map[string]*Metrics        `json:"metrics,omitempty"`
	Schema     string                     `json:"schema,omitempty"`
	Model      string                     `json:"model_sha256,omitempty"`
	Prep       string                     `json:"prep_sha256,omitempty"`
	Data       string                     `json:"data_sha256,omitempty"`
	Date       string                     `json:"date,omitempty"`
	Calibr     map[string]json.RawMessage `json:"calibrators,omitempty"`
	Policies   map[string]string          `json:"policies,omitempty"`
	CI         map[string][2]float64      `json:"threshold_ci,omitempty"`
	Counts     map[string]*Counts         `json:"counts,omitempty"`
	NoValid    map[string]string          `json:"no_valid_threshold,omitempty"`
	Deployed   map[string]float64         `json:"deployment_prevalence,omitempty"`
}

type metadata struct {
	Method     string `json:"method"`
	Split      string `json:"split"`
	NumClasses int    `json:"num_classes"`
	Data       string `json:"data,omitempty"`
}

// maxFile bounds thresholds.json: a thousand classes with isotonic tables fit.
const maxFile = 32 << 20

// Load reads thresholds.json for a model with these classes. See Decode.
func Load(path string, classes []string) (*Calibration, error) {
	return load(path, func(data []byte) (*Calibration, error) { return Decode(data, classes) })
}

// LoadAll reads thresholds.json, whose calibrators are of these methods, for a table that
// may have fewer classes than the model of the file: those of the table come first, in its
// order, the others follow.
func (ms Methods) LoadAll(path string, classes []string) (*Calibration, error) {
	return load(path, func(data []byte) (*Calibration, error) {
		var f file
		if err := json.Unmarshal(data, &f); err != nil {
			return nil, describeJSON(err)
		}
		all := slices.Clone(classes)
		for _, name := range slices.Sorted(maps.Keys(f.Thresholds)) {
			if f.Thresholds[name] != nil && !slices.Contains(classes, name) {
				all = append(all, name)
			}
		}
		return ms.Decode(data, all)
	})
}

func load(path string, decode func([]byte) (*Calibration, error)) (*Calibration, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxFile {
		err = message.Errorf("%d bytes is too large for a thresholds file", info.Size())
	}
	if err != nil {
		return nil, message.Errorf("thresholds %s: %w", path, err)
	}
	data, err := regular.ReadFile(path)
	if err != nil {
		return nil, message.Errorf("thresholds %s: %w", path, err)
	}
	c, err := decode(data)
	if err != nil {
		return nil, message.Errorf("thresholds %s: %w", path, err)
	}
	return c, nil
}

// Decode reads thresholds.json. Every class of the model must have a threshold
// within 0..1 and every class of the file must be the model's: a file for other
// classes would silently shift findings.
func Decode(data []byte, classes []string) (*Calibration, error) {
	return Calibrators().Decode(data, classes)
}

// Decode is the function Decode for a file whose calibrators are of these methods.
func (ms Methods) Decode(data []byte, classes []string) (*Calibration, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, describeJSON(err)
	}
	if err := f.check(classes); err != nil {
		return nil, err
	}
	c := &Calibration{
		Method: f.Metadata.Method, Split: f.Metadata.Split, Data: f.Metadata.Data,
		ModelSHA256: f.Model, PrepSHA256: f.Prep, DataSHA256: f.Data,
	}
	if f.Date != "" {
		date, err := time.Parse(time.RFC3339, f.Date)
		if err != nil {
			return nil, message.Errorf("date %q is not of the form 2006-01-02T15:04:05Z", f.Date)
		}
		c.Date = date
	}
	for _, name := range classes {
		k, err := f.class(name, ms)
		if err != nil {
			return nil, message.Errorf("%s: %w", name, err)
		}
		c.Classes = append(c.Classes, k)
	}
	return c, nil
}

func (f *file) class(name string, known Methods) (Class, error) {
	k := Class{
		Name: name, Threshold: *f.Thresholds[name], Policy: f.Policies[name],
		Metrics: f.Metrics[name], Counts: f.Counts[name], NoValid: f.NoValid[name],
		Prevalence: f.Deployed[name],
	}
	if !(k.Prevalence >= 0 && k.Prevalence < 1) {
		return k, message.Errorf("deployment prevalence %v is not within 0..1", k.Prevalence)
	}
	if ci, ok := f.CI[name]; ok {
		if !(0 <= ci[0] && ci[0] <= ci[1] && ci[1] <= 1) {
			return k, message.Errorf("threshold interval %v is not an interval within 0..1", ci)
		}
		k.CI = &Interval{ci[0], ci[1]}
	}
	if raw, ok := f.Calibr[name]; ok {
		c, err := known.decode(raw)
		if err != nil {
			return k, err
		}
		k.Calibrator = c
	}
	return k, nil
}

func (f *file) check(classes []string) error {
	if f.Schema != "" && f.Schema != schema {
		return message.Errorf("schema %q is not known here; a newer Hilum wrote it", f.Schema)
	}
	if f.Thresholds == nil {
		return message.New(`it has no "thresholds"`)
	}
	known := make(map[string]bool, len(classes))
	var missing, extra []string
	for _, name := range classes {
		known[name] = true
		if f.Thresholds[name] == nil {
			missing = append(missing, name)
		}
	}
	for name, t := range f.Thresholds {
		if !known[name] {
			extra = append(extra, name)
		} else if t != nil && !(*t >= 0 && *t <= 1) {
			return message.Errorf("the threshold %v of %s is not within 0..1", *t, name)
		}
	}
	sort.Strings(extra)
	if len(missing) > 0 {
		return message.Errorf("no threshold for %s; calibrate for this model", strings.Join(missing, ", "))
	}
	if len(extra) > 0 {
		return message.Errorf("thresholds for %s, which the model does not have; use the file of this model",
			strings.Join(extra, ", "))
	}
	return nil
}

// describeJSON makes the commonest mistake of a thresholds file readable: JSON
// has no NaN.
func describeJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return message.Errorf("not valid JSON at byte %d (%w); NaN and Infinity are not numbers in JSON",
			syntax.Offset, err)
	}
	return err
}

// Encode writes thresholds.json so that a reader of the seed's three keys
// still finds them.
func (c *Calibration) Encode() ([]byte, error) {
	f := file{
		Metadata: metadata{Method: c.Method, Split: c.Split, NumClasses: len(c.Classes), Data: c.Data},
		Schema:   schema, Model: c.ModelSHA256, Prep: c.PrepSHA256, Data: c.DataSHA256,
		Thresholds: map[string]*float64{}, Metrics: map[string]*Metrics{}, Calibr: map[string]json.RawMessage{},
		Policies: map[string]string{}, CI: map[string][2]float64{}, Counts: map[string]*Counts{},
		NoValid:  map[string]string{},
		Deployed: map[string]float64{},
	}
	if !c.Date.IsZero() {
		f.Date = c.Date.UTC().Format(time.RFC3339)
	}
	for i := range c.Classes {
		if err := f.add(&c.Classes[i]); err != nil {
			return nil, message.Errorf("calib: encode %s: %w", c.Classes[i].Name, err)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		return nil, message.Errorf("calib: encode: %w", err)
	}
	return b.Bytes(), nil
}

func (f *file) add(k *Class) error {
	if !(k.Threshold >= 0 && k.Threshold <= 1) {
		return message.Errorf("threshold %v is not within 0..1", k.Threshold)
	}
	f.Thresholds[k.Name] = &k.Threshold
	if k.Metrics != nil {
		f.Metrics[k.Name] = k.Metrics
	}
	if k.Counts != nil {
		f.Counts[k.Name] = k.Counts
	}
	if k.Policy != "" {
		f.Policies[k.Name] = k.Policy
	}
	if k.Prevalence != 0 {
		f.Deployed[k.Name] = k.Prevalence
	}
	if k.NoValid != "" {
		f.NoValid[k.Name] = k.NoValid
	}
	if k.CI != nil {
		f.CI[k.Name] = [2]float64{k.CI.Lo, k.CI.Hi}
	}
	if k.Calibrator != nil {
		raw, err := json.Marshal(k.Calibrator)
		if err != nil {
			return err
		}
		f.Calibr[k.Name] = raw
	}
	return nil
}

// Save writes thresholds.json atomically: a reader sees the old file or the
// new one, never a part.
func (c *Calibration) Save(path string) error {
	data, err := c.Encode()
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(path, data); err != nil {
		return message.Errorf("calib: save: %w", err)
	}
	return nil
}
