package report

import "hilum/inference"

// regionShare is the share of a map's peak from which a place belongs to the
// region: half, as the NIH's boxes were compared with maps (full width at half
// maximum).
const regionShare = 0.5

// region is where a class map points: the cells around its peak that reach half
// of it and hang together by their sides, as a polygon in pixels of a picture of
// w x h. It is nil when the map has no evidence for the class.
func region(h *inference.Heatmap, w, height int) [][2]float32 {
	peak := 0
	for i, v := range h.Values {
		if v > h.Values[peak] {
			peak = i
		}
	}
	if len(h.Values) == 0 || !(h.Values[peak] > 0) {
		return nil
	}
	cells := flood(h, peak, regionShare*h.Values[peak])
	outline := trace(cells, h.Width, peak)
	out := make([][2]float32, len(outline))
	for i, p := range outline {
		x := h.X0 + float64(p[0])/float64(h.Width)*(h.X1-h.X0)
		y := h.Y0 + float64(p[1])/float64(h.Height)*(h.Y1-h.Y0)
		out[i] = [2]float32{float32(x * float64(w)), float32(y * float64(height))}
	}
	return out
}

// flood marks the cells that reach least and hang together with the first.
func flood(h *inference.Heatmap, first int, least float32) []bool {
	in := make([]bool, len(h.Values))
	in[first] = true
	for queue := []int{first}; len(queue) > 0; {
		i := queue[0]
		queue = queue[1:]
		x, y := i%h.Width, i/h.Width
		for _, n := range [][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
			if n[0] < 0 || n[1] < 0 || n[0] >= h.Width || n[1] >= h.Height {
				continue
			}
			if j := n[1]*h.Width + n[0]; !in[j] && h.Values[j] >= least {
				in[j] = true
				queue = append(queue, j)
			}
		}
	}
	return in
}

// Directions along the sides of cells, clockwise; the cell lies to the right.
var steps = [4][2]int{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}

// trace walks around the outer border of the cells, corner by corner, with the
// region on the right. Holes are left out.
func trace(in []bool, width, peak int) [][2]int {
	cell := func(x, y int) bool { return x >= 0 && y >= 0 && x < width && y < len(in)/width && in[y*width+x] }
	first := peak
	for i := range in { // the topmost row's leftmost cell has a border above
		if in[i] {
			first = i
			break
		}
	}
	x, y, d := first%width, first/width, 0
	var out [][2]int
	for startX, startY := x, y; ; {
		// From a corner the border goes right where it can, so that regions that
		// touch at a corner alone are not joined.
		for _, turn := range []int{1, 0, 3} {
			if next := (d + turn) % 4; border(cell, x, y, next) {
				if next != d || len(out) == 0 {
					out = append(out, [2]int{x, y})
				}
				d = next
				break
			}
		}
		x, y = x+steps[d][0], y+steps[d][1]
		if x == startX && y == startY {
			return out
		}
	}
}

// border tells whether the side that leaves the corner x, y in a direction has
// the region on its right and none on its left.
func border(cell func(x, y int) bool, x, y, direction int) bool {
	switch direction {
	case 0: // to the right: below is right
		return cell(x, y) && !cell(x, y-1)
	case 1: // down
		return cell(x-1, y) && !cell(x, y)
	case 2: // to the left
		return cell(x-1, y-1) && !cell(x-1, y)
	default: // up
		return cell(x, y-1) && !cell(x-1, y-1)
	}
}
