// Package labelaudit finds labels that are probably mistakes: those that a model's
// scores contradict, by confident learning, and those that films like it do not bear.
// Its core type is [Suspect]. It imports training/scores and inference/calib.
package labelaudit

import (
	"cmp"
	"slices"

	"hilum/inference/calib"
	"hilum/training/scores"
)

// Suspect is one label of one film.
type Suspect struct {
	Row       int // of the table, from 0
	Image     string
	Class     string
	Given     bool // the label that the table has
	Suggested bool // the label that scores speak for; Given where they do not speak clearly

	// Quality ranks: 0..1, the lower the less the label is borne out. It is the
	// probability that the scores give the label (cleanlab's self-confidence), and where
	// there are features the mean of that and of Neighbours.
	Quality float64

	// Neighbours is the share, 0..1, of the most similar films of other patients that have the
	// same label; -1 without features.
	Neighbours float64
}

// margin is how far below a threshold of confidence counts as at it, as cleanlab has it.
const margin = 1e-6

// Find judges every known label of a table, mistakes first, each kind by rising
// quality. A label is contradicted where the other outcome is more probable
// and at least as probable as films with that label have it on average
// (Northcutt, Jiang and Chuang 2021, "Confident learning", the off-diagonal of the
// confident joint, one class against the rest). Scores must not be of films that the model was
// trained on: it has learnt their mistakes.
func Find(t *scores.Table) []Suspect { return FindBy(t, nil) }

// FindBy is [Find] with the scores through the calibrators of c, which are on the scale of
// probabilities then; classes that c has none of are taken as they are, and c may be nil.
func FindBy(t *scores.Table, c *calib.Calibration) []Suspect {
	var out []Suspect
	for i := range t.Classes {
		out = append(out, findClass(t, &t.Classes[i], calibrator(c, t.Classes[i].Name))...)
	}
	slices.SortStableFunc(out, func(a, b Suspect) int {
		switch mistake := a.Given != a.Suggested; {
		case mistake != (b.Given != b.Suggested) && mistake:
			return -1
		case mistake != (b.Given != b.Suggested):
			return 1
		}
		return cmp.Compare(a.Quality, b.Quality)
	})
	return out
}

func calibrator(c *calib.Calibration, class string) calib.Calibrator {
	if c == nil {
		return nil
	}
	for _, k := range c.Classes {
		if k.Name == class {
			return k.Calibrator
		}
	}
	return nil
}

func findClass(t *scores.Table, c *scores.Class, by calib.Calibrator) []Suspect {
	p := c.Probabilities(by)
	sure := confidence(p, c.Positive)
	near := neighbours(t, c)
	out := make([]Suspect, len(p))
	for i, row := range c.Row {
		s := Suspect{Row: int(row), Class: c.Name, Given: c.Positive[i], Neighbours: -1}
		if t.Images != nil {
			s.Image = t.Images[row]
		}
		given := outcome(p[i], s.Given)
		other := 1 - given
		s.Suggested = s.Given != (other > given && other >= sure[index(!s.Given)]-margin)
		s.Quality = given
		if near != nil {
			s.Neighbours = near[i]
			s.Quality = (given + near[i]) / 2
		}
		out[i] = s
	}
	return out
}

// outcome is the probability of a label.
func outcome(p float64, positive bool) float64 {
	if positive {
		return p
	}
	return 1 - p
}

func index(positive bool) int {
	if positive {
		return 1
	}
	return 0
}

// never is a threshold that no probability reaches.
const never = 2

// confidence is how probable each label is on average where films have it: of
// negative and of positive. A label that no film has is never suggested.
func confidence(p []float64, positive []bool) [2]float64 {
	var sum, n [2]float64
	for i, y := range positive {
		sum[index(y)] += outcome(p[i], y)
		n[index(y)]++
	}
	out := [2]float64{never, never}
	for k := range out {
		if n[k] > 0 {
			out[k] = sum[k] / n[k]
		}
	}
	return out
}
