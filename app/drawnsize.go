package app

import (
	"bytes"
	"runtime/debug"

	"hilum/app/annotation"
	"hilum/dicomio"
)

// Pictures of more than drawnWhole pixels, which no detector of films has, are drawn
// smaller, at most of drawnMost: drawn in colour, with a map, a page and a capture,
// they take many times their own memory.
const (
	drawnWhole = 33 << 19
	drawnMost  = 4 << 20
)

// reduction is the whole number by which a picture is divided to be drawn.
func reduction(im *dicomio.Image) int {
	k := 1
	if im.Width*im.Height <= drawnWhole {
		return k
	}
	for (im.Width/k)*(im.Height/k) > drawnMost {
		k++
	}
	return k
}

// shrink makes the picture ready that is drawn of the subject.
func (x *export) shrink() {
	x.drawable, x.less = x.subject, reduction(x.subject.Image)
	if x.less == 1 {
		return
	}
	x.drawable.Image = x.subject.Image.Reduced(x.less)
	debug.FreeOSMemory() // what decoding and scoring left
	o := &x.report.Origin
	o.Warnings = append(o.Warnings, "The picture is very large and drawn smaller here.")
}

// onDrawn is where a point of the film lies in what is drawn of it.
func (x *export) onDrawn(p annotation.Point) annotation.Point {
	k := float64(x.less)
	return annotation.Point{X: p.X / k, Y: p.Y / k}
}

// markSize is the height of words on the drawn film, of those that the film has.
func (x *export) markSize(film float64) float64 { return max(film/float64(x.less), 9) }

// named is the film that others will refer to; head says that only its header is
// wanted, which says as much and takes no memory.
func (x *export) named(head bool) (dicomio.Source, error) {
	plain := *x.subject.Image
	if head {
		plain.Width, plain.Height, plain.Stored = 1, 1, plain.Stored[:plain.Samples]
	}
	if plain.Samples != 1 {
		plain.Stored, plain.Samples = plain.Gray(), 1
	}
	var b bytes.Buffer
	if err := dicomio.WriteDICOM(&b, &plain); err != nil {
		return dicomio.Source{}, err
	}
	x.film, x.needsFilm = b.Bytes(), true
	return dicomio.SourceOfFile(plain.Path, x.film)
}
