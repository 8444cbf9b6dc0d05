package jpeg

import (
	"hilum/internal/message"
)

// diffBits is how many bits one look-up of a whole difference covers: code and
// value of nearly all differences of a film.
const diffBits = 13

// differences is a table that yields whole differences: length<<16 | value,
// 0 for those that need more bits.
type differences struct {
	fast [1 << diffBits]uint32
	slow *huffman
}

func newDifferences(t *huffman) *differences {
	d := &differences{slow: t}
	for i := range d.fast {
		l, s := t.lookup(uint32(i) << (16 - diffBits))
		n := uint(s)
		if l == 0 || n > 15 || l+n > diffBits {
			continue
		}
		v := int32(0)
		if n > 0 {
			v = int32(i >> (diffBits - l - n) & (1<<n - 1))
			if v < 1<<(n-1) {
				v += -1<<n + 1
			}
		}
		d.fast[i] = uint32(l+n)<<16 | uint32(uint16(v))
	}
	return d
}

// next decodes a difference (H.1.2.2): modulo 2^16.
func (d *differences) next(r *bitReader) (uint16, error) {
	if r.n < 32 {
		r.fill()
	}
	if e := d.fast[r.acc>>(64-diffBits)]; e != 0 {
		l := uint(e >> 16)
		r.acc <<= l
		r.n -= l
		return uint16(e), nil
	}
	l, s := d.slow.lookup(uint32(r.acc >> 48))
	if l == 0 || s > 16 {
		return 0, errCode
	}
	r.acc <<= l
	r.n -= l
	if s == 16 {
		return 1 << 15, nil
	}
	return uint16(r.extend(uint(s))), nil
}

// losslessScan decodes annex H: each restart interval is a number of whole
// lines that starts prediction afresh.
func (d *decoder) losslessScan(h *scanHeader, segs [][]byte, closed bool) error {
	p := &d.pic
	if h.first < 1 || h.first > 7 || int(h.low) >= p.Precision {
		return message.New("the JPEG predictor or point transform is damaged")
	}
	lines := p.Height
	if d.restart > 0 {
		if d.restart%p.Width != 0 {
			return message.New("the JPEG restart interval is no number of lines")
		}
		lines = d.restart / p.Width
	}
	if n := ceil(p.Height, lines); len(segs) < n {
		return fewer(len(segs), n)
	}
	tables := make([]*differences, len(h.comps))
	for i, c := range h.comps {
		if !d.dc[c.dc].ok() {
			return message.New("a JPEG Huffman table is missing")
		}
		tables[i] = newDifferences(&d.dc[c.dc])
	}
	row := p.Width * len(h.comps)
	s := &losslessLines{pic: p, tables: tables, offsets: d.offsets(h), predictor: h.first, dst: d.dst, low: h.low,
		initial: uint16(1) << (uint(p.Precision) - h.low - 1), cur: make([]uint16, row), up: make([]uint16, row)}
	for y := 0; y < p.Height; y += lines {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		r := &bitReader{b: segs[y/lines]}
		for k := y; k < min(y+lines, p.Height); k++ {
			if err := s.line(r, k, k == y); err != nil {
				return err
			}
			if err := r.check(closed); err != nil {
				return err
			}
		}
		d.used(r)
	}
	return nil
}

// offsets gives the position of each of the scan's components in a pixel.
func (d *decoder) offsets(h *scanHeader) []int {
	var out []int
	for _, c := range h.comps {
		for i, x := range d.comps {
			if x == c {
				out = append(out, i)
			}
		}
	}
	return out
}

// losslessLines decodes lines of a scan into the interleaved picture. cur and up
// are the line at hand and the one above it, of the scan's components alone and
// before the point transform.
type losslessLines struct {
	pic       *Picture
	tables    []*differences
	offsets   []int
	predictor int
	initial   uint16
	low       uint
	cur, up   []uint16
	dst       []int32
}

// line decodes line y. The first line of an interval is predicted from the
// left, its first sample from the middle of the range; later lines predict
// their first sample from above (H.1.2.1).
func (s *losslessLines) line(r *bitReader, y int, first bool) error {
	s.cur, s.up = s.up, s.cur
	if err := s.decode(r, first); err != nil {
		return err
	}
	s.store(y)
	return nil
}

func (s *losslessLines) decode(r *bitReader, first bool) error {
	switch one := len(s.tables) == 1; {
	case first && one:
		return lineLeft(r, s.tables[0], s.cur, s.initial)
	case first:
		return s.generic(r, s.cur, nil)
	case one && s.predictor == 1:
		return lineLeft(r, s.tables[0], s.cur, s.up[0])
	case one:
		return s.line2D(r, s.cur, s.up)
	}
	return s.generic(r, s.cur, s.up)
}

// store writes the line at hand into the picture and undoes the point transform.
func (s *losslessLines) store(y int) {
	if s.dst == nil {
		return
	}
	n, k := s.pic.Components, len(s.offsets)
	row := s.dst[y*s.pic.Width*n : (y+1)*s.pic.Width*n]
	if n == 1 {
		for x, v := range s.cur {
			row[x] = int32(v << s.low)
		}
		return
	}
	for i, o := range s.offsets {
		for x := range s.pic.Width {
			row[x*n+o] = int32(s.cur[x*k+i] << s.low)
		}
	}
}

// lineLeft is predictor 1 on one component.
func lineLeft(r *bitReader, t *differences, cur []uint16, left uint16) error {
	acc, n := r.acc, r.n // in registers: this loop is the decoder's time
	for i := range cur {
		if n < 32 {
			r.acc, r.n = acc, n
			r.fill()
			acc, n = r.acc, r.n
		}
		e := t.fast[acc>>(64-diffBits)]
		if e == 0 {
			r.acc, r.n = acc, n
			v, err := t.next(r)
			if err != nil {
				return err
			}
			acc, n = r.acc, r.n
			left += v
			cur[i] = left
			continue
		}
		l := uint(e>>16) & 63
		acc <<= l
		n -= l
		left += uint16(e)
		cur[i] = left
	}
	r.acc, r.n = acc, n
	return nil
}

// line2D is any predictor on one component below the first line.
func (s *losslessLines) line2D(r *bitReader, cur, up []uint16) error {
	t := s.tables[0]
	v, err := t.next(r)
	if err != nil {
		return err
	}
	left := up[0] + v
	cur[0] = left
	up = up[:len(cur)]
	for i := 1; i < len(cur); i++ {
		v, err := t.next(r)
		if err != nil {
			return err
		}
		left = predict(s.predictor, int32(left), int32(up[i]), int32(up[i-1])) + v
		cur[i] = left
	}
	return nil
}

// predict is table H.1; a left, b above, c above left.
func predict(selection int, a, b, c int32) uint16 {
	switch selection {
	case 1:
		return uint16(a)
	case 2:
		return uint16(b)
	case 3:
		return uint16(c)
	case 4:
		return uint16(a + b - c)
	case 5:
		return uint16(a + (b-c)>>1)
	case 6:
		return uint16(b + (a-c)>>1)
	}
	return uint16((a + b) >> 1)
}

// generic decodes a line of any components; up is nil on the first.
func (s *losslessLines) generic(r *bitReader, cur, up []uint16) error {
	n := len(s.tables)
	for x := 0; x < len(cur); x += n {
		for k, t := range s.tables {
			v, err := t.next(r)
			if err != nil {
				return err
			}
			i := x + k
			switch {
			case up == nil && x == 0:
				cur[i] = s.initial + v
			case up == nil:
				cur[i] = cur[i-n] + v
			case x == 0:
				cur[i] = up[i] + v
			default:
				cur[i] = predict(s.predictor, int32(cur[i-n]), int32(up[i]), int32(up[i-n])) + v
			}
		}
	}
	return nil
}
