package jpegls

// samples decodes components that are interleaved by sample: runs are common
// to all of them (B.3).
func (d *decoder) samples(s *scan) error {
	n, w := d.want.Components, d.want.Width
	cur, prev := make([]line, n), make([]line, n)
	for i := range n {
		cur[i], prev[i] = make(line, w+2), make(line, w+2)
	}
	index := 0
	for y := range d.want.Height {
		if y%64 == 0 && d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		for i := range n {
			begin(cur[i], prev[i])
		}
		for x := 1; x <= w; {
			k, err := s.pixels(cur, prev, x, &index)
			if err != nil {
				return err
			}
			x += k
		}
		if err := s.r.check(); err != nil {
			return err
		}
		for i := range n {
			d.store(y, i, cur[i])
		}
		cur, prev = prev, cur
	}
	return nil
}

// pixels decodes the pixel at x, or the run that starts there, and returns how
// many pixels that were.
func (s *scan) pixels(cur, prev []line, x int, index *int) (int, error) {
	var contexts [4]int32
	flat := true
	for i, c := range cur {
		p := prev[i]
		contexts[i] = s.context(c[x-1], p[x], p[x-1], p[x+1])
		flat = flat && contexts[i] == 0
	}
	if flat {
		return s.commonRun(cur, prev, x, index)
	}
	for i, c := range cur {
		v, err := s.regular(contexts[i], c[x-1], prev[i][x], prev[i][x-1])
		if err != nil {
			return 0, err
		}
		c[x] = v
	}
	return 1, nil
}

// commonRun is run for all components; what interrupts it is coded in the run
// context 0 for each.
func (s *scan) commonRun(cur, prev []line, x int, index *int) (int, error) {
	w := len(cur[0]) - 2
	n, err := s.runLength(w-x+1, index)
	if err != nil {
		return 0, err
	}
	for _, c := range cur {
		for i := x; i < x+n; i++ {
			c[i] = c[x-1]
		}
	}
	if x+n > w {
		return n, nil
	}
	for i, c := range cur {
		ra, rb := c[x-1], prev[i][x+n]
		e, err := s.interruptionError(0, index)
		if err != nil {
			return 0, err
		}
		if ra > rb {
			e = -e
		}
		c[x+n] = s.reconstruct(rb + e*s.step)
	}
	s.endRun(index)
	return n + 1, nil
}
