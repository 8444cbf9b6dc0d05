package app

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hilum/inference"
	"hilum/internal/regular"
	"hilum/resources"
)

// ModelChoice is a model as a person names it on a command line.
type ModelChoice struct {
	Path       string // .onnx file, Starter or Twin; "" is the demo model that comes along
	Thresholds string // thresholds.json; "" is the one beside the model
	Labels     string // file with one class a line, or a JSON array; "" when the model has its own
	Input      string // "224" or "320x256"; "" is the graph's
	Normalise  string // imagenet, xrv, or "mean,std"; "" is the model's own or imagenet
}

// Source reads what the choice names.
func (c ModelChoice) Source() (inference.Source, error) {
	switch c.Path {
	case "":
		return builtIn("demo model", resources.DemoModel(), resources.DemoThresholds(), c.Thresholds)
	case Starter:
		return builtIn("starter model", resources.StarterModel(), resources.StarterThresholds(), c.Thresholds)
	case Twin:
		return builtIn("confounded twin", resources.TwinModel(), resources.TwinThresholds(), c.Thresholds)
	}
	src, err := inference.ReadSource(c.Path, c.Thresholds)
	if err != nil {
		return src, err
	}
	if c.Labels != "" {
		if src.Spec.Classes, err = ReadLabels(c.Labels); err != nil {
			return src, err
		}
	}
	if c.Input != "" || c.Normalise != "" {
		src.Spec.Prep, err = ParsePrep(c.Input, c.Normalise)
	}
	return src, err
}

// Starter names, in place of a file, the model of real films that comes along.
// It is weak, and its card says how weak.
const Starter = "starter"

// Twin names, in place of a file, the demo model's confounded twin for lessons: it
// was made to be fooled by a word in the corner of a film.
const Twin = "twin"

// builtIn is an embedded model, with other thresholds if they are named.
func builtIn(name string, onnx, own []byte, thresholds string) (inference.Source, error) {
	src := inference.Source{Name: name, ONNX: onnx, Thresholds: own, ThresholdsName: "of the " + name}
	if thresholds == "" {
		return src, nil
	}
	data, err := regular.ReadFile(thresholds)
	if err != nil {
		return src, fmt.Errorf("cannot read thresholds %s: %w", thresholds, cause(err))
	}
	src.Thresholds, src.ThresholdsName = data, thresholds
	return src, nil
}

// maxLabels bounds a labels file.
const maxLabels = 1 << 20

// ReadLabels reads class labels: one a line, or a JSON array of strings.
func ReadLabels(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxLabels {
		err = fmt.Errorf("it is too large for a list of labels")
	}
	var data []byte
	if err == nil {
		data, err = regular.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read labels %s: %w", filepath.Base(path), cause(err))
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

// ParsePrep reads preprocessing from the command line's words.
func ParsePrep(input, normalise string) (inference.Prep, error) {
	w, h := 224, 224
	if input != "" {
		ws, hs, two := strings.Cut(input, "x")
		if !two {
			hs = ws
		}
		var err1, err2 error
		w, err1 = strconv.Atoi(ws)
		h, err2 = strconv.Atoi(hs)
		if err1 != nil || err2 != nil {
			return inference.Prep{}, fmt.Errorf("input size %q is not of the form 224 or 320x256", input)
		}
	}
	p := inference.ImageNetPrep(w, h)
	switch normalise {
	case "", "imagenet":
	case "xrv":
		p.Channels, p.Resize, p.Lo, p.Hi = 1, inference.CentreCrop, -1024, 1024
		p.Mean, p.Std = []float64{0}, []float64{1}
	default:
		var mean, std float64
		if _, err := fmt.Sscanf(normalise, "%g,%g", &mean, &std); err != nil {
			return p, fmt.Errorf("normalisation %q is not imagenet, xrv or mean,std", normalise)
		}
		p.Mean, p.Std = []float64{mean, mean, mean}, []float64{std, std, std}
	}
	return p, p.Check()
}
