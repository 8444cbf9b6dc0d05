package chest

import "hilum/internal/phantom/canvas"

// develop prints log exposure through a split into broad and fine components
// and a film-like curve; grey values run from 0 to 1.
func (f *Sheet) develop(e *canvas.Grid, l look, t tone) *canvas.Grid {
	k := max(f.W/128, 1)
	base := e.Shrink(k)
	base.Blur(f.Cam.S * 1.6 / float64(k))
	f.sharpen(e, l)
	curve := newImageCurve(l, t)
	broad := base.Enlarge(f.W, k)
	gain, detail := float32(l.base), float32(l.detail)
	for v := range f.H {
		upper, lower, fv := broad.Row(v)
		row, body := e.Row(v), f.Body.Row(v)
		for u, x := range row {
			b := upper[u] + (lower[u]-upper[u])*fv
			// The gain of detail eases off in thin tissue, or skin lines would glow.
			d := 2 + (b-2)*gain + (x-b)*(1+(detail-1)*canvas.Smooth32(3, 9, body[u]))
			row[u] = curve.at(d)
		}
	}
	return e
}

// sharpen boosts edges, as every digital film is.
func (f *Sheet) sharpen(e *canvas.Grid, l look) {
	soft := f.Copied(e)
	soft.Soften(0.5 / 193 * f.Cam.S * f.Cam.S)
	k := float32(l.unsharp)
	for i, v := range e.P {
		e.P[i] = v + (v-soft.P[i])*k
	}
	f.Store.Put(soft)
}

// imageCurve is a tabulated sigmoid from density to grey.
type imageCurve struct {
	lut       [curveSteps]canvas.Tangent
	lo, scale float32
}

const curveSteps = 2047

func newImageCurve(l look, t tone) *imageCurve {
	spread := t.dense - t.lung
	c := t.lung + l.centre*spread
	w := l.width * (0.5*spread + 0.45) // not fully normalised: flat films stay flat
	lo, hi := c-5*w, c+6*w
	f := &imageCurve{lo: float32(lo)}
	f.scale = float32(curveSteps / (hi - lo))
	grey := func(i int) float32 {
		x := lo + (hi-lo)*float64(i)/curveSteps
		return float32(l.lo + (l.hi-l.lo)/(1+float64(canvas.Exp32(float32(-(x-c)/w)))))
	}
	next := grey(0)
	for i := range f.lut {
		at := next
		next = grey(i + 1)
		f.lut[i] = canvas.Tangent{At: at, Rise: next - at}
	}
	return f
}

func (f *imageCurve) at(d float32) float32 {
	j := (d - f.lo) * f.scale
	if j < 0 {
		j = 0
	}
	if j > curveSteps-0.001 {
		j = curveSteps - 0.001
	}
	q, past := canvas.Whole(j)
	t := f.lut[q]
	return t.At + t.Rise*past
}
