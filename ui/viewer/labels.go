package viewer

import (
	"math"

	"fyne.io/fyne/v2"

	"hilum/ui/kit"
)

// tag is what stands beside a mark.
type tag struct {
	mark  string // its ID; "" for what cannot be moved
	lines []string
	of    fyne.Position // the place of the mark that it belongs to
	at    fyne.Position // where it begins
	fixed bool          // where a person has put it
}

// Of labels that make way for each other: the room between two, how far one looks for a free
// place, in steps around its own, and from where on a line leads from it to its mark. Units.
const (
	labelRoom  = 3
	labelRings = 8
	leaderFrom = 24
)

// placeLabels writes what stands beside marks: those that a person has put somewhere first, the
// others at the nearest place that is free, each with a line to its mark where it is not close.
func (l *markLayer) placeLabels() {
	var taken []box
	for _, fixed := range []bool{true, false} {
		for i := range l.tags {
			if t := &l.tags[i]; t.fixed == fixed {
				b := l.labelFor(i)
				b.set(t.lines...)
				if len(t.lines) == 0 {
					continue
				}
				if !fixed {
					t.at = l.freePlace(t.at, b.extent, taken)
				}
				b.place(t.at)
				own := boxOf(b.corner(t.at), b.extent)
				taken = append(taken, own)
				if end := own.nearest(t.of); math.Hypot(float64(end.X-t.of.X), float64(end.Y-t.of.Y)) > leaderFrom {
					l.line(end, t.of, false)
					l.lines[l.nextLine-1].StrokeWidth = leaderWidth
				}
			}
		}
	}
}

// labelFor is the block of the i-th tag.
func (l *markLayer) labelFor(i int) *block {
	for len(l.labels) <= i {
		b := newBlock(kit.TextSize, fyne.TextAlignLeading, false)
		b.colour = kit.ColourMark
		l.labels = append(l.labels, b)
		l.box.Objects = append(l.box.Objects, b.Raster)
	}
	return l.labels[i]
}

// freePlace is the place nearest to one where a label overlaps no other and is in sight; where
// there is none, that one.
func (l *markLayer) freePlace(at fyne.Position, size fyne.Size, taken []box) fyne.Position {
	field := box{0, 0, l.size.Width, l.size.Height}
	free := func(p fyne.Position) bool {
		own := boxOf(p.SubtractXY(plateEdge, 0), size)
		for _, t := range taken {
			if own.meets(t) {
				return false
			}
		}
		return field == box{} || own.within(field)
	}
	if free(at) {
		return at
	}
	for ring := float32(1); ring <= labelRings; ring++ {
		dx, dy := size.Width/2+2*labelGap, size.Height/2+labelRoom
		for _, by := range [][2]float32{{0, 1}, {0, -1}, {-2, 0}, {2, 0}, {-2, -1}, {2, -1}, {-2, 1}, {2, 1}} {
			if p := at.AddXY(by[0]*dx*(ring+1)/2, by[1]*dy*ring); free(p) {
				return p
			}
		}
	}
	return at
}

// labelAt is the mark whose words are at a place, and where these begin.
func (l *markLayer) labelAt(at fyne.Position) (mark string, begins fyne.Position, ok bool) {
	if l.shown.hidden {
		return "", begins, false
	}
	for i, t := range l.tags {
		b := l.labels[i]
		if t.mark != "" && len(t.lines) > 0 && boxOf(b.corner(b.anchor), b.extent).holds(at) {
			return t.mark, t.at, true
		}
	}
	return "", begins, false
}

// box is a part of the widget, from its upper left corner to its lower right one.
type box struct{ x0, y0, x1, y1 float32 }

// boxOf is that of a plate with a corner.
func boxOf(corner fyne.Position, size fyne.Size) box {
	return box{corner.X, corner.Y, corner.X + size.Width + 2*plateEdge, corner.Y + size.Height}
}

func (b box) meets(o box) bool {
	return b.x0 < o.x1+labelRoom && o.x0 < b.x1+labelRoom && b.y0 < o.y1+labelRoom && o.y0 < b.y1+labelRoom
}

func (b box) within(o box) bool { return b.x0 >= o.x0 && b.y0 >= o.y0 && b.x1 <= o.x1 && b.y1 <= o.y1 }

func (b box) holds(p fyne.Position) bool {
	return p.X >= b.x0 && p.X <= b.x1 && p.Y >= b.y0 && p.Y <= b.y1
}

// nearest is the place of the box that is nearest to another.
func (b box) nearest(p fyne.Position) fyne.Position {
	between := func(v, lo, hi float32) float32 { return max(lo, min(hi, v)) }
	return fyne.NewPos(between(p.X, b.x0, b.x1), between(p.Y, b.y0, b.y1))
}
