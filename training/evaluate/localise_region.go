package evaluate

import (
	"math"
	"slices"

	"hilum/inference"
	"hilum/training/dataset"
)

// regionSide is how finely pictures are cut to compare areas: the cells of a
// grid of this many a side are in or out by their centres. A box of the NIH's
// list is 2 pixels a cell; the smallest there has 20 cells.
const regionSide = 512

// region is a set of cells.
type region []bool

// newRegion marks what the boxes cover.
func newRegion(boxes []dataset.Box) region {
	r := make(region, regionSide*regionSide)
	for _, b := range boxes {
		x0, x1 := cells(b.X, b.X+b.W)
		y0, y1 := cells(b.Y, b.Y+b.H)
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				r[y*regionSide+x] = true
			}
		}
	}
	return r
}

// cells gives the cells first..end-1 whose centres lie in from..to.
func cells(from, to float64) (first, end int) {
	at := func(v float64) int { return min(max(int(math.Ceil(v*regionSide-0.5)), 0), regionSide) }
	return at(from), at(to)
}

// holds is 1 when a place, as fractions of the picture, is in a box.
func holds(boxes []dataset.Box, x, y float64) float64 {
	if dataset.Inside(boxes, x, y) {
		return 1
	}
	return 0
}

// placement is how well a map lies on boxes.
type placement struct{ pointing, iou, iobb float64 }

// compare gives IoU and IoBB of what has at least level of the largest value. A
// map that is nowhere over zero marks nothing: both are 0.
func (r region) compare(values []float32, level float64) placement {
	least := float32(level) * slices.Max(values)
	if !(least > 0) {
		return placement{}
	}
	both, marked, covered := 0, 0, 0
	for i, in := range r {
		is := values[i] >= least
		if in {
			covered++
		}
		if is {
			marked++
		}
		if in && is {
			both++
		}
	}
	return placement{iou: float64(both) / float64(marked+covered-both), iobb: float64(both) / float64(marked)}
}

// evidence gives a class map on the cells of the whole picture: bilinear between
// the centres of the map's own cells and constant beyond the outermost, as it is
// shown. Where the network did not see the picture there is none.
func evidence(h *inference.Heatmap) []float32 {
	xs, ys := samples(h.X0, h.X1, h.Width), samples(h.Y0, h.Y1, h.Height)
	out := make([]float32, regionSide*regionSide)
	for y, sy := range ys {
		if !sy.seen {
			continue
		}
		upper, lower := h.Values[sy.low*h.Width:(sy.low+1)*h.Width], h.Values[sy.high*h.Width:(sy.high+1)*h.Width]
		row := out[y*regionSide : (y+1)*regionSide]
		for x, sx := range xs {
			if !sx.seen {
				continue
			}
			a := upper[sx.low] + (upper[sx.high]-upper[sx.low])*sx.share
			b := lower[sx.low] + (lower[sx.high]-lower[sx.low])*sx.share
			row[x] = a + (b-a)*sy.share
		}
	}
	return out
}

// sample says which two of a map's cells a place lies between.
type sample struct {
	seen      bool
	low, high int
	share     float32 // of the higher one
}

// samples places the cells of one axis of the picture in the n cells of a map
// that covers the fractions from..to of it.
func samples(from, to float64, n int) []sample {
	out := make([]sample, regionSide)
	for i := range out {
		p := (float64(i) + 0.5) / regionSide
		if p < from || p > to {
			continue
		}
		at := min(max((p-from)/(to-from)*float64(n)-0.5, 0), float64(n-1))
		low := int(at)
		out[i] = sample{true, low, min(low+1, n-1), float32(at - float64(low))}
	}
	return out
}

// boxPrior counts, for each class, how many films have a box of it over a cell.
type boxPrior struct {
	counts [][]int32      // of each class
	images [][]boxedImage // of each class
}

// boxedImage are the boxes of one class on one film.
type boxedImage struct {
	patient string
	boxes   []dataset.Box
}

// newBoxPrior counts the boxes of all films.
func newBoxPrior(images []dataset.Image, classes []string) *boxPrior {
	p := &boxPrior{make([][]int32, len(classes)), make([][]boxedImage, len(classes))}
	for c, class := range classes {
		for _, f := range images {
			boxes := f.BoxesOf(class)
			if len(boxes) == 0 {
				continue
			}
			if p.counts[c] == nil {
				p.counts[c] = make([]int32, regionSide*regionSide)
			}
			p.images[c] = append(p.images[c], boxedImage{f.Patient, boxes})
			newRegion(boxes).addTo(p.counts[c], 1)
		}
	}
	return p
}

func (r region) addTo(counts []int32, n int32) {
	for i, in := range r {
		if in {
			counts[i] += n
		}
	}
}

// without gives the counts of the other patients; false when there are none.
func (p *boxPrior) without(class int, patient string) (priorMap, bool) {
	m := slices.Clone(p.counts[class])
	others := false
	for _, f := range p.images[class] {
		if f.patient == patient {
			newRegion(f.boxes).addTo(m, -1)
		} else {
			others = true
		}
	}
	return m, others
}

// priorMap counts films a cell.
type priorMap []int32

func (m priorMap) values() []float32 {
	out := make([]float32, len(m))
	for i, n := range m {
		out[i] = float32(n)
	}
	return out
}

// centre is the place of the largest count, as fractions of the picture. Many
// cells share it: of these it is the one nearest to their middle.
func (m priorMap) centre() (x, y float64) {
	most := slices.Max(m)
	var sx, sy, n float64
	for i, c := range m {
		if c == most {
			sx += float64(i % regionSide)
			sy += float64(i / regionSide)
			n++
		}
	}
	best, nearest := 0, math.Inf(1)
	for i, c := range m {
		if c != most {
			continue
		}
		if d := math.Hypot(float64(i%regionSide)-sx/n, float64(i/regionSide)-sy/n); d < nearest {
			best, nearest = i, d
		}
	}
	return (float64(best%regionSide) + 0.5) / regionSide, (float64(best/regionSide) + 0.5) / regionSide
}
