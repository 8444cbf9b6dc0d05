package filename

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// What a name may not be is Microsoft's "Naming Files, Paths, and Namespaces" and
// POSIX 3.170: no separator, no NUL, neither . nor .. .
func TestPart(t *testing.T) {
	for words, want := range map[string]string{
		"Pneumothorax": "Pneumothorax", "Pleural Thickening": "Pleural Thickening", "Ergüsse": "Ergüsse", "胸水": "胸水",
		"a.b":         "a.b",
		"Nodule/Mass": "Nodule_Mass", `a\b`: "a_b", "..": "_", ".": "_", "": "_", "x/../../y": "x_.._.._y",
		"../x": "_._x", "/etc": "_etc",
		"x\x1b[2J": "x_[2J", "a\nb": "a_b", "a\x00b": "a_b", "a\u0085b": "a_b", "a\u202Eb": "a_b", "a\u2028b": "a_b",
		"a\xffb": "a_b", "a\u2215b": "a_b",
		"con": "_con", "NUL.txt": "_NUL.txt", "COM1": "_COM1", "lpt¹": "_lpt¹", "COM10": "COM10",
		"CONSOLIDATION": "CONSOLIDATION", "aux ": "_aux",
		"end.": "end", "end. .": "end", " lead": "lead", ".hidden": "_hidden", "-rf": "_rf", "~": "_",
		"C:evil": "C_evil", "a*?\"<>|b": "a______b",
		"a\u00A0b": "a b", "E\u0301": "\u00C9",
	} {
		if got := Part(words); got != want {
			t.Errorf("Part(%q) = %q, want %q", words, got, want)
		}
	}
}

func TestPartIsShortAndTellsLongWordsApart(t *testing.T) {
	a, b := Part(strings.Repeat("ß", 200)+"a"), Part(strings.Repeat("ß", 200)+"b")
	if len(a) > maxPart || len(b) > maxPart || a == b || !utf8.ValidString(a) {
		t.Errorf("%q and %q", a, b)
	}
}

func FuzzPart(f *testing.F) {
	for _, s := range []string{"x/../y", "\xff", "CON", strings.Repeat("é", 99), ". .", "-\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := Part(s)
		if p == "" || p == "." || p == ".." || filepath.Base(p) != p || strings.ContainsAny(p, "/\\\x00") ||
			len(p) > maxPart || !utf8.ValidString(p) {
			t.Errorf("Part(%q) = %q", s, p)
		}
		if again := Part(p); again != p {
			t.Errorf("Part(%q) = %q, and of that %q", s, p, again)
		}
	})
}

func TestNamesOfASetDiffer(t *testing.T) {
	var s Set
	for i, want := range []string{"A_B.png", "A_B-2.png", "a_b-3.png", "\u00C9.png", "E\u0301-2.png",
		"stra\u00DFe.png", "STRASSE-2.png"} {
		stem := []string{"A_B", "A_B", "a_b", "\u00C9", "E\u0301", "stra\u00DFe", "STRASSE"}[i]
		if got := s.Take(stem, ".png"); got != want {
			t.Errorf("name %d is %q, want %q", i, got, want)
		}
	}
}
