package report

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"hilum/app/annotation"
)

// markColour is a yellow that is seen on every grey.
var markColour = color.RGBA{R: 255, G: 214, B: 64, A: 255}

// DrawMarks draws annotations with their figures onto a picture of the film at
// its own size. seen gives where a point of the film lies in the picture, which
// may be turned.
func (r *Report) DrawMarks(on *image.RGBA, seen func(annotation.Point) annotation.Point) error {
	if len(r.Marks) == 0 {
		return nil
	}
	size := min(max(float64(r.Image.Width)/55, 9), 36)
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return err
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	v := valuesOf(r.Image)
	for _, m := range r.Marks {
		if !m.Complete() {
			continue
		}
		for _, s := range m.Segments() {
			stroke(on, annotation.Segment{A: seen(s.A), B: seen(s.B)}, size/9)
		}
		at := seen(m.Points[0])
		for i, line := range m.Lines(annotation.Measure(m, r.Scale, v)) {
			d := font.Drawer{Dst: on, Src: image.NewUniform(markColour), Face: face,
				Dot: fixed.P(int(at.X+size/2), int(at.Y+size*(1.2*float64(i)-0.3)))}
			d.DrawString(line)
		}
	}
	return nil
}

// stroke draws a line so many pixels wide, as a quadrangle.
func stroke(on *image.RGBA, s annotation.Segment, width float64) {
	dx, dy := s.B.X-s.A.X, s.B.Y-s.A.Y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return
	}
	nx, ny := -dy/length*width/2, dx/length*width/2
	area := image.Rect(int(min(s.A.X, s.B.X)-width), int(min(s.A.Y, s.B.Y)-width), int(max(s.A.X, s.B.X)+width)+2, int(max(s.A.Y, s.B.Y)+width)+2).Intersect(on.Bounds())
	if area.Empty() {
		return
	}
	z := vector.NewRasterizer(area.Dx(), area.Dy())
	z.DrawOp = draw.Over
	move := func(p annotation.Point, k float64) (float32, float32) {
		return float32(p.X + k*nx - float64(area.Min.X)), float32(p.Y + k*ny - float64(area.Min.Y))
	}
	z.MoveTo(move(s.A, 1))
	z.LineTo(move(s.B, 1))
	z.LineTo(move(s.B, -1))
	z.LineTo(move(s.A, -1))
	z.ClosePath()
	z.Draw(on, area, image.NewUniform(markColour), image.Point{})
}
