package phantom

import "math"

// level is what a ray needs to know about the cross-section at one height.
// Side 0 is the viewer's left (the patient's right), side 1 the viewer's right.
type level struct {
	lungW          [2]float32 // outer half-width of the lungs
	lungD          float32    // half-depth of the lungs
	medial         float32    // rounding of the apex towards the midline
	bodyW, bodyD   float32
	medX, medW     float32 // mediastinum: centre and half-width
	medD, medZ     float32 // half-depth and centre depth
	medFull        float32 // -1 fading to its edge, 0 an ellipse, 1 a box
	spineX, spineW float32 // spine with what clings to it
	coreW, coreD   float32 // half-width and half-depth of what fills the chest between sternum and spine
	aortaX, aortaR float32 // descending aorta: centre and radius
	cageW, cageD   float32 // rib cage
	armX, armR     float32
}

const (
	levelTop    = -14.0 // cm, above the apex
	levelBottom = 46.0
	coarseLevel = 0.08 // step of a table that no film is traced with, cm
	levelPixels = 0.6  // step of one that is, pixels
)

// anatomy is a build with its outlines tabulated.
type anatomy struct {
	*build
	levels []level
	step   float64 // cm
}

var (
	lungWidth = curve{{0, 5.0}, {0.12, 6.1}, {0.35, 7.0}, {0.7, 7.8}, {1.2, 8.6}, {2, 9.6}, {3.4, 10.7}, {5, 11.6}, {9, 12.8},
		{14, 13.4}, {18, 14.0}, {23, 14.5}, {30, 14.6}}
	lungMedial = curve{{0, 4.9}, {0.12, 4.1}, {0.35, 3.5}, {0.8, 3.0}, {1.6, 2.6}, {3, 2.1}, {5, 1.4}, {8, 0.6}, {14, 0.3}}
	lungDepth  = curve{{-4, 4.5}, {0, 3.2}, {1, 4.2}, {2.5, 5.3}, {5, 6.7}, {10, 8.4}, {15, 9.2}, {22, 9.6}, {30, 9.4}}
	bodyWidth  = curve{{-14, 6.4}, {-9, 6.1}, {-7, 6.6}, {-5.8, 7.9}, {-4.8, 10.2}, {-3.8, 13.4}, {-2.6, 17}, {-1.0, 20.6},
		{1, 23.0}, {5, 23.4}, {9, 21.2}, {11.5, 19.0}, {15, 17.9}, {20, 17.3}, {26, 17.3}, {40, 17.6}}
	bodyDepth = curve{{-14, 7.4}, {-6, 7.4}, {-3, 7.9}, {0, 8.4}, {4, 9.4}, {9, 10.4}, {15, 11.0}, {22, 10.9}, {40, 10.8}}
	cageWidth = curve{{-3, 4.0}, {-1.2, 5.6}, {0, 7.2}, {1.2, 8.9}, {2, 9.8}, {3.4, 10.8}, {5, 11.7}, {9, 12.9}, {14, 13.5},
		{18, 14.1}, {23, 14.6}, {32, 14.8}}
	cageDepth = curve{{-3, 4.2}, {0, 5.0}, {2.5, 6.0}, {5, 7.2}, {10, 8.9}, {15, 9.6}, {22, 10}, {32, 9.8}}
)

// drop is how far the heart hangs below its usual place: it rides on the
// diaphragm.
func (b *build) drop() float64 { return (b.domes[0].top - 21.3) * 0.8 }

// leftBorder is the edge of the mediastinum on the viewer's right: subclavian
// artery, aortic knob, pulmonary trunk, left ventricle.
func (b *build) leftBorder() curve {
	u, h, d := b.unfold, b.heart, b.drop()
	s, a := h.size, h.apex
	return curve{{-14, 2.1}, {-1, 2.5 + 0.2*b.sway[0]}, {1, 2.45 + 0.25*b.sway[0]}, {2.5, 2.2 + 0.25*b.sway[0]}, {4.2, 2.1 + 0.2*b.sway[0]}, {5.0, 2.7 + 0.5*u + 0.5*h.knob},
		{5.8, 3.2 + 0.7*u + h.knob}, {6.6, 3.45 + 0.8*u + h.knob}, {7.4, 3.4 + 0.75*u + h.knob}, {8.2, 3.05 + 0.5*u},
		{8.9, 2.95 + 0.25*u}, {9.8, 3.45 + h.waist}, {11.3 + 0.2*d, 4.05 + h.waist},
		{13 + 0.5*d, 4.75 + 1.3*(s-1) + 0.25*h.globe}, {15 + 0.7*d, 5.75*s + 0.4*h.globe},
		{17.2 + 0.9*d + 0.4*a, 7.15*s + 0.3*h.globe}, {19.4 + d + 0.6*a, 8.3*s + 0.2*h.globe}, {21 + d + 0.7*a, 8.7 * s},
		{22.6 + d + 0.7*a, 8.6 * s}, {24 + d + 0.7*a, 8 * s}, {26 + d + 0.7*a, 7}, {40, 5.5}}
}

// rightBorder is the other edge: superior cava, right atrium.
func (b *build) rightBorder() curve {
	u, h, d := b.unfold, b.heart, b.drop()
	s := h.size
	return curve{{-14, 2.0}, {-1, 2.4 + 0.2*b.sway[1]}, {1, 2.5 + h.vein + 0.2*b.sway[1]}, {3, 2.3 + h.vein}, {5.5, 2.2 + h.vein}, {8, 2.5 + 0.5*u + h.vein}, {10.5, 2.9 + 0.4*u + 0.7*h.vein},
		{12.6 + 0.5*d, 3.5 + 0.6*h.atrium}, {14.8 + 0.8*d, 1.3 + 2.5*s + 1.1*h.atrium}, {17.4 + d, 1.5 + 2.8*s + h.atrium}, {19.5 + d, 1.5 + 2.8*s + 0.6*h.atrium},
		{22 + d, 4.2}, {40, 3.8}}
}

// mediastinumDepth is the half-depth of heart and great vessels: lung lies in
// front of and behind them, so their shadow is grey, not white.
func mediastinumDepth(size float64) curve {
	return curve{{-14, 2.4}, {0, 1.9}, {4, 2.4}, {5.6, 3.6}, {7, 4.4}, {10, 4.4}, {13, 5.2}, {18, 6.3 * size}, {24, 6.5 * size}, {40, 6.5}}
}

// medHalf is the half-depth of the mediastinum where r2 is the square of the
// distance from its middle in half-widths: a heart is fuller than an ellipse, the
// vessels and the fat above the arch thin out to the sides.
func (l *level) medHalf(r2 float32) float32 {
	return l.medD * sqrt32(max(0, 1-r2*(1-l.medFull*(1-r2))))
}

// tabulate prepares a build for tracing, at levels step cm apart.
func (b *build) tabulate(step float64) *anatomy {
	a := &anatomy{build: b, levels: make([]level, int((levelBottom-levelTop)/step)+1), step: step}
	left, right, depth := b.leftBorder(), b.rightBorder(), mediastinumDepth(b.heart.size)
	for i := range a.levels {
		y := (levelTop + float64(i)*step) / b.scale
		l := &a.levels[i]
		b.trunk(l, y)
		m0, m1 := left.at(y), right.at(y)
		l.medX = float32((m0-m1)/2*b.scale + b.shift*smooth(2, 8, y))
		l.medW = float32((m0 + m1) / 2 * b.scale)
		l.medD = float32(depth.at(y) * b.scale)
		l.medZ = float32(-0.2 - 2.6*smooth(5, 14, y))
		l.medFull = float32(-0.9 + 0.8*smooth(3.5, 6, y) + 0.6*smooth(9, 14, y))
		low := smooth(b.domes[0].top+1, b.domes[0].top+5, y) // between the domes lies the belly
		l.coreW = float32((1.7 - 0.2*smooth(2, 12, y) + 4*low) * b.scale)
		l.coreD = float32((5.6 + 12*low) * b.scale)
		l.aortaX, l.aortaR = b.descending(y)
	}
	return a
}

// descending is the aorta from its arch to the diaphragm: it starts on the left
// and slants to the front of the spine, and that edge is seen through the heart.
func (b *build) descending(y float64) (x, r float32) {
	r = float32((1.2 + 0.35*b.unfold) * math.Sqrt(smooth(5.4, 7, y)) * b.scale)
	x = float32((2.35 - 1.3*smooth(6, 25, y) + 0.9*b.unfold*(1-0.4*smooth(8, 25, y))) * b.scale)
	return x, r
}

// trunk fills in everything but the mediastinum; y is in average centimetres.
func (b *build) trunk(l *level, y float64) {
	k := b.scale
	lw := 0.0
	if y >= 0 {
		lw = lungWidth.at(y) * b.wide
	}
	sway := 0.12*math.Sin(y*0.55+b.sway[2]*3) + 0.12*b.sway[3]
	l.lungW = [2]float32{float32((lw + sway) * k), float32((lw - sway) * k)}
	l.medial = float32(lungMedial.at(y) * k)
	l.lungD = float32(lungDepth.at(y) * k)
	l.bodyW = float32((bodyWidth.at(y-(b.shoulder*0.6+1.2)*smooth(9, -2, y)) + b.fat*smooth(4, 14, y)*1.1 + (b.wide-1)*14) * k)
	l.bodyD = float32((bodyDepth.at(y) + b.fat*0.75) * k)
	l.spineX = float32(b.midline(y * k))
	l.spineW = float32(2.3 + 0.4*smooth(10, 24, y))
	l.cageW = float32((cageWidth.at(y)*b.wide + 0.40) * k)
	l.cageD = float32((cageDepth.at(y) + 0.1) * k)
	l.armX = float32((20.6 + b.armOut + 0.13*(y-3) + b.fat*0.6) * k)
	l.armR = float32((4.3 + b.fat*0.35 - 0.02*y) * smooth(0, 5, y))
}

func (a *anatomy) level(y float64) *level {
	i := int((y - levelTop) / a.step)
	return &a.levels[min(max(i, 0), len(a.levels)-1)]
}

// midline is the x of the spine at level y; a slight scoliosis looks natural.
func (b *build) midline(y float64) float64 {
	return b.spineSway * (math.Sin((y-4)*0.19+b.spinePhase) - math.Sin(-0.76+b.spinePhase))
}
