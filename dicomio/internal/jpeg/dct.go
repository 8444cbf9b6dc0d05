package jpeg

import "hilum/internal/message"

// sequentialScan decodes F.2: whole blocks in the order of the MCUs.
func (d *decoder) sequentialScan(h *scanHeader, segs [][]byte, closed bool) error {
	for _, c := range h.comps {
		if !d.dc[c.dc].ok() || !d.ac[c.ac].ok() {
			return message.New("a JPEG Huffman table is missing")
		}
	}
	var block [64]int32
	return d.eachBlock(h, segs, closed, func(r *bitReader, c *component, at int) error {
		plain, err := d.block(r, c, &block)
		if err != nil {
			return err
		}
		c.idct(&block, at%len(c.samples), d.pic.Precision, plain)
		return nil
	})
}

// block decodes one block, dequantised; plain says that only DC is there.
func (d *decoder) block(r *bitReader, c *component, block *[64]int32) (plain bool, err error) {
	*block = [64]int32{}
	s, err := r.symbol(&d.dc[c.dc])
	if err != nil {
		return false, err
	}
	if s > 15 {
		return false, errCode
	}
	c.pred += r.extend(uint(s))
	q := &d.quant[c.quant]
	block[0] = c.pred * q[0]
	ac := &d.ac[c.ac]
	plain = true
	for k := 1; k < 64; k++ {
		rs, err := r.symbol(ac)
		if err != nil {
			return false, err
		}
		run, size := int(rs>>4), uint(rs&15)
		if size == 0 {
			if run != 15 {
				break
			}
			k += 15
			continue
		}
		if k += run; k > 63 {
			return false, errCode
		}
		z := zigzag[k]
		block[z] = r.extend(size) * q[z]
		plain = false
	}
	return plain, nil
}

// eachBlock walks over the blocks of a scan in coding order (A.2) and calls f
// with the index of each block's first sample. A scan of one component covers
// only the blocks that hold samples of it.
func (d *decoder) eachBlock(h *scanHeader, segs [][]byte, closed bool,
	f func(*bitReader, *component, int) error) error {
	mx, my, single := d.mcux, d.mcuy, len(h.comps) == 1
	if single {
		mx, my = ceil(h.comps[0].cols, 8), ceil(h.comps[0].rows, 8)
	}
	interval := mx * my
	if d.restart > 0 {
		interval = d.restart
	}
	if n := ceil(mx*my, interval); len(segs) < n {
		return fewer(len(segs), n)
	}
	r := &bitReader{}
	for m := range mx * my {
		if m%interval == 0 {
			if m > 0 {
				d.used(r)
			}
			r = &bitReader{b: segs[m/interval]}
			for _, c := range h.comps {
				c.pred = 0
			}
		}
		if m%mx == 0 && d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		if err := mcu(r, h.comps, single, m%mx, m/mx, f); err != nil {
			return err
		}
		if err := r.check(closed); err != nil {
			return err
		}
		if m%mx == mx-1 && d.process != 2 {
			d.flushRow(h.comps, m/mx, single)
		}
	}
	d.used(r)
	return nil
}

// flushRow writes out a row of MCUs that is complete.
func (d *decoder) flushRow(comps []*component, y int, single bool) {
	for _, c := range comps {
		n := 8 * c.v
		if single {
			n = 8
		}
		d.flush(c, y*n, n)
	}
}

// mcu calls f for the blocks of the MCU at x, y.
func mcu(r *bitReader, comps []*component, single bool, x, y int, f func(*bitReader, *component, int) error) error {
	for _, c := range comps {
		nh, nv := c.h, c.v
		if single {
			nh, nv = 1, 1
		}
		for v := range nv {
			for u := range nh {
				at := (y*nv+v)*8*c.stride + (x*nh+u)*8
				if err := f(r, c, at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// idct writes the block whose first sample is at index at. It is the integer
// transform of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with 13-bit
// constants, the usual "slow but accurate" form, in 64 bits so that 12-bit
// samples cannot overflow.
func (c *component) idct(b *[64]int32, at, precision int, plain bool) {
	pass := uint(2)
	if precision == 12 {
		pass = 1
	}
	top := int64(1)<<precision - 1
	centre := int64(1) << (precision - 1)
	if plain {
		v := uint16(min(max((int64(b[0])<<pass+1<<(pass+2))>>(pass+3)+centre, 0), top))
		for y := range 8 {
			row := c.samples[at+y*c.stride:][:8]
			for x := range row {
				row[x] = v
			}
		}
		return
	}
	var t [64]int64
	for x := range 8 {
		var in [8]int64
		for k := range in {
			in[k] = int64(b[8*k+x])
		}
		out := butterfly(&in)
		shift := constBits - pass
		for k, v := range out {
			t[8*k+x] = (v + 1<<(shift-1)) >> shift
		}
	}
	shift := constBits + pass + 3
	for y := range 8 {
		out := butterfly((*[8]int64)(t[8*y : 8*y+8]))
		row := c.samples[at+y*c.stride:][:8]
		for x, v := range out {
			row[x] = uint16(min(max((v+1<<(shift-1))>>shift+centre, 0), top))
		}
	}
}

const constBits = 13

// butterfly is the one-dimensional transform, scaled by 2^13 sqrt(8). The
// constants are round(2^13 x): sqrt(2) cos(3 pi/8) = 0.541196100 and so on.
func butterfly(x *[8]int64) [8]int64 {
	z := (x[2] + x[6]) * 4433
	t2, t3 := z-x[6]*15137, z+x[2]*6270
	t0, t1 := (x[0]+x[4])<<constBits, (x[0]-x[4])<<constBits
	t10, t13, t11, t12 := t0+t3, t0-t3, t1+t2, t1-t2
	a0, a1, a2, a3 := x[7], x[5], x[3], x[1]
	z1, z2, z3, z4 := a0+a3, a1+a2, a0+a2, a1+a3
	z5 := (z3 + z4) * 9633
	a0, a1, a2, a3 = a0*2446, a1*16819, a2*25172, a3*12299
	z1, z2, z3, z4 = -z1*7373, -z2*20995, -z3*16069+z5, -z4*3196+z5
	a0, a1, a2, a3 = a0+z1+z3, a1+z2+z4, a2+z2+z3, a3+z1+z4
	return [8]int64{t10 + a3, t11 + a2, t12 + a1, t13 + a0, t13 - a0, t12 - a1, t11 - a2, t10 - a3}
}
