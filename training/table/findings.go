package table

import (
	"slices"
	"strings"
	"unicode/utf8"

	"hilum/internal/plain"
)

// finding is what a word of a cell of findings says.
type finding struct {
	Class string // as ClassName gives it; NoFinding
	Label Label  // Positive, or Negative for "no effusion", or Unknown for "effusion?"
}

// parseFindings reads a cell with the findings of a film, joined by bars, else by
// semicolons, commas or line ends, also as a list in brackets. silent is true of a
// cell that says nothing: an empty one, or one that says that nothing is known.
func parseFindings(cell string) (out []finding, silent bool) {
	cell = clean(cell)
	if l, ok := ParseLabel(cell); cell == "" || ok && l == Unknown && key(cell) != "none" {
		return nil, true
	}
	for _, w := range findingWords(cell) {
		out = append(out, parseWord(w)...)
	}
	return out, len(out) == 0
}

// findingWords cuts a cell.
func findingWords(cell string) []string {
	if strings.HasPrefix(cell, "[") && strings.HasSuffix(cell, "]") {
		cell = cell[1 : len(cell)-1]
	}
	by := ";,\n\r"
	if strings.Contains(cell, "|") {
		by = "|"
	}
	var out []string
	for _, w := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(by, r) }) {
		if w = strings.Trim(clean(plain.Strip(w, "")), "'\" "); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// maybes and noes are what stands before a finding that is uncertain or absent.
func maybes() []string {
	return []string{"possible ", "probable ", "questionable ", "suspected ", "susp. ", "uncertain ", "v.a. ", "v. a. ",
		"verdacht auf ", "fraglich ", "fragliche ", "fraglicher ", "?"}
}

func noes() []string { return []string{"no ", "without ", "kein ", "keine ", "ohne "} }

// parseWord reads one finding, or a few that are joined by "and".
func parseWord(word string) []finding {
	if rest, ok := strings.CutSuffix(word, "?"); ok { // which a name does not have
		return []finding{{ClassName(rest), Unknown}}
	}
	if _, ok := lookup(word); ok {
		return []finding{{ClassName(word), Positive}}
	}
	lower := strings.ToLower(word)
	for _, list := range []struct {
		before []string
		label  Label
	}{{maybes(), Unknown}, {noes(), Negative}} {
		for _, p := range list.before {
			if rest, ok := strings.CutPrefix(lower, p); ok {
				if _, known := lookup(rest); known {
					return []finding{{ClassName(rest), list.label}}
				}
			}
		}
	}
	for _, and := range []string{" and ", " und ", " & ", " + ", "+"} {
		parts := strings.Split(word, and)
		if len(parts) > 1 && !slices.ContainsFunc(parts, func(p string) bool { _, ok := lookup(p); return !ok }) {
			var out []finding
			for _, p := range parts {
				out = append(out, finding{ClassName(p), Positive})
			}
			return out
		}
	}
	return []finding{{ClassName(word), Positive}}
}

// Bounds of a column of findings: what is beyond them is a text.
const (
	maxFindings    = 400 // different ones
	maxFindingName = 60  // letters
)

// vocabulary is what the cells of a column of findings name.
type vocabulary struct {
	Classes []string // none of them NoFinding, in the order of their first films
	Images  []int    // of which each class is named
	Silent  int      // cells that say nothing
	None    int      // cells with the word None
	nothing bool     // other cells say that nothing was found
	text    string   // a cell that is none of findings; "" where all are
	textRow int
	answers bool // all cells are yes and no, of nobody knows what
	cells   int
	at      map[string]int
}

func newVocabulary() *vocabulary { return &vocabulary{at: map[string]int{}, answers: true} }

func (v *vocabulary) add(row int, cell string) {
	if v.text != "" {
		return
	}
	found, silent := parseFindings(cell)
	if silent {
		v.Silent++
		return
	}
	v.cells++
	if key(cell) == "none" {
		v.None++
	} else if !slices.ContainsFunc(found, func(f finding) bool { return f.Class != NoFinding }) {
		v.nothing = true
	}
	if l, ok := ParseLabel(cell); !ok || l == Unknown {
		v.answers = false
	}
	for _, f := range found {
		if f.Class == NoFinding {
			continue
		}
		key := classKey(f.Class)
		i, known := v.at[key]
		if !known {
			if utf8.RuneCountInString(f.Class) > maxFindingName || len(v.Classes) == maxFindings {
				v.text, v.textRow = strings.Clone(cell), row
				return
			}
			i = len(v.Classes)
			v.at[key] = i
			v.Classes, v.Images = append(v.Classes, strings.Clone(f.Class)), append(v.Images, 0)
		}
		v.Images[i]++
	}
}

// Parse reads a cell of the column. None, which some programs write for nothing at
// all, is no answer where other cells say that nothing was found.
func (v *vocabulary) Parse(cell string) (out []finding, silent bool) {
	if v.nothing && v.None > 0 && key(cell) == "none" {
		return nil, true
	}
	return parseFindings(cell)
}

// AllKnown tells whether every class is one of the fourteen.
func (v *vocabulary) AllKnown() bool {
	return !slices.ContainsFunc(v.Classes, func(c string) bool { return !Known(c) })
}

// meant is the known name that one may be a slip of; "" where there is none.
func meant(name string) string {
	key := key(name)
	if len(key) < 6 {
		return ""
	}
	most, best := 1, ""
	if len(key) > 8 {
		most = 2
	}
	for k, c := range classes() {
		if n := len(k) - len(key); n < -most || n > most || len(k) < 6 {
			continue
		}
		if d := distance(k, key); d <= most && (best == "" || c < best) {
			best = c
		}
	}
	return best
}

// distance counts the letters to change, add or leave out (Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			now := before
			if a[i] != b[j] {
				now++
			}
			before = row[j+1]
			row[j+1] = min(now, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
