// Package dicomtest builds DICOM files for the tests of dicomio and its rooms, without
// the code under test, and finds the files that they are stored in. Its core type is
// [Object]. It imports the structure of files and testing.
package dicomtest

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

// Element is one element of a test object; words are written in the object's
// byte order.
type Element struct {
	Tag       tag.Tag
	VR        string
	Text      string
	Words     []uint16
	Bytes     []byte
	Items     [][]Element // of a sequence
	Undefined bool        // sequence and items of undefined length
}

// Object builds DICOM files in the project's own encodings, independently
// of the writer under test.
type Object struct {
	syntax   string // "" leaves out preamble and file meta information
	Elements []Element
	Frames   [][]byte // encapsulated, one fragment each
}

// Set adds elements, in the place of those with the same tag.
func (o *Object) Set(e ...Element) *Object {
	for _, x := range e {
		o.Elements = slices.DeleteFunc(o.Elements, func(y Element) bool { return y.Tag == x.Tag })
		o.Elements = append(o.Elements, x)
	}
	return o
}

// Picture starts an object with the attributes of a grey picture.
func Picture(syntax string, rows, columns, allocated, stored int) *Object {
	o := &Object{syntax: syntax}
	return o.Set(
		Element{Tag: tag.SOPClassUID, VR: "UI", Text: dcm.ClassSecondaryCapture}, Element{Tag: tag.SOPInstanceUID, VR: "UI", Text: "2.25.77"},
		Element{Tag: tag.SamplesPerPixel, VR: "US", Words: []uint16{1}},
		Element{Tag: tag.PhotometricInterpretation, VR: "CS", Text: "MONOCHROME2"},
		Element{Tag: tag.Rows, VR: "US", Words: []uint16{uint16(rows)}},
		Element{Tag: tag.Columns, VR: "US", Words: []uint16{uint16(columns)}},
		Element{Tag: tag.BitsAllocated, VR: "US", Words: []uint16{uint16(allocated)}},
		Element{Tag: tag.BitsStored, VR: "US", Words: []uint16{uint16(stored)}},
		Element{Tag: tag.HighBit, VR: "US", Words: []uint16{uint16(stored - 1)}},
		Element{Tag: tag.PixelRepresentation, VR: "US", Words: []uint16{0}})
}

// Pixels16 is pixel data of 16-bit words.
func Pixels16(v ...uint16) Element { return Element{Tag: tag.PixelData, VR: "OW", Words: v} }

// Pixels8 is pixel data of bytes.
func Pixels8(v ...byte) Element { return Element{Tag: tag.PixelData, VR: "OB", Bytes: v} }

// Encoder writes elements in one encoding.
type Encoder struct {
	Order    binary.AppendByteOrder
	Implicit bool
}

// Encode gives the file.
func (o *Object) Encode(t testing.TB) []byte {
	t.Helper()
	c := Encoder{Order: binary.LittleEndian, Implicit: o.syntax == uid.ImplicitVRLittleEndian}
	if o.syntax == uid.ExplicitVRBigEndian {
		c.Order = binary.BigEndian
	}
	slices.SortStableFunc(o.Elements, func(a, b Element) int { return a.Tag.Compare(b.Tag) })
	var body []byte
	for _, e := range o.Elements {
		body = c.Element(body, e)
	}
	if o.Frames != nil {
		body = c.fragments(body, o.Frames)
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
	meta := Encoder{Order: binary.LittleEndian}
	out := append(make([]byte, 128), "DICM"...)
	syntax := o.syntax
	if len(syntax)%2 == 1 {
		syntax += "\x00"
	}
	return append(meta.Element(out, Element{Tag: tag.TransferSyntaxUID, VR: "UI", Text: syntax}), body...)
}

// Tag appends a tag.
func (c Encoder) Tag(b []byte, t tag.Tag) []byte {
	b = c.Order.AppendUint16(b, t.Group)
	return c.Order.AppendUint16(b, t.Element)
}

// Element appends an element.
func (c Encoder) Element(b []byte, e Element) []byte {
	value := append([]byte(e.Text), e.Bytes...)
	for _, w := range e.Words {
		value = c.Order.AppendUint16(value, w)
	}
	for _, item := range e.Items {
		var inner []byte
		for _, x := range item {
			inner = c.Element(inner, x)
		}
		n := uint32(len(inner))
		if e.Undefined {
			n = 0xFFFFFFFF
			inner = append(c.Tag(inner, tag.ItemDelimitationItem), 0, 0, 0, 0)
		}
		value = append(c.Order.AppendUint32(c.Tag(value, tag.Item), n), inner...)
	}
	if len(value)%2 == 1 {
		value = append(value, map[bool]byte{true: 0, false: ' '}[e.VR == "UI" || e.VR == "OB"])
	}
	n := uint32(len(value))
	if e.Undefined {
		n = 0xFFFFFFFF
		value = append(c.Tag(value, tag.SequenceDelimitationItem), 0, 0, 0, 0)
	}
	b = c.Tag(b, e.Tag)
	switch {
	case c.Implicit:
		b = c.Order.AppendUint32(b, n)
	case slices.Contains([]string{"OB", "OW", "SQ", "UN", "UT", "OL"}, e.VR):
		b = c.Order.AppendUint32(append(append(b, e.VR...), 0, 0), n)
	default:
		b = c.Order.AppendUint16(append(b, e.VR...), uint16(n))
	}
	return append(b, value...)
}

func (c Encoder) fragments(b []byte, frames [][]byte) []byte {
	b = append(append(c.Tag(b, tag.PixelData), "OB\x00\x00"...), 0xFF, 0xFF, 0xFF, 0xFF)
	b = append(c.Tag(b, tag.Item), 0, 0, 0, 0)
	for _, f := range frames {
		if len(f)%2 == 1 {
			f = append(bytes.Clone(f), 0)
		}
		b = append(c.Order.AppendUint32(c.Tag(b, tag.Item), uint32(len(f))), f...)
	}
	return append(c.Tag(b, tag.SequenceDelimitationItem), 0, 0, 0, 0)
}

// DICOMDIR lists files in directory records, one level flat as in PS3.10.
func DICOMDIR(t testing.TB, ids ...string) []byte {
	t.Helper()
	records := [][]Element{{{Tag: tag.DirectoryRecordType, VR: "CS", Text: "PATIENT"}}}
	for _, id := range ids {
		records = append(records, []Element{{Tag: tag.DirectoryRecordType, VR: "CS", Text: "IMAGE"}, {Tag: tag.ReferencedFileID, VR: "CS", Text: id}})
	}
	o := &Object{syntax: uid.ExplicitVRLittleEndian}
	o.Set(Element{Tag: tag.DirectoryRecordSequence, VR: "SQ", Items: records})
	data := o.Encode(t)
	meta := Encoder{Order: binary.LittleEndian}.Element(nil, Element{Tag: tag.MediaStorageSOPClassUID, VR: "UI", Text: dcm.ClassDICOMDIR})
	return append(append(append([]byte{}, data[:132]...), meta...), data[132:]...)
}

// Rich is a film with elements of many kinds.
func Rich(syntax string) *Object {
	return Picture(syntax, 2, 3, 16, 12).Set(Pixels16(1, 2, 3, 4, 5, 4095),
		Element{Tag: tag.SpecificCharacterSet, VR: "CS", Text: "ISO_IR 100"}, Element{Tag: tag.PatientName, VR: "PN", Text: "M\xfcller^Anne"},
		Element{Tag: tag.ImageType, VR: "CS", Text: `ORIGINAL\PRIMARY`}, Element{Tag: tag.WindowCenter, VR: "DS", Text: "40.5"},
		Element{Tag: tag.Tag{Group: 0x0009, Element: 0x0010}, VR: "LO", Text: "ACME"}, Element{Tag: tag.Tag{Group: 0x0009, Element: 0x1001}, VR: "LO", Text: "kept"},
		Element{Tag: tag.ReferencedImageSequence, VR: "SQ", Undefined: true, Items: [][]Element{
			{{Tag: tag.ReferencedSOPInstanceUID, VR: "UI", Text: "1.2.3"}, {Tag: tag.RequestAttributesSequence, VR: "SQ", Items: [][]Element{{{Tag: tag.RequestedProcedureDescription, VR: "LO", Text: "deep"}}}}},
			{{Tag: tag.ReferencedSOPInstanceUID, VR: "UI", Text: "1.2.4"}}}})
}

// Secret is a film whose elements tell the patient in many ways.
func Secret(syntax string) *Object {
	text := func(tag tag.Tag, vr, v string) Element { return Element{Tag: tag, VR: vr, Text: v} }
	o := Picture(syntax, 2, 3, 16, 12).Set(Pixels16(1, 2, 3, 4, 5, 4095),
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
	o.Set(Element{Tag: tag.ReferencedImageSequence, VR: "SQ", Items: [][]Element{{{Tag: tag.ReferencedSOPInstanceUID, VR: "UI", Text: "1.2.826.0.1.99.3"}}}})
	return o.Set(Element{Tag: tag.AnatomicRegionSequence, VR: "SQ", Items: [][]Element{{{Tag: tag.CodeMeaning, VR: "LO", Text: "Thorax"},
		{Tag: tag.PersonName, VR: "PN", Text: "nested name"}}}})
}

// Table is an item of a LUT sequence with given entries.
func Table(descriptor []uint16, entries []uint16) [][]Element {
	return [][]Element{{{Tag: tag.LUTDescriptor, VR: "US", Words: descriptor}, {Tag: tag.LUTData, VR: "OW", Words: entries}}}
}

// Rising is a ramp of n entries from 0 to top.
func Rising(n, top int) []uint16 {
	out := make([]uint16, n)
	for i := range out {
		out[i] = uint16(i * top / (n - 1))
	}
	return out
}

// Slip is a whole film of ramp values, for tests of what is read over.
func Slip(syntax string) *Object {
	words := make([]uint16, 24)
	for i := range words {
		words[i] = uint16(i * 170)
	}
	return Picture(syntax, 4, 6, 16, 12).Set(Pixels16(words...), Element{Tag: tag.PatientName, VR: "PN", Text: "A^B "},
		Element{Tag: tag.WindowCenter, VR: "DS", Text: "2000"}, Element{Tag: tag.WindowWidth, VR: "DS", Text: "4000"})
}

// HeadOf is where an element of an explicit little endian file begins.
func HeadOf(t *testing.T, data []byte, of tag.Tag, vr string) int {
	t.Helper()
	key := binary.LittleEndian.AppendUint16(nil, of.Group)
	key = append(binary.LittleEndian.AppendUint16(key, of.Element), vr...)
	i := bytes.LastIndex(data, key)
	if i < 0 {
		t.Fatalf("no %v", of)
	}
	return i
}
