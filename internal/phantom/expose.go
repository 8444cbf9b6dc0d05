package phantom

import "slices"

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

func newLook(r *rng, b *build) look {
	l := look{scatter: r.f(0.7, 1.2), dose: r.f(2.3e7, 7.7e7), detail: r.f(0.70, 1.14), base: r.f(0.42, 0.84),
		centre: r.n(0.30, 0.22), width: r.f(0.33, 0.72), unsharp: r.f(0.3, 1.25), lo: max(0, r.f(-0.03, 0.07)), hi: r.f(0.90, 1.03)}
	if b.ap { // portables: more scatter, fewer quanta, flatter
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
func (f *sheet) expose(l look, dose float64) *grid {
	primary, source, k := f.primary()
	primary.soften(blurQuanta * f.cam.s * f.cam.s)
	source.blur(f.cam.s * 3.2 / float64(k))
	veil := source.enlarge(f.w, k)
	scatter := float32(l.scatter)
	var sigma float32 // noise of one quantum, relative
	if dose > 0 {
		sigma = sqrt32(float32(f.cam.s * f.cam.s / dose))
	}
	off := f.seeds.today(streamLook + 1<<16).IntN(1 << gaussBits)
	gauss, logs := f.grain.gauss, f.grain.logs
	for v := range f.h {
		upper, lower, fv := veil.row(v)
		row := primary.row(v)
		for u, p := range row {
			t := p + scatter*(upper[u]+(lower[u]-upper[u])*fv)
			// Detector noise is nearly white; in log exposure it is 1/sqrt(quanta).
			i := v*f.w + u
			t += gauss[(off+i+(i>>gaussBits)*77777)&(1<<gaussBits-1)] * sigma * sqrt32(t)
			if t < 1e-4 {
				t = 1e-4
			}
			row[u] = -logs.at(t)
		}
	}
	primary.soften(blurReader * f.cam.s * f.cam.s)
	return primary
}

// primary gives what gets through unscattered and, in blocks of k x k pixels,
// where scatter comes from: only rays that met tissue make any.
func (f *sheet) primary() (through, source *grid, k int) {
	k = max(f.w/64, 1)
	through = f.store.take()
	blocks, made := newShrinker(f.w, f.h, k), make([]float32, f.w)
	for v := range f.h {
		soft, bone, body, out := f.soft.row(v), f.bone.row(v), f.body.row(v), through.row(v)
		for u := range out {
			e := float32(1)
			if x := muSoft*soft[u] + muBone*bone[u]; x != 0 { // not beside the patient
				e = exp32(-x)
			}
			out[u] = e
			t := body[u]
			made[u] = e * t / (t + 6)
		}
		blocks.add(made)
	}
	return through, blocks.mean(), k
}

// tone is what automatic exposure and processing have settled on.
type tone struct {
	dose        float64 // quanta per square cm without a patient
	lung, dense float64 // printed densities of typical lung and mediastinum
}

// meter settles the tone on the healthy person at a coarse grid, so that a
// finding changes neither the exposure nor the grey scale of the rest.
func meter(s seeds, well *anatomy, p pose, l look) tone {
	const n = 64
	cam := p.camera(well.build, n, n)
	coarse := well.tabulate(levelPixels / cam.s)
	f := newSheet(s, coarse, coarse, cam, &gridPool{w: n, h: n})
	f.cast()
	f.fillLung()
	_, source, _ := f.primary()
	var behind float64
	for _, v := range source.p {
		behind += float64(v)
	}
	t := tone{dose: l.dose * 0.06 / max(behind/(n*n), 0.01)}
	t.lung, t.dense = f.densities(f.expose(l, 0), l)
	return t
}

// Ribs and vessels, which the coarse grid lacks, make lung that much denser.
const boneShare = 0.10

func (f *sheet) densities(e *grid, l look) (lung, dense float64) {
	var nl, nd float64
	for v := f.h / 8; v < f.h*9/10; v++ {
		for u := f.w / 8; u < f.w*7/8; u++ {
			i := v*f.w + u
			d := 2 + (float64(e.p[i])-2)*l.base
			switch {
			case f.lung.p[i] > 9:
				lung += d
				nl++
			case f.lung.p[i] == 0 && f.body.p[i] > 17:
				dense += d
				nd++
			}
		}
	}
	return lung/max(nl, 1) + boneShare*l.base, dense / max(nd, 1)
}

// print exposes, develops and prints the film: grey values, 0..1 where they fit.
func (f *sheet) print() *grid {
	l := newLook(f.seeds.today(streamLook), f.well.build)
	if slices.Contains(f.shown, HospitalLook) {
		l = departmentLook(l)
	}
	t := meter(f.seeds, f.well, f.pose, l)
	g := f.develop(f.expose(l, t.dose), l, t)
	f.imprint(g)
	return g
}
