package viewer

import (
	"math"

	"fyne.io/fyne/v2"

	"hilum/app/radiograph"
)

// Letters of lead that lie on a film are the brightest thing on it and have sharp edges;
// anatomy has not both.
const (
	markerBright = 0.85 // of the film's range of values
	markerEdge   = 0.35 // likewise, from one sample to the next
	markerStep   = 2    // units between samples
	markerEdges  = 8    // in all, that make a marker
)

// clear moves a block that was placed over a marker of the film along its edge, down by 1 and
// up by -1, to the first place that has none, and tells how far; where all have one it
// stays. below is what belongs to the block below it.
func (o *overlay) clear(b *block, by, below float32) (moved float32) {
	p := o.scene.picture
	if b.Hidden || p == nil {
		return 0
	}
	from, size := b.anchor, b.extent.AddWidthHeight(2*plateEdge, below)
	most := o.size.Height/2 - 2*size.Height // the patient's sides stand in the middle
	for moved = 0; moved <= most; moved += b.height() {
		if !o.marked(p, b.corner(from.AddXY(0, by*moved)), size) {
			if moved > 0 {
				b.place(from.AddXY(0, by*moved))
			}
			return by * moved
		}
	}
	return 0
}

// marked tells whether a marker of the film lies within a part of the widget.
func (l *look) marked(p *radiograph.Picture, at fyne.Position, size fyne.Size) bool {
	lo, hi := p.Image.ValueRange()
	span := float64(hi) - float64(lo)
	if span <= 0 {
		return false
	}
	w, h := p.Size()
	value := func(x, y float32) float64 { // 0 is black, 1 white; beside the film it is black
		f := l.imagePoint(fyne.NewPos(x, y))
		ix, iy := int(math.Floor(f.X)), int(math.Floor(f.Y))
		if ix < 0 || iy < 0 || ix >= w || iy >= h {
			return 0
		}
		v := float64(p.Pyramid.At(iy*w+ix)) / span
		if p.Image.Inverted {
			v = 1 - v
		}
		return v
	}
	edges := 0
	for y := at.Y; y < at.Y+size.Height; y += markerStep {
		last := value(at.X, y)
		for x := at.X + markerStep; x < at.X+size.Width; x += markerStep {
			v := value(x, y)
			if max(v, last) >= markerBright && math.Abs(v-last) >= markerEdge {
				if edges++; edges >= markerEdges {
					return true
				}
			}
			last = v
		}
	}
	return false
}
