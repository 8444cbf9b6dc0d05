// Package models is which model scores: how a person names one, and what is known of
// the one in use. It imports inference, inference/calib and resources.
package models

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/inference/prep"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/resources"
)

// Choice is a model as a person names it on a command line.
type Choice struct {
	Path       string // .onnx file, Starter or Twin; "" is the demo model that comes along
	Thresholds string // thresholds.json; "" is the one beside the model
	Labels     string // file with one class a line, or a JSON array; "" when the model has its own
	Input      string // "224" or "320x256"; "" is the graph's
	Normalise  string // as inference.ParseNormalisation reads it; "" is the model's own or imagenet
	Contract   string // as inference.ParseContract reads it; "" is what the graph tells

	Sets findingset.Registry // whose names Labels may be; nil is findingset.Sets
}

// Source reads what the choice names.
func (c Choice) Source() (inference.Source, error) {
	switch c.Path {
	case "", Demo:
		return c.builtIn("demo model", Demo, resources.DemoModel(), resources.DemoThresholds())
	case Starter:
		return c.builtIn("starter model", Starter, resources.StarterModel(), resources.StarterThresholds())
	case Twin:
		return c.builtIn("confounded twin", Twin, resources.TwinModel(), resources.TwinThresholds())
	}
	src, err := inference.ReadSource(c.Path, c.Thresholds)
	if err != nil {
		return src, err
	}
	if src.Path, err = filepath.Abs(c.Path); err != nil {
		return src, message.Errorf("cannot name the model: %w", err)
	}
	if c.Labels != "" {
		if src.Spec.Classes, err = c.ReadLabels(); err != nil {
			return src, err
		}
	}
	src.Stated, err = c.Statement()
	return src, err
}

// Statement is what the choice says of a model's input and output.
func (c Choice) Statement() (s inference.Statement, err error) {
	if s.Width, s.Height, err = parseSize(c.Input); err != nil {
		return s, err
	}
	if s.Normalise, err = prep.ParseNormalisation(c.Normalise); err != nil {
		return s, err
	}
	s.Output, s.Meaning, err = inference.ParseContract(c.Contract)
	return s, err
}

// Demo names the demo model, where "" would say that nothing was chosen.
const Demo = "demo"

// Starter names, in place of a file, the model of real films that comes along.
// It is weak, and its card says how weak.
const Starter = "starter"

// Twin names, in place of a file, the demo model's confounded twin for lessons: it
// was made to be fooled by a word in the corner of a film.
const Twin = "twin"

// FromFile tells whether a path is that of a file, not the name of a model that comes along.
func FromFile(path string) bool {
	return path != "" && path != Demo && path != Starter && path != Twin
}

// builtIn is an embedded model, with other thresholds if they are named.
func (c Choice) builtIn(name, path string, onnx, own []byte) (inference.Source, error) {
	src := inference.Source{Name: name, Path: path, ONNX: onnx, Thresholds: own, ThresholdsName: "of the " + name}
	if c.Thresholds == "" {
		return src, nil
	}
	data, err := regular.ReadFile(c.Thresholds)
	if err != nil {
		return src, message.Errorf("cannot read thresholds %s: %w", c.Thresholds, cause(err))
	}
	src.Thresholds, src.ThresholdsName = data, c.Thresholds
	return src, nil
}

// maxLabels bounds a labels file.
const maxLabels = 1 << 20

// ReadLabels reads class labels: one a line, or a JSON array of strings. The name of
// a set of findings, in place of a file, is the set's labels in its order.
func (c Choice) ReadLabels() ([]string, error) {
	path, sets := c.Labels, c.Sets
	if sets == nil {
		sets = findingset.Sets()
	}
	info, err := os.Stat(path)
	if set, ok := sets.Find(path); err != nil && ok {
		return set.Names(), nil
	}
	if err == nil && info.Size() > maxLabels {
		err = message.Errorf("it is too large for a list of labels")
	}
	var data []byte
	if err == nil {
		data, err = regular.ReadFile(path)
	}
	if err != nil {
		return nil, message.Errorf("cannot read labels %s: %w", filepath.Base(path), cause(err))
	}
	var labels []string
	if json.Unmarshal(data, &labels) == nil {
		return labels, nil
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			labels = append(labels, line)
		}
	}
	return labels, nil
}

// parseSize reads an input size from the command line's words: 224 or 320x256,
// width first. "" is 0, 0.
func parseSize(input string) (w, h int, err error) {
	if input == "" {
		return 0, 0, nil
	}
	ws, hs, two := strings.Cut(strings.ToLower(input), "x")
	if !two {
		hs = ws
	}
	w, err1 := strconv.Atoi(strings.TrimSpace(ws))
	h, err2 := strconv.Atoi(strings.TrimSpace(hs))
	if err1 != nil || err2 != nil || w < 1 || h < 1 {
		return 0, 0, message.Errorf("input size %q is not of the form 224 or 320x256", input)
	}
	return w, h, nil
}
