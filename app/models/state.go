package models

import (
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
	Open        bool
	Name        string
	Path        string // by which it was chosen, as Choice.Path; "" where nobody did
	SHA256      string
	Card        inference.Card
	Classes     []string
	Findings    findingset.Set // what the classes mean, as far as the model says it
	Prep        prep.Prep
	HasMaps     bool
	UsualOf     int // training pictures that it knows the features of, see inference.Model.Usual
	Calibrated  bool
	Calibration message.Message // where the thresholds come from, in words
	Thresholds  *calib.Calibration
	Warnings    []message.Message
}

// Trust says in a few words how far a model is to be believed: on which films it was
// trained, and that nobody calibrated it.
func (m Model) Trust() []message.Message {
	var out []message.Message
	switch m.Card.Images {
	case inference.GeneratedImages:
		out = append(out, message.Of("generated films only"))
	case inference.RealImages:
		out = append(out, message.Of("real films"))
	case inference.MixedImages:
		out = append(out, message.Of("real and generated films"))
	default:
		out = append(out, message.Of("films not known"))
	}
	if !m.Calibrated {
		out = append(out, message.Of("not calibrated"))
	}
	return out
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
