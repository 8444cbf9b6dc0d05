// Package chest draws a chest: the person's build and outlines, the rays of one
// exposure through lungs, heart, bones, vessels and devices, and the exposure,
// development and printing of the film. Its core type is [Sheet], the maps of
// material of one film. It imports internal/phantom/canvas.
package chest

import "hilum/internal/phantom/canvas"

// Build is one person on one day: everything that shapes the outlines. Lengths
// are centimetres, angles radians. Findings that change anatomy act on a copy.
type Build struct {
	Male bool
	Age  float64 // years
	Ap   bool    // portable film, beam from the front

	Scale    float64 // overall size, 1 is average
	wide     float64 // width of the thorax, 1 is average
	fat      float64 // extra soft tissue
	breast   float64 // 0 none .. 1
	rotation float64 // about the long axis
	sway     [4]float64
	flank    [2]float64

	Insp     float64 // descent of the diaphragm by breathing in
	shoulder float64 // how far the shoulders are raised
	armOut   float64
	Domes    [2]Dome

	Heart  heartShape
	unfold float64 // aortic unfolding that comes with age
	Shift  float64 // of the mediastinum, to the viewer's right
	Aer    float64 // density of lung relative to soft tissue
	Vessel float64 // calibre of lung vessels, 1 is average

	spineSway, spinePhase float64
	Ribs                  ribHabit
	porosity              float64 // bone mineral, 1 is young and dense

	Home *Build // the same person in a usual breath, as every visit knows them
}

// heartShape makes hearts differ in more than size.
type heartShape struct {
	Size   float64 // transverse diameter, about 0.96 in health
	globe  float64 // round (+) or slim (-)
	Apex   float64 // how much lower the apex sits
	atrium float64 // bulge of the right border
	waist  float64 // hollow under the aortic knob
	knob   float64
	vein   float64 // width of the upper mediastinum, right
}

// ribHabit is how a person's ribs run.
type ribHabit struct{ slope, tall, tilt, lag float64 }

// Dome is one hemidiaphragm: the cap of an ellipsoid with half-width a, depth
// half-axis b and height h, its summit at level top.
type Dome struct{ x, Top, a, b, H, z float64 }

// NewBuild draws a person and how they stand today. The view is drawn too
// unless it is given.
func NewBuild(s canvas.Seeds, view View) *Build {
	b := &Build{}
	b.drawPerson(s.Person(canvas.StreamBuild))
	b.drawHeart(s.Person(canvas.StreamHeart))
	home := *b
	b.Home = &home
	b.drawToday(s.Today(canvas.StreamPose), view)
	return b
}

func (b *Build) drawPerson(r *canvas.Source) {
	b.Male = r.Chance(0.55)
	b.Age = r.Between(22, 86)
	b.Scale = r.Normal(1, 0.035)
	b.wide = r.Normal(0.98, 0.06)
	b.fat = max(0, r.Normal(0.8, 1.1))
	breast := r.Between(0.3, 1)
	if !b.Male {
		b.Scale *= 0.95
		b.breast = breast * min(1, 0.5+b.fat*0.4)
	}
	b.Aer = r.Between(0.31, 0.41)
	b.unfold = max(0, (b.Age-45)/40) * r.Between(0.3, 1.3)
	b.Vessel = r.Between(0.85, 1.2)
	b.spineSway = r.Normal(0, 0.4)
	b.spinePhase = r.Normal(0, 1)
	b.Ribs = ribHabit{slope: r.Normal(1, 0.09), tall: r.Normal(1, 0.07), tilt: r.Normal(0, 0.02),
		lag: r.Normal(0, 0.25)}
	b.porosity = r.Normal(1.02, 0.10) - 0.25*max(0, (b.Age-55)/30)
	for i := range b.sway {
		b.sway[i] = r.Normal(0, 1)
	}
	gap := r.Normal(1.1, 0.5) // the right dome sits higher, over the liver
	b.Domes[0] = Dome{x: -6.3 * b.wide, Top: 21.3, a: 8.3 * b.wide, b: 12, H: r.Between(4.2, 6.4), z: -0.8}
	b.Domes[1] = Dome{x: 6.5 * b.wide, Top: 21.3 + gap, a: 8.1 * b.wide, b: 12, H: r.Between(4.0, 6.0), z: -0.8}
}

func (b *Build) drawHeart(r *canvas.Source) {
	b.Heart = heartShape{Size: r.Normal(0.96, 0.08), globe: r.Normal(0, 1), Apex: r.Normal(0, 0.8),
		atrium: r.Normal(0, 0.4),
		waist:  r.Normal(0, 0.3), knob: r.Normal(0, 0.25), vein: r.Normal(0, 0.25)}
}

func (b *Build) drawToday(r *canvas.Source, view View) {
	portable := r.Chance(0.3)
	b.Ap = view == AP || view == "" && portable
	b.Insp = r.Normal(-0.4, 1.5)
	if b.Ap { // lying or sitting, and short of breath
		b.Insp -= 2.2
	}
	b.rotation = r.Normal(0, 0.055)
	b.shoulder = r.Normal(0, 0.9)
	b.armOut = r.Normal(0, 1.2)
	b.flank = [2]float64{r.Normal(0, 0.4), r.Normal(0, 0.35)}
	for i := range b.Domes {
		b.Domes[i].Top += b.Insp
	}
}

// View tells which way the beam went.
func (b *Build) View() View {
	if b.Ap {
		return AP
	}
	return PA
}
