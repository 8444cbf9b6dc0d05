package phantom

// Areas on the patient, square cm: a finding that shows less is not marked,
// and specks smaller than that do not stretch its box.
const (
	leastArea  = 0.25
	leastSpeck = 0.25
	speckShare = 0.06 // of the largest part
)

// mark cleans the mask of specks and measures the boxes; false when too little
// of the finding shows.
func (l *lesion) mark() (Mark, bool) {
	f := l.f
	cm2 := f.cam.s * f.cam.s
	parts, sizes := components(l.mask, f.w)
	largest, area := 0, 0
	for _, n := range sizes {
		largest = max(largest, n)
	}
	least := max(leastSpeck*cm2, speckShare*float64(largest))
	for i, k := range parts {
		keep := k >= 0 && float64(sizes[k]) >= least
		l.mask[i] = keep
		if keep {
			area++
		}
	}
	if float64(area) < leastArea*cm2 {
		return Mark{}, false
	}
	return Mark{Finding: l.name, Severity: l.sev, Mask: l.mask, Boxes: l.boxes()}, true
}

// boxes are tight around the mask, for findings of both lungs one a side.
func (l *lesion) boxes() []Box {
	f := l.f
	none := Box{f.w, f.h, 0, 0}
	box := [2]Box{none, none}
	for i, v := range l.mask {
		if !v {
			continue
		}
		b := &box[0]
		if x, _ := f.place(i); l.both && x > 0 {
			b = &box[1]
		}
		x, y := i%f.w, i/f.w
		b.X0, b.Y0, b.X1, b.Y1 = min(b.X0, x), min(b.Y0, y), max(b.X1, x+1), max(b.Y1, y+1)
	}
	var out []Box
	for _, b := range box {
		if b != none {
			out = append(out, b)
		}
	}
	return out
}

// components numbers the 4-connected parts of a mask; -1 is outside. sizes are
// in pixels.
func components(mask []bool, width int) (part []int32, sizes []int) {
	part = make([]int32, len(mask))
	for i := range part {
		part[i] = -1
	}
	var stack []int
	for i, v := range mask {
		if !v || part[i] >= 0 {
			continue
		}
		k := int32(len(sizes))
		sizes = append(sizes, 0)
		part[i] = k
		stack = append(stack[:0], i)
		for len(stack) > 0 {
			j := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			sizes[k]++
			for _, e := range [4]int{j - 1, j + 1, j - width, j + width} {
				if e < 0 || e >= len(mask) || !mask[e] || part[e] >= 0 || (e != j-width && e != j+width && e/width != j/width) {
					continue
				}
				part[e] = k
				stack = append(stack, e)
			}
		}
	}
	return part, sizes
}
