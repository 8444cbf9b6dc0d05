package jpegls

import "math/bits"

// fastZeros bounds the unary part of the codes that losslessLine decodes
// itself; with k of at most 16 they take fewer bits than are always there.
const fastZeros = 12

// plain says whether samples are all values of so many bits, coded without
// loss: then the range is a power of two, and nearly all films are so.
func (s *scan) plain() bool { return s.near == 0 && s.maxval&(s.maxval+1) == 0 }

// losslessLine is line for plain scans: regular, golomb and update written into
// one loop over registers. Whatever is not usual is left to them.
func (s *scan) losslessLine(cur, prev line, index *int) error {
	w := len(cur) - 2
	prev = prev[:len(cur)]
	gradient, mask, reset := s.gradient, s.maxval, s.reset
	ra, rb, rc := cur[0], prev[1], prev[0]
	acc, n := s.r.acc, s.r.n
	for x := 1; x <= w; {
		rd := prev[x+1]
		const all = 1<<17 - 1 // spares bounds checks
		q := int32(gradient[(rd-rb+mask)&all])*81 + int32(gradient[(rb-rc+mask)&all])*9 +
			int32(gradient[(rc-ra+mask)&all])
		if n < 32 {
			s.r.acc, s.r.n = acc, n
			s.r.fill()
			acc, n = s.r.acc, s.r.n
		}
		zeros := uint(bits.LeadingZeros64(acc))
		if q == 0 || zeros >= fastZeros {
			s.r.acc, s.r.n = acc, n
			k, err := s.unusual(q, cur, prev, x, index)
			if err != nil {
				return err
			}
			acc, n = s.r.acc, s.r.n
			if x += k; x <= w {
				ra, rb, rc = cur[x-1], prev[x], prev[x-1]
			}
			continue
		}
		sign := q >> 31
		c := &s.states[((q^sign)-sign)&511]
		a, b, count := c.a, c.b, c.n
		k := golombOrder(count, a)
		m := int32(zeros<<(k&31)) | int32(acc<<((zeros+1)&63)>>1>>((63-k)&63))
		acc <<= (zeros + 1 + k) & 63
		n -= zeros + 1 + k
		e := m>>1 ^ -(m & 1)
		if k == 0 && 2*b <= -count {
			e = ^e
		}
		low, high := min(ra, rb), max(ra, rb)
		p := min(max(ra+rb-rc, low), high)
		p = min(max(p+(c.c^sign)-sign, 0), mask)
		a, b = a+max(e, -e), b+e
		if count == reset {
			a, b, count = a>>1, b>>1, count>>1
		}
		count++
		if b <= -count {
			b = max(b+count, 1-count)
			c.c = max(c.c-1, -128)
		} else if b > 0 {
			b = min(b-count, 0)
			c.c = min(c.c+1, 127)
		}
		c.a, c.b, c.n = a, b, count
		v := (p + (e ^ sign) - sign) & mask
		cur[x] = v
		ra, rc, rb = v, rb, rd
		x++
	}
	s.r.acc, s.r.n = acc, n
	return nil
}

// unusual decodes a run, or one sample of context q, at x.
func (s *scan) unusual(q int32, cur, prev line, x int, index *int) (int, error) {
	if q == 0 {
		return s.run(cur, prev, x, index)
	}
	v, err := s.regular(q, cur[x-1], prev[x], prev[x-1])
	cur[x] = v
	return 1, err
}
