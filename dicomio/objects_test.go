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
func pixels8(v ...byte) element    { return element{tag: tag.PixelData, vr: "OB", bytes: v} }

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
