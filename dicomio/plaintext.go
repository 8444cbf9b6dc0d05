package dicomio

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"hilum/dicomio/internal/dcm"
	acting "hilum/internal/plain"
)

// textVRs are the value representations of words (PS3.5 6.2); those that hold
// several lines are true.
var textVRs = map[dcm.VR]bool{
	"AE": false, "AS": false, "CS": false, "DA": false, "DS": false, "DT": false, "IS": false, "LO": false, "PN": false, "SH": false, "TM": false, "UC": false, "UR": false,
	"LT": true, "ST": true, "UT": true,
}

// plainValue gives a text value without control characters, which no value of its
// VR may have (PS3.5 6.1.3). Escape sequences stay where the character set switches
// by them.
func plainValue(value []byte, vr dcm.VR, charset string) []byte {
	lines, text := textVRs[vr]
	if !text {
		return value
	}
	value = bytes.TrimRight(value, "\x00") // padding
	if !slices.ContainsFunc(value, control) && !hidden(value, charset) {
		return value
	}
	keep := ""
	if lines {
		keep = "\t\n\f\r"
	}
	if strings.Contains(charset, "ISO 2022") {
		keep += "\x1b"
	}
	if utf8.Valid(value) && !strings.Contains(charset, "ISO 2022") && !strings.HasPrefix(charset, "GB") { // declared or not
		return []byte(acting.Strip(string(value), keep))
	}
	return slices.DeleteFunc(bytes.Clone(value), func(c byte) bool {
		return control(c) && !strings.ContainsRune(keep, rune(c)) || c >= 0x80 && c < 0xA0 && singleByte(charset)
	})
}

func control(c byte) bool { return c < ' ' || c == 0x7F }

// hidden tells whether a value may hold control characters of more than seven bits.
func hidden(value []byte, charset string) bool {
	return slices.ContainsFunc(value, func(c byte) bool { return c >= 0x80 }) && (singleByte(charset) || utf8.Valid(value))
}

// singleByte tells the character sets of ISO 8859, in which 80 to 9F are controls.
func singleByte(charset string) bool {
	for _, name := range []string{"ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 144", "ISO_IR 127", "ISO_IR 126", "ISO_IR 138", "ISO_IR 148", "ISO_IR 203"} {
		if charset == name {
			return true
		}
	}
	return false // where nothing is declared anything is met
}

// PlainText gives a DICOM file whose texts have no control characters: blanks stand
// for them. All else stays to the last byte, unless the file is deflated, which is
// written anew. A file without any is given back as it is.
func PlainText(name string, data []byte) ([]byte, error) {
	out := bytes.Clone(data)
	f, err := dcm.Scan(out, dcm.Options{})
	if err != nil {
		return nil, damaged(name, err)
	}
	charset := f.Elements.Find(tagCharset).Text()
	dirty := false
	for i := range f.Elements {
		e := &f.Elements[i]
		_, text := textVRs[e.VR]
		if clean := plainValue(e.Value, e.VR, charset); text && len(clean) != len(bytes.TrimRight(e.Value, "\x00")) {
			dirty = true
			copy(e.Value, append(slices.Clone(clean), bytes.Repeat([]byte{' '}, len(e.Value)-len(clean))...))
		}
	}
	switch {
	case !dirty:
		return data, nil
	case f.TransferSyntax == dcm.Deflated:
		return inflated(name, f)
	}
	return out, nil
}

// inflated writes a scanned file uncompressed.
func inflated(name string, f *dcm.File) ([]byte, error) {
	b := &dcm.Builder{}
	copyLevel(f.Elements, b)
	if f.Pixels.Tag != 0 {
		native := nativeCopy{file: f, r: &AnonymiseReport{}}
		if f.Pixels.Tag == dcm.PixelData {
			o, err := objectOf(name, f)
			if err != nil {
				return nil, damaged(name, err)
			}
			native.px = o.px
		}
		native.put(b)
	}
	body, err := b.Encode()
	if err != nil {
		return nil, damaged(name, err)
	}
	return dcm.WriteFile(f.Elements.Find(tagSOPClass).Text(), f.Elements.Find(tagSOPInstance).Text(), dcm.ExplicitLE, body)
}

// copyLevel copies the elements of a data set or item.
func copyLevel(s dcm.Set, b *dcm.Builder) {
	for i := range s {
		e := &s[i]
		if e.Depth != s[0].Depth || e.Tag.Group() == 2 || e.Tag&0xFFFF == 0 {
			continue
		}
		if e.VR != "SQ" {
			b.Bytes(e.Tag, e.VR, e.LittleEndian())
			continue
		}
		var items []*dcm.Builder
		for _, item := range s.Items(e.Tag) {
			inner := &dcm.Builder{}
			copyLevel(item, inner)
			items = append(items, inner)
		}
		b.Sequence(e.Tag, items...)
	}
}
