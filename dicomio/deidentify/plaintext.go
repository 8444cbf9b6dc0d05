package deidentify

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"
	acting "hilum/internal/plain"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// textVRs are the value representations of words (PS3.5 6.2); those that hold
// several lines are true.
var textVRs = map[dcm.VR]bool{
	"AE": false, "AS": false, "CS": false, "DA": false, "DS": false, "DT": false, "IS": false, "LO": false,
	"PN": false, "SH": false, "TM": false, "UC": false, "UR": false,
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
	if utf8.Valid(value) && !strings.Contains(charset, "ISO 2022") &&
		!strings.HasPrefix(charset, "GB") { // declared or not
		return []byte(acting.Strip(string(value), keep))
	}
	return slices.DeleteFunc(bytes.Clone(value), func(c byte) bool {
		return control(c) && !strings.ContainsRune(keep, rune(c)) || c >= 0x80 && c < 0xA0 && singleByte(charset)
	})
}

func control(c byte) bool { return c < ' ' || c == 0x7F }

// hidden tells whether a value may hold control characters of more than seven bits.
func hidden(value []byte, charset string) bool {
	return slices.ContainsFunc(value, func(c byte) bool { return c >= 0x80 }) &&
		(singleByte(charset) || utf8.Valid(value))
}

// singleByte tells the character sets of ISO 8859, in which 80 to 9F are controls.
func singleByte(charset string) bool {
	for _, name := range []string{"ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 144", "ISO_IR 127",
		"ISO_IR 126", "ISO_IR 138", "ISO_IR 148", "ISO_IR 203"} {
		if charset == name {
			return true
		}
	}
	return false // where nothing is declared anything is met
}

// plainTexts puts blanks for control characters into the texts of a file that was
// read, where its values lie, and says whether there were any.
func plainTexts(f *dcm.File) (dirty bool) {
	charset := f.Elements.Find(tag.SpecificCharacterSet).Text()
	for i := range f.Elements {
		e := &f.Elements[i]
		_, text := textVRs[e.VR]
		if clean := plainValue(e.Value, e.VR, charset); text && len(clean) != len(bytes.TrimRight(e.Value, "\x00")) {
			dirty = true
			copy(e.Value, append(slices.Clone(clean), bytes.Repeat([]byte{' '}, len(e.Value)-len(clean))...))
		}
	}
	return dirty
}

// writeInflated writes a scanned file uncompressed.
func writeInflated(w io.Writer, name string, f *dcm.File) error {
	b := &dcm.Builder{}
	copyLevel(f.Elements, b)
	if f.Pixels.Present() {
		native := nativeCopy{file: f, r: &Report{}}
		if f.Pixels.Tag == tag.PixelData {
			o, err := pixeldata.New(name, f)
			if err != nil {
				return fileio.Damaged(name, err)
			}
			native.px = o.Module
		}
		native.put(b)
	}
	return dcm.Head{Class: f.Elements.Find(tag.SOPClassUID).Text(),
		Instance: f.Elements.Find(tag.SOPInstanceUID).Text(), Syntax: uid.ExplicitVRLittleEndian}.WriteTo(w, b)
}

// copyLevel copies the elements of a data set or item.
func copyLevel(s dcm.Set, b *dcm.Builder) {
	for i := range s {
		e := &s[i]
		if e.Depth != s[0].Depth || e.Tag.Group == 2 || e.Tag.Element == 0 {
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

// PlainFile gives a DICOM file whose texts have no control characters: blanks stand
// for them. All else stays to the last byte, unless the file is deflated, which is
// written anew. A file without any is given back as it is. Pixels are not held.
func PlainFile(name string, file io.ReaderAt, size int64) (io.ReaderAt, int64, error) {
	f, err := dcm.ScanInput(dcm.Input{ReaderAt: file, Size: size, Held: heldHeader})
	if err != nil {
		return nil, 0, fileio.Damaged(name, err)
	}
	f.ReadTail()
	switch {
	case !plainTexts(f):
		return file, size, nil
	case f.TransferSyntax != uid.DeflatedExplicitVRLittleEndian:
		return f.Over(file), size, nil
	}
	out, size, err := dcm.Rewritten(func(w io.Writer) error { return writeInflated(w, name, f) })
	if err != nil {
		return nil, 0, message.Errorf("writing it anew: %w", err)
	}
	return out, size, nil
}
