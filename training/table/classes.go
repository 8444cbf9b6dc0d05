package table

import (
	"slices"
	"strings"
	"sync"

	"hilum/inference/findingset"
)

// NoFinding is the class of films on which there is nothing, which is none of the
// classes of a model.
const NoFinding = findingset.NoFinding

// classes are the names of findings by all that tables call them: by English on
// both sides of the ocean, German, the usual collections (NIH, CheXpert, MIMIC,
// PadChest, VinDr, RSNA), and abbreviations that mean only one thing on a chest
// film. Left and right, acute and old are no synonyms.
var classes = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for _, l := range findingset.General().Labels {
		for _, key := range strings.Fields(l.Synonyms) {
			out[key] = l.Name
		}
	}
	return out
})

// nih are the classes of the NIH in its spelling.
var nih = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, c := range findingset.ChestXray14() {
		out[c] = true
	}
	return out
})

// leads are words that some tables write before the name of a class.
const leads = " label labels finding has is class befund pathology disease dx diagnosis lbl gt "

// lookup finds the class that a name stands for.
func lookup(name string) (string, bool) {
	plain := withoutBrackets(name)
	if i := strings.IndexAny(plain, " _:.-"); i > 0 && strings.Contains(leads, " "+strings.ToLower(plain[:i])+" ") {
		if c, ok := byKey(key(plain[i:])); ok {
			return c, true
		}
	}
	return byKey(key(plain))
}

func byKey(key string) (string, bool) {
	if c, ok := classes()[key]; ok {
		return c, true
	}
	for _, plural := range []string{"s", "es", "n", "en"} {
		if one, ok := strings.CutSuffix(key, plural); ok && len(one) > 4 {
			if c, ok := classes()[one]; ok {
				return c, true
			}
		}
	}
	return "", false
}

// Names are the sets of findings that names of classes are looked up in besides the
// general one, the first first.
type Names []findingset.Set

// Registered are the sets that come along, after those of the caller's own, such as the
// one that a model speaks.
func Registered(own ...findingset.Set) Names { return append(Names(own), findingset.Sets()...) }

// Class is the class that a name stands for: one of the fourteen, in the spelling of the
// NIH, or NoFinding; else a label of the first set that has it, in the set's spelling.
// Other names stay as they are, but for the spaces around them.
func (n Names) Class(name string) string {
	if c, ok := lookup(name); ok && (c == NoFinding || Known(c)) {
		return c
	}
	name = strings.TrimSpace(name)
	if l, ok := n.find(name); ok {
		return l.Name
	}
	return name
}

// IsFinding tells whether a class is something that a film without a finding
// cannot show: devices may be on it.
func (n Names) IsFinding(class string) bool {
	if l, ok := n.find(class); ok {
		return !l.Device
	}
	c, _ := lookup(class)
	l, _ := findingset.General().Label(c)
	return !l.Device
}

// find finds a label by its name, as it stands or but for case and signs, or by one of
// its other names in the set.
func (n Names) find(name string) (findingset.Label, bool) {
	for _, s := range n {
		if l, ok := s.Label(name); ok {
			return l, true
		}
	}
	wanted := key(withoutBrackets(name))
	for _, s := range n {
		for _, l := range s.Labels {
			if key(l.Name) == wanted || slices.Contains(strings.Fields(l.Synonyms), wanted) {
				return l, true
			}
		}
	}
	return findingset.Label{}, false
}

// registered are the names that come along.
var registered = sync.OnceValue(func() Names { return Registered() })

// ClassName is the class that a name stands for by the sets that come along, see
// [Names.Class].
func ClassName(name string) string { return registered().Class(name) }

// Known tells whether a class is one of the fourteen of the NIH.
func Known(class string) bool { return nih()[class] }

// SameClass tells whether two names stand for one class: by synonyms, or because
// they differ in nothing but case and the signs between words.
func SameClass(a, b string) bool { return a == b || classKey(a) == classKey(b) }

// classKey is equal for names of one class.
func classKey(name string) string {
	if c, ok := lookup(name); ok {
		return c
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r == ' ' || r == '_' || r == '-' || r == '\u00a0'
	})
	return "\x00" + strings.Join(words, " ")
}
