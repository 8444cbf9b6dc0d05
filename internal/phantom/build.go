package phantom

// build is one person on one day: everything that shapes the outlines. Lengths
// are centimetres, angles radians. Findings that change anatomy act on a copy.
type build struct {
	male bool
	age  float64 // years
	ap   bool    // portable film, beam from the front

	scale    float64 // overall size, 1 is average
	wide     float64 // width of the thorax, 1 is average
	fat      float64 // extra soft tissue
	breast   float64 // 0 none .. 1
	rotation float64 // about the long axis
	sway     [4]float64
	flank    [2]float64

	insp     float64 // descent of the diaphragm by breathing in
	shoulder float64 // how far the shoulders are raised
	armOut   float64
	domes    [2]dome

	heart  heartShape
	unfold float64 // aortic unfolding that comes with age
	shift  float64 // of the mediastinum, to the viewer's right
	aer    float64 // density of lung relative to soft tissue
	vessel float64 // calibre of lung vessels, 1 is average

	spineSway, spinePhase float64
	ribs                  ribHabit
	porosity              float64 // bone mineral, 1 is young and dense

	home *build // the same person in a usual breath, as every visit knows them
}

// heartShape makes hearts differ in more than size.
type heartShape struct {
	size   float64 // transverse diameter, about 0.96 in health
	globe  float64 // round (+) or slim (-)
	apex   float64 // how much lower the apex sits
	atrium float64 // bulge of the right border
	waist  float64 // hollow under the aortic knob
	knob   float64
	vein   float64 // width of the upper mediastinum, right
}

// ribHabit is how a person's ribs run.
type ribHabit struct{ slope, tall, tilt, lag float64 }

// dome is one hemidiaphragm: the cap of an ellipsoid with half-width a, depth
// half-axis b and height h, its summit at level top.
type dome struct{ x, top, a, b, h, z float64 }

// newBuild draws a person and how they stand today. The view is drawn too
// unless it is given.
func newBuild(s seeds, view View) *build {
	b := &build{}
	b.drawPerson(s.person(streamBuild))
	b.drawHeart(s.person(streamHeart))
	home := *b
	b.home = &home
	b.drawToday(s.today(streamPose), view)
	return b
}

func (b *build) drawPerson(r *rng) {
	b.male = r.chance(0.55)
	b.age = r.f(22, 86)
	b.scale = r.n(1, 0.035)
	b.wide = r.n(0.98, 0.06)
	b.fat = max(0, r.n(0.8, 1.1))
	breast := r.f(0.3, 1)
	if !b.male {
		b.scale *= 0.95
		b.breast = breast * min(1, 0.5+b.fat*0.4)
	}
	b.aer = r.f(0.31, 0.41)
	b.unfold = max(0, (b.age-45)/40) * r.f(0.3, 1.3)
	b.vessel = r.f(0.85, 1.2)
	b.spineSway = r.n(0, 0.4)
	b.spinePhase = r.n(0, 1)
	b.ribs = ribHabit{slope: r.n(1, 0.09), tall: r.n(1, 0.07), tilt: r.n(0, 0.02), lag: r.n(0, 0.25)}
	b.porosity = r.n(1.02, 0.10) - 0.25*max(0, (b.age-55)/30)
	for i := range b.sway {
		b.sway[i] = r.n(0, 1)
	}
	gap := r.n(1.1, 0.5) // the right dome sits higher, over the liver
	b.domes[0] = dome{x: -6.3 * b.wide, top: 21.3, a: 8.3 * b.wide, b: 12, h: r.f(4.2, 6.4), z: -0.8}
	b.domes[1] = dome{x: 6.5 * b.wide, top: 21.3 + gap, a: 8.1 * b.wide, b: 12, h: r.f(4.0, 6.0), z: -0.8}
}

func (b *build) drawHeart(r *rng) {
	b.heart = heartShape{size: r.n(0.96, 0.08), globe: r.n(0, 1), apex: r.n(0, 0.8), atrium: r.n(0, 0.4),
		waist: r.n(0, 0.3), knob: r.n(0, 0.25), vein: r.n(0, 0.25)}
}

func (b *build) drawToday(r *rng, view View) {
	portable := r.chance(0.3)
	b.ap = view == AP || view == "" && portable
	b.insp = r.n(-0.4, 1.5)
	if b.ap { // lying or sitting, and short of breath
		b.insp -= 2.2
	}
	b.rotation = r.n(0, 0.055)
	b.shoulder = r.n(0, 0.9)
	b.armOut = r.n(0, 1.2)
	b.flank = [2]float64{r.n(0, 0.4), r.n(0, 0.35)}
	for i := range b.domes {
		b.domes[i].top += b.insp
	}
}

// view tells which way the beam went.
func (b *build) view() View {
	if b.ap {
		return AP
	}
	return PA
}
