package chest

import (
	"math"

	"hilum/internal/phantom/canvas"
)

// Level is what a ray needs to know about the cross-section at one height.
// Side 0 is the viewer's left (the patient's right), side 1 the viewer's right.
type Level struct {
	LungW          [2]float32 // outer half-width of the lungs
	lungD          float32    // half-depth of the lungs
	medial         float32    // rounding of the apex towards the midline
	bodyW, bodyD   float32
	MedX, medW     float32 // mediastinum: centre and half-width
	medD, medZ     float32 // half-depth and centre depth
	medFull        float32 // -1 fading to its edge, 0 an ellipse, 1 a box
	spineX, spineW float32 // spine with what clings to it
	coreW, coreD   float32 // half-width and half-depth of what fills the chest between sternum and spine
	aortaX, aortaR float32 // descending aorta: centre and radius
	cageW, cageD   float32 // rib cage
	armX, armR     float32
}

// The heights that are tabulated, and in what steps.
const (
	levelTop    = -14.0 // cm, above the apex
	levelBottom = 46.0
	CoarseLevel = 0.08 // step of a table that no film is traced with, cm
	LevelPixels = 0.6  // step of one that is, pixels
)

// Anatomy is a build with its outlines tabulated.
type Anatomy struct {
	*Build
	Levels []Level
	Step   float64 // cm
}

var (
	lungWidth = canvas.Curve{{0, 5.0}, {0.12, 6.1}, {0.35, 7.0}, {0.7, 7.8}, {1.2, 8.6}, {2, 9.6}, {3.4, 10.7},
		{5, 11.6},
		{9, 12.8},
		{14, 13.4}, {18, 14.0}, {23, 14.5}, {30, 14.6}}
	lungMedial = canvas.Curve{{0, 4.9}, {0.12, 4.1}, {0.35, 3.5}, {0.8, 3.0}, {1.6, 2.6}, {3, 2.1}, {5, 1.4}, {8, 0.6},
		{14, 0.3}}
	lungDepth = canvas.Curve{{-4, 4.5}, {0, 3.2}, {1, 4.2}, {2.5, 5.3}, {5, 6.7}, {10, 8.4}, {15, 9.2}, {22, 9.6},
		{30, 9.4}}
	bodyWidth = canvas.Curve{{-14, 6.4}, {-9, 6.1}, {-7, 6.6}, {-5.8, 7.9}, {-4.8, 10.2}, {-3.8, 13.4}, {-2.6, 17},
		{-1.0, 20.6},
		{1, 23.0}, {5, 23.4}, {9, 21.2}, {11.5, 19.0}, {15, 17.9}, {20, 17.3}, {26, 17.3}, {40, 17.6}}
	bodyDepth = canvas.Curve{{-14, 7.4}, {-6, 7.4}, {-3, 7.9}, {0, 8.4}, {4, 9.4}, {9, 10.4}, {15, 11.0}, {22, 10.9},
		{40, 10.8}}
	cageWidth = canvas.Curve{{-3, 4.0}, {-1.2, 5.6}, {0, 7.2}, {1.2, 8.9}, {2, 9.8}, {3.4, 10.8}, {5, 11.7}, {9, 12.9},
		{14, 13.5},
		{18, 14.1}, {23, 14.6}, {32, 14.8}}
	cageDepth = canvas.Curve{{-3, 4.2}, {0, 5.0}, {2.5, 6.0}, {5, 7.2}, {10, 8.9}, {15, 9.6}, {22, 10}, {32, 9.8}}
)

// drop is how far the heart hangs below its usual place: it rides on the
// diaphragm.
func (b *Build) drop() float64 { return (b.Domes[0].Top - 21.3) * 0.8 }

// leftBorder is the edge of the mediastinum on the viewer's right: subclavian
// artery, aortic knob, pulmonary trunk, left ventricle.
func (b *Build) leftBorder() canvas.Curve {
	u, h, d := b.unfold, b.Heart, b.drop()
	s, a := h.Size, h.Apex
	return canvas.Curve{{-14, 2.1}, {-1, 2.5 + 0.2*b.sway[0]}, {1, 2.45 + 0.25*b.sway[0]}, {2.5, 2.2 + 0.25*b.sway[0]},
		{4.2, 2.1 + 0.2*b.sway[0]}, {5.0, 2.7 + 0.5*u + 0.5*h.knob},
		{5.8, 3.2 + 0.7*u + h.knob}, {6.6, 3.45 + 0.8*u + h.knob}, {7.4, 3.4 + 0.75*u + h.knob}, {8.2, 3.05 + 0.5*u},
		{8.9, 2.95 + 0.25*u}, {9.8, 3.45 + h.waist}, {11.3 + 0.2*d, 4.05 + h.waist},
		{13 + 0.5*d, 4.75 + 1.3*(s-1) + 0.25*h.globe}, {15 + 0.7*d, 5.75*s + 0.4*h.globe},
		{17.2 + 0.9*d + 0.4*a, 7.15*s + 0.3*h.globe}, {19.4 + d + 0.6*a, 8.3*s + 0.2*h.globe},
		{21 + d + 0.7*a, 8.7 * s},
		{22.6 + d + 0.7*a, 8.6 * s}, {24 + d + 0.7*a, 8 * s}, {26 + d + 0.7*a, 7}, {40, 5.5}}
}

// rightBorder is the other edge: superior cava, right atrium.
func (b *Build) rightBorder() canvas.Curve {
	u, h, d := b.unfold, b.Heart, b.drop()
	s := h.Size
	return canvas.Curve{{-14, 2.0}, {-1, 2.4 + 0.2*b.sway[1]}, {1, 2.5 + h.vein + 0.2*b.sway[1]}, {3, 2.3 + h.vein},
		{5.5, 2.2 + h.vein}, {8, 2.5 + 0.5*u + h.vein}, {10.5, 2.9 + 0.4*u + 0.7*h.vein},
		{12.6 + 0.5*d, 3.5 + 0.6*h.atrium}, {14.8 + 0.8*d, 1.3 + 2.5*s + 1.1*h.atrium},
		{17.4 + d, 1.5 + 2.8*s + h.atrium},
		{19.5 + d, 1.5 + 2.8*s + 0.6*h.atrium},
		{22 + d, 4.2}, {40, 3.8}}
}

// mediastinumDepth is the half-depth of heart and great vessels: lung lies in
// front of and behind them, so their shadow is grey, not white.
func mediastinumDepth(size float64) canvas.Curve {
	return canvas.Curve{{-14, 2.4}, {0, 1.9}, {4, 2.4}, {5.6, 3.6}, {7, 4.4}, {10, 4.4}, {13, 5.2}, {18, 6.3 * size},
		{24, 6.5 * size}, {40, 6.5}}
}

// medHalf is the half-depth of the mediastinum where r2 is the square of the
// distance from its middle in half-widths: a heart is fuller than an ellipse, the
// vessels and the fat above the arch thin out to the sides.
func (l *Level) medHalf(r2 float32) float32 {
	return l.medD * canvas.Sqrt32(max(0, 1-r2*(1-l.medFull*(1-r2))))
}

// Tabulate prepares a build for tracing, at levels step cm apart.
func (b *Build) Tabulate(step float64) *Anatomy {
	a := &Anatomy{Build: b, Levels: make([]Level, int((levelBottom-levelTop)/step)+1), Step: step}
	left, right, depth := b.leftBorder(), b.rightBorder(), mediastinumDepth(b.Heart.Size)
	for i := range a.Levels {
		y := (levelTop + float64(i)*step) / b.Scale
		l := &a.Levels[i]
		b.trunk(l, y)
		m0, m1 := left.At(y), right.At(y)
		l.MedX = float32((m0-m1)/2*b.Scale + b.Shift*canvas.Smooth(2, 8, y))
		l.medW = float32((m0 + m1) / 2 * b.Scale)
		l.medD = float32(depth.At(y) * b.Scale)
		l.medZ = float32(-0.2 - 2.6*canvas.Smooth(5, 14, y))
		l.medFull = float32(-0.9 + 0.8*canvas.Smooth(3.5, 6, y) + 0.6*canvas.Smooth(9, 14, y))
		low := canvas.Smooth(b.Domes[0].Top+1, b.Domes[0].Top+5, y) // between the domes lies the belly
		l.coreW = float32((1.7 - 0.2*canvas.Smooth(2, 12, y) + 4*low) * b.Scale)
		l.coreD = float32((5.6 + 12*low) * b.Scale)
		l.aortaX, l.aortaR = b.descending(y)
	}
	return a
}

// descending is the aorta from its arch to the diaphragm: it starts on the left
// and slants to the front of the spine, and that edge is seen through the heart.
func (b *Build) descending(y float64) (x, r float32) {
	r = float32((1.2 + 0.35*b.unfold) * math.Sqrt(canvas.Smooth(5.4, 7, y)) * b.Scale)
	x = float32((2.35 - 1.3*canvas.Smooth(6, 25, y) + 0.9*b.unfold*(1-0.4*canvas.Smooth(8, 25, y))) * b.Scale)
	return x, r
}

// trunk fills in everything but the mediastinum; y is in average centimetres.
func (b *Build) trunk(l *Level, y float64) {
	k := b.Scale
	lw := 0.0
	if y >= 0 {
		lw = lungWidth.At(y) * b.wide
	}
	sway := 0.12*math.Sin(y*0.55+b.sway[2]*3) + 0.12*b.sway[3]
	l.LungW = [2]float32{float32((lw + sway) * k), float32((lw - sway) * k)}
	l.medial = float32(lungMedial.At(y) * k)
	l.lungD = float32(lungDepth.At(y) * k)
	l.bodyW = float32((bodyWidth.At(y-(b.shoulder*0.6+1.2)*canvas.Smooth(9, -2, y)) +
		b.fat*canvas.Smooth(4, 14, y)*1.1 + (b.wide-1)*14) * k)
	l.bodyD = float32((bodyDepth.At(y) + b.fat*0.75) * k)
	l.spineX = float32(b.midline(y * k))
	l.spineW = float32(2.3 + 0.4*canvas.Smooth(10, 24, y))
	l.cageW = float32((cageWidth.At(y)*b.wide + 0.40) * k)
	l.cageD = float32((cageDepth.At(y) + 0.1) * k)
	l.armX = float32((20.6 + b.armOut + 0.13*(y-3) + b.fat*0.6) * k)
	l.armR = float32((4.3 + b.fat*0.35 - 0.02*y) * canvas.Smooth(0, 5, y))
}

// Level is the cross-section at a height, patient cm.
func (a *Anatomy) Level(y float64) *Level {
	i := int((y - levelTop) / a.Step)
	return &a.Levels[min(max(i, 0), len(a.Levels)-1)]
}

// midline is the x of the spine at level y; a slight scoliosis looks natural.
func (b *Build) midline(y float64) float64 {
	return b.spineSway * (math.Sin((y-4)*0.19+b.spinePhase) - math.Sin(-0.76+b.spinePhase))
}
