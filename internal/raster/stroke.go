package raster

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// Spot is a place in a picture that is drawn, in pixels.
type Spot struct{ X, Y float64 }

// Stroke draws a straight line so many pixels wide over a picture, with smooth edges.
func Stroke(on *image.RGBA, a, b Spot, width float64, c color.Color) {
	dx, dy := b.X-a.X, b.Y-a.Y
	length := math.Hypot(dx, dy)
	if !(length > 0) {
		return
	}
	nx, ny := -dy/length*width/2, dx/length*width/2
	Fill(on, []Spot{{a.X + nx, a.Y + ny}, {b.X + nx, b.Y + ny}, {b.X - nx, b.Y - ny}, {a.X - nx, a.Y - ny}}, c)
}

// Fill fills a polygon over a picture, with smooth edges.
func Fill(on *image.RGBA, corners []Spot, c color.Color) {
	if len(corners) < 3 {
		return
	}
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range corners {
		left, right = min(left, p.X), max(right, p.X)
		top, bottom = min(top, p.Y), max(bottom, p.Y)
	}
	// what lies far outside need not be drawn, whatever its size
	b := on.Bounds()
	if !(left <= float64(b.Max.X) && right >= float64(b.Min.X) && top <= float64(b.Max.Y) && bottom >= float64(b.Min.Y)) {
		return
	}
	left, right = max(left, float64(b.Min.X)), min(right, float64(b.Max.X))
	top, bottom = max(top, float64(b.Min.Y)), min(bottom, float64(b.Max.Y))
	area := image.Rect(int(left)-1, int(top)-1, int(right)+2, int(bottom)+2).Intersect(b)
	z := vector.NewRasterizer(area.Dx(), area.Dy())
	z.DrawOp = draw.Over
	at := func(p Spot) (float32, float32) {
		return float32(p.X - float64(area.Min.X)), float32(p.Y - float64(area.Min.Y))
	}
	z.MoveTo(at(corners[0]))
	for _, p := range corners[1:] {
		z.LineTo(at(p))
	}
	z.ClosePath()
	z.Draw(on, area, image.NewUniform(c), image.Point{})
}
