package dcm

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"hilum/internal/plain"
)

// Builder collects elements and writes them as Explicit VR Little Endian.
// Elements are sorted by tag when written; a tag set again replaces the
// earlier value. The zero value is ready.
type Builder struct {
	elements []built
}

type built struct {
	tag   Tag
	vr    VR
	value []byte
	items []*Builder // of a sequence
	ready []byte     // a whole element, header included
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
func (b *Builder) Delete(t Tag) {
	b.elements = slices.DeleteFunc(b.elements, func(e built) bool { return e.tag == t })
}

// Bytes sets a value as it is to be written.
func (b *Builder) Bytes(t Tag, vr VR, value []byte) { b.set(built{tag: t, vr: vr, value: value}) }

// Text sets a text value in UTF-8; several are joined by the backslash. Control
// characters are left out, except for line ends where the VR has lines (PS3.5
// 6.1.3).
func (b *Builder) Text(t Tag, vr VR, values ...string) {
	keep := ""
	if vr == "LT" || vr == "ST" || vr == "UT" {
		keep = "\t\n\f\r"
	}
	b.Bytes(t, vr, []byte(plain.Strip(strings.Join(values, "\\"), keep)))
}

// Uint16 sets 16-bit words.
func (b *Builder) Uint16(t Tag, vr VR, values ...uint16) {
	var v []byte
	for _, w := range values {
		v = binary.LittleEndian.AppendUint16(v, w)
	}
	b.Bytes(t, vr, v)
}

// Sequence sets a sequence of items.
func (b *Builder) Sequence(t Tag, items ...*Builder) { b.set(built{tag: t, vr: "SQ", items: items}) }

// Fragments sets encapsulated pixel data (PS3.5 A.4).
func (b *Builder) Fragments(table []uint32, frags [][]byte) {
	out := append(appendTag(nil, PixelData), 'O', 'B', 0, 0)
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
	out = appendItem(out, Item, offsets)
	for _, f := range frags {
		if len(f)%2 == 1 {
			f = append(bytes.Clone(f), 0)
		}
		out = appendItem(out, Item, f)
	}
	b.set(built{tag: PixelData, ready: appendItem(out, SeqDelimiter, nil)})
}

// Encode writes the elements in the order of their tags. It fails on a value
// that its VR cannot hold.
func (b *Builder) Encode() ([]byte, error) {
	var w bytes.Buffer
	err := b.encode(&w)
	return w.Bytes(), err
}

// sink takes what is encoded; one that can fail keeps its first error.
type sink interface {
	io.Writer
	io.ByteWriter
}

func (b *Builder) encode(w sink) error {
	slices.SortStableFunc(b.elements, func(x, y built) int {
		switch {
		case x.tag < y.tag:
			return -1
		case x.tag > y.tag:
			return 1
		}
		return 0
	})
	for _, e := range b.elements {
		if e.ready != nil {
			w.Write(e.ready)
			continue
		}
		value := e.value
		for _, item := range e.items {
			var inner bytes.Buffer
			if err := item.encode(&inner); err != nil {
				return err
			}
			value = appendItem(value, Item, inner.Bytes())
		}
		if err := writeElement(w, e.tag, e.vr, value); err != nil {
			return err
		}
	}
	return nil
}

// appendItem appends an item header and its content.
func appendItem(to []byte, t Tag, content []byte) []byte {
	to = appendTag(to, t)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(content)))
	return append(to, content...)
}

func appendTag(to []byte, t Tag) []byte {
	to = binary.LittleEndian.AppendUint16(to, uint16(t>>16))
	return binary.LittleEndian.AppendUint16(to, uint16(t))
}

// writeElement writes one element and pads its value to an even length, with
// a zero byte for UIDs and binary values and a space for other text.
func writeElement(w sink, t Tag, vr VR, value []byte) error {
	size := (len(value) + 1) &^ 1
	head := append(appendTag(nil, t), vr...)
	switch {
	case vr.long() && uint64(size) < math.MaxUint32:
		head = append(head, 0, 0)
		head = binary.LittleEndian.AppendUint32(head, uint32(size))
	case !vr.long() && size <= math.MaxUint16:
		head = binary.LittleEndian.AppendUint16(head, uint16(size))
	default:
		return fmt.Errorf("the value of %v has %d bytes, more than %s can hold", t, len(value), vr)
	}
	w.Write(head)
	w.Write(value)
	if size > len(value) {
		w.WriteByte(vr.padding())
	}
	return nil
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
	implementationName = "HILUM_1"
)

// WriteFile puts preamble and file meta information (PS3.10 7.1) in front of
// an encoded data set.
func WriteFile(class, instance, syntax string, dataset []byte) ([]byte, error) {
	head, err := fileHead(class, instance, syntax)
	return append(head, dataset...), err
}

// EncodeFile writes the data set as a file, without a copy of its values.
func (b *Builder) EncodeFile(w io.Writer, class, instance, syntax string) error {
	head, err := fileHead(class, instance, syntax)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	_, _ = out.Write(head) // Flush tells
	if err := b.encode(out); err != nil {
		return err
	}
	return out.Flush()
}

// fileHead is what stands before the data set of a file.
func fileHead(class, instance, syntax string) ([]byte, error) {
	var meta Builder
	meta.Bytes(0x00020001, "OB", []byte{0, 1})
	meta.Text(0x00020002, "UI", class)
	meta.Text(0x00020003, "UI", instance)
	meta.Text(TransferSyntax, "UI", syntax)
	meta.Text(0x00020012, "UI", ImplementationUID)
	meta.Text(0x00020013, "SH", implementationName)
	body, err := meta.Encode()
	if err != nil {
		return nil, err
	}
	var w bytes.Buffer
	w.Write(make([]byte, 128))
	w.WriteString("DICM")
	length := binary.LittleEndian.AppendUint32(nil, uint32(len(body)))
	if err := writeElement(&w, 0x00020000, "UL", length); err != nil {
		return nil, err
	}
	w.Write(body)
	return w.Bytes(), nil
}
