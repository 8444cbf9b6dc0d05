// Package encoding finds out in which encoding a text is written and gives it in UTF-8. Its core
// type is [Decoder]. It imports golang.org/x/text.
package encoding

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// The encodings, as warnings name them.
const (
	utf8Name    = "UTF-8"
	utf16LEName = "UTF-16 LE"
	utf16BEName = "UTF-16 BE"
	utf32Name   = "UTF-32"
	windowsName = "Windows-1252"
	dosName     = "code page 850"
	macName     = "Mac Roman"
)

// SampleSize is how much of a file is looked at to tell how it is written.
const SampleSize = 64 << 10

// Decoder gives a file's text in UTF-8. Bytes that are no UTF-8 are taken for
// those of an older encoding, also where the first of them comes late.
type Decoder struct {
	R       io.Reader   // the text
	in      *utf8Reader // nil where the file says its encoding
	name    string
	guessed bool // no mark says so
}

// NewDecoder tells the encoding by a mark, by the place of zero bytes (UTF-16
// without a mark), or by the bytes that are no UTF-8.
func NewDecoder(sample []byte, r io.Reader) *Decoder {
	whole := func(e encoding.Encoding, name string, guessed bool) *Decoder {
		return &Decoder{R: transform.NewReader(r, e.NewDecoder()), name: name, guessed: guessed}
	}
	switch {
	case bytes.HasPrefix(sample, []byte{0xff, 0xfe, 0, 0}):
		return whole(utf32.UTF32(utf32.LittleEndian, utf32.ExpectBOM), utf32Name, false)
	case bytes.HasPrefix(sample, []byte{0, 0, 0xfe, 0xff}):
		return whole(utf32.UTF32(utf32.BigEndian, utf32.ExpectBOM), utf32Name, false)
	case bytes.HasPrefix(sample, []byte{0xff, 0xfe}):
		return whole(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), utf16LEName, false)
	case bytes.HasPrefix(sample, []byte{0xfe, 0xff}):
		return whole(unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM), utf16BEName, false)
	}
	if e, ok := utf32Of(sample); ok {
		return whole(utf32.UTF32(e, utf32.IgnoreBOM), utf32Name, true)
	}
	switch even, odd := zeros(sample); {
	case odd > len(sample)/8 && even*8 < odd:
		return whole(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), utf16LEName, true)
	case even > len(sample)/8 && odd*8 < even:
		return whole(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), utf16BEName, true)
	}
	in := &utf8Reader{in: r, old: charmap.Windows1252, oldName: windowsName}
	in.choose(sample)
	return &Decoder{in: in, R: in, name: utf8Name}
}

// Name is the name of what was read so far.
func (d *Decoder) Name() (name string, guessed bool) {
	if d.in != nil && d.in.bad {
		return d.in.oldName, true
	}
	return d.name, d.guessed
}

// Mixed tells whether a file is UTF-8 in one place and not in another.
func (d *Decoder) Mixed() bool { return d.in != nil && d.in.bad && d.in.good }

// utf32Of tells UTF-32 without a mark: three bytes of four are zero, in their places.
func utf32Of(b []byte) (e utf32.Endianness, ok bool) {
	var n [4]int
	for i, c := range b {
		if c == 0 {
			n[i%4]++
		}
	}
	most := len(b) / 4 * 9 / 10
	switch {
	case len(b) < 8:
	case n[2] >= most && n[3] >= most && n[0] == 0:
		return utf32.LittleEndian, true
	case n[0] >= most && n[1] >= most && n[3] == 0:
		return utf32.BigEndian, true
	}
	return utf32.LittleEndian, false
}

// zeros counts zero bytes at even and at odd places.
func zeros(b []byte) (even, odd int) {
	for i, c := range b {
		if c != 0 {
			continue
		}
		if i%2 == 0 {
			even++
		} else {
			odd++
		}
	}
	return even, odd
}

// utf8Reader passes UTF-8 on and turns each byte that is none into the letter
// that an older encoding has there.
type utf8Reader struct {
	in        io.Reader
	old       *charmap.Charmap
	oldName   string
	good, bad bool // letters beyond ASCII that were UTF-8, or were not
	legacy    bool // the first of them was not: all of the file is of the old encoding

	buf  []byte // read and not yet looked at
	out  []byte // to hand out
	err  error
	data [8 << 10]byte
}

// choose tells old encodings apart by the letters of German: what is a letter in
// one is a bracket or a mark in another.
func (u *utf8Reader) choose(sample []byte) {
	if utf8.Valid(sample[:validEnd(sample)]) {
		return
	}
	counts := map[byte]int{}
	for i, c := range sample {
		if c >= 0x80 && (letterAt(sample, i-1) || letterAt(sample, i+1)) {
			counts[c]++
		}
	}
	among := func(list ...byte) (n int) {
		for _, c := range list {
			n += counts[c]
		}
		return n
	}
	windows := among(0xe4, 0xf6, 0xfc, 0xc4, 0xd6, 0xdc, 0xdf, 0xe9, 0xe8)
	dos := among(0x84, 0x94, 0x81, 0x8e, 0x99, 0xe1)
	mac := among(0x8a, 0x9a, 0x9f, 0x80, 0x85, 0x86, 0xa7)
	switch {
	case dos > windows && dos > mac:
		u.old, u.oldName = charmap.CodePage850, dosName
	case mac > windows && mac > dos:
		u.old, u.oldName = charmap.Macintosh, macName
	}
}

// validEnd leaves off a letter that the end of a sample cuts.
func validEnd(b []byte) int {
	for i := max(0, len(b)-utf8.UTFMax); i < len(b); i++ {
		if !utf8.FullRune(b[i:]) {
			return i
		}
	}
	return len(b)
}

func letterAt(b []byte, i int) bool {
	return i >= 0 && i < len(b) && (b[i]|0x20 >= 'a' && b[i]|0x20 <= 'z')
}

// Read implements io.Reader.
func (u *utf8Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil && len(u.buf) == 0 {
			return 0, u.err
		}
		if u.err == nil {
			n, err := u.in.Read(u.data[:])
			u.buf, u.err = append(u.buf, u.data[:n]...), err
		}
		u.convert()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// convert takes what is whole of buf.
func (u *utf8Reader) convert() {
	b := u.buf
	u.out = u.out[:0]
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			u.out = append(u.out, b[0])
			b = b[1:]
			continue
		}
		if u.err == nil && !utf8.FullRune(b) {
			break
		}
		r, size := utf8.DecodeRune(b)
		if u.legacy || r == utf8.RuneError && size == 1 {
			u.legacy = u.legacy || !u.good
			u.bad = true
			r, size = u.old.DecodeByte(b[0]), 1
		} else {
			u.good = u.good || r != '\ufeff'
		}
		u.out = utf8.AppendRune(u.out, r)
		b = b[size:]
	}
	u.buf = append(u.buf[:0], b...)
}
