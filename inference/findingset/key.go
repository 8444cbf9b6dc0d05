package findingset

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Key is a name without what people write in different ways: case, spaces, signs,
// accents, and umlauts as two letters.
func Key(name string) string {
	if ascii := asciiKey(name); ascii != "" {
		return ascii
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(name) {
		switch r = unicode.ToLower(r); r {
		case '\u00e4':
			b.WriteString("ae")
		case '\u00f6', '\u0153':
			b.WriteString("oe")
		case '\u00fc':
			b.WriteString("ue")
		case '\u00df':
			b.WriteString("ss")
		default:
			for _, d := range norm.NFD.String(string(r)) {
				if unicode.IsLetter(d) || unicode.IsDigit(d) {
					b.WriteRune(d)
				}
			}
		}
	}
	return b.String()
}

// asciiKey is the quick answer to most names; "" where it is not sure.
func asciiKey(name string) string {
	buf := make([]byte, 0, 64)
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 0x80:
			return ""
		case c >= 'A' && c <= 'Z':
			buf = append(buf, c|0x20)
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			buf = append(buf, c)
		}
	}
	return string(buf)
}
