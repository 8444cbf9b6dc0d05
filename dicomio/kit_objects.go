package dicomio

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"slices"
	"testing"

	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// element is one element of a test object; words are written in the object's
// byte order.
type element struct {
	tag   tag.Tag
	vr    string
	text  string
	words []uint16
	bytes []byte
	items [][]element // of a sequence
	undef bool        // sequence and items of undefined length
}

// testObject builds DICOM files in the project's own encodings, independently
// of the writer under test.
type testObject struct {
	syntax   string // "" leaves out preamble and file meta information
	elements []element
	frames   [][]byte // encapsulated, one fragment each
}

func (o *testObject) set(e ...element) *testObject {
	for _, x := range e {
		o.elements = slices.DeleteFunc(o.elements, func(y element) bool { return y.tag == x.tag })
		o.elements = append(o.elements, x)
	}
	return o
}

// picture starts an object with the attributes of a grey picture.
func picture(syntax string, rows, columns, allocated, stored int) *testObject {
	o := &testObject{syntax: syntax}
	return o.set(
		element{tag: tag.SOPClassUID, vr: "UI", text: dcm.ClassSecondaryCapture}, element{tag: tag.SOPInstanceUID, vr: "UI", text: "2.25.77"},
		element{tag: tag.SamplesPerPixel, vr: "US", words: []uint16{1}},
		element{tag: tag.PhotometricInterpretation, vr: "CS", text: "MONOCHROME2"},
		element{tag: tag.Rows, vr: "US", words: []uint16{uint16(rows)}},
		element{tag: tag.Columns, vr: "US", words: []uint16{uint16(columns)}},
		element{tag: tag.BitsAllocated, vr: "US", words: []uint16{uint16(allocated)}},
		element{tag: tag.BitsStored, vr: "US", words: []uint16{uint16(stored)}},
		element{tag: tag.HighBit, vr: "US", words: []uint16{uint16(stored - 1)}},
		element{tag: tag.PixelRepresentation, vr: "US", words: []uint16{0}})
}

func pixels16(v ...uint16) element { return element{tag: tag.PixelData, vr: "OW", words: v} }

func pixels8(v ...byte) element { return element{tag: tag.PixelData, vr: "OB", bytes: v} }

type encoder struct {
	order    binary.AppendByteOrder
	implicit bool
}

func (o *testObject) encode(t testing.TB) []byte {
	t.Helper()
	c := encoder{order: binary.LittleEndian, implicit: o.syntax == uid.ImplicitVRLittleEndian}
	if o.syntax == uid.ExplicitVRBigEndian {
		c.order = binary.BigEndian
	}
	slices.SortStableFunc(o.elements, func(a, b element) int { return a.tag.Compare(b.tag) })
	var body []byte
	for _, e := range o.elements {
		body = c.element(body, e)
	}
	if o.frames != nil {
		body = c.fragments(body, o.frames)
	}
	if o.syntax == uid.DeflatedExplicitVRLittleEndian {
		var z bytes.Buffer
		w, err := flate.NewWriter(&z, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		body = z.Bytes()
	}
	if o.syntax == "" {
		return body
	}
	meta := encoder{order: binary.LittleEndian}
	out := append(make([]byte, 128), "DICM"...)
	syntax := o.syntax
	if len(syntax)%2 == 1 {
		syntax += "\x00"
	}
	return append(meta.element(out, element{tag: tag.TransferSyntaxUID, vr: "UI", text: syntax}), body...)
}

func (c encoder) tag(b []byte, t tag.Tag) []byte {
	b = c.order.AppendUint16(b, t.Group)
	return c.order.AppendUint16(b, t.Element)
}

func (c encoder) element(b []byte, e element) []byte {
	value := append([]byte(e.text), e.bytes...)
	for _, w := range e.words {
		value = c.order.AppendUint16(value, w)
	}
	for _, item := range e.items {
		var inner []byte
		for _, x := range item {
			inner = c.element(inner, x)
		}
		n := uint32(len(inner))
		if e.undef {
			n = 0xFFFFFFFF
			inner = append(c.tag(inner, tag.ItemDelimitationItem), 0, 0, 0, 0)
		}
		value = append(c.order.AppendUint32(c.tag(value, tag.Item), n), inner...)
	}
	if len(value)%2 == 1 {
		value = append(value, map[bool]byte{true: 0, false: ' '}[e.vr == "UI" || e.vr == "OB"])
	}
	n := uint32(len(value))
	if e.undef {
		n = 0xFFFFFFFF
		value = append(c.tag(value, tag.SequenceDelimitationItem), 0, 0, 0, 0)
	}
	b = c.tag(b, e.tag)
	switch {
	case c.implicit:
		b = c.order.AppendUint32(b, n)
	case slices.Contains([]string{"OB", "OW", "SQ", "UN", "UT", "OL"}, e.vr):
		b = c.order.AppendUint32(append(append(b, e.vr...), 0, 0), n)
	default:
		b = c.order.AppendUint16(append(b, e.vr...), uint16(n))
	}
	return append(b, value...)
}

func (c encoder) fragments(b []byte, frames [][]byte) []byte {
	b = append(append(c.tag(b, tag.PixelData), "OB\x00\x00"...), 0xFF, 0xFF, 0xFF, 0xFF)
	b = append(c.tag(b, tag.Item), 0, 0, 0, 0)
	for _, f := range frames {
		if len(f)%2 == 1 {
			f = append(bytes.Clone(f), 0)
		}
		b = append(c.order.AppendUint32(c.tag(b, tag.Item), uint32(len(f))), f...)
	}
	return append(c.tag(b, tag.SequenceDelimitationItem), 0, 0, 0, 0)
}

// dicomdir lists files in directory records, one level flat as in PS3.10.
func dicomdir(t testing.TB, ids ...string) []byte {
	t.Helper()
	records := [][]element{{{tag: tag.DirectoryRecordType, vr: "CS", text: "PATIENT"}}}
	for _, id := range ids {
		records = append(records, []element{{tag: tag.DirectoryRecordType, vr: "CS", text: "IMAGE"}, {tag: tag.ReferencedFileID, vr: "CS", text: id}})
	}
	o := &testObject{syntax: uid.ExplicitVRLittleEndian}
	o.set(element{tag: tag.DirectoryRecordSequence, vr: "SQ", items: records})
	data := o.encode(t)
	meta := encoder{order: binary.LittleEndian}.element(nil, element{tag: tag.MediaStorageSOPClassUID, vr: "UI", text: dcm.ClassDICOMDIR})
	return append(append(append([]byte{}, data[:132]...), meta...), data[132:]...)
}

func richObject(syntax string) *testObject {
	return picture(syntax, 2, 3, 16, 12).set(pixels16(1, 2, 3, 4, 5, 4095),
		element{tag: tag.SpecificCharacterSet, vr: "CS", text: "ISO_IR 100"}, element{tag: tag.PatientName, vr: "PN", text: "M\xfcller^Anne"},
		element{tag: tag.ImageType, vr: "CS", text: `ORIGINAL\PRIMARY`}, element{tag: tag.WindowCenter, vr: "DS", text: "40.5"},
		element{tag: tag.Tag{Group: 0x0009, Element: 0x0010}, vr: "LO", text: "ACME"}, element{tag: tag.Tag{Group: 0x0009, Element: 0x1001}, vr: "LO", text: "kept"},
		element{tag: tag.ReferencedImageSequence, vr: "SQ", undef: true, items: [][]element{
			{{tag: tag.ReferencedSOPInstanceUID, vr: "UI", text: "1.2.3"}, {tag: tag.RequestAttributesSequence, vr: "SQ", items: [][]element{{{tag: tag.RequestedProcedureDescription, vr: "LO", text: "deep"}}}}},
			{{tag: tag.ReferencedSOPInstanceUID, vr: "UI", text: "1.2.4"}}}})
}

func secretObject(syntax string) *testObject {
	text := func(tag tag.Tag, vr, v string) element { return element{tag: tag, vr: vr, text: v} }
	o := picture(syntax, 2, 3, 16, 12).set(pixels16(1, 2, 3, 4, 5, 4095),
		text(tag.SpecificCharacterSet, "CS", "ISO_IR 100"), text(tag.SOPInstanceUID, "UI", "1.2.826.0.1.99.1"),
		text(tag.StudyInstanceUID, "UI", "1.2.826.0.1.99.2"), text(tag.SeriesInstanceUID, "UI", "1.2.826.0.1.99.3"),
		text(tag.PatientName, "PN", "Doe^Jane"), text(tag.PatientID, "LO", "MRN-4711"), text(tag.AccessionNumber, "SH", "ACC-99"),
		text(tag.InstitutionName, "LO", "St. Elsewhere"), text(tag.ReferringPhysicianName, "PN", "Dr House"), text(tag.PatientBirthDate, "DA", "19500101"),
		text(tag.StudyDate, "DA", "20261120"), text(tag.StudyTime, "TM", "101500"), text(tag.StudyDescription, "LO", "burnt hand"),
		text(tag.PatientSex, "CS", "F"), text(tag.PatientAge, "AS", "076Y"), text(tag.PatientAddress, "LO", "Flat 7"),
		text(tag.Modality, "CS", "DX"), text(tag.ViewPosition, "CS", "PA"), text(tag.ImagerPixelSpacing, "DS", `0.14\0.14`),
		text(tag.Tag{Group: 0x0009, Element: 0x0010}, "LO", "private words"), text(tag.Tag{Group: 0x0009, Element: 0x1001}, "LO", "private words"),
		text(tag.ImageComments, "LT", "free text"), text(tag.StudyComments, "LT", "free text"), text(tag.OverlayDescription, "LO", "overlay"),
		text(tag.FrameAcquisitionDateTime, "DT", "20261120101500"))
	o.set(element{tag: tag.ReferencedImageSequence, vr: "SQ", items: [][]element{{{tag: tag.ReferencedSOPInstanceUID, vr: "UI", text: "1.2.826.0.1.99.3"}}}})
	return o.set(element{tag: tag.AnatomicRegionSequence, vr: "SQ", items: [][]element{{{tag: tag.CodeMeaning, vr: "LO", text: "Thorax"},
		{tag: tag.PersonName, vr: "PN", text: "nested name"}}}})
}

// lutItem is an item of a LUT sequence with given entries.
func table(descriptor []uint16, entries []uint16) [][]element {
	return [][]element{{{tag: tag.LUTDescriptor, vr: "US", words: descriptor}, {tag: tag.LUTData, vr: "OW", words: entries}}}
}

func rising(n, top int) []uint16 {
	out := make([]uint16, n)
	for i := range out {
		out[i] = uint16(i * top / (n - 1))
	}
	return out
}

// slip is a whole film of ramp values, for tests of what is read over.
func slip(syntax string) *testObject {
	words := make([]uint16, 24)
	for i := range words {
		words[i] = uint16(i * 170)
	}
	return picture(syntax, 4, 6, 16, 12).set(pixels16(words...), element{tag: tag.PatientName, vr: "PN", text: "A^B "},
		element{tag: tag.WindowCenter, vr: "DS", text: "2000"}, element{tag: tag.WindowWidth, vr: "DS", text: "4000"})
}

// head is where an element of an explicit little endian file begins.
func head(t *testing.T, data []byte, of tag.Tag, vr string) int {
	t.Helper()
	key := binary.LittleEndian.AppendUint16(nil, of.Group)
	key = append(binary.LittleEndian.AppendUint16(key, of.Element), vr...)
	i := bytes.LastIndex(data, key)
	if i < 0 {
		t.Fatalf("no %v", of)
	}
	return i
}
