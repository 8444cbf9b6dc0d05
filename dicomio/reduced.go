package dicomio

// Reduced is the picture at a k-th of its width and height, in grey: each pixel the
// mean of k x k stored values, or padding where the first of them is. The rest of
// the picture's description stays.
func (im *Image) Reduced(k int) *Image {
	out := *im
	out.Samples, out.Width, out.Height, out.stats = 1, max(im.Width/k, 1), max(im.Height/k, 1), &stats{}
	out.Stored = make([]int32, out.Width*out.Height)
	for y := range out.Height {
		for x := range out.Width {
			out.Stored[y*out.Width+x] = im.meanOf(x*k, y*k, k)
		}
	}
	return &out
}

// meanOf is the mean of the values of k x k pixels that are no padding, from a
// corner on.
func (im *Image) meanOf(x, y, k int) int32 {
	first := im.luma(y*im.Width + x)
	if im.Padding.Has(first) {
		return first
	}
	sum, n := int64(0), int64(0)
	for v := y; v < min(y+k, im.Height); v++ {
		for u := x; u < min(x+k, im.Width); u++ {
			if s := im.luma(v*im.Width + u); !im.Padding.Has(s) {
				sum, n = sum+int64(s), n+1
			}
		}
	}
	return int32(sum / n)
}
