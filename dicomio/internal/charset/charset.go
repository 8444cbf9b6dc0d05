// Package charset decodes text under the Specific Character Set of a DICOM file into
// UTF-8. Its core type is [Set]. It imports the structure of files and the tables of
// golang.org/x/text.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Set decodes text under a Specific Character Set (PS3.3 C.12.1.1.2,
// PS3.5 6.1.2.4 and 6.1.2.5).
type Set struct {
	whole encoding.Encoding // UTF-8 (encoding.Nop), GB18030, GBK: no code extensions
	g1    *codeSet          // what bytes above 0x7F mean at the start of a value
	guess bool              // the file is silent
}

// codeSet is one set that an escape sequence can call.
type codeSet struct {
	encoding encoding.Encoding
	double   bool // two bytes a character
	high     byte // or'ed to the bytes of a set in G0, to use encoding on them
	prefix   byte // put before each character, 0 for none
}

// single lists the sets of one byte by ISO registration number.
func single(number string) *codeSet {
	table := map[string]encoding.Encoding{
		"100": charmap.ISO8859_1, "101": charmap.ISO8859_2, "109": charmap.ISO8859_3, "110": charmap.ISO8859_4,
		"144": charmap.ISO8859_5, "127": charmap.ISO8859_6, "126": charmap.ISO8859_7, "138": charmap.ISO8859_8,
		"148": charmap.ISO8859_9, "203": charmap.ISO8859_15, "166": charmap.Windows874, "13": japanese.ShiftJIS,
	}
	if e, ok := table[number]; ok {
		return &codeSet{encoding: e}
	}
	return nil
}

// escapes maps the escape sequences of PS3.3 tables C.12-3 and C.12-4 to the
// set they call and to where: 0 for G0 (bytes below 0x80), 1 for G1.
func escape(seq string) (set *codeSet, g int, ok bool) {
	switch seq {
	case "(B", "(J": // ASCII; JIS X 0201 Romaji differs by the yen sign only
		return nil, 0, true
	case ")I":
		return single("13"), 1, true
	case "$B":
		return &codeSet{encoding: japanese.EUCJP, double: true, high: 0x80}, 0, true
	case "$(D":
		return &codeSet{encoding: japanese.EUCJP, double: true, high: 0x80, prefix: 0x8F}, 0, true
	case "$)C":
		return &codeSet{encoding: korean.EUCKR, double: true}, 1, true
	case "$)A":
		return &codeSet{encoding: simplifiedchinese.GBK, double: true}, 1, true
	}
	finals := map[string]string{"-A": "100", "-B": "101", "-C": "109", "-D": "110", "-L": "144", "-G": "127",
		"-F": "126", "-H": "138", "-M": "148", "-b": "203", "-T": "166"}
	if n, found := finals[seq]; found {
		return single(n), 1, true
	}
	return nil, 0, false
}

// Of reads the Specific Character Set of a data set or item; outer is
// used when it has none.
func Of(s dcm.Set, outer *Set) *Set {
	e := s.Find(tag.SpecificCharacterSet)
	if e == nil {
		return outer
	}
	return New(e.Text())
}

// Unstated is the set of a file that states none.
func Unstated() *Set { return &Set{guess: true} }

// New knows the defined terms, also as older writers spell them.
func New(value string) *Set {
	first, _, _ := strings.Cut(strings.ToUpper(value), "\\")
	first = strings.TrimSpace(first)
	switch first {
	case "ISO_IR 192", "UTF-8", "UTF8":
		return &Set{whole: encoding.Nop}
	case "GB18030":
		return &Set{whole: simplifiedchinese.GB18030}
	case "GBK":
		return &Set{whole: simplifiedchinese.GBK}
	case "":
		return &Set{guess: value == ""}
	}
	number := strings.TrimSpace(first)
	for _, prefix := range []string{"ISO_IR", "ISO 2022 IR", "ISO-IR", "ISO IR"} {
		number = strings.TrimPrefix(number, prefix)
	}
	return &Set{g1: single(strings.TrimLeft(number, " _-"))}
}

// Decode gives text in UTF-8. Bytes that mean nothing become U+FFFD.
func (c *Set) Decode(b []byte, personName bool) string {
	switch {
	case c == nil, c.guess && bytes.IndexByte(b, esc) < 0:
		return Guess(b)
	case c.whole != nil:
		return convert(c.whole, b)
	}
	return c.decodeExtended(b, personName)
}

// Text decodes the value of an element; "" for none.
func (c *Set) Text(e *dcm.Element) string {
	if e == nil {
		return ""
	}
	return c.Decode([]byte(e.Text()), e.VR == "PN")
}

// Guess reads text without a declared character set: it should be ASCII,
// but is often UTF-8 or Latin-1.
func Guess(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return convert(charmap.ISO8859_1, b)
}

func convert(e encoding.Encoding, b []byte) string {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

const esc = 0x1B

// decodeExtended follows the escape sequences. Every delimiter brings back the
// sets of the start (PS3.5 6.1.2.5.3).
func (c *Set) decodeExtended(b []byte, personName bool) string {
	var out strings.Builder
	var g0 *codeSet
	g1 := c.g1
	for i := 0; i < len(b); {
		if b[i] == esc {
			set, g, n := readEscape(b[i+1:])
			if n > 0 {
				if g == 0 {
					g0 = set
				} else {
					g1 = set
				}
				i += 1 + n
				continue
			}
		}
		if delimiter(b[i], personName) && (g0 == nil || !g0.double || b[i] < 0x20) {
			g0, g1 = nil, c.g1
			out.WriteByte(b[i])
			i++
			continue
		}
		i += writeCharacter(&out, b[i:], g0, g1)
	}
	return out.String()
}

// readEscape recognises the longest known sequence behind ESC; n is 0 when
// there is none.
func readEscape(b []byte) (set *codeSet, g, n int) {
	for n := 3; n >= 2; n-- {
		if len(b) >= n {
			if set, g, ok := escape(string(b[:n])); ok {
				return set, g, n
			}
		}
	}
	return nil, 0, 0
}

func delimiter(b byte, personName bool) bool {
	switch b {
	case '\\', '\r', '\n', '\f', '\t':
		return true
	case '^', '=':
		return personName
	}
	return false
}

// writeCharacter decodes one character at the head of b and returns its bytes.
func writeCharacter(out *strings.Builder, b []byte, g0, g1 *codeSet) int {
	set, n := g1, 1
	if b[0] < 0x80 {
		set = g0
		if set == nil || b[0] <= 0x20 {
			out.WriteByte(b[0])
			return 1
		}
	}
	if set == nil {
		out.WriteRune(utf8.RuneError)
		return 1
	}
	if set.double && len(b) >= 2 {
		n = 2
	}
	var code []byte
	if set.prefix != 0 {
		code = append(code, set.prefix)
	}
	for _, x := range b[:n] {
		code = append(code, x|set.high)
	}
	out.WriteString(convert(set.encoding, code))
	return n
}
