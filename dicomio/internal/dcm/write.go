package dcm

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"hilum/internal/message"
	"hilum/internal/plain"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Builder collects elements and writes them as Explicit VR Little Endian.
// Elements are sorted by tag when written; a tag set again replaces the
// earlier value. The zero value is ready.
type Builder struct {
	elements []built
}

type built struct {
	tag   tag.Tag
	vr    VR
	value []byte
	items []*Builder // of a sequence
	ready []byte     // a whole element, header included

	stream func(*target) error // writes a whole element
}

func (b *Builder) set(e built) {
	for i := range b.elements {
		if b.elements[i].tag == e.tag {
			b.elements[i] = e
			return
		}
	}
	b.elements = append(b.elements, e)
}

// Delete takes an element out.
func (b *Builder) Delete(t tag.Tag) {
	b.elements = slices.DeleteFunc(b.elements, func(e built) bool { return e.tag == t })
}

// Bytes sets a value as it is to be written.
func (b *Builder) Bytes(t tag.Tag, vr VR, value []byte) { b.set(built{tag: t, vr: vr, value: value}) }

// Text sets a text value in UTF-8; several are joined by the backslash. Control
// characters are left out, except for line ends where the VR has lines (PS3.5
// 6.1.3).
func (b *Builder) Text(t tag.Tag, vr VR, values ...string) {
	keep := ""
	if vr == "LT" || vr == "ST" || vr == "UT" {
		keep = "\t\n\f\r"
	}
	b.Bytes(t, vr, []byte(plain.Strip(strings.Join(values, "\\"), keep)))
}

// Uint16 sets 16-bit words.
func (b *Builder) Uint16(t tag.Tag, vr VR, values ...uint16) {
	var v []byte
	for _, w := range values {
		v = binary.LittleEndian.AppendUint16(v, w)
	}
	b.Bytes(t, vr, v)
}

// Sequence sets a sequence of items.
func (b *Builder) Sequence(t tag.Tag, items ...*Builder) {
	b.set(built{tag: t, vr: "SQ", items: items})
}

// Fragments sets encapsulated pixel data (PS3.5 A.4).
func (b *Builder) Fragments(table []uint32, frags [][]byte) {
	out := append(appendTag(nil, tag.PixelData), 'O', 'B', 0, 0)
	out = binary.LittleEndian.AppendUint32(out, undefined)
	for _, f := range frags {
		if len(f)%2 == 1 {
			table = nil // padding moves the frames
		}
	}
	var offsets []byte
	for _, o := range table {
		offsets = binary.LittleEndian.AppendUint32(offsets, o)
	}
	out = appendItem(out, tag.Item, offsets)
	for _, f := range frags {
		if len(f)%2 == 1 {
			f = append(bytes.Clone(f), 0)
		}
		out = appendItem(out, tag.Item, f)
	}
	b.set(built{tag: tag.PixelData, ready: appendItem(out, tag.SequenceDelimitationItem, nil)})
}

// Encode writes the elements in the order of their tags. It fails on a value
// that its VR cannot hold.
func (b *Builder) Encode() ([]byte, error) {
	var out Memory
	w := newTarget(&out)
	err := b.encode(w)
	return out.Bytes(), err
}

func (b *Builder) encode(w *target) error {
	slices.SortStableFunc(b.elements, func(x, y built) int { return x.tag.Compare(y.tag) })
	for _, e := range b.elements {
		if err := e.write(w); err != nil {
			return err
		}
	}
	return nil
}

func (e *built) write(w *target) error {
	switch {
	case e.stream != nil:
		return e.stream(w)
	case e.ready != nil:
		_, err := w.Write(e.ready)
		return err
	}
	value := e.value
	for _, item := range e.items {
		inner, err := item.Encode()
		if err != nil {
			return err
		}
		value = appendItem(value, tag.Item, inner)
	}
	return writeElement(w, e.tag, e.vr, value)
}

// appendItem appends an item header and its content.
func appendItem(to []byte, t tag.Tag, content []byte) []byte {
	to = appendTag(to, t)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(content)))
	return append(to, content...)
}

func appendTag(to []byte, t tag.Tag) []byte {
	to = binary.LittleEndian.AppendUint16(to, t.Group)
	return binary.LittleEndian.AppendUint16(to, t.Element)
}

// writeElement writes one element and pads its value to an even length, with
// a zero byte for UIDs and binary values and a space for other text.
func writeElement(w *target, t tag.Tag, vr VR, value []byte) error {
	head, err := elementHead(t, vr, int64(len(value)))
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	if _, err := w.Write(value); err != nil {
		return err
	}
	return w.even(int64(len(value)), vr.padding())
}

// elementHead is the header of an element with a value of n bytes.
func elementHead(t tag.Tag, vr VR, n int64) ([]byte, error) {
	size := (n + 1) &^ 1
	head := append(appendTag(nil, t), vr...)
	switch {
	case vr.long() && size < math.MaxUint32:
		head = append(head, 0, 0)
		return binary.LittleEndian.AppendUint32(head, uint32(size)), nil
	case !vr.long() && size <= math.MaxUint16:
		return binary.LittleEndian.AppendUint16(head, uint16(size)), nil
	}
	return nil, message.Errorf("the value of %v has %d bytes, more than %s can hold", TagText(t), n, vr)
}

// Fits says whether a VR can hold a value of n bytes (PS3.5 7.1.2).
func Fits(t tag.Tag, vr VR, n int64) error {
	_, err := elementHead(t, vr, n)
	return err
}

func (v VR) padding() byte {
	switch v {
	case "UI", "OB", "UN", "OW", "SQ":
		return 0
	}
	return ' '
}

// ImplementationUID names this program where it writes objects; it is a
// UUID-derived UID (PS3.5 B.2).
const (
	ImplementationUID  = "2.25.184629051530270451339106871362208455017"
	ImplementationName = "HILUM_1"
)

// WriteFile puts preamble and file meta information (PS3.10 7.1) in front of
// an encoded data set.
func WriteFile(class, instance, syntax string, dataset []byte) ([]byte, error) {
	var out Memory
	w := newTarget(&out)
	if err := (Head{class, instance, syntax}).write(w); err != nil {
		return nil, err
	}
	_, err := w.Write(dataset)
	return out.Bytes(), err
}

// write writes preamble and file meta information.
func (h Head) write(w *target) error {
	var meta Builder
	meta.Bytes(tag.FileMetaInformationVersion, "OB", []byte{0, 1})
	meta.Text(tag.MediaStorageSOPClassUID, "UI", h.Class)
	meta.Text(tag.MediaStorageSOPInstanceUID, "UI", h.Instance)
	meta.Text(tag.TransferSyntaxUID, "UI", h.Syntax)
	meta.Text(tag.ImplementationClassUID, "UI", ImplementationUID)
	meta.Text(tag.ImplementationVersionName, "SH", ImplementationName)
	body, err := meta.Encode()
	if err != nil {
		return err
	}
	if _, err := w.Write(append(make([]byte, 128), "DICM"...)); err != nil {
		return err
	}
	length := binary.LittleEndian.AppendUint32(nil, uint32(len(body)))
	if err := writeElement(w, tag.FileMetaInformationGroupLength, "UL", length); err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}
