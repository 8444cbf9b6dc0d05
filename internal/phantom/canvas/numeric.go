package canvas

import "math"

// Exp32 is e^x by range reduction and a Taylor polynomial of degree 6 (relative
// error under 3e-7). The library's Exp picks other instructions on processors
// with fused multiply-add, and equal seeds must give equal bytes.
func Exp32(x float32) float32 {
	if x < -87 {
		return 0
	}
	x = min(x, 88)
	half := float32(0.5)
	if x < 0 {
		half = -half
	}
	k := int32(x*1.44269504 + half)
	n := float32(k)
	r := x - n*0.693145752 - n*1.42860677e-6
	p := 1 + r*(1+r*(1./2+r*(1./6+r*(1./24+r*(1./120+r*(1./720))))))
	return p * math.Float32frombits(uint32(k+127)<<23)
}

// log32 is the natural logarithm of a positive normal number: with the mantissa
// m in [sqrt(1/2), sqrt 2), ln m = 2 artanh((m-1)/(m+1)) to the ninth power.
func log32(x float32) float32 {
	b := math.Float32bits(x)
	e := int32(b>>23) - 127
	m := math.Float32frombits(b&0x7fffff | 127<<23)
	if m > math.Sqrt2 {
		m *= 0.5
		e++
	}
	s := (m - 1) / (m + 1)
	q := s * s
	return float32(e)*0.693147181 + 2*s*(1+q*(1./3+q*(1./5+q*(1./7+q*(1./9)))))
}

// LogTable is log32 by linear interpolation in the mantissa, within 1e-7, for
// the loop over pixels.
type LogTable [logSteps]Tangent

const (
	logBits  = 11
	logSteps = 1 << logBits
)

func newLogTable() *LogTable {
	t := &LogTable{}
	for i := range t {
		at := log32(1 + float32(i)/logSteps)
		t[i] = Tangent{at, log32(1+float32(i+1)/logSteps) - at}
	}
	return t
}

// At is the natural logarithm of a positive normal number.
func (t *LogTable) At(x float32) float32 {
	b := math.Float32bits(x)
	i := b >> (23 - logBits) & (logSteps - 1)
	f := float32(b&(1<<(23-logBits)-1)) * (1.0 / (1 << (23 - logBits)))
	return float32(int32(b>>23)-127)*0.693147181 + t[i].At + t[i].Rise*f
}

// Tangent is a value in a table, and how much higher the next one is.
type Tangent struct{ At, Rise float32 }

// Pow is a^b for a >= 0.
func Pow(a, b float64) float64 {
	if a <= 0 {
		return 0
	}
	return float64(Exp32(float32(b) * log32(float32(a))))
}

// Bell is exp(-t^2).
func Bell(t float64) float64 { return float64(Exp32(float32(-t * t))) }

// Sqrt32 is the square root in 32 bits.
func Sqrt32(v float32) float32 {
	if v <= 0 {
		return 0
	}
	return float32(math.Sqrt(float64(v)))
}

// Abs32 is the size of a number in 32 bits.
func Abs32(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// Smooth32 rises from 0 at a to 1 at b (or falls, when b < a) with level ends,
// where most of its arguments lie.
func Smooth32(a, b, v float32) float32 {
	t := (v - a) / (b - a)
	if t <= 0 {
		return 0
	}
	if t >= 1 {
		return 1
	}
	return t * t * (3 - 2*t)
}

// Smooth goes from 0 at a to 1 at b, level at both ends.
func Smooth(a, b, v float64) float64 {
	t := (v - a) / (b - a)
	if t <= 0 {
		return 0
	}
	if t >= 1 {
		return 1
	}
	return t * t * (3 - 2*t)
}

// Curve is a piecewise cubic through (t, value) knots; outlines are easiest to
// judge as knots. Slopes are harmonic means (Fritsch and Butland 1984), which
// keeps it monotone between knots: no bumps that nobody drew.
type Curve [][2]float64

func (c Curve) slope(k int) float64 {
	chord := func(i int) float64 { return (c[i+1][1] - c[i][1]) / (c[i+1][0] - c[i][0]) }
	switch k {
	case 0:
		return chord(0)
	case len(c) - 1:
		return chord(k - 1)
	}
	d0, d1 := chord(k-1), chord(k)
	if d0*d1 <= 0 {
		return 0
	}
	return 2 * d0 * d1 / (d0 + d1)
}

// At is the curve at t; outside its knots it stays level.
func (c Curve) At(t float64) float64 {
	n := len(c)
	if t <= c[0][0] {
		return c[0][1]
	}
	if t >= c[n-1][0] {
		return c[n-1][1]
	}
	i := 0
	for t > c[i+1][0] {
		i++
	}
	h := c[i+1][0] - c[i][0]
	s := (t - c[i][0]) / h
	m0, m1 := c.slope(i)*h, c.slope(i+1)*h
	s2, s3 := s*s, s*s*s
	return (2*s3-3*s2+1)*c[i][1] + (s3-2*s2+s)*m0 + (3*s2-2*s3)*c[i+1][1] + (s3-s2)*m1
}
