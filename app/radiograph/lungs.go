package radiograph

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"hilum/dicomio"
	"hilum/internal/raster"
)

// lungs keeps the lung field of a picture.
type lungs struct {
	once  sync.Once
	field LungField
	found bool
}

// LungField is where the lungs of a frontal film seem to lie: a coarse guess
// from grey values alone, good for a window and for naming a zone, not for
// measuring.
type LungField struct {
	X0, Y0, X1, Y1 float64 // box around both lungs, fractions of width and height
	Middle         float64 // where the mediastinum lies between them, a fraction of the width

	values []float64 // modality values within the field, rising
}

// LungField finds the lungs, false where nothing on the picture looks like
// them. It is computed once.
func (p *Picture) LungField() (LungField, bool) {
	l := &p.lungs
	l.once.Do(func() { l.field, l.found = findLungs(p.Image) })
	return l.field, l.found
}

// thin is a film of few pixels: air is low whatever the polarity.
type thin struct {
	w, h   int
	dark   []float64 // modality value, negated where low values are shown bright
	stored []float64 // modality value as it is
}

func thinOut(im *dicomio.Image) thin {
	step := max(1, min(im.Width, im.Height)/lungSide)
	t := thin{}
	grey := im.Gray()
	for y := step / 2; y < im.Height; y += step {
		t.h++
		for x := step / 2; x < im.Width; x += step {
			v := im.ModalityValue(grey[y*im.Width+x])
			t.stored = append(t.stored, v)
			if im.Inverted {
				v = -v
			}
			t.dark = append(t.dark, v)
		}
	}
	if t.h > 0 {
		t.w = len(t.dark) / t.h
	}
	return t
}

// findLungs takes the dark parts of the film that do not touch its edge: those
// under Otsu's threshold (Otsu 1979) or, where those are no pair, under a lower
// one, and of them the largest left and right.
func findLungs(im *dicomio.Image) (LungField, bool) {
	t := thinOut(im)
	if t.w < 16 || t.h < 16 {
		return LungField{}, false
	}
	dark, lowest := otsu(t.dark), slices.Min(t.dark)
	for share := 1.0; share >= leastLimit; share -= limitStep {
		if left, right := t.pair(lowest + share*(dark-lowest)); left != nil && right != nil && paired(left, right) {
			return t.field(left, right), true
		}
	}
	return LungField{}, false
}

// pair finds the largest dark part on either side that can be a lung, nil for
// none.
func (t thin) pair(limit float64) (left, right *part) {
	for _, p := range t.darkParts(limit) {
		share := float64(len(p.at)) / float64(t.w*t.h)
		if share < leastLung || share > mostLung || p.touches {
			continue
		}
		side := &left
		if p.centre(t.w) >= 0.5 {
			side = &right
		}
		if *side == nil || len(p.at) > len((*side).at) {
			*side = p
		}
	}
	return left, right
}

func paired(a, b *part) bool {
	least, most := min(len(a.at), len(b.at)), max(len(a.at), len(b.at))
	return float64(least) >= leastPair*float64(most)
}

func (t thin) field(left, right *part) LungField {
	w, h := float64(t.w), float64(t.h)
	f := LungField{
		X0: float64(left.x0) / w, X1: float64(right.x1+1) / w,
		Y0: float64(min(left.y0, right.y0)) / h, Y1: float64(max(left.y1, right.y1)+1) / h,
		Middle: (float64(left.x1+1) + float64(right.x0)) / 2 / w,
	}
	reach := max(f.Middle-f.X0, f.X1-f.Middle) // an opaque lung looks narrow: the other one says how wide it is
	f.values = t.within(f.Middle-reach, f.Y0, f.Middle+reach, f.Y1, f.Middle,
		min(float64(right.x0-left.x1)/2/w, reach/4))
	return f
}

// within are the values, rising, of a box in fractions of width and height, without a band
// to both sides of the middle.
func (t thin) within(x0, y0, x1, y1, middle, band float64) (out []float64) {
	for i, v := range t.stored {
		x, y := (float64(i%t.w)+0.5)/float64(t.w), (float64(i/t.w)+0.5)/float64(t.h)
		if x >= x0 && x <= x1 && y >= y0 && y <= y1 && math.Abs(x-middle) >= band {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// AutoWindow is one that shows the lungs without burning out what lies in them: it spans
// the values of the two halves of the thorax, opaque parts of lungs included. lungs is
// false where none were found; then it spans the values of the middle of the picture.
func (p *Picture) AutoWindow() (w dicomio.Window, lungs bool) {
	f, lungs := p.LungField()
	if !lungs {
		t := thinOut(p.Image)
		f.values = t.within(innerEdge, innerEdge, 1-innerEdge, 1-innerEdge, -1, 0)
	}
	if len(f.values) == 0 {
		return p.Image.DefaultWindow(), false
	}
	return f.window(), lungs
}

// part is a connected dark region.
type part struct {
	at             []int
	x0, y0, x1, y1 int
	touches        bool // the edge of the film
}

func (p *part) centre(w int) float64 {
	sum := 0
	for _, i := range p.at {
		sum += i % w
	}
	return float64(sum) / float64(len(p.at)) / float64(w)
}

// darkParts finds the regions of values under the limit, connected by sides.
func (t thin) darkParts(limit float64) []*part {
	seen := make([]bool, len(t.dark))
	var out []*part
	for start, v := range t.dark {
		if seen[start] || v >= limit {
			continue
		}
		p := &part{x0: t.w, y0: t.h}
		queue := []int{start}
		seen[start] = true
		for len(queue) > 0 {
			i := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			x, y := i%t.w, i/t.w
			p.add(i, x, y, t)
			for _, n := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
				if n[0] < 0 || n[1] < 0 || n[0] >= t.w || n[1] >= t.h {
					continue
				}
				if j := n[1]*t.w + n[0]; !seen[j] && t.dark[j] < limit {
					seen[j] = true
					queue = append(queue, j)
				}
			}
		}
		out = append(out, p)
	}
	return out
}

func (p *part) add(i, x, y int, t thin) {
	p.at = append(p.at, i)
	p.x0, p.x1, p.y0, p.y1 = min(p.x0, x), max(p.x1, x), min(p.y0, y), max(p.y1, y)
	p.touches = p.touches || x == 0 || y == 0 || x == t.w-1 || y == t.h-1
}

// otsu is the value that parts dark from bright with the largest variance
// between the two.
func otsu(values []float64) float64 {
	lo, hi := slices.Min(values), slices.Max(values)
	if hi <= lo {
		return lo
	}
	var bins [otsuBins]float64
	for _, v := range values {
		bins[min(int((v-lo)/(hi-lo)*otsuBins), otsuBins-1)]++
	}
	var total, sum float64
	for i, n := range bins {
		total += n
		sum += n * float64(i)
	}
	best, at := -1.0, 0
	var below, belowSum float64
	for i, n := range bins {
		below += n
		belowSum += n * float64(i)
		above := total - below
		if below == 0 || above == 0 {
			continue
		}
		d := belowSum/below - (sum-belowSum)/above
		if between := below * above * d * d; between > best {
			best, at = between, i
		}
	}
	return lo + (hi-lo)*float64(at+1)/otsuBins
}

// window spans the values of the field.
func (f LungField) window() dicomio.Window {
	at := func(q float64) float64 { return f.values[int(q*float64(len(f.values)-1))] }
	lo, hi := at(lungLow), at(lungHigh)
	room := lungRoom * (hi - lo)
	return dicomio.Window{Name: "lungs", Center: (lo + hi) / 2, Width: math.Max(hi-lo+2*room, MinWidth),
		Function: dicomio.LinearExact}
}

// Zone names a place of the film by thirds of the lungs' height and by side, as
// "right lower zone"; the sides are the patient's. orientation is Patient
// Orientation; without it the film is taken to be seen from the front, the
// patient's right at the left.
func (f LungField) Zone(x, y float64, orientation string) string {
	height := "middle"
	switch t := (y - f.Y0) / (f.Y1 - f.Y0); {
	case t < -0.05:
		return "above the lungs"
	case t > 1.05:
		return "below the lungs"
	case t < 1.0/3:
		height = "upper"
	case t > 2.0/3:
		height = "lower"
	}
	width := f.X1 - f.X0
	switch {
	case math.Abs(x-f.Middle) < mediastinum*width:
		return "mediastinum, " + height + " third"
	case x < f.X0-0.05*width || x > f.X1+0.05*width:
		return "beside the lungs"
	}
	sides := SidesOf(orientation, raster.Orientation{})
	side := cmp.Or(sides.Left, "R")
	if x > f.Middle {
		side = cmp.Or(sides.Right, "L")
	}
	switch side {
	case "R":
		return "right " + height + " zone"
	case "L":
		return "left " + height + " zone"
	}
	return height + " zone"
}

// lungSide is the size to which a film is thinned out before lungs are looked
// for.
const lungSide = 160

// The share of the film that two lungs can take, and how far from its middle
// each must reach, both generous.
const (
	leastLung = 0.02
	mostLung  = 0.40
	leastPair = 0.25 // the smaller lung's share of the larger
)

// How far under Otsu's threshold lungs are looked for: where they run together
// with the axilla or the air outside, a lower one parts them.
const leastLimit, limitStep = 0.4, 0.1

// otsuBins is the number of bins of Otsu's histogram.
const otsuBins = 256

// The percentiles of the values that the automatic window spans, and by how much it is
// wider.
const (
	lungLow, lungHigh = 0.005, 0.98
	lungRoom          = 0.04
)

// innerEdge is the share of the picture at each edge that the automatic window leaves out
// where no lungs were found: collimation, borders, labels.
const innerEdge = 0.12
