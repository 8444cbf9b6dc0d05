package jpegls

import (
	"math/bits"

	"hilum/internal/message"
)

// runLengths is J of A.2.1: the order of the run-length code by run index.
var runLengths = [32]uint{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12,
	13, 14, 15}

// state is a context of regular mode (A.2.1): A, B, C, N.
type state struct{ a, b, c, n int32 }

// runState is a context of run interruption (A.7.2).
type runState struct{ a, n, nn int32 }

var errCode = message.New("the JPEG-LS data is damaged")

// scan is the coding state of one scan.
type scan struct {
	params
	r        bitReader
	states   [512]state // 365 are used; the size spares a bounds check
	runs     [2]runState
	gradient *[1 << 17]int8 // quantised gradient by difference + maxval
}

func newScan(p params, data []byte) *scan {
	s := &scan{params: p, r: bitReader{b: data}, gradient: new([1 << 17]int8)}
	a := max(2, (p.rng+32)/64)
	for i := range s.states {
		s.states[i] = state{a: a, n: 1}
	}
	s.runs = [2]runState{{a: a, n: 1}, {a: a, n: 1}}
	for i := range 2*p.maxval + 1 {
		s.gradient[i] = p.quantise(i - p.maxval)
	}
	return s
}

// quantise is A.3.3.
func (p *params) quantise(d int32) int8 {
	switch {
	case d <= -p.t3:
		return -4
	case d <= -p.t2:
		return -3
	case d <= -p.t1:
		return -2
	case d < -p.near:
		return -1
	case d <= p.near:
		return 0
	case d < p.t1:
		return 1
	case d < p.t2:
		return 2
	case d < p.t3:
		return 3
	}
	return 4
}

// line is the samples of one component's line with one more at either side:
// index x+1 holds sample x.
type line []int32

// begin sets the edge samples by A.2.1: left of cur stands the first sample
// above, right of prev its last again.
func begin(cur, prev line) {
	w := len(cur) - 2
	cur[0] = prev[1]
	prev[w+1] = prev[w]
}

// lines decodes n components from first on: one alone, or by lines in turn.
func (d *decoder) lines(s *scan, first, n int) error {
	w := d.want.Width
	decode := s.line
	if s.plain() {
		decode = s.losslessLine
	}
	cur, prev, index := make([]line, n), make([]line, n), make([]int, n)
	for i := range n {
		cur[i], prev[i] = make(line, w+2), make(line, w+2)
	}
	for y := range d.want.Height {
		if y%64 == 0 && d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		for i := range n {
			begin(cur[i], prev[i])
			if err := decode(cur[i], prev[i], &index[i]); err != nil {
				return err
			}
			if err := s.r.check(); err != nil {
				return err
			}
			d.store(y, first+i, cur[i])
			cur[i], prev[i] = prev[i], cur[i]
		}
	}
	return nil
}

// store copies a decoded line to its place in the picture.
func (d *decoder) store(y, component int, l line) {
	n, w := d.want.Components, d.want.Width
	row := d.dst[y*w*n : (y+1)*w*n]
	if n == 1 {
		copy(row, l[1:w+1])
		return
	}
	for x, v := range l[1 : w+1] {
		row[x*n+component] = v
	}
}

// line decodes one line of a component (A.3 to A.7).
func (s *scan) line(cur, prev line, index *int) error {
	for x := 1; x <= len(cur)-2; {
		ra, rb, rc, rd := cur[x-1], prev[x], prev[x-1], prev[x+1]
		k, err := s.unusual(s.context(ra, rb, rc, rd), cur, prev, x, index)
		if err != nil {
			return err
		}
		x += k
	}
	return nil
}

// context is A.3: the three quantised gradients as one number, negative where
// the first of them that is not 0 is; 0 starts a run.
func (s *scan) context(ra, rb, rc, rd int32) int32 {
	g, zero := s.gradient, s.maxval
	return int32(g[rd-rb+zero])*81 + int32(g[rb-rc+zero])*9 + int32(g[rc-ra+zero])
}

// regular decodes a sample in context q, negative for contexts of sign -1.
func (s *scan) regular(q, ra, rb, rc int32) (int32, error) {
	sign := q >> 31
	c := &s.states[(q^sign)-sign]
	k := golombOrder(c.n, c.a)
	m, ok := s.r.golomb(k, s.limit, s.qbpp)
	if !ok {
		return 0, errCode
	}
	// inverse of the error mapping (A.5.2): even and odd codes are the two signs
	e := m>>1 ^ -(m & 1)
	if k == 0 && s.near == 0 && 2*c.b <= -c.n {
		e = ^e
	}
	// edge-detecting prediction, corrected by the context (A.4.1, A.4.2)
	low, high := min(ra, rb), max(ra, rb)
	p := min(max(ra+rb-rc, low), high)
	p = min(max(p+(c.c^sign)-sign, 0), s.maxval)
	s.update(c, e)
	return s.reconstruct(p + ((e^sign)-sign)*s.step), nil
}

// golombOrder is the least k with n<<k >= a (A.5.1).
func golombOrder(n, a int32) uint {
	d := bits.Len32(uint32(a)) - bits.Len32(uint32(n))
	if d < 0 {
		return 0
	}
	k := uint(d)
	if n<<k < a {
		k++
	}
	return k & 31
}

// update is A.6.
func (s *scan) update(c *state, e int32) {
	a, b, n := c.a+max(e, -e), c.b+e*s.step, c.n
	if n == s.reset {
		a, b, n = a>>1, b>>1, n>>1
	}
	n++
	if b <= -n {
		b = max(b+n, 1-n)
		c.c = max(c.c-1, -128)
	} else if b > 0 {
		b = min(b-n, 0)
		c.c = min(c.c+1, 127)
	}
	c.a, c.b, c.n = a, b, n
}

// reconstruct brings a value into the range of samples (A.4.4, A.4.5).
func (s *scan) reconstruct(v int32) int32 {
	switch {
	case v < -s.near:
		v += s.rng * s.step
	case v > s.maxval+s.near:
		v -= s.rng * s.step
	}
	return min(max(v, 0), s.maxval)
}

// run decodes a run from sample x on and the sample that interrupts it (A.7);
// it returns how many samples that were.
func (s *scan) run(cur, prev line, x int, index *int) (int, error) {
	w := len(cur) - 2
	value := cur[x-1]
	n, err := s.runLength(w-x+1, index)
	if err != nil {
		return 0, err
	}
	for i := x; i < x+n; i++ {
		cur[i] = value
	}
	if x+n > w {
		return n, nil
	}
	v, err := s.interruption(value, prev[x+n], index)
	if err != nil {
		return 0, err
	}
	cur[x+n] = v
	s.endRun(index)
	return n + 1, nil
}

func (s *scan) endRun(index *int) {
	if *index > 0 {
		*index--
	}
}

// runLength decodes the length of a run of at most left samples (A.7.1).
func (s *scan) runLength(left int, index *int) (int, error) {
	n := 0
	for s.r.take(1) == 1 {
		piece := 1 << runLengths[*index]
		if piece > left-n {
			return left, nil
		}
		n += piece
		if *index < 31 {
			*index++
		}
		if n == left {
			return n, nil
		}
		if s.r.pad > s.r.n {
			return 0, errTruncated
		}
	}
	if j := runLengths[*index]; j > 0 {
		n += int(s.r.take(j))
	}
	if n > left {
		return 0, errCode
	}
	return n, nil
}

// interruption decodes the sample behind a run, with ra the run's value and rb
// the sample above (A.7.2).
func (s *scan) interruption(ra, rb int32, index *int) (int32, error) {
	if d := ra - rb; max(d, -d) <= s.near {
		e, err := s.interruptionError(1, index)
		return s.reconstruct(ra + e*s.step), err
	}
	e, err := s.interruptionError(0, index)
	if ra > rb {
		e = -e
	}
	return s.reconstruct(rb + e*s.step), err
}

// interruptionError decodes the error in run context kind (RItype).
func (s *scan) interruptionError(kind int32, index *int) (int32, error) {
	c := &s.runs[kind]
	k := golombOrder(c.n, c.a+kind*(c.n>>1))
	m, ok := s.r.golomb(k, s.limit-runLengths[*index]-1, s.qbpp)
	if !ok {
		return 0, errCode
	}
	t := m + kind
	odd := t & 1
	e := (t + odd) >> 1
	if (k != 0 || 2*c.nn >= c.n) == (odd == 1) {
		e = -e
	}
	if e < 0 {
		c.nn++
	}
	c.a += (m + 1 - kind) >> 1
	if c.n == s.reset {
		c.a, c.n, c.nn = c.a>>1, c.n>>1, c.nn>>1
	}
	c.n++
	return e, nil
}
