package dcm

import (
	"bytes"
	"errors"
	"fmt"
)

// pixels takes the pixel data element apart.
func (s *scanner) pixels(e Element, n uint32) error {
	p := Pixels{Tag: e.Tag, VR: e.VR}
	if n != undefined {
		v, err := s.take(n, e.Tag)
		if err != nil {
			return err
		}
		p.Native = v
		s.f.Pixels = p
		return nil
	}
	table, frags, err := s.fragments()
	if err != nil {
		return fmt.Errorf("reading the compressed pixel data: %w", err)
	}
	p.Encapsulated, p.Fragments = true, frags
	p.OffsetTable = (&Element{Value: table}).Uint32s()
	s.f.Pixels = p
	return nil
}

// fragments reads encapsulated pixel data (PS3.5 A.4): the item of the offset
// table and the fragments.
func (s *scanner) fragments() (table []byte, frags [][]byte, err error) {
	for first := true; ; first = false {
		e, n, err := s.header(0)
		if err != nil {
			return nil, nil, err
		}
		if e.Tag == SeqDelimiter {
			return table, frags, nil
		}
		if e.Tag != Item || n == undefined {
			return nil, nil, fmt.Errorf("bad item %08X at byte %d", uint32(e.Tag), s.p)
		}
		v, err := s.take(n, e.Tag)
		if err != nil {
			return nil, nil, err
		}
		if first {
			table = v
			continue
		}
		if s.count++; s.count > maxElements {
			return nil, nil, fmt.Errorf("more than %d fragments", maxElements)
		}
		frags = append(frags, v)
	}
}

// Frames groups the fragments into n frames, by the extended offset table
// (0 entries when absent), the basic one, or the start markers of the
// compressed pictures when there is no table.
func (p *Pixels) Frames(n int, extended []uint64) ([][]byte, error) {
	switch {
	case len(p.Fragments) == 0:
		return nil, errors.New("the compressed pixel data is empty")
	case n == 1:
		return [][]byte{join(p.Fragments)}, nil
	case len(p.Fragments) == n:
		return p.Fragments, nil
	case len(p.Fragments) < n:
		return nil, fmt.Errorf("%d fragments cannot hold %d frames", len(p.Fragments), n)
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

func join(f [][]byte) []byte {
	if len(f) == 1 {
		return f[0]
	}
	return bytes.Join(f, nil)
}

// byOffsets splits at the offsets of the frames' first fragments, counted from
// the byte after the offset table, item headers included.
func (p *Pixels) byOffsets(offsets []uint64) ([][]byte, error) {
	at := make(map[uint64]int, len(p.Fragments))
	var o uint64
	for i, f := range p.Fragments {
		at[o] = i
		o += uint64(len(f)) + 8
	}
	out := make([][]byte, 0, len(offsets))
	for k := range offsets {
		start, ok := at[offsets[k]]
		end, ok2 := len(p.Fragments), true
		if k+1 < len(offsets) {
			end, ok2 = at[offsets[k+1]]
		}
		if !ok || !ok2 || end <= start {
			return p.byMarkers(len(offsets)) // wrong tables are common enough
		}
		out = append(out, join(p.Fragments[start:end]))
	}
	return out, nil
}

func (p *Pixels) byMarkers(n int) ([][]byte, error) {
	var out [][]byte
	start := 0
	for i := 1; i <= len(p.Fragments); i++ {
		if i == len(p.Fragments) || startsPicture(p.Fragments[i]) {
			out = append(out, join(p.Fragments[start:i]))
			start = i
		}
	}
	if len(out) != n {
		return nil, fmt.Errorf("%d fragments cannot be split into %d frames", len(p.Fragments), n)
	}
	return out, nil
}

// startsPicture knows the first bytes of JPEG, JPEG 2000 and JP2.
func startsPicture(f []byte) bool {
	return bytes.HasPrefix(f, []byte{0xFF, 0xD8, 0xFF}) ||
		bytes.HasPrefix(f, []byte{0xFF, 0x4F, 0xFF, 0x51}) ||
		bytes.HasPrefix(f, []byte("\x00\x00\x00\x0CjP  "))
}
