package main

import (
	"errors"
	"os"
	"strings"

	"hilum/app/export"
	"hilum/app/lab/edit"
	"hilum/app/lab/lesson"
	"hilum/dicomio/scan"
	"hilum/inference/calib"
	"hilum/inference/findingset"
	"hilum/inference/saliency"
	"hilum/inference/zoo"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/recipe"
)

// registries are the lists from which flags and help are made. Whoever has an entry
// of their own hands on a longer list.
type registries struct {
	findings    findingset.Registry
	methods     saliency.Registry
	recipes     recipe.Registry
	families    zoo.Registry // of networks whose weights can be imported
	networks    zoo.Networks // that training can begin from nothing
	calibrators calib.Methods
	policies    calib.Rules
	edits       edit.Operations
	forms       export.Forms
	sources     scan.Registry // that pictures are looked for in
}

// builtIn are the entries that come along.
func builtIn() registries {
	return registries{
		findings: findingset.Sets(), methods: saliency.Methods(), recipes: recipe.Recipes(), families: zoo.Families(), networks: zoo.Architectures(),
		calibrators: calib.Calibrators(), policies: calib.Policies(), edits: edit.Standard(), forms: export.Standard(), sources: scan.Sources(),
	}
}

// lab is what the lab has to choose from.
func (r registries) lab() lesson.Catalogue {
	return lesson.Catalogue{Edits: r.edits, Methods: r.methods}
}

// labelsHelp says what --labels takes.
func (r registries) labelsHelp() string {
	return "a file with one a line or a JSON array, or " + strings.Join(r.findings.Names(), ", ") + " for the labels of that data set in its order"
}

// findingsHelp says what --findings takes.
func (r registries) findingsHelp() string {
	return "what its labels mean: " + strings.Join(r.findings.Names(), ", ") + ", or a file that describes a set of your own"
}

// recorded is what a model's metadata keeps of --findings: the name of a set, or a
// set from a file.
func (r registries) recorded(named string) (string, error) {
	if s, ok := r.findings.Find(named); ok {
		return s.Name, nil
	}
	data, err := regular.ReadFile(named)
	if errors.Is(err, os.ErrNotExist) {
		return "", usageError{message.Errorf("findings %q are neither a file nor one of %s", named, strings.Join(r.findings.Names(), ", "))}
	}
	if err != nil {
		return "", message.Errorf("cannot read the findings %s: %w", named, err)
	}
	if _, err := findingset.Decode(data); err != nil {
		return "", message.Errorf("%s: %w", named, err)
	}
	return string(data), nil
}
