package raster

import "math"

// The zooms a reader can reach, in viewport pixels a source pixel.
const (
	minZoom = 0.005 // a film of 65535 pixels still fits
	MaxZoom = 32
)

// Placement says how a picture lies in a viewport. The zero value is not
// valid; begin with Fit.
type Placement struct {
	CX, CY float64 // the point of the picture under the viewport's centre, in source pixels
	Zoom   float64 // viewport (device) pixels a source pixel, MinZoom..MaxZoom
}

// Fit places the whole picture in the middle of the viewport, as large as it
// goes.
func Fit(imageW, imageH, viewW, viewH int) Placement {
	p := Placement{CX: float64(imageW) / 2, CY: float64(imageH) / 2, Zoom: 1}
	if imageW > 0 && imageH > 0 && viewW > 0 && viewH > 0 {
		p.Zoom = clampZoom(math.Min(float64(viewW)/float64(imageW), float64(viewH)/float64(imageH)))
	}
	return p
}

func clampZoom(z float64) float64 {
	if !(z > minZoom) { // also NaN
		return minZoom
	}
	return math.Min(z, MaxZoom)
}

// ZoomAt multiplies the zoom, as far as it goes, and keeps the point of the
// picture under viewport pixel (x, y) where it is.
func (p Placement) ZoomAt(viewW, viewH int, x, y, factor float64) Placement {
	dx, dy := x-float64(viewW)/2, y-float64(viewH)/2
	z := clampZoom(p.Zoom * factor)
	return Placement{CX: p.CX + dx/p.Zoom - dx/z, CY: p.CY + dy/p.Zoom - dy/z, Zoom: z}
}

// Pan moves the picture by viewport pixels.
func (p Placement) Pan(dx, dy float64) Placement {
	p.CX -= dx / p.Zoom
	p.CY -= dy / p.Zoom
	return p
}

// Keep moves the picture so that the viewport's centre lies over it: no pan
// loses it.
func (p Placement) Keep(imageW, imageH int) Placement {
	p.CX = math.Max(0, math.Min(p.CX, float64(imageW)))
	p.CY = math.Max(0, math.Min(p.CY, float64(imageH)))
	return p
}

// origin is where the picture's corner lies in the viewport. It is rounded to
// a whole viewport pixel: at zoom 1 source and viewport pixels then coincide,
// and nothing is blurred by half a pixel.
func (p Placement) origin(viewW, viewH int) (ox, oy float64) {
	return math.Round(float64(viewW)/2 - p.CX*p.Zoom), math.Round(float64(viewH)/2 - p.CY*p.Zoom)
}

// ToImage gives the point of the picture at a point of the viewport. The pixel
// there is (floor(ix), floor(iy)), when that lies in the picture. A mouse event
// on viewport pixel n is at n + 0.5.
func (p Placement) ToImage(viewW, viewH int, x, y float64) (ix, iy float64) {
	ox, oy := p.origin(viewW, viewH)
	return (x - ox) / p.Zoom, (y - oy) / p.Zoom
}

// ToView is the inverse of ToImage.
func (p Placement) ToView(viewW, viewH int, ix, iy float64) (x, y float64) {
	ox, oy := p.origin(viewW, viewH)
	return ox + ix*p.Zoom, oy + iy*p.Zoom
}
