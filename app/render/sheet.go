package render

import (
	"image"
	"image/color"

	"hilum/internal/message"
	"hilum/internal/raster"
)

// Sheet is a drawn picture that is whole nowhere: bands of rows are painted as they
// are asked for, best from the top down. It is for one goroutine.
type Sheet struct {
	size   image.Point
	paint  func(on *image.RGBA) error // what lies within the bounds of on
	band   *image.RGBA
	Err    error
	IsGrey bool // all is grey
}

// Grey says that the sheet can be kept as grey.
func (s *Sheet) Grey() bool { return s.IsGrey }

// bandPixels is how much of a sheet is held; most films are one band.
const bandPixels = 4 << 20

// Ready paints the first band, so that what cannot be painted is known.
func (s *Sheet) Ready() (*Sheet, error) {
	s.show(0)
	return s, s.Err
}

// show paints the band of a row.
func (s *Sheet) show(y int) {
	rows := min(max(bandPixels/max(s.size.X, 1), 1), s.size.Y)
	from := y / max(rows, 1) * rows
	r := image.Rect(0, from, s.size.X, min(from+rows, s.size.Y))
	if s.band == nil || s.band.Rect.Dy() < r.Dy() {
		s.band = image.NewRGBA(r)
	}
	s.band.Rect, s.band.Pix = r, s.band.Pix[:r.Dy()*s.band.Stride]
	clear(s.band.Pix)
	if err := s.paint(s.band); err != nil && s.Err == nil {
		s.Err = message.Errorf("drawing: %w", err)
	}
}

// With is the sheet with more painted over it.
func (s *Sheet) With(paint func(on *image.RGBA) error) *Sheet {
	return &Sheet{size: s.size, paint: func(on *image.RGBA) error {
		if err := s.paint(on); err != nil {
			return err
		}
		return paint(on)
	}}
}

// Bounds implements image.Image.
func (s *Sheet) Bounds() image.Rectangle { return image.Rectangle{Max: s.size} }

// ColorModel implements image.Image.
func (s *Sheet) ColorModel() color.Model { return color.RGBAModel }

// Opaque spares encoders a look at every pixel.
func (s *Sheet) Opaque() bool { return true }

// At implements image.Image; rows are painted as they are asked for.
func (s *Sheet) At(x, y int) color.Color { return s.RGBA64At(x, y) }

// RGBA64At is At for those who want no interface.
func (s *Sheet) RGBA64At(x, y int) color.RGBA64 {
	if !(image.Point{x, y}).In(s.Bounds()) {
		return color.RGBA64{}
	}
	if s.band == nil || y < s.band.Rect.Min.Y || y >= s.band.Rect.Max.Y {
		s.show(y)
	}
	return s.band.RGBA64At(x, y)
}

// painter paints the bands of a film.
type painter struct {
	frame    raster.Frame
	size     image.Point
	margin   int // rows below a band that its contours look at
	renderer raster.Renderer
}

// paint draws the rows of the film that on has.
func (p *painter) paint(on *image.RGBA) error {
	r := on.Rect.Intersect(image.Rectangle{Max: p.size})
	if r.Empty() {
		return nil
	}
	f := p.frame
	f.W, f.H = p.size.X, min(r.Dy()+p.margin, p.size.Y-r.Min.Y)
	f.Place = raster.Placement{CX: float64(f.W) / 2, CY: float64(r.Min.Y) + float64(f.H)/2, Zoom: 1}
	drawn := p.renderer.Render(f)
	copy(on.Pix[on.PixOffset(0, r.Min.Y):], drawn.Pix[:r.Dy()*drawn.Stride])
	return nil
}
