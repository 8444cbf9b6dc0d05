package raster

import (
	"math"
	"sync"
)

// Names of the colour maps.
const (
	Ember   = "ember"   // the default: perceptually even, dark purple to pale yellow
	Viridis = "viridis" // perceptually even, blue to yellow
	Cividis = "cividis" // perceptually even, the same for the colour-blind
	Jet     = "jet"     // the literature's, for comparison with it
	Signed  = "signed"  // two-sided: blue against, orange for
)

// ColourMap gives a map's values colours. Every value has its own opacity, so
// that a map can leave the picture bare where it says nothing.
type ColourMap struct {
	Name   string
	Signed bool // negative values have colours of their own
	table  [levels]entry
}

// entry is the colour of one level and how much of it is laid over the
// picture, 0..255, before the reader's opacity.
type entry struct{ r, g, b, a uint8 }

// ColourMaps returns the names of all maps, the default first.
func ColourMaps() []string { return []string{Ember, Viridis, Cividis, Jet, Signed} }

// FindColourMap makes the map of that name, false when there is none.
func FindColourMap(name string) (ColourMap, bool) {
	switch name {
	case Ember:
		return oneSided(Ember, ember()), true
	case Viridis:
		return oneSided(Viridis, viridis()), true
	case Cividis:
		return oneSided(Cividis, cividis()), true
	case Jet:
		return oneSided(Jet, jetTable()), true
	case Signed:
		return signedMap(), true
	}
	return ColourMap{}, false
}

// At returns the colour of a value, cut to -1..1, and its opacity, 0..1.
func (c *ColourMap) At(v float64) (r, g, b uint8, alpha float64) {
	e := c.table[level(float32(v))]
	return e.r, e.g, e.b, float64(e.a) / 255
}

// oneSided shows values of 0 and less as the table's first colour.
func oneSided(name string, table [256]entry) ColourMap {
	c := ColourMap{Name: name}
	for i := range c.table {
		c.table[i] = table[max(0, i-zeroLevel)]
	}
	return c
}

// jetTable is OpenCV's COLORMAP_JET, which pytorch-grad-cam displays with:
// each channel is a trapezium of slope 4 around 3/4, 1/2 and 1/4 of the scale,
// its values all halves, rounded to even. It is laid over the whole picture, as
// there.
func jetTable() (t [256]entry) {
	channel := func(i, quarters int) uint8 {
		v := 382.5 - math.Abs(float64(4*i-255*quarters))
		return uint8(math.RoundToEven(math.Max(0, math.Min(255, v))))
	}
	for i := range t {
		t[i] = entry{channel(i, 3), channel(i, 2), channel(i, 1), 255}
	}
	return t
}

// rampEnd is the value from which a map with fading opacity covers fully.
const rampEnd = 0.6

// fade is the opacity of a value's colour: none at zero, full from rampEnd.
func fade(v float64) uint8 { return uint8(math.Round(255 * math.Min(1, math.Abs(v)/rampEnd))) }

// signedMap has two colours of Okabe and Ito (2008), which the colour-blind
// tell apart; strength is shown by opacity.
func signedMap() ColourMap {
	c := ColourMap{Name: Signed, Signed: true}
	for i := range c.table {
		v := float64(i-zeroLevel) / zeroLevel
		c.table[i] = entry{0xE6, 0x9F, 0x00, fade(v)}
		if v < 0 {
			c.table[i] = entry{0x56, 0xB4, 0xE9, fade(v)}
		}
	}
	return c
}

// emberPath is the way of the default map through OKLCh (lightness, chroma,
// hue in degrees): lightness only grows, and the hue goes from violet through
// red to yellow, the order of the well-known heat scales.
var emberPath = [...][3]float64{
	{0.13, 0.04, 295}, {0.33, 0.15, 310}, {0.52, 0.20, 370}, {0.73, 0.18, 410}, {0.95, 0.13, 463},
}

// ember is emberTable, walked once.
var ember = sync.OnceValue(emberTable)

// emberTable walks emberPath in 256 steps of equal length in OKLab, so that
// equal differences of the map look equally large.
func emberTable() (t [256]entry) {
	const fine = 2048
	var lab [fine + 1][3]float64
	var length [fine + 1]float64
	for i := range lab {
		lab[i] = inGamut(spline(float64(i) / fine))
		if i > 0 {
			length[i] = length[i-1] + distance(lab[i], lab[i-1])
		}
	}
	at := 0
	for i := range t {
		for at < fine && length[at] < length[fine]*float64(i)/255 {
			at++
		}
		r, g, b := toSRGB(lab[at])
		t[i] = entry{byteOf(r), byteOf(g), byteOf(b), fade(float64(i) / 255)}
	}
	return t
}

// spline is the Catmull-Rom curve through emberPath at 0..1.
func spline(u float64) (lch [3]float64) {
	n := len(emberPath) - 1
	i := min(int(u*float64(n)), n-1)
	f := u*float64(n) - float64(i)
	p := func(k int) [3]float64 { return emberPath[max(0, min(n, i+k))] }
	a, b, c, d := p(-1), p(0), p(1), p(2)
	for k := range lch {
		lch[k] = 0.5 * (2*b[k] + (c[k]-a[k])*f + (2*a[k]-5*b[k]+4*c[k]-d[k])*f*f + (3*b[k]-a[k]-3*c[k]+d[k])*f*f*f)
	}
	return lch
}

// inGamut turns OKLCh into OKLab with as much of the chroma as sRGB can show.
func inGamut(lch [3]float64) [3]float64 {
	sin, cos := math.Sincos(lch[2] * math.Pi / 180)
	lab := func(chroma float64) [3]float64 { return [3]float64{lch[0], chroma * cos, chroma * sin} }
	shown := func(chroma float64) bool {
		r, g, b := toLinear(lab(chroma))
		return math.Min(r, math.Min(g, b)) >= 0 && math.Max(r, math.Max(g, b)) <= 1
	}
	if shown(lch[1]) {
		return lab(lch[1])
	}
	lo, hi := 0.0, lch[1]
	for range 30 {
		if mid := (lo + hi) / 2; shown(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lab(lo)
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

// toLinear maps OKLab to linear sRGB (Ottosson 2020, "A perceptual color space
// for image processing").
func toLinear(lab [3]float64) (r, g, b float64) {
	l := lab[0] + 0.3963377774*lab[1] + 0.2158037573*lab[2]
	m := lab[0] - 0.1055613458*lab[1] - 0.0638541728*lab[2]
	s := lab[0] - 0.0894841775*lab[1] - 1.2914855480*lab[2]
	l, m, s = l*l*l, m*m*m, s*s*s
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

// toSRGB adds the transfer curve of IEC 61966-2-1.
func toSRGB(lab [3]float64) (r, g, b float64) {
	curve := func(v float64) float64 {
		if v <= 0.0031308 {
			return 12.92 * v
		}
		return 1.055*math.Pow(v, 1/2.4) - 0.055
	}
	r, g, b = toLinear(lab)
	return curve(r), curve(g), curve(b)
}

func byteOf(v float64) uint8 { return uint8(math.Round(255 * math.Max(0, math.Min(1, v)))) }

// Tint is a one-sided map of a single colour whose strength is shown by
// opacity, for several maps over one picture.
func Tint(red, green, blue uint8) ColourMap {
	var t [256]entry
	for i := range t {
		t[i] = entry{red, green, blue, fade(float64(i) / 255)}
	}
	return oneSided("tint", t)
}
