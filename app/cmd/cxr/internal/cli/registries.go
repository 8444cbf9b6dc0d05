package cli

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

// Registries are the lists from which flags and help are made. Whoever has an entry
// of their own hands on a longer list.
type Registries struct {
	Findings    findingset.Registry
	Methods     saliency.Registry
	Recipes     recipe.Registry
	Families    zoo.Registry // of networks whose weights can be imported
	Networks    zoo.Networks // that training can begin from nothing
	Calibrators calib.Methods
	Policies    calib.Rules
	Edits       edit.Operations
	Forms       export.Forms
	Sources     scan.Registry // that pictures are looked for in
}

// BuiltIn are the entries that come along.
func BuiltIn() Registries {
	return Registries{
		Findings: findingset.Sets(), Methods: saliency.Methods(), Recipes: recipe.Recipes(), Families: zoo.Families(),
		Networks:    zoo.Architectures(),
		Calibrators: calib.Calibrators(), Policies: calib.Policies(), Edits: edit.Standard(), Forms: export.Standard(),
		Sources: scan.Sources(),
	}
}

// Lab is what the lab has to choose from.
func (r Registries) Lab() lesson.Catalogue {
	return lesson.Catalogue{Edits: r.Edits, Methods: r.Methods}
}

// Recorded is what a model's metadata keeps of --findings: the name of a set, or a
// set from a file.
func (r Registries) Recorded(named string) (string, error) {
	if s, ok := r.Findings.Find(named); ok {
		return s.Name, nil
	}
	data, err := regular.ReadFile(named)
	if errors.Is(err, os.ErrNotExist) {
		return "", UsageError{message.Errorf("findings %q are neither a file nor one of %s", named,
			strings.Join(r.Findings.Names(), ", "))}
	}
	if err != nil {
		return "", message.Errorf("cannot read the findings %s: %w", named, err)
	}
	if _, err := findingset.Decode(data); err != nil {
		return "", message.Errorf("%s: %w", named, err)
	}
	return string(data), nil
}
