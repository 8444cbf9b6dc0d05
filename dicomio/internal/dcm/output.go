package dcm

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/internal/message"
)

// target is what a file is written to from its start to its end, with the place
// that writing has come to.
type target struct {
	w   io.Writer
	to  io.Writer
	buf *bufio.Writer // what w is; nil for memory
	at  int64
}

// outputBuffer is how much is written at a time.
const outputBuffer = 256 << 10

func newTarget(to io.Writer) *target {
	if m, ok := to.(*Memory); ok {
		return &target{w: m, to: m}
	}
	buf := bufio.NewWriterSize(to, outputBuffer)
	return &target{w: buf, to: to, buf: buf}
}

func (t *target) flush() error {
	if t.buf == nil {
		return nil
	}
	return t.buf.Flush()
}

func (t *target) Write(b []byte) (int, error) {
	n, err := t.w.Write(b)
	t.at += int64(n)
	return n, err
}

// patch writes over what was written at a place: an offset table is known when the
// frames behind it are.
func (t *target) patch(b []byte, at int64) error {
	if err := t.flush(); err != nil {
		return err
	}
	over, ok := t.to.(io.WriterAt)
	if !ok {
		return message.New("what is written cannot be written over")
	}
	_, err := over.WriteAt(b, at)
	return err
}

// Stream sets a value of size bytes that is written when the file is: write gets a
// writer that takes exactly as many.
func (b *Builder) Stream(t tag.Tag, vr VR, size int64, write func(io.Writer) error) {
	b.set(built{tag: t, stream: func(w *target) error { return w.value(t, vr, size, write) }})
}

// WriteValue writes one element of Explicit VR Little Endian, whose value of size
// bytes write gives.
func WriteValue(to io.Writer, t tag.Tag, vr VR, size int64, write func(io.Writer) error) error {
	return (&target{w: to, to: to}).value(t, vr, size, write)
}

// value writes an element whose value write gives.
func (t *target) value(of tag.Tag, vr VR, size int64, write func(io.Writer) error) error {
	head, err := elementHead(of, vr, size)
	if err != nil {
		return err
	}
	if _, err := t.Write(head); err != nil {
		return err
	}
	start := t.at
	if err := write(t); err != nil {
		return err
	}
	if got := t.at - start; got != size {
		return message.Errorf("the value of %v was given with %d bytes of %d", TagText(of), got, size)
	}
	return t.even(size, vr.padding())
}

// even pads what has a length of size to an even one.
func (t *target) even(size int64, with byte) error {
	if size%2 == 0 {
		return nil
	}
	_, err := t.Write([]byte{with})
	return err
}

// StreamFragments sets encapsulated pixel data (PS3.5 A.4) that is written when the
// file is: each hands frames of one fragment each to put. The offset table has so
// many entries, which must be the number of frames, or 0 for an empty one.
func (b *Builder) StreamFragments(entries int, each func(put func([]byte) error) error) {
	b.set(built{tag: tag.PixelData, stream: func(w *target) error {
		head := append(appendTag(nil, tag.PixelData), 'O', 'B', 0, 0)
		head = binary.LittleEndian.AppendUint32(head, undefined)
		head = appendItem(head, tag.Item, make([]byte, 4*entries))
		if _, err := w.Write(head); err != nil {
			return err
		}
		start := w.at
		var table []byte
		err := each(func(frame []byte) error {
			table = binary.LittleEndian.AppendUint32(table, uint32(w.at-start))
			return w.fragment(frame)
		})
		if err == nil && entries > 0 {
			err = w.table(table, start-int64(4*entries), start)
		}
		if err == nil {
			_, err = w.Write(appendItem(nil, tag.SequenceDelimitationItem, nil))
		}
		return err
	}})
}

// fragment writes an item of even length.
func (t *target) fragment(content []byte) error {
	n := (uint64(len(content)) + 1) &^ 1
	if n >= undefined {
		return message.Errorf("a fragment of %d bytes is longer than items can be", n)
	}
	head := binary.LittleEndian.AppendUint32(appendTag(nil, tag.Item), uint32(n))
	if _, err := t.Write(head); err != nil {
		return err
	}
	if _, err := t.Write(content); err != nil {
		return err
	}
	return t.even(int64(len(content)), 0)
}

// table fills in an offset table that lies between two places.
func (t *target) table(table []byte, from, to int64) error {
	if int64(len(table)) != to-from || t.at-to > math.MaxUint32 {
		return message.Errorf("an offset table for %d frames does not fit %d", (to-from)/4, len(table)/4)
	}
	return t.patch(table, from)
}

// Head is what the file meta information says (PS3.10 7.1).
type Head struct{ Class, Instance, Syntax string }

// WriteTo writes a file: preamble, file meta information and the elements. With
// fragments that are streamed and have an offset table, to must be an io.WriterAt.
func (h Head) WriteTo(to io.Writer, b *Builder) error {
	w := newTarget(to)
	if err := h.write(w); err != nil {
		return err
	}
	if err := b.encode(w); err != nil {
		return err
	}
	return w.flush()
}

// Memory takes a file in memory. The zero value is ready.
type Memory struct{ b []byte }

// Bytes is what was written.
func (m *Memory) Bytes() []byte { return m.b }

// Write appends.
func (m *Memory) Write(b []byte) (int, error) {
	m.b = append(m.b, b...)
	return len(b), nil
}

// WriteAt writes over what was written.
func (m *Memory) WriteAt(b []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(b)) > int64(len(m.b)) {
		return 0, io.ErrShortWrite
	}
	return copy(m.b[off:], b), nil
}

// Restart forgets what was written.
func (m *Memory) Restart() error {
	m.b = m.b[:0]
	return nil
}
