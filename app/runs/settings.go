package runs

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hilum/internal/message"
	"hilum/training/evaluate"
	"hilum/training/recipe"
)

func (d *RunManager) defaults(s Settings) (Settings, error) {
	s.Schema = settingsSchema
	if s.Created.IsZero() {
		s.Created = d.cfg.Now().UTC().Truncate(time.Second)
	}
	if s.Name == "" {
		s.Name = "Run"
		if s.Data != "" {
			s.Name = filepath.Base(s.Data)
		}
	}
	if s.Seed == 0 {
		s.Seed = 1
	}
	if s.Recipe.Name == "" {
		recipe, err := d.cfg.Catalogue.Recipes.Open(recipe.Default)
		if err != nil {
			return s, err
		}
		s.Recipe = recipe
	}
	if s.Calibrator == "" {
		s.Calibrator = DefaultCalibrator
	}
	if s.Policy == "" {
		s.Policy = DefaultPolicy
	}
	if s.ImagesPerDay == 0 {
		s.ImagesPerDay = DefaultImagesPerDay
	}
	if s.Model == "" && s.Arch == "" {
		path, err := d.InUse()
		if err != nil {
			return s, err
		}
		s.Model = path
	}
	return s, s.check(d.cfg.Catalogue)
}

func (s Settings) check(known Catalogue) error {
	if strings.TrimSpace(s.Name) == "" {
		return message.New("a run needs a name")
	}
	for class, p := range s.Prevalence {
		if !(p > 0 && p < 1) {
			return message.Errorf("the prevalence %v of %s is not between 0 and 1", p, class)
		}
	}
	if !(s.ImagesPerDay > 0 && s.ImagesPerDay <= 1e6) {
		return message.Errorf("%v films a day are not between 0 and a million", s.ImagesPerDay)
	}
	c := evaluate.CalibrateConfig{Calibrator: s.Calibrator, Policy: s.Policy, ByClass: s.ByClass,
		Methods:  known.Methods,
		Policies: known.Policies}
	if err := c.Check(); err != nil {
		return err
	}
	return s.Recipe.Check()
}

// newDir makes a folder for a run, named by date and name.
func (d *RunManager) newDir(s Settings) (string, error) {
	if err := os.MkdirAll(d.runsDir(), 0o755); err != nil {
		return "", message.Errorf("the folder of runs: %w", err)
	}
	base := s.Created.Format("2006-01-02") + "-" + safeName(s.Name)
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		dir := filepath.Join(d.runsDir(), name)
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return "", message.Errorf("the run's folder: %w", err)
		}
	}
}

// safeName keeps of a name what every file system takes.
func safeName(name string) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}
	const longest = 40
	return strings.Map(keep, name[:min(len(name), longest)])
}

func cloneMap[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// otherData tells whether settings are of other films than a run's, or of films read otherwise.
func otherData(r *Run, s Settings) bool {
	return s.Data != r.Settings.Data || s.Seed != r.Seed || s.CalibrateOnly != r.CalibrateOnly ||
		!maps.Equal(s.Columns, r.Columns)
}

// forget removes the results that other settings make untrue. A run whose
// training began keeps its data and model: those are another run.
func forget(r *Run, s Settings) error {
	var stale []string
	otherData := otherData(r, s)
	otherModel := s.Model != r.Settings.Model || s.Arch != r.Arch || s.Weights != r.Weights
	if (otherData || otherModel) && r.Training != nil {
		return message.New("this run was trained already; make a new run for other data or another model")
	}
	if otherData {
		stale = append(stale, dataFile, labelsFile)
	}
	if otherData || otherModel {
		stale = append(stale, estimateFile, judgedFile)
	}
	if s.Recipe != r.Recipe {
		stale = append(stale, estimateFile)
	}
	for _, name := range stale {
		if err := os.Remove(r.Path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return message.Errorf("a result that is out of date cannot be removed: %w", err)
		}
	}
	return nil
}
