package inference

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"hilum/inference/findingset"
	"hilum/inference/graph"
	"hilum/inference/prep"
	"hilum/internal/message"
)

// Keys of the metadata that make an ONNX file a model of ours.
const (
	keySchema    = "hilum.schema"
	keyLabels    = "hilum.labels"
	keyInput     = "hilum.input"
	keyResize    = "hilum.resize"
	keyNormalise = "hilum.normalise"
	keyRange     = "hilum.range"
	keyCard      = "hilum.card"
	keyFindings  = "hilum.findings"
)

// modelSchema is the only value of hilum.schema so far.
const modelSchema = "1"

// Card says what a model was trained on and how well it really does. It is
// shown wherever the model is chosen.
type Card struct {
	Name            string              `json:"name"`
	Description     string              `json:"description"`
	Data            string              `json:"data"`
	Images          ImageKind           `json:"films,omitempty"`   // what kind of films it was trained and measured on
	Trained         int                 `json:"n_train,omitempty"` // images
	Licence         string              `json:"licence"`
	IntendedUse     string              `json:"intended_use"`
	AUC             map[string]Measured `json:"auc,omitempty"`
	MacroAUC        *Measured           `json:"macro_auc,omitempty"`
	Subgroups       []Subgroup          `json:"subgroups,omitempty"`
	ECE             *float64            `json:"ece,omitempty"`            // expected calibration error with its thresholds, mean of the classes
	Pointing        *Measured           `json:"pointing,omitempty"`       // share of findings whose strongest evidence lies in their box
	PointingPrior   *Measured           `json:"pointing_prior,omitempty"` // the same of a map of other patients' boxes that sees no picture
	Maps            *MapVerdict         `json:"maps,omitempty"`           // whether its class maps can be believed; nil where that was not tested
	Passport        *Passport           `json:"passport,omitempty"`       // what shortcuts it takes; nil where that was not tested
	Date            string              `json:"date,omitempty"`
	NotForDiagnosis bool                `json:"not_for_diagnosis"`
	ParentSHA256    string              `json:"parent_sha256,omitempty"`
}

// ImageKind is what kind of films a model saw.
type ImageKind string

// The kinds of films.
const (
	RealImages      ImageKind = "real"      // of persons
	GeneratedImages ImageKind = "generated" // phantoms
	MixedImages     ImageKind = "mixed"     // both
)

// KindOf is the kind of some films of which generated are phantoms.
func KindOf(images, generated int) ImageKind {
	switch generated {
	case 0:
		return RealImages
	case images:
		return GeneratedImages
	}
	return MixedImages
}

// Knows tells whether the model saw films of the kind that one is; a model whose card is
// silent may have.
func (c Card) Knows(generated bool) bool {
	switch c.Images {
	case RealImages:
		return !generated
	case GeneratedImages:
		return generated
	}
	return true
}

// Subgroup is how well a model does on a part of the films, such as those of
// women.
type Subgroup struct {
	By       string   `json:"by"` // sex, age, view ...
	Name     string   `json:"name"`
	Images   int      `json:"n"`
	MacroAUC Measured `json:"macro_auc"`
}

// MapVerdict is what the checks of package mapcheck came to over the maps of validation
// films. Counts of Measured are maps that passed and that did not.
type MapVerdict struct {
	Method string       `json:"method"` // that drew the maps
	Images int          `json:"films"`
	Passed Measured     `json:"passed"` // share of maps that no check speaks against
	Checks []CheckShare `json:"checks"`
}

// CheckShare is one check over the maps that it was asked of.
type CheckShare struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Passed Measured `json:"passed"` // share of the maps that pass
	Figure Measured `json:"figure"` // mean of what it measures
}

// Passport is what things on films that are no disease do to a model's odds.
type Passport struct {
	Source  string           `json:"source"` // of the films: phantoms, or the name of a data set
	Images  int              `json:"films"`
	Effects []ShortcutEffect `json:"effects"`
}

// ShortcutEffect is what one thing that is no disease does to one class.
type ShortcutEffect struct {
	Shortcut string    `json:"shortcut"` // as a passport calls it
	Class    string    `json:"class"`
	Effect   Measured  `json:"effect"`            // mean change of the log odds
	Control  *Measured `json:"control,omitempty"` // the same of a patch of the film at random places; nil for what has no place
	Takes    bool      `json:"takes"`             // the model takes it for the class, or for its absence
}

// Measured is a figure with its 95% interval and the counts behind it.
type Measured struct {
	Value    float64 `json:"value"`
	Lo       float64 `json:"lo"`
	Hi       float64 `json:"hi"`
	Positive int     `json:"n_pos,omitempty"`
	Negative int     `json:"n_neg,omitempty"`
}

// Interval is the 95% interval; false where there is none, which is kept as one
// without a width.
func (m Measured) Interval() (lo, hi float64, ok bool) { return m.Lo, m.Hi, m.Hi > m.Lo }

// measuredJSON is a figure as a file has it.
type measuredJSON struct {
	Value    float64  `json:"value"`
	Lo       *float64 `json:"lo"`
	Hi       *float64 `json:"hi"`
	Positive int      `json:"n_pos,omitempty"`
	Negative int      `json:"n_neg,omitempty"`
}

// MarshalJSON writes the bounds as null where there is no interval.
func (m Measured) MarshalJSON() ([]byte, error) {
	out := measuredJSON{Value: m.Value, Positive: m.Positive, Negative: m.Negative}
	if lo, hi, ok := m.Interval(); ok {
		out.Lo, out.Hi = &lo, &hi
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads bounds that are null as an interval without a width.
func (m *Measured) UnmarshalJSON(b []byte) error {
	var in measuredJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*m = Measured{in.Value, in.Value, in.Value, in.Positive, in.Negative}
	if in.Lo != nil && in.Hi != nil {
		m.Lo, m.Hi = *in.Lo, *in.Hi
	}
	return nil
}

// Spec is what an ONNX graph does not say of itself: the classes and the
// preprocessing. A model file carries it as metadata; for a bare graph a person
// gives it.
type Spec struct {
	Classes []string
	Prep    prep.Prep
	Card    Card

	// Findings says what the labels mean: the name of a set of package findingset, or a
	// set as JSON; "" where the file does not say.
	Findings string
}

// Vocabulary is the set of findings that the model speaks, as far as its file tells.
func (s Spec) Vocabulary(sets findingset.Registry) findingset.Set {
	return sets.Spoken(findingset.Clues{Recorded: s.Findings, Data: s.Card.Data, Labels: s.Classes})
}

// specFromMetadata reads the metadata of a model file. Keys that are absent
// leave the part of base as it is; has says whether the file had any.
func specFromMetadata(meta map[string]string, base Spec) (spec Spec, has bool, err error) {
	spec = base
	if s, ok := meta[keySchema]; ok && s != modelSchema {
		return spec, true, message.Errorf("model schema %q is not known here; a newer Hilum wrote it", s)
	}
	steps := []struct {
		key  string
		read func(string) error
	}{
		{keyLabels, spec.readLabels}, {keyInput, spec.readInput}, {keyNormalise, spec.readNormalise},
		{keyResize, func(s string) error { spec.Prep.Resize = prep.ResizeRule(s); return nil }},
		{keyRange, func(s string) error { spec.Prep.Range = prep.RangeRule(s); return nil }},
		{keyCard, func(s string) error { return json.Unmarshal([]byte(s), &spec.Card) }},
		{keyFindings, func(s string) error { spec.Findings = s; return nil }},
	}
	for _, step := range steps {
		text, ok := meta[step.key]
		if !ok {
			continue
		}
		has = true
		if err := step.read(text); err != nil {
			return spec, true, message.Errorf("metadata %s: %w", step.key, err)
		}
	}
	return spec, has, nil
}

// ReadSpec is specFromMetadata on the metadata of a graph.
func ReadSpec(m *graph.Model, base Spec) (spec Spec, has bool, err error) {
	meta := make(map[string]string, len(m.Props))
	for _, p := range m.Props {
		meta[p.Key] = p.Value
	}
	return specFromMetadata(meta, base)
}

// Metadata is the inverse of specFromMetadata.
func (s Spec) Metadata() (map[string]string, error) {
	meta := map[string]string{keySchema: modelSchema, keyResize: string(s.Prep.Resize), keyRange: string(s.Prep.Range)}
	for key, v := range map[string]any{
		keyLabels:    s.Classes,
		keyInput:     inputJSON{s.Prep.Width, s.Prep.Height, s.Prep.Channels},
		keyNormalise: normaliseJSON{fmt.Sprintf("%g..%g", s.Prep.Lo, s.Prep.Hi), s.Prep.Mean, s.Prep.Std},
		keyCard:      s.Card,
	} {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, message.Errorf("metadata %s: %w", key, err)
		}
		meta[key] = string(b)
	}
	if s.Findings != "" {
		meta[keyFindings] = s.Findings
	}
	return meta, nil
}

// Stamp writes the spec into a model's metadata, always in the same order, so
// that the same model and spec give the same file.
func (s Spec) Stamp(m *graph.Model) error {
	meta, err := s.Metadata()
	if err != nil {
		return err
	}
	for _, k := range slices.Sorted(maps.Keys(meta)) {
		m.SetMetadata(k, meta[k])
	}
	return nil
}

type inputJSON struct {
	Width    int `json:"width"`
	Height   int `json:"height"`
	Channels int `json:"channels"`
}

type normaliseJSON struct {
	Scale string    `json:"scale"` // "lo..hi": black and white before mean and std
	Mean  []float64 `json:"mean"`
	Std   []float64 `json:"std"`
}

func (s *Spec) readLabels(text string) error { return json.Unmarshal([]byte(text), &s.Classes) }

func (s *Spec) readInput(text string) error {
	var in inputJSON
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return err
	}
	s.Prep.Width, s.Prep.Height, s.Prep.Channels = in.Width, in.Height, in.Channels
	return nil
}

func (s *Spec) readNormalise(text string) error {
	var n normaliseJSON
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return err
	}
	if _, err := fmt.Sscanf(strings.Replace(n.Scale, "..", " ", 1), "%g %g", &s.Prep.Lo, &s.Prep.Hi); err != nil {
		return message.Errorf("scale %q is not of the form 0..1", n.Scale)
	}
	s.Prep.Mean, s.Prep.Std = n.Mean, n.Std
	return nil
}

// check says what keeps the spec from being used.
func (s *Spec) check() error {
	if len(s.Classes) == 0 {
		return message.Errorf("it has no class labels; give them with --labels")
	}
	seen := map[string]bool{}
	for _, c := range s.Classes {
		if strings.TrimSpace(c) == "" || seen[c] {
			return message.Errorf("class label %q is empty or given twice", c)
		}
		seen[c] = true
	}
	return s.Prep.Check()
}

// Worst names the class with the lowest measured AUC, "" where none is known.
func (c *Card) Worst() string {
	names := make([]string, 0, len(c.AUC))
	for n := range c.AUC {
		names = append(names, n)
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := c.AUC[names[i]].Value, c.AUC[names[j]].Value
		return a < b || a == b && names[i] < names[j]
	})
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
