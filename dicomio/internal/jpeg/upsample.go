package jpeg

// flush writes the samples of a component of full size from the row of blocks at
// hand into the picture: n lines from line y on.
func (d *decoder) flush(c *component, y, n int) {
	if d.dst == nil || !c.direct {
		return
	}
	p := &d.pic
	ci, band := 0, len(c.samples)/c.stride
	for d.comps[ci] != c {
		ci++
	}
	for ; n > 0 && y < p.Height; y, n = y+1, n-1 {
		row := d.dst[y*p.Width*p.Components+ci:]
		for x, v := range c.samples[y%band*c.stride:][:p.Width] {
			row[x*p.Components] = int32(v)
		}
	}
}

// interleave brings the components that are not of full size to it. Chroma of
// half the width or height is interpolated, as viewers expect; other fractions,
// which hardly occur, are replicated.
func (d *decoder) interleave() {
	p := &d.pic
	sums := make([]uint32, d.mcux*d.hmax*8)
	for ci, c := range d.comps {
		for y := 0; y < p.Height && !c.direct; y++ {
			d.blendRows(c, y, sums)
			d.spread(c, sums, d.dst[y*p.Width*p.Components+ci:])
		}
	}
}

// blendRows sets sums to four times the component's samples at line y of the
// picture: three parts of the near line and one of the far where its height is
// half (sample centres lie between lines).
func (d *decoder) blendRows(c *component, y int, sums []uint32) {
	near := y * c.v / d.vmax
	far := near
	if 2*c.v == d.vmax {
		far = min(max(near-1+2*(y&1), 0), c.rows-1)
	}
	a, b := c.samples[near*c.stride:][:c.cols], c.samples[far*c.stride:][:c.cols]
	for x := range a {
		sums[x] = 3*uint32(a[x]) + uint32(b[x])
	}
}

// spread writes a line of the component to every Components-th place of row.
func (d *decoder) spread(c *component, sums []uint32, row []int32) {
	half := 2*c.h == d.hmax
	for x := range d.pic.Width {
		near := x * c.h / d.hmax
		far := near
		if half {
			far = min(max(near-1+2*(x&1), 0), c.cols-1)
		}
		row[x*d.pic.Components] = int32((3*sums[near] + sums[far] + 8) >> 4)
	}
}
