package dcm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"

	"hilum/internal/message"
)

// Input is a file that need not be in memory.
type Input struct {
	io.ReaderAt
	Size int64
	// InOrder says that reading forward is cheap and anything else is not, as of
	// what is unpacked while it is read.
	InOrder bool
	// Held bounds what stands before the pixel data, which is held in memory; 0 is
	// MaxHeader.
	Held int64
}

// InMemory is a file in memory.
func InMemory(data []byte) Input {
	return Input{ReaderAt: bytes.NewReader(data), Size: int64(len(data))}
}

func (in Input) held() int64 {
	if in.Held > 0 {
		return in.Held
	}
	return MaxHeader
}

// firstHead is how much is read for the header at first; nearly all fit.
const firstHead = 64 << 10

// MaxHeader bounds what stands before the pixel data, unpacked: it is held in
// memory.
const MaxHeader = 48 << 20

// ScanInput is Scan of a file that stays where it is: only what stands before the
// pixel data is read into memory, and of a deflated data set no more is unpacked.
// What follows the pixel data is not among the elements, see [File.ReadTail].
func ScanInput(in Input) (*File, error) {
	for n := int64(firstHead); ; n *= 4 {
		head, err := in.head(n)
		if err != nil {
			return nil, err
		}
		s, err := begin(head)
		s.f.head = head
		if err == nil && s.f.TransferSyntax == uid.DeflatedExplicitVRLittleEndian {
			return scanDeflated(s.f, in, int64(s.p))
		}
		if err == nil {
			err = s.syntax()
		}
		if err == nil {
			err = s.dataset(Options{HeaderOnly: true})
		}
		if more := int64(len(head)) < in.Size; more && wantsMore(s.f, err) {
			if err := in.tooLong(n); err != nil {
				return s.f, err
			}
			continue
		}
		if err == nil && s.f.Pixels.Present() {
			err = s.f.locate(in, s)
		}
		return s.f, err
	}
}

// wantsMore says whether the header goes on behind what was scanned.
func wantsMore(f *File, err error) bool {
	return errors.Is(err, ErrTruncated) || err == nil && !f.Pixels.Present()
}

func (in Input) tooLong(n int64) error {
	if n < in.held() {
		return nil
	}
	return message.Errorf("what stands before its pixel data takes more than %d MB", in.held()>>20)
}

// head reads the first n bytes, or as many as there are.
func (in Input) head(n int64) ([]byte, error) {
	n = min(n, in.Size, in.held())
	head := make([]byte, n)
	k, err := in.ReadAt(head, 0)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:k], err
}

// scanDeflated goes on with a data set that is deflated from byte at on.
func scanDeflated(f *File, in Input, at int64) (*File, error) {
	unpacked := inflateInput(in, at)
	unpacked.Held = in.Held
	for n := int64(firstHead); ; n *= 4 {
		head, err := unpacked.head(n)
		whole := int64(len(head)) < min(n, unpacked.held())
		if err != nil && !wantsMoreOf(err) {
			return f, message.Errorf("inflating the data set: %w", err)
		}
		g := &File{TransferSyntax: f.TransferSyntax, Elements: append(Set{}, f.Elements...),
			Warnings: append([]message.Message{}, f.Warnings...)}
		s := &scanner{b: head, order: binary.LittleEndian, f: g}
		s.checkExplicit()
		err = s.dataset(Options{HeaderOnly: true})
		if !whole && wantsMore(g, err) {
			if err := in.tooLong(n); err != nil {
				return g, err
			}
			continue
		}
		if err == nil && g.Pixels.Present() {
			err = g.locate(unpacked, s)
		}
		return g, err
	}
}

func wantsMoreOf(err error) bool { return errors.Is(err, ErrTruncated) }

// locate finds the pixel data, whose header was read last.
func (f *File) locate(in Input, s *scanner) error {
	p := &f.Pixels
	p.source, p.Offset = &in, int64(s.p)
	p.tail = &tailState{order: s.order, implicit: s.implicit}
	if p.Length >= 0 {
		if left := in.Size - p.Offset; p.Length > left {
			f.warnOnce(longWarning)
			p.Length, p.Clipped = left, true
		}
		p.tail.at = p.Offset + p.Length
		return nil
	}
	p.Encapsulated = true
	if err := f.walk(in, s.order); err != nil {
		return message.Errorf("reading the compressed pixel data: %w", err)
	}
	return nil
}

// walk finds the fragments of encapsulated pixel data without reading them.
func (f *File) walk(in Input, order binary.ByteOrder) error {
	p := &f.Pixels
	at := p.Offset
	for first := true; ; first = false {
		n, end, err := f.fragmentAt(in, at, order, !first)
		if err != nil {
			return err
		}
		if end {
			return nil
		}
		at += explicitHeader
		if left := in.Size - at; int64(n) > left {
			if first || int64(n)-left > cutFragment {
				return message.Errorf("%w: a fragment needs %d bytes at byte %d, %d are left", ErrTruncated, n, at,
					left)
			}
			f.warnOnce(endWarning)
			n = uint32(left)
		}
		switch {
		case first && n > maxTable:
			return message.Errorf("an offset table of %d bytes", n)
		case first:
			table := make([]byte, n)
			if err := in.read(table, at); err != nil {
				return err
			}
			p.OffsetTable = (&Element{Value: table}).Uint32s()
		case len(p.spans) >= maxElements:
			return message.Errorf("more than %d fragments", maxElements)
		default:
			p.spans = append(p.spans, byteSpan{at, int64(n)})
		}
		at += int64(n)
		p.tail.at = at
	}
}

// maxTable bounds a Basic Offset Table.
const maxTable = 4 * maxElements

// fragmentAt reads the header of a fragment at byte at.
func (f *File) fragmentAt(in Input, at int64, order binary.ByteOrder, inside bool) (n uint32, end bool, err error) {
	left := max(in.Size-at, 0)
	k := int64(explicitLongHead)
	if left <= maxRest {
		k = left // what is left may be nothing but padding
	}
	head := make([]byte, k)
	if err := in.read(head, at); err != nil {
		return 0, false, err
	}
	s := &scanner{b: head, order: order, f: &File{BigEndian: f.BigEndian}}
	n, end, err = s.fragmentHeader(inside, left)
	for _, w := range s.f.Warnings {
		f.warnOnce(w.String())
	}
	f.Pixels.tail.at = at + int64(s.p)
	return n, end, err
}

// read is ReadAt of all of b.
func (in Input) read(b []byte, at int64) error {
	n, err := in.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return message.Errorf("%w: %d bytes at byte %d", ErrTruncated, len(b), at)
	}
	return err
}

// ReadAll fills b with the first bytes.
func (in Input) ReadAll(b []byte) error { return in.read(b, 0) }

// byteSpan is a run of bytes of the input.
type byteSpan struct{ at, n int64 }

// tailState is what is needed to read what follows the pixel data.
type tailState struct {
	at       int64
	order    binary.ByteOrder
	implicit bool
}

// maxTail bounds what is read behind the pixel data, beside Input.Held.
const maxTail = 4 << 20

// ReadTail adds the elements that follow the pixel data of an input. The picture
// is complete by then: what is damaged there, or too long, is left out with a
// warning.
func (f *File) ReadTail() {
	t, in := f.Pixels.tail, f.Pixels.source
	if t == nil || in == nil || in.Size <= t.at {
		return
	}
	f.Pixels.tail = nil
	most := max(maxTail, in.Held)
	b, _ := io.ReadAll(io.NewSectionReader(in, t.at, min(in.Size-t.at, most))) // as far as it goes
	f.tail, f.tailAt = b, t.at
	s := &scanner{b: b, order: t.order, implicit: t.implicit, f: f}
	if s.dataset(Options{}) != nil || int64(len(b)) == most {
		f.warnOnce("What follows the pixel data is damaged and was left out.")
	}
}

// Size is the number of bytes of native pixel data that are there.
func (p *Pixels) Size() int64 {
	if p.source == nil {
		return int64(len(p.Native))
	}
	return p.Length
}

// ReadAt reads len(b) bytes of native pixel data from off on.
func (p *Pixels) ReadAt(b []byte, off int64) error {
	if p.source != nil {
		return p.source.read(b, p.Offset+off)
	}
	if off < 0 || off+int64(len(b)) > int64(len(p.Native)) {
		return ErrTruncated
	}
	copy(b, p.Native[off:])
	return nil
}

// InOrder says whether native data is best read from its start to its end.
func (p *Pixels) InOrder() bool { return p.source != nil && p.source.InOrder }

// slipLength is how many bytes a stated length may be too small by.
const slipLength = 16

// Stretch makes native data that lacks a few bytes of need as long as that, where
// the file goes on with something that is no element, and says whether it did.
func (f *File) Stretch(need int64) bool {
	p := &f.Pixels
	lack := need - p.Size()
	if lack <= 0 || lack > slipLength {
		return false
	}
	if p.source == nil {
		if int64(len(p.after)) < lack || beginsElement(p.after) {
			return false
		}
		p.Native = slices.Concat(p.Native, p.after[:lack])
		f.warnOnce(shortWarning)
		return true
	}
	next := make([]byte, lack)
	if p.source.read(next, p.Offset+p.Length) != nil {
		return false
	}
	head := make([]byte, explicitHeader)
	if n, _ := p.source.ReadAt(head, p.Offset+p.Length); beginsElement(head[:n]) {
		return false
	}
	p.Length = need
	if p.tail != nil {
		p.tail.at = p.Offset + need
	}
	f.warnOnce(shortWarning)
	return true
}

// beginsElement says whether b begins like an element behind the pixel data.
func beginsElement(b []byte) bool {
	if len(b) < explicitHeader {
		return false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		t := ReadTag(order, b)
		if t.Compare(tag.PixelData) > 0 && VR(b[4:6]).known() || t == tag.DataSetTrailingPadding || t == tag.Item ||
			t == tag.SequenceDelimitationItem {
			return true
		}
	}
	return false
}

// fragments is the number of fragments of encapsulated data.
func (p *Pixels) fragments() int { return max(len(p.Fragments), len(p.spans)) }

func (p *Pixels) fragmentLength(i int) int64 {
	if p.source == nil {
		return int64(len(p.Fragments[i]))
	}
	return p.spans[i].n
}

// Coded is the number of bytes of encapsulated data.
func (p *Pixels) Coded() int64 {
	var n int64
	for i := range p.fragments() {
		n += p.fragmentLength(i)
	}
	return n
}

// Head reads the first n bytes of encapsulated data, or as many as there are.
func (p *Pixels) Head(n int64) ([]byte, error) {
	var out []byte
	for i := 0; i < p.fragments() && int64(len(out)) < n; i++ {
		f, err := p.fragment(i, n-int64(len(out)))
		if err != nil {
			return nil, err
		}
		if i == 0 && int64(len(f)) == n || p.fragments() == 1 {
			return f, nil
		}
		out = append(out, f...)
	}
	return out, nil
}

// Start reads the first bytes of the compressed data, n at most; nil where there is
// none.
func (p *Pixels) Start(n int64) []byte {
	if !p.Encapsulated || p.fragments() == 0 {
		return nil
	}
	b, err := p.fragment(0, n)
	if err != nil {
		return nil
	}
	return b
}

// fragment reads the first n bytes of a fragment, or as many as it has.
func (p *Pixels) fragment(i int, n int64) ([]byte, error) {
	n = min(n, p.fragmentLength(i))
	if p.source == nil {
		return p.Fragments[i][:n], nil
	}
	b := make([]byte, n)
	return b, p.source.read(b, p.spans[i].at)
}

// Frame reads the compressed data of a frame. What is in memory already is not
// copied where the frame is one fragment.
func (p *Pixels) Frame(g Group) ([]byte, error) {
	if g.To-g.From == 1 {
		return p.fragment(g.From, p.fragmentLength(g.From))
	}
	var total int64
	for i := g.From; i < g.To; i++ {
		total += p.fragmentLength(i)
	}
	if p.source == nil {
		return bytes.Join(p.Fragments[g.From:g.To], nil), nil
	}
	out := make([]byte, total)
	at := int64(0)
	for _, s := range p.spans[g.From:g.To] {
		if err := p.source.read(out[at:at+s.n], s.at); err != nil {
			return nil, err
		}
		at += s.n
	}
	return out, nil
}

// ReadHead reads what a file says of itself (PS3.10 7.1) and gives where its data set
// begins. A file without file meta information is asked for it in its data set, and its
// syntax is guessed.
func ReadHead(in Input) (h Head, start int64, err error) {
	head, err := in.head(firstHead)
	if err != nil {
		return h, 0, err
	}
	s, err := begin(head)
	if err != nil {
		return h, 0, err
	}
	start = int64(s.p)
	class, instance := s.f.Elements.Find(tag.MediaStorageSOPClassUID), s.f.Elements.Find(tag.MediaStorageSOPInstanceUID)
	syntax := s.f.TransferSyntax
	if class.Text() == "" || instance.Text() == "" || syntax == "" {
		f, err := ScanInput(in)
		if err != nil {
			return h, 0, err
		}
		class, instance, syntax = f.Elements.Find(tag.SOPClassUID), f.Elements.Find(tag.SOPInstanceUID), f.TransferSyntax
	}
	h = Head{class.Text(), instance.Text(), syntax}
	if h.Class == "" || h.Instance == "" {
		return h, 0, message.New("it does not say what it is: its SOP class or its SOP Instance UID is missing")
	}
	return h, start, nil
}
