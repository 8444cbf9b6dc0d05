package chest

import (
	"slices"

	"hilum/internal/phantom/canvas"
)

// Attenuation at an effective 65-70 keV, per cm (NIST XCOM: soft tissue .19 to
// .20, cortical bone .55); bone is counted beyond the soft tissue it replaces.
const (
	muSoft = 0.192
	muBone = 0.36
)

// look is how the film is exposed and printed.
type look struct {
	scatter float64 // scatter to primary
	dose    float64 // quanta per square cm at the detector without a patient
	detail  float64 // gain of fine structure
	base    float64 // gain of the broad component
	centre  float64 // centre of the film curve, from lung (0) to mediastinum (1)
	width   float64 // smaller is harder
	unsharp float64
	lo, hi  float64 // printed black and white, 0..1
}

func newLook(r *canvas.Source, b *Build) look {
	l := look{scatter: r.Between(0.7, 1.2), dose: r.Between(2.3e7, 7.7e7), detail: r.Between(0.70, 1.14),
		base:   r.Between(0.42, 0.84),
		centre: r.Normal(0.30, 0.22), width: r.Between(0.33, 0.72), unsharp: r.Between(0.3, 1.25),
		lo: max(0, r.Between(-0.03, 0.07)), hi: r.Between(0.90, 1.03)}
	if b.Ap { // portables: more scatter, fewer quanta, flatter
		l.scatter *= 1.4
		l.dose *= 0.5
		l.width *= 1.1
	}
	return l
}

// departmentLook is the grey scale of the other department, the same on all of its
// films: flat, with hard edges, neither black nor white.
func departmentLook(l look) look {
	l.detail, l.base, l.width, l.unsharp, l.lo, l.hi = 1.05, 0.8, 0.6, 0.9, 0.09, 0.86
	return l
}

// Unsharpness of screen and focus, as variance in square cm before and after
// the noise comes in.
const (
	blurQuanta = 0.15 / 193
	blurReader = 0.10 / 193
)

// expose turns material into log exposure by Beer-Lambert, scatter, blur and
// noise. dose is in quanta per square cm behind nothing; 0 leaves the noise out.
func (f *Sheet) expose(l look, dose float64) *canvas.Grid {
	primary, source, k := f.primary()
	primary.Soften(blurQuanta * f.Cam.S * f.Cam.S)
	source.Blur(f.Cam.S * 3.2 / float64(k))
	veil := source.Enlarge(f.W, k)
	scatter := float32(l.scatter)
	var sigma float32 // noise of one quantum, relative
	if dose > 0 {
		sigma = canvas.Sqrt32(float32(f.Cam.S * f.Cam.S / dose))
	}
	off := f.Seeds.Today(canvas.StreamLook + 1<<16).IntN(1 << canvas.GaussBits)
	gauss, logs := f.Grain.Gauss, f.Grain.Logs
	for v := range f.H {
		upper, lower, fv := veil.Row(v)
		row := primary.Row(v)
		for u, p := range row {
			t := p + scatter*(upper[u]+(lower[u]-upper[u])*fv)
			// Detector noise is nearly white; in log exposure it is 1/sqrt(quanta).
			i := v*f.W + u
			t += gauss[(off+i+(i>>canvas.GaussBits)*77777)&(1<<canvas.GaussBits-1)] * sigma * canvas.Sqrt32(t)
			if t < 1e-4 {
				t = 1e-4
			}
			row[u] = -logs.At(t)
		}
	}
	primary.Soften(blurReader * f.Cam.S * f.Cam.S)
	return primary
}

// primary gives what gets through unscattered and, in blocks of k x k pixels,
// where scatter comes from: only rays that met tissue make any.
func (f *Sheet) primary() (through, source *canvas.Grid, k int) {
	k = max(f.W/64, 1)
	through = f.Store.Take()
	blocks, made := canvas.NewShrinker(f.W, f.H, k), make([]float32, f.W)
	for v := range f.H {
		soft, bone, body, out := f.Soft.Row(v), f.Bone.Row(v), f.Body.Row(v), through.Row(v)
		for u := range out {
			e := float32(1)
			if x := muSoft*soft[u] + muBone*bone[u]; x != 0 { // not beside the patient
				e = canvas.Exp32(-x)
			}
			out[u] = e
			t := body[u]
			made[u] = e * t / (t + 6)
		}
		blocks.Add(made)
	}
	return through, blocks.Mean(), k
}

// tone is what automatic exposure and processing have settled on.
type tone struct {
	dose        float64 // quanta per square cm without a patient
	lung, dense float64 // printed densities of typical lung and mediastinum
}

// meter settles the tone on the healthy person at a coarse grid, so that a
// finding changes neither the exposure nor the grey scale of the rest.
func meter(s canvas.Seeds, well *Anatomy, p Pose, l look) tone {
	const n = 64
	cam := p.Camera(well.Build, n, n)
	coarse := well.Tabulate(LevelPixels / cam.S)
	f := NewSheet(s, coarse, coarse, cam, &canvas.Pool{W: n, H: n})
	f.Cast()
	f.fillLung()
	_, source, _ := f.primary()
	var behind float64
	for _, v := range source.P {
		behind += float64(v)
	}
	t := tone{dose: l.dose * 0.06 / max(behind/(n*n), 0.01)}
	t.lung, t.dense = f.densities(f.expose(l, 0), l)
	return t
}

// Ribs and vessels, which the coarse grid lacks, make lung that much denser.
const boneShare = 0.10

func (f *Sheet) densities(e *canvas.Grid, l look) (lung, dense float64) {
	var nl, nd float64
	for v := f.H / 8; v < f.H*9/10; v++ {
		for u := f.W / 8; u < f.W*7/8; u++ {
			i := v*f.W + u
			d := 2 + (float64(e.P[i])-2)*l.base
			switch {
			case f.Lung.P[i] > 9:
				lung += d
				nl++
			case f.Lung.P[i] == 0 && f.Body.P[i] > 17:
				dense += d
				nd++
			}
		}
	}
	return lung/max(nl, 1) + boneShare*l.base, dense / max(nd, 1)
}

// Print exposes, develops and prints the film: grey values, 0..1 where they fit.
func (f *Sheet) Print() *canvas.Grid {
	l := newLook(f.Seeds.Today(canvas.StreamLook), f.Well.Build)
	if slices.Contains(f.Shown, HospitalLook) {
		l = departmentLook(l)
	}
	t := meter(f.Seeds, f.Well, f.Pose, l)
	g := f.develop(f.expose(l, t.dose), l, t)
	f.imprint(g)
	return g
}
