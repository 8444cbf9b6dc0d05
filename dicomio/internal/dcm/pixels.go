package dcm

import (
	"bytes"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/internal/message"
)

// pixels takes the pixel data element apart.
func (s *scanner) pixels(e Element, n uint32, lenient bool) error {
	p := Pixels{Tag: e.Tag, VR: e.VR}
	if n != undefined {
		if left := uint64(len(s.b) - s.p); lenient && uint64(n) > left { // whether all pixels are there is seen later
			s.f.warnOnce(longWarning)
			n, p.Clipped = uint32(left), true
		}
		v, err := s.take(n, e.Tag)
		if err != nil {
			return err
		}
		p.Native, p.after = v, s.b[s.p:]
		s.f.Pixels = p
		return nil
	}
	table, frags, err := s.fragments()
	if err != nil {
		return message.Errorf("reading the compressed pixel data: %w", err)
	}
	p.Encapsulated, p.Fragments = true, frags
	p.OffsetTable = (&Element{Value: table}).Uint32s()
	s.f.Pixels = p
	return nil
}

// What is said of pixel data that does not end as it should.
const (
	longWarning  = "The pixel data is stated to be longer than the file; what is there was read."
	shortWarning = "The pixel data is stated to be shorter than its pixels; the bytes that follow were read as its end."
	endWarning   = "The compressed pixel data has no end; it was taken to end where the file or another element follows."
)

// cutFragment is how many bytes of the last fragment may be missing: padding and
// an end marker, which the decoder of its contents judges.
const cutFragment = 8

// fragments reads encapsulated pixel data (PS3.5 A.4): the item of the offset
// table and the fragments.
func (s *scanner) fragments() (table []byte, frags [][]byte, err error) {
	for first := true; ; first = false {
		n, end, err := s.fragmentHeader(!first, int64(len(s.b)-s.p))
		if err != nil {
			return nil, nil, err
		}
		if end {
			return table, frags, nil
		}
		if left := len(s.b) - s.p; !first && uint64(n) > uint64(left) && int64(n)-int64(left) <= cutFragment {
			s.f.warnOnce(endWarning)
			n = uint32(left)
		}
		v, err := s.take(n, tag.Item)
		if err != nil {
			return nil, nil, err
		}
		if first {
			table = v
			continue
		}
		if s.count++; s.count > maxElements {
			return nil, nil, message.Errorf("more than %d fragments", maxElements)
		}
		frags = append(frags, v)
	}
}

// fragmentHeader reads the header of a fragment, of which left bytes of the file
// are left; end says that there is none. Behind a whole fragment (inside) the
// delimiter may be missing.
func (s *scanner) fragmentHeader(inside bool, left int64) (n uint32, end bool, err error) {
	at := s.p
	nothing := left < explicitHeader || left <= maxRest && len(bytes.Trim(s.b[at:], "\x00")) == 0
	if inside && nothing {
		s.f.warnOnce(endWarning)
		s.p = len(s.b)
		return 0, true, nil
	}
	e, n, err := s.header(0)
	switch {
	case err == nil && e.Tag == tag.SequenceDelimitationItem:
		return 0, true, nil
	case err == nil && e.Tag == tag.Item && n != undefined:
		return n, false, nil
	case err == nil && inside && e.Tag.Compare(tag.PixelData) > 0 && e.Tag.Group != groupItems && e.VR.known():
		s.f.warnOnce(endWarning)
		s.p = at
		return 0, true, nil
	case err == nil:
		err = message.Errorf("bad item %08X at byte %d", e.Tag.Uint32(), s.p)
	}
	return 0, false, err
}

// maxRest is how many bytes of nothing may follow the last fragment.
const maxRest = 4096

// Group is the fragments of a frame: those from From up to, not including, To.
type Group struct{ From, To int }

// Frames groups the fragments into n frames, by the extended offset table
// (0 entries when absent), the basic one, or the start markers of the
// compressed pictures when there is no table.
func (p *Pixels) Frames(n int, extended []uint64) ([]Group, error) {
	have := p.fragments()
	switch {
	case have == 0:
		return nil, message.New("the compressed pixel data is empty")
	case n == 1:
		return []Group{{0, have}}, nil
	case have == n:
		out := make([]Group, n)
		for i := range out {
			out[i] = Group{i, i + 1}
		}
		return out, nil
	case have < n:
		return nil, message.Errorf("%d fragments cannot hold %d frames", have, n)
	case len(extended) == n:
		return p.byOffsets(extended)
	case len(p.OffsetTable) == n:
		wide := make([]uint64, n)
		for i, o := range p.OffsetTable {
			wide[i] = uint64(o)
		}
		return p.byOffsets(wide)
	}
	return p.byMarkers(n)
}

// byOffsets splits at the offsets of the frames' first fragments, counted from
// the byte after the offset table, item headers included.
func (p *Pixels) byOffsets(offsets []uint64) ([]Group, error) {
	have := p.fragments()
	at := make(map[uint64]int, have)
	var o uint64
	for i := range have {
		at[o] = i
		o += uint64(p.fragmentLength(i)) + explicitHeader
	}
	out := make([]Group, 0, len(offsets))
	for k := range offsets {
		start, ok := at[offsets[k]]
		end, ok2 := have, true
		if k+1 < len(offsets) {
			end, ok2 = at[offsets[k+1]]
		}
		if !ok || !ok2 || end <= start {
			return p.byMarkers(len(offsets)) // wrong tables are common enough
		}
		out = append(out, Group{start, end})
	}
	return out, nil
}

func (p *Pixels) byMarkers(n int) ([]Group, error) {
	var out []Group
	have, start := p.fragments(), 0
	for i := 1; i <= have; i++ {
		if i == have || p.startsPicture(i) {
			out = append(out, Group{start, i})
			start = i
		}
	}
	if len(out) != n {
		return nil, message.Errorf("%d fragments cannot be split into %d frames", have, n)
	}
	return out, nil
}

func (p *Pixels) startsPicture(i int) bool {
	head, err := p.fragment(i, 12)
	return err == nil && startsPicture(head)
}

// startsPicture knows the first bytes of JPEG, JPEG 2000 and JP2.
func startsPicture(f []byte) bool {
	return bytes.HasPrefix(f, []byte{0xFF, 0xD8, 0xFF}) ||
		bytes.HasPrefix(f, []byte{0xFF, 0x4F, 0xFF, 0x51}) ||
		bytes.HasPrefix(f, []byte("\x00\x00\x00\x0CjP  "))
}
