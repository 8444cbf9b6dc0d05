package table

import (
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

// ClassName is the class that a name stands for: one of the fourteen, in the
// spelling of the NIH, or NoFinding. Other names stay as they are, but for the
// spaces around them.
func ClassName(name string) string {
	if c, ok := lookup(name); ok && (c == NoFinding || Known(c)) {
		return c
	}
	return strings.TrimSpace(name)
}

// Known tells whether a class is one of the fourteen of the NIH.
func Known(class string) bool { return nih()[class] }

// IsFinding tells whether a class is something that a film without a finding
// cannot show: devices may be on it.
func IsFinding(class string) bool {
	c, _ := lookup(class)
	l, _ := findingset.General().Label(c)
	return !l.Device
}

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
