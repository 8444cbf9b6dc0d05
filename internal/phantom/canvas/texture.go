package canvas

import (
	"math"
	"sync"
)

// The textures are drawn once and only read afterwards: films differ in where
// they read. Their texels have a fixed size on the patient, so that a film of
// any size shows the same mottle.
const (
	TileN     = 512  // texels a side; a power of two, so wrapping is a mask
	TexelsCm  = 14.0 // texels per centimetre
	GaussBits = 18
)

// Tile is a periodic texture of zero mean and unit variance, row by row.
type Tile [TileN][TileN]float32

// Textures are what all films share: mottle of four sizes, deviates and logarithms.
type Textures struct {
	Fine, Mid, Broad, Huge *Tile                    // correlation about 1, 2.5, 7 and 20 mm
	Gauss                  *[1 << GaussBits]float32 // white normal deviates, one a pixel
	Logs                   *LogTable
}

// LoadTextures makes them once a process.
var LoadTextures = sync.OnceValue(func() *Textures {
	r := NewSource(0xC0FFEE, uint64(streamTextures))
	t := &Textures{Fine: newTile(r, 1), Mid: newTile(r, 3), Broad: newTile(r, 9), Huge: newTile(r, 28)}
	t.Logs = newLogTable()
	t.Gauss = new([1 << GaussBits]float32)
	for i := range t.Gauss {
		t.Gauss[i] = float32(r.NormFloat64())
	}
	return t
})

// newTile blurs white noise by three wrapped boxes of radius rad a direction.
func newTile(r *Source, rad int) *Tile {
	a := make([]float32, TileN*TileN)
	b := make([]float32, TileN*TileN)
	for i := range a {
		a[i] = float32(r.NormFloat64())
	}
	for range 3 {
		for k := range TileN {
			wrapBox(b[k*TileN:], a[k*TileN:], 1, rad)
		}
		for k := range TileN {
			wrapBox(a[k:], b[k:], TileN, rad)
		}
	}
	standardise(a)
	t := new(Tile)
	for y := range t {
		copy(t[y][:], a[y*TileN:])
	}
	return t
}

// wrapBox writes running sums of 2 rad + 1 neighbours with wrap-around.
func wrapBox(dst, src []float32, stride, rad int) {
	var s float32
	for i := -rad; i <= rad; i++ {
		s += src[(i&(TileN-1))*stride]
	}
	for x := range TileN {
		dst[x*stride] = s
		s += src[(x+rad+1)&(TileN-1)*stride] - src[(x-rad)&(TileN-1)*stride]
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

// At reads the texture at a place in centimetres, between texels linearly.
func (t *Tile) At(x, y float64) float32 { return NewTexel(x, y).Read(t, 0, 0) }

// Texel is a place in a texture.
type Texel struct {
	x, y   int // whole texels before it
	fx, fy float32
}

// NewTexel finds a place in centimetres.
func NewTexel(x, y float64) Texel {
	x, y = x*TexelsCm, y*TexelsCm
	fx, fy := math.Floor(x), math.Floor(y)
	return Texel{int(fx), int(fy), float32(x - fx), float32(y - fy)}
}

// Read samples t, moved by (du, dv) texels.
func (s Texel) Read(t *Tile, du, dv int) float32 {
	y := s.y + dv
	return band{&t[y&(TileN-1)], &t[(y+1)&(TileN-1)], s.fy, du}.At(s.x, s.fx)
}

// band is what one row of pixels reads of a texture.
type band struct {
	upper, lower *[TileN]float32
	f            float32 // how far the row lies from upper to lower
	du           int
}

// At samples between texels, f past texel x.
func (b band) At(x int, f float32) float32 {
	x0, x1 := (x+b.du)&(TileN-1), (x+b.du+1)&(TileN-1)
	p := b.upper[x0] + (b.upper[x1]-b.upper[x0])*f
	q := b.lower[x0] + (b.lower[x1]-b.lower[x0])*f
	return p + (q-p)*b.f
}

// Nearest samples a texel: enough for broad textures, which hardly change from
// one texel to the next.
func (b band) Nearest(x int) float32 { return b.upper[(x+b.du)&(TileN-1)] }

// Axis holds where the pixels of a row or column fall among the texels.
type Axis struct {
	I []int
	F []float32
}

// NewAxis places n pixels of s pixels per cm around the pixel centre c.
func NewAxis(n int, s, c float64) Axis {
	a := Axis{make([]int, n), make([]float32, n)}
	for k := range n {
		x := (float64(k) + 0.5 - c) / s * TexelsCm
		f := math.Floor(x)
		a.I[k], a.F[k] = int(f), float32(x-f)
	}
	return a
}

// Weave reads textures row by row: fast because texel positions are tabled.
type Weave struct {
	*Textures
	X, Y   Axis
	Ox, Oy int // this film's own part of the textures, in texels
}

// Band gives what row v reads of t, moved by (du, dv) texels.
func (w *Weave) Band(t *Tile, v, du, dv int) band {
	y := w.Y.I[v] + dv
	return band{&t[y&(TileN-1)], &t[(y+1)&(TileN-1)], w.Y.F[v], du}
}
