package raster

import (
	"image"
	"math"

	"hilum/internal/parallel"
)

// cubic is where one output column or row reads four samples, and their
// weights (Catmull and Rom 1974, as Keys' cubic convolution with a = -0.5),
// which sum to 1.
type cubic struct {
	at     [4]int32
	weight [4]float32
}

// cubicTap is the place x in n samples, the border repeated.
func cubicTap(x float64, n int) (c cubic) {
	x = max(0, min(x, float64(n-1)))
	i := math.Floor(x)
	f := x - i
	for k := range c.at {
		c.at[k] = int32(min(max(int(i)+k-1, 0), n-1))
	}
	c.weight = [4]float32{
		float32(-f * (1 - f) * (1 - f) / 2),
		float32(1 + f*f*(3*f-5)/2),
		float32(f * (1 + f*(4-3*f)) / 2),
		float32(-f * f * (1 - f) / 2),
	}
	return c
}

// resampleCubic is the geometry stage with the sharp filter: four rows are
// weighed first, then four columns of the result.
func (r *Renderer) resampleCubic(area image.Rectangle, src Gray, z float64) {
	g := r.geometry
	r.cubics = grow(r.cubics, area.Dx())
	for i := range r.cubics {
		r.cubics[i] = cubicTap((float64(area.Min.X+i)+0.5-g.ox)/z-0.5, src.W)
	}
	from := r.cubics[0].at[0]
	to := r.cubics[len(r.cubics)-1].at[3] + 1
	parallel.Range(area.Dy(), shortest, func(y0, y1 int) {
		sum := make([]float32, src.W)
		for y := area.Min.Y + y0; y < area.Min.Y+y1; y++ {
			c := cubicTap((float64(y)+0.5-g.oy)/z-0.5, src.H)
			c.rows(sum[from:to], src, int(from))
			out := r.gray[y*g.w+area.Min.X:][:area.Dx()]
			for x := range out {
				t := &r.cubics[x]
				v := sum[t.at[0]]*t.weight[0] + sum[t.at[1]]*t.weight[1] + sum[t.at[2]]*t.weight[2] +
					sum[t.at[3]]*t.weight[3]
				out[x] = uint16(max(0, min(65535, v+0.5)))
			}
		}
	})
}

// rows weighs four rows of a picture from column on.
func (c *cubic) rows(sum []float32, src Gray, column int) {
	row := func(k int) []uint16 { return src.Pix[int(c.at[k])*src.W+column:][:len(sum)] }
	a, b, d, e := row(0), row(1), row(2), row(3)
	for i := range sum {
		sum[i] = float32(a[i])*c.weight[0] + float32(b[i])*c.weight[1] + float32(d[i])*c.weight[2] +
			float32(e[i])*c.weight[3]
	}
}
