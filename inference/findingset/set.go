// Package findingset knows what the labels of chest films mean. Its core type is
// [Set]: the labels of one data set with their codes, what they stand for on a
// film and what is known to go wrong with them. Each set is one file of the folder
// sets, named once in [Sets]; a site describes its own by a file of the same form.
// The package imports nothing of the module.
package findingset

import (
	"slices"
	"strings"
)

// Code is a concept of SNOMED CT.
type Code struct {
	Value   string `json:"value"`
	Meaning string `json:"meaning"`
}

// Label is one label of a set.
type Label struct {
	Name    string `json:"name"`              // as data and models spell it: Pleural_Thickening
	Display string `json:"display,omitempty"` // as people read it; made of the name where a file leaves it out
	// As names the finding of the general set that the label stands for, whose code
	// and texts it has unless it brings its own; "" where the names are the same.
	As       string `json:"as,omitempty"`
	Code     *Code  `json:"code,omitempty"`     // nil where none is known
	What     string `json:"what,omitempty"`     // it is on a film
	Pitfalls string `json:"pitfalls,omitempty"` // of the label, and of models trained on it
	Source   string `json:"source,omitempty"`   // of both
	Synonyms string `json:"synonyms,omitempty"` // other names as Key writes them, between spaces; the general set has them
	// Device says that it is no finding: a film on which nothing was found may show it.
	Device bool `json:"device,omitempty"`
}

// Set is the vocabulary of one data set.
type Set struct {
	Name    string `json:"name"`              // what flags and metadata call it: chexpert
	Title   string `json:"title"`             // what people call it: CheXpert
	Version string `json:"version,omitempty"` // of the data set, in its makers' words; "" where it has none
	Made    string `json:"made,omitempty"`    // how its labels came about
	Source  string `json:"source,omitempty"`  // of that

	// Signs are words in lower case by which the card of a model names the data set.
	Signs []string `json:"signs,omitempty"`
	// KnownByLabels says that a model with just these labels, and no word of its
	// data, speaks this set; Subsets are choices of them that are as well known.
	KnownByLabels bool       `json:"known_by_labels,omitempty"`
	Subsets       [][]string `json:"subsets,omitempty"`

	Labels []Label `json:"labels"` // in the set's own order
}

// Names lists the labels in the set's order.
func (s Set) Names() []string {
	out := make([]string, len(s.Labels))
	for i, l := range s.Labels {
		out[i] = l.Name
	}
	return out
}

// Label finds a label by its name.
func (s Set) Label(name string) (Label, bool) {
	i := slices.IndexFunc(s.Labels, func(l Label) bool { return l.Name == name })
	if i < 0 {
		return Label{}, false
	}
	return s.Labels[i], true
}

// About is what may be said of a label of a model that speaks this set. Of a label
// that the set has not it is what is generally true, and made is that set's.
func (s Set) About(name string) (about Label, made string, ok bool) {
	if l, ok := s.Label(name); ok {
		return l, s.Made, l.What != ""
	}
	g := General()
	l, ok := g.Find(name)
	return l, g.Made, ok
}

// Find finds a label by its name or one of its synonyms.
func (s Set) Find(name string) (Label, bool) {
	if l, ok := s.Label(name); ok {
		return l, true
	}
	key := Key(name)
	for _, l := range s.Labels {
		if slices.Contains(strings.Fields(l.Synonyms), key) {
			return l, true
		}
	}
	return Label{}, false
}

// speaks tells whether a model has just the labels of the set, or of one of its
// subsets, in any order. Whether it has one for nothing found makes no difference.
func (s Set) speaks(labels []string) bool {
	if !s.KnownByLabels {
		return false
	}
	have := s.findings(labels)
	return slices.ContainsFunc(append(s.Subsets, s.Names()), func(all []string) bool {
		return slices.Equal(have, s.findings(all))
	})
}

// findings are labels in alphabetical order, without that for nothing found.
func (s Set) findings(labels []string) []string {
	out := slices.Sorted(slices.Values(labels))
	return slices.DeleteFunc(out, func(name string) bool {
		l, ok := s.Label(name)
		return ok && (l.Name == NoFinding || l.As == NoFinding)
	})
}

// NoFinding is the general label of films on which nothing was found.
const NoFinding = "No Finding"

// DisplayName writes a label as people do: Pleural_Thickening is Pleural thickening.
func DisplayName(name string) string {
	words := strings.Fields(strings.ReplaceAll(name, "_", " "))
	for i, w := range words {
		if i > 0 && strings.ToUpper(w) != w {
			words[i] = strings.ToLower(w)
		}
	}
	return strings.Join(words, " ")
}
