// Package filename makes names of files out of words that come from data: class
// labels, names of models, film names. Its core type is [Set]. It imports
// internal/plain and golang.org/x/text.
package filename

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"hilum/internal/plain"
)

const (
	// maxPart is how many bytes of a name one part takes: two parts, a number and an
	// ending stay under the 255 of usual file systems, and under those that count in
	// UTF-16 or encrypt names (143, eCryptfs).
	maxPart = 100
	hashed  = 8 // characters that tell shortened parts apart
)

// Part makes words into a part of a file's name, for every system that the
// program runs on: no separator, nothing that acts or that a shell or Windows
// takes for something else, no reserved name, not empty, at most 100 bytes.
// Ordinary words stay as they are. Different words may give the same part; see
// Set.
func Part(words string) string {
	s := strings.Map(safe, norm.NFC.String(words))
	s = strings.TrimRight(s, ". ") // Windows drops them
	s = strings.TrimLeft(s, " ")
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "~") { // hidden, a flag, a home
		s = "_" + s[1:]
	}
	if s == "" || reserved(s) {
		s = "_" + s
	}
	return shortened(s)
}

// safe maps a character to one that may stand in a name.
func safe(r rune) rune {
	switch {
	case r == utf8.RuneError, strings.ContainsRune(`/\:*?"<>|`, r), plain.Acts(r):
		return '_'
	case unicode.In(r, unicode.Co, unicode.Cs):
		return '_'
	case strings.ContainsRune("\u2044\u2215\u29F8\uFF0F\u2216\u29F9\uFF3C\uFE68", r): // look like separators
		return '_'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// reserved tells the devices of Windows, with any ending.
func reserved(s string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(s), ".")
	switch stem = strings.TrimRight(stem, " "); stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	number, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		number, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && utf8.RuneCountInString(number) == 1 && strings.ContainsAny(number, "0123456789¹²³")
}

// shortened cuts between characters and says by a hash what was cut.
func shortened(s string) string {
	if len(s) <= maxPart {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	end := maxPart - hashed - 1
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimRight(s[:end], ". ") + "-" + hex.EncodeToString(sum[:])[:hashed]
}

// Set gives names that differ, also where a file system takes upper and lower
// case, or composed and decomposed letters, for the same. The zero value is ready;
// equal calls in equal order give equal names. It is not safe for concurrent use.
type Set struct{ taken map[string]bool }

// Take gives the name made of a stem and an ending (".png"), which both are fit
// for names. If it was given before it gets a number: "stem-2.png".
func (s *Set) Take(stem, ending string) string {
	name := stem + ending
	for n := 2; s.taken[fold(name)]; n++ {
		name = fmt.Sprintf("%s-%d%s", stem, n, ending)
	}
	if s.taken == nil {
		s.taken = map[string]bool{}
	}
	s.taken[fold(name)] = true
	return name
}

// fold gives names that some file system cannot tell apart the same key.
func fold(name string) string { return norm.NFC.String(cases.Fold().String(name)) }
