package findings

import "hilum/internal/phantom/chest"

// Areas on the patient, square cm: a finding that shows less is not marked,
// and specks smaller than that do not stretch its box.
const (
	leastArea  = 0.25
	leastSpeck = 0.25
	speckShare = 0.06 // of the largest part
)

// Mark cleans the mask of specks and measures the boxes; false when too little
// of the finding shows.
func (l *Drawing) Mark() (Mark, bool) {
	f := l.f
	cm2 := f.Cam.S * f.Cam.S
	parts := takeApart(l.Mask, f.W)
	largest, area := 0, 0
	for _, p := range parts {
		largest = max(largest, len(p))
	}
	least := max(leastSpeck*cm2, speckShare*float64(largest))
	for _, p := range parts {
		if float64(len(p)) < least {
			continue
		}
		area += len(p)
		for _, i := range p {
			l.Mask[i] = true
		}
	}
	if float64(area) < leastArea*cm2 {
		return Mark{}, false
	}
	return Mark{Finding: l.Name, Severity: l.sev, Mask: l.Mask, Boxes: l.boxes()}, true
}

// boxes are tight around the mask, for findings of both lungs one a side.
func (l *Drawing) boxes() []chest.PixelBox {
	f := l.f
	none := chest.PixelBox{X0: f.W, Y0: f.H}
	box := [2]chest.PixelBox{none, none}
	for y := range f.H {
		for x, v := range l.Mask[y*f.W : (y+1)*f.W] {
			if !v {
				continue
			}
			b := &box[0]
			if px, _ := f.Ruler.At(x, y); l.both && px > 0 {
				b = &box[1]
			}
			b.X0, b.Y0, b.X1, b.Y1 = min(b.X0, x), min(b.Y0, y), max(b.X1, x+1), max(b.Y1, y+1)
		}
	}
	var out []chest.PixelBox
	for _, b := range box {
		if b != none {
			out = append(out, b)
		}
	}
	return out
}

// takeApart empties a mask and gives the pixels of its 4-connected parts.
func takeApart(mask []bool, width int) [][]int32 {
	n := 0
	for _, v := range mask {
		if v {
			n++
		}
	}
	all := make([]int32, 0, n)
	var parts [][]int32
	for i, v := range mask {
		if v {
			first := len(all)
			all = takePart(all, mask, width, i)
			parts = append(parts, all[first:])
		}
	}
	return parts
}

// takePart adds the pixels of the part that holds i.
func takePart(all []int32, mask []bool, width, i int) []int32 {
	next := len(all)
	mask[i] = false
	all = append(all, int32(i))
	for ; next < len(all); next++ {
		i := int(all[next])
		x := i % width
		for _, e := range [4]struct {
			to     int
			inside bool
		}{{i - 1, x > 0}, {i + 1, x < width-1}, {i - width, i >= width}, {i + width, i+width < len(mask)}} {
			if e.inside && mask[e.to] {
				mask[e.to] = false
				all = append(all, int32(e.to))
			}
		}
	}
	return all
}
