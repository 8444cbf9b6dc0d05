package models

import (
	"path/filepath"
	"strings"
	"time"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/findingset"
	"hilum/inference/prep"
	"hilum/internal/message"
)

// describe says what is known of a model, whose labels may be those of some sets; nil
// is findingset.Sets.
func describe(m *inference.Model, sets findingset.Registry) Model {
	if sets == nil {
		sets = findingset.Sets()
	}
	st := Model{
		Open: true, Name: m.Name, SHA256: m.SHA256, Card: m.Spec.Card, Classes: m.Spec.Classes,
		Findings: m.Spec.Vocabulary(sets), Prep: m.Spec.Prep,
		HasMaps: m.HasMaps(), Calibrated: !m.Calibration.Uncalibrated, Calibration: Provenance(m.Calibration),
		Thresholds: m.Calibration, Warnings: m.Warnings,
	}
	// the hash of thresholds that cannot be written is no hash: they are like no others
	st.ThresholdsSHA256, _ = m.Calibration.SHA256()
	if m.FeatureStatistics != nil {
		st.UsualOf = m.FeatureStatistics.N
	}
	return st
}

// Engine says what inference runs on, or why it does not.
type Engine struct {
	Opening bool
	Open    bool
	Info    inference.EngineInfo
	Error   message.Message // one sentence: what to install
	Took    time.Duration   // of the last score, preprocessing and run
}

// Model says which model scores, and what is known of it.
type Model struct {
	Open             bool
	Name             string
	Path             string // by which it was chosen, as Choice.Path; "" where nobody did
	SHA256           string
	Card             inference.Card
	Classes          []string
	Findings         findingset.Set // what the classes mean, as far as the model says it
	Prep             prep.Prep
	HasMaps          bool
	UsualOf          int // training pictures that it knows the features of, see inference.Model.Usual
	Calibrated       bool
	Calibration      message.Message // where the thresholds come from, in words
	Thresholds       *calib.Calibration
	ThresholdsSHA256 string // of Thresholds, see calib.Calibration.SHA256
	Warnings         []message.Message
}

// Title is what people call the model: the name on its card, else that of its file in words.
func (m Model) Title() string {
	if m.Card.Name != "" {
		return m.Card.Name
	}
	name := strings.TrimSuffix(m.Name, ".onnx")
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' }), " ")
}

// Trust says in a few words how far a model is to be believed: on which films it was
// trained, and that nobody calibrated it.
func (m Model) Trust() []message.Message {
	out := []message.Message{m.trainedOn()}
	if !m.Calibrated {
		out = append(out, message.Of("not calibrated"))
	}
	return out
}

// trainedOn is the kind of the films that the model was trained on, with what they are
// called where its card says it.
func (m Model) trainedOn() message.Message {
	name := dataName(m.Card.Data)
	if name == "" {
		switch m.Card.Images {
		case inference.GeneratedImages:
			return message.Of("generated films only")
		case inference.RealImages:
			return message.Of("real films")
		case inference.MixedImages:
			return message.Of("real and generated films")
		}
		return message.Of("films not known")
	}
	switch m.Card.Images {
	case inference.GeneratedImages:
		return message.Of("generated films only: %s", name)
	case inference.RealImages:
		return message.Of("real films: %s", name)
	case inference.MixedImages:
		return message.Of("real and generated films: %s", name)
	}
	return message.Of("films of %s", name)
}

// dataName is what a card's films are called, without how they were chosen; of a folder or a
// table it is the name.
func dataName(data string) string {
	if strings.ContainsRune(data, filepath.Separator) && !strings.ContainsRune(data, ' ') {
		data = strings.TrimSuffix(filepath.Base(data), filepath.Ext(data))
	}
	if end := strings.IndexAny(data, ",;:("); end >= 0 {
		data = data[:end]
	}
	return strings.TrimSpace(data)
}

// Provenance says in words where thresholds come from, as "f1 on val (1,204
// films), 2026-10-02".
func Provenance(c *calib.Calibration) message.Message {
	if c == nil || c.Uncalibrated {
		return message.Of("not calibrated: every threshold is 0.5")
	}
	parts := []string{c.Method}
	if c.Split != "" {
		parts[0] += " on " + c.Split
	}
	if c.Data != "" {
		parts = append(parts, c.Data)
	}
	if !c.Date.IsZero() {
		parts = append(parts, c.Date.Format("2006-01-02"))
	}
	return message.Data(strings.Join(parts, ", "))
}
