package phantom

import (
	"math"
	"sync"
)

// The textures are drawn once and only read afterwards: films differ in where
// they read. Their texels have a fixed size on the patient, so that a film of
// any size shows the same mottle.
const (
	tileN     = 512  // texels a side; a power of two, so wrapping is a mask
	texelsCm  = 14.0 // texels per centimetre
	gaussBits = 18
)

// tile is a periodic texture of zero mean and unit variance, row by row.
type tile [tileN][tileN]float32

type Textures struct {
	fine, mid, broad, huge *tile                    // correlation about 1, 2.5, 7 and 20 mm
	gauss                  *[1 << gaussBits]float32 // white normal deviates, one a pixel
	logs                   *logTable
}

var loadTextures = sync.OnceValue(func() *Textures {
	r := newRng(0xC0FFEE, uint64(streamTextures))
	t := &Textures{fine: newTile(r, 1), mid: newTile(r, 3), broad: newTile(r, 9), huge: newTile(r, 28)}
	t.logs = newLogTable()
	t.gauss = new([1 << gaussBits]float32)
	for i := range t.gauss {
		t.gauss[i] = float32(r.NormFloat64())
	}
	return t
})

// newTile blurs white noise by three wrapped boxes of radius rad a direction.
func newTile(r *rng, rad int) *tile {
	a := make([]float32, tileN*tileN)
	b := make([]float32, tileN*tileN)
	for i := range a {
		a[i] = float32(r.NormFloat64())
	}
	for range 3 {
		for k := range tileN {
			wrapBox(b[k*tileN:], a[k*tileN:], 1, rad)
		}
		for k := range tileN {
			wrapBox(a[k:], b[k:], tileN, rad)
		}
	}
	standardise(a)
	t := new(tile)
	for y := range t {
		copy(t[y][:], a[y*tileN:])
	}
	return t
}

// wrapBox writes running sums of 2 rad + 1 neighbours with wrap-around.
func wrapBox(dst, src []float32, stride, rad int) {
	var s float32
	for i := -rad; i <= rad; i++ {
		s += src[(i&(tileN-1))*stride]
	}
	for x := range tileN {
		dst[x*stride] = s
		s += src[(x+rad+1)&(tileN-1)*stride] - src[(x-rad)&(tileN-1)*stride]
	}
}

func standardise(t []float32) {
	var sum, sq float64
	for _, v := range t {
		sum += float64(v)
		sq += float64(v) * float64(v)
	}
	n := float64(len(t))
	mean := sum / n
	sd := math.Sqrt(sq/n - mean*mean)
	for i := range t {
		t[i] = float32((float64(t[i]) - mean) / sd)
	}
}

// at reads the texture at a place in centimetres, between texels linearly.
func (t *tile) at(x, y float64) float32 { return newTexel(x, y).read(t, 0, 0) }

// texel is a place in a texture.
type texel struct {
	x, y   int // whole texels before it
	fx, fy float32
}

// newTexel finds a place in centimetres.
func newTexel(x, y float64) texel {
	x, y = x*texelsCm, y*texelsCm
	fx, fy := math.Floor(x), math.Floor(y)
	return texel{int(fx), int(fy), float32(x - fx), float32(y - fy)}
}

// read samples t, moved by (du, dv) texels.
func (s texel) read(t *tile, du, dv int) float32 {
	y := s.y + dv
	return band{&t[y&(tileN-1)], &t[(y+1)&(tileN-1)], s.fy, du}.at(s.x, s.fx)
}

// band is what one row of pixels reads of a texture.
type band struct {
	upper, lower *[tileN]float32
	f            float32 // how far the row lies from upper to lower
	du           int
}

// at samples between texels, f past texel x.
func (b band) at(x int, f float32) float32 {
	x0, x1 := (x+b.du)&(tileN-1), (x+b.du+1)&(tileN-1)
	p := b.upper[x0] + (b.upper[x1]-b.upper[x0])*f
	q := b.lower[x0] + (b.lower[x1]-b.lower[x0])*f
	return p + (q-p)*b.f
}

// nearest samples a texel: enough for broad textures, which hardly change from
// one texel to the next.
func (b band) nearest(x int) float32 { return b.upper[(x+b.du)&(tileN-1)] }

// axis holds where the pixels of a row or column fall among the texels.
type axis struct {
	i []int
	f []float32
}

// newAxis places n pixels of s pixels per cm around the pixel centre c.
func newAxis(n int, s, c float64) axis {
	a := axis{make([]int, n), make([]float32, n)}
	for k := range n {
		x := (float64(k) + 0.5 - c) / s * texelsCm
		f := math.Floor(x)
		a.i[k], a.f[k] = int(f), float32(x-f)
	}
	return a
}

// weave reads textures row by row: fast because texel positions are tabled.
type weave struct {
	*Textures
	x, y   axis
	ox, oy int // this film's own part of the textures, in texels
}

// band gives what row v reads of t, moved by (du, dv) texels.
func (w *weave) band(t *tile, v, du, dv int) band {
	y := w.y.i[v] + dv
	return band{&t[y&(tileN-1)], &t[(y+1)&(tileN-1)], w.y.f[v], du}
}
