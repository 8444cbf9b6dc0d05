package kit

import (
	"image"
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// Shape is a rectangle with round corners, or a circle where the radius is half
// its side, in Fyne's units from the drawing's upper left corner.
type Shape struct {
	X, Y, W, H, Radius float32
	Fill               color.NRGBA
	Stroke             color.NRGBA // inside the edge
	Line               float32     // width of the stroke; 0 for none
}

// Drawing is many small shapes in one raster. Every object of a canvas is drawn
// again in every frame, and a software renderer pays about as much for one of a
// few pixels as for 50 x 100 of a raster: what stands in rows is drawn here,
// once, when it changes.
type Drawing struct {
	*canvas.Raster
	shapes []Shape
	units  fyne.Size
}

// NewDrawing makes an empty drawing.
func NewDrawing() *Drawing {
	d := &Drawing{}
	d.Raster = canvas.NewRaster(d.draw)
	d.ScaleMode = canvas.ImageScalePixels // it is drawn at device resolution
	return d
}

// Set draws other shapes, later ones over earlier ones, and tells whether they
// are others; the same again cost nothing.
func (d *Drawing) Set(shapes []Shape) bool {
	if s := d.Size(); s == d.units && slices.Equal(shapes, d.shapes) {
		return false
	}
	d.shapes, d.units = slices.Clone(shapes), d.Size()
	d.Refresh()
	return true
}

func (d *Drawing) draw(w, h int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if size := d.Size(); size.Width > 0 {
		k := float64(w) / float64(size.Width)
		for _, s := range d.shapes {
			s.paint(out, k)
		}
	}
	return out
}

// paint lays the shape over a picture of k pixels a unit. How much of a pixel it
// covers is taken from the distance of the pixel's centre to the edge.
func (s Shape) paint(out *image.RGBA, k float64) {
	x0, y0, w, h := float64(s.X)*k, float64(s.Y)*k, float64(s.W)*k, float64(s.H)*k
	if s.Radius == 0 { // lines: crisp at any scale
		x0, y0, w, h = math.Round(x0), math.Round(y0), max(1, math.Round(w)), max(1, math.Round(h))
	}
	hw, hh := w/2, h/2
	cx, cy := x0+hw, y0+hh
	radius := min(float64(s.Radius)*k, hw, hh)
	line := float64(s.Line) * k
	area := image.Rect(
		int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x0+2*hw)), int(math.Ceil(y0+2*hh)),
	).Intersect(out.Rect)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			dx, dy := math.Abs(float64(x)+0.5-cx), math.Abs(float64(y)+0.5-cy)
			cover := coverage(dx, dy, hw, hh, radius)
			within := cover
			if line > 0 {
				within = coverage(dx, dy, hw-line, hh-line, max(radius-line, 0))
			}
			p := out.Pix[out.PixOffset(x, y):][:4:4]
			over(p, s.Fill, within)
			over(p, s.Stroke, cover-within)
		}
	}
}

// coverage is the part of a pixel, 0..1, that a rectangle of half sides hw, hh
// with round corners covers; dx, dy lead from its centre to the pixel's.
// Straight edges are exact, corners are taken by distance.
func coverage(dx, dy, hw, hh, radius float64) float64 {
	if hw <= 0 || hh <= 0 {
		return 0
	}
	if ex, ey := dx-(hw-radius), dy-(hh-radius); radius > 0 && ex > 0 && ey > 0 {
		return clamp01(radius - math.Hypot(ex, ey) + 0.5)
	}
	return share(dx, hw) * share(dy, hh)
}

// share is how much of the pixel d from the middle lies within half to both
// sides of it.
func share(d, half float64) float64 {
	return clamp01(min(d+0.5, half) - max(d-0.5, -half))
}

func clamp01(v float64) float64 { return max(0, min(1, v)) }

// over lays a colour over a premultiplied pixel.
func over(p []uint8, c color.NRGBA, cover float64) {
	a := float64(c.A) / 255 * cover
	if a <= 0 {
		return
	}
	for i, v := range [4]uint8{c.R, c.G, c.B, 255} {
		p[i] = uint8(float64(v)*a + float64(p[i])*(1-a) + 0.5)
	}
}

// NRGBA is a colour as shapes want it.
func NRGBA(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }
