// Package plain keeps what comes out of files from acting on whoever reads it:
// control characters are commands to a terminal and no part of a name. Its core
// type is [Writer]. It imports only the standard library.
package plain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Acts tells the characters that do something instead of being seen: the control
// characters C0, DEL and C1, line and paragraph separators, and the invisible ones
// that turn the direction of text or hide in it (Unicode categories Cc, Zl, Zp,
// Cf). Joiners stay: Persian and Indian scripts spell with them.
func Acts(r rune) bool {
	switch r {
	case '\u200C', '\u200D': // ZWNJ, ZWJ
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Text gives s as it may be shown in a line: what acts, line ends and tabs too, is
// written as an escape such as \u001b, and bytes that are no UTF-8 as \ufffd. The
// escapes are those of JSON.
func Text(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r == utf8.RuneError || Acts(r) {
			escape(&b, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Strip gives s without what acts and without what is no UTF-8, for values that
// have no escapes, such as names in DICOM. Characters of keep stay.
func Strip(s, keep string) string {
	return strings.Map(func(r rune) rune {
		if (r == utf8.RuneError || Acts(r)) && !strings.ContainsRune(keep, r) {
			return -1
		}
		return r
	}, s)
}

func clean(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || Acts(r) {
			return false
		}
	}
	return true
}

// escape writes a character as JSON would, those beyond 16 bits as a pair.
func escape(b *strings.Builder, r rune) {
	if r > 0xFFFF {
		r -= 0x10000
		fmt.Fprintf(b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// Break breaks a text between words into lines that fit; a word that fits nowhere stands
// alone. None for no text.
func Break(text string, fits func(line string) bool) (lines []string) {
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && fits(lines[n-1]+" "+word) {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
