package report

import (
	"image"
	"image/color"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"hilum/app/annotation"
	"hilum/inference"
	"hilum/internal/raster"
)

// markColour is a yellow that is seen on every grey.
var markColour = color.RGBA{R: 255, G: 214, B: 64, A: 255}

// MarkSize is the height of the words of marks on the picture itself, in pixels
// of the film; PageSize on the page, where the film is small.
func (r *Report) MarkSize() float64 { return min(max(float64(r.Image.Width)/55, 9), 36) }

// PageSize is that of words on the page, see MarkSize.
func (r *Report) PageSize() float64 { return max(float64(r.Image.Width)/34, 9) }

// DrawMarks draws what readers drew, annotations with their figures and the
// regions of findings, onto a picture of the film at its own size. seen gives
// where a point of the film lies in the picture, which may be turned; size is the
// height of words in pixels.
func (r *Report) DrawMarks(on *image.RGBA, size float64, seen func(annotation.Point) annotation.Point) error {
	if !r.Drawn() {
		return nil
	}
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return err
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	drawn := func(segments []annotation.Segment, first annotation.Point, words []string) {
		for _, s := range segments {
			raster.Stroke(on, raster.Spot(seen(s.A)), raster.Spot(seen(s.B)), size/9, markColour)
		}
		at := seen(first)
		for i, line := range words {
			d := font.Drawer{Dst: on, Src: image.NewUniform(markColour), Face: face}
			// a mark at the edge keeps its words
			x := min(at.X+size/2, float64(on.Rect.Dx())-float64(d.MeasureString(line).Ceil()))
			d.Dot = fixed.P(int(max(x, 0)), int(at.Y+size*(1.2*float64(i)-0.3)))
			d.DrawString(line)
		}
	}
	v := valuesOf(r.Image)
	for _, m := range r.Marks {
		if !m.Complete() {
			continue
		}
		segments, words := m.Segments(), m.Points[0]
		if m.Label != nil { // where the reader has put them, with a line to the mark
			segments, words = append(segments, annotation.Segment{A: *m.Label, B: m.Nearest(*m.Label)}), *m.Label
		}
		drawn(segments, words, m.LinesIn(r.Words, annotation.Measure(m, r.Scale, v)))
	}
	for _, region := range r.Regions {
		m := region.Mark(r.Image.Width, r.Image.Height)
		drawn(m.Segments(), m.Points[0], []string{r.Words.Say("%s (reader)",
			r.Words.Name(inference.ClassName(region.Class)))})
	}
	return nil
}
