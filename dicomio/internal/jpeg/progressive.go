package jpeg

import "hilum/internal/message"

// progressiveScan decodes one scan of G.1: a band of coefficients, their high
// bits first and then one more bit a scan.
func (d *decoder) progressiveScan(h *scanHeader, segs [][]byte, closed bool) error {
	if h.last > 63 || h.first > h.last || h.low > 13 || h.first == 0 && h.last != 0 || h.first > 0 &&
		len(h.comps) != 1 {
		return message.New("the JPEG progression is damaged")
	}
	for _, c := range h.comps {
		if h.first == 0 && h.high == 0 && !d.dc[c.dc].ok() || h.first > 0 && !d.ac[c.ac].ok() {
			return message.New("a JPEG Huffman table is missing")
		}
	}
	for _, c := range h.comps {
		for k := h.first; k <= h.last; k++ {
			c.low[k] = int8(h.low)
		}
	}
	eob := 0 // blocks still to come without a coefficient
	var last *bitReader
	return d.eachBlock(h, segs, closed, func(r *bitReader, c *component, at int) error {
		if r != last { // a new restart interval
			last, eob = r, 0
		}
		b := c.coefficientsAt(at)
		switch {
		case h.first == 0 && h.high == 0:
			return d.dcFirst(r, c, b, h.low)
		case h.first == 0:
			if r.n < 32 {
				r.fill()
			}
			b[0] |= int16(r.take(1)) << h.low
			return nil
		case h.high == 0:
			return d.acFirst(r, c, b, h, &eob)
		}
		return d.acRefine(r, c, b, h, &eob)
	})
}

// coefficientsAt finds the 64 coefficients of the block whose first sample
// would be at index at: blocks are kept one after the other.
func (c *component) coefficientsAt(at int) *[64]int16 {
	y, x := at/c.stride/8, at%c.stride/8
	i := (y*(c.stride/8) + x) * 64
	return (*[64]int16)(c.coefficients[i : i+64])
}

func (d *decoder) dcFirst(r *bitReader, c *component, b *[64]int16, low uint) error {
	s, err := r.symbol(&d.dc[c.dc])
	if err != nil {
		return err
	}
	if s > 15 {
		return errCode
	}
	c.pred += r.extend(uint(s))
	b[0] = int16(c.pred << low)
	return nil
}

// acFirst decodes the first scan of a band (G.1.2.2).
func (d *decoder) acFirst(r *bitReader, c *component, b *[64]int16, h *scanHeader, eob *int) error {
	if *eob > 0 {
		*eob--
		return nil
	}
	for k := h.first; k <= h.last; k++ {
		rs, err := r.symbol(&d.ac[c.ac])
		if err != nil {
			return err
		}
		run, size := int(rs>>4), uint(rs&15)
		if size == 0 {
			if run < 15 {
				*eob = 1<<run - 1 + int(r.take(uint(run)))
				return nil
			}
			k += 15
			continue
		}
		if k += run; k > h.last {
			return errCode
		}
		b[zigzag[k]] = int16(r.extend(size) << h.low)
	}
	return nil
}

// acRefine decodes a correction scan (G.1.2.3): one bit for each coefficient
// that is not zero, and the places of new ones.
func (d *decoder) acRefine(r *bitReader, c *component, b *[64]int16, h *scanHeader, eob *int) error {
	bit := int16(1) << h.low
	k := h.first
	if *eob == 0 {
		for ; k <= h.last; k++ {
			rs, err := r.symbol(&d.ac[c.ac])
			if err != nil {
				return err
			}
			run, size := int(rs>>4), uint(rs&15)
			value := int16(0)
			switch {
			case size == 0 && run < 15:
				*eob = 1<<run + int(r.take(uint(run)))
			case size == 1:
				value = bit
				if r.take(1) == 0 {
					value = -bit
				}
			case size != 0:
				return errCode
			}
			if *eob > 0 {
				break
			}
			if k = skipZeros(r, b, k, h.last, run, bit); k > h.last {
				break
			}
			if value != 0 {
				b[zigzag[k]] = value
			}
		}
	}
	if *eob > 0 {
		*eob--
		skipZeros(r, b, k, h.last, 64, bit)
	}
	return nil
}

// skipZeros walks over run zero coefficients from k on, corrects the others on
// the way, and returns the index of the zero behind the run.
func skipZeros(r *bitReader, b *[64]int16, k, last, run int, bit int16) int {
	for ; k <= last; k++ {
		v := &b[zigzag[k]]
		if *v == 0 {
			if run == 0 {
				return k
			}
			run--
			continue
		}
		if r.n < 32 {
			r.fill()
		}
		if r.take(1) == 0 || *v&bit != 0 && *v > 0 || -*v&bit != 0 && *v < 0 {
			continue
		}
		if *v > 0 {
			*v += bit
		} else {
			*v -= bit
		}
	}
	return k
}

// reconstruct turns the coefficients of a component into samples.
func (d *decoder) reconstruct(c *component) {
	q := &d.quant[c.quant]
	blocks := c.stride / 8
	var block [64]int32
	for i := range len(c.coefficients) / 64 {
		coded := c.coefficients[i*64 : i*64+64]
		plain := true
		for k, v := range coded {
			block[k] = int32(v) * q[k]
			plain = plain && (k == 0 || v == 0)
		}
		at := i/blocks*8*c.stride + i%blocks*8
		c.idct(&block, at%len(c.samples), d.pic.Precision, plain)
		if i%blocks == blocks-1 {
			d.flush(c, i/blocks*8, 8)
		}
	}
	c.coefficients = nil
}
