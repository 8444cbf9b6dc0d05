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

// tile is a periodic texture of zero mean and unit variance.
type tile []float32

type textures struct {
	fine, mid, broad, huge tile      // correlation about 1, 2.5, 7 and 20 mm
	gauss                  []float32 // white normal deviates, one a pixel
	logs                   *logTable
}

var loadTextures = sync.OnceValue(func() *textures {
	r := newRng(0xC0FFEE, uint64(streamTextures))
	t := &textures{fine: newTile(r, 1), mid: newTile(r, 3), broad: newTile(r, 9), huge: newTile(r, 28)}
	t.logs = newLogTable()
	t.gauss = make([]float32, 1<<gaussBits)
	for i := range t.gauss {
		t.gauss[i] = float32(r.NormFloat64())
	}
	return t
})

// newTile blurs white noise by three wrapped boxes of radius rad a direction.
func newTile(r *rng, rad int) tile {
	a := make(tile, tileN*tileN)
	b := make(tile, tileN*tileN)
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
	a.standardise()
	return a
}

// wrapBox writes running sums of 2 rad + 1 neighbours with wrap-around.
func wrapBox(dst, src tile, stride, rad int) {
	var s float32
	for i := -rad; i <= rad; i++ {
		s += src[(i&(tileN-1))*stride]
	}
	for x := range tileN {
		dst[x*stride] = s
		s += src[(x+rad+1)&(tileN-1)*stride] - src[(x-rad)&(tileN-1)*stride]
	}
}

func (t tile) standardise() {
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
func (t tile) at(x, y float64) float32 {
	x, y = x*texelsCm, y*texelsCm
	fx, fy := math.Floor(x), math.Floor(y)
	return t.lerp(int(fx), int(fy), float32(x-fx), float32(y-fy))
}

func (t tile) lerp(ix, iy int, fx, fy float32) float32 {
	x0, x1 := ix&(tileN-1), (ix+1)&(tileN-1)
	r0, r1 := t[(iy&(tileN-1))*tileN:], t[((iy+1)&(tileN-1))*tileN:]
	a := r0[x0] + (r0[x1]-r0[x0])*fx
	b := r1[x0] + (r1[x1]-r1[x0])*fx
	return a + (b-a)*fy
}

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

// weave reads textures pixel by pixel: fast because texel positions are tabled.
type weave struct {
	*textures
	x, y   axis
	ox, oy int // this film's own part of the textures, in texels
}

// read samples t at pixel (u, v), moved by (du, dv) texels.
func (w *weave) read(t tile, u, v, du, dv int) float32 {
	return t.lerp(w.x.i[u]+du, w.y.i[v]+dv, w.x.f[u], w.y.f[v])
}

// near samples t at a place in centimetres, moved by (du, dv) texels, without
// regard to where today's film lies.
func (w *weave) near(t tile, x, y float64, du, dv int) float32 {
	x, y = x*texelsCm, y*texelsCm
	fx, fy := math.Floor(x), math.Floor(y)
	return t.lerp(int(fx)+du, int(fy)+dv, float32(x-fx), float32(y-fy))
}

// read1 samples the texel nearest to pixel (u, v): enough for broad textures,
// which hardly change from one texel to the next.
func (w *weave) read1(t tile, u, v, du, dv int) float32 {
	return t[((w.y.i[v]+dv)&(tileN-1))*tileN+(w.x.i[u]+du)&(tileN-1)]
}
