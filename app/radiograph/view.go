package radiograph

import (
	"hilum/dicomio"
	"hilum/internal/raster"
)

// LinkedView is how a prior is shown when the current picture is shown as v: the
// same part of the film at the same size on the screen, the same turning, and a
// window that is as far from the prior's own as v's is from the current
// picture's.
func LinkedView(v View, current, prior *Picture) View {
	if current == nil || prior == nil || current == prior {
		return v
	}
	cw, ch := current.SeenSize(v.Orient)
	pw, ph := prior.SeenSize(v.Orient)
	out := v
	if cw > 0 && ch > 0 && pw > 0 && ph > 0 {
		out.Place.CX, out.Place.CY = v.Place.CX*float64(pw)/float64(cw), v.Place.CY*float64(ph)/float64(ch)
		out.Place.Zoom = v.Place.Zoom * float64(ch) / float64(ph)
	}
	out.Window, out.Saved = linkedWindow(v.Window, current.Image, prior.Image), ""
	return out
}

func linkedWindow(w dicomio.Window, current, prior *dicomio.Image) dicomio.Window {
	from, to := current.DefaultWindow(), prior.DefaultWindow()
	if w == from || from.LUT != nil || to.LUT != nil || w.LUT != nil || from.Width <= 0 {
		return to
	}
	w.Center = to.Center + (w.Center-from.Center)*to.Width/from.Width
	w.Width = max(w.Width*to.Width/from.Width, MinWidth)
	w.Name = "linked"
	return w
}

// ImageToView maps a point of the stored picture to device pixels of the
// viewport.
func (v View) ImageToView(p *Picture, viewport [2]int, x, y float64) (float64, float64) {
	w, h := p.Pyramid.Size()
	x, y = v.Orient.Apply(x, y, float64(w), float64(h))
	return v.Place.ToView(viewport[0], viewport[1], x, y)
}

// ViewToImage is the inverse of ImageToView.
func (v View) ViewToImage(p *Picture, viewport [2]int, x, y float64) (float64, float64) {
	w, h := p.Pyramid.Size()
	x, y = v.Place.ToImage(viewport[0], viewport[1], x, y)
	return v.Orient.Undo(x, y, float64(w), float64(h))
}

// View is how the reader looks at the picture. None of it reaches the network.
type View struct {
	Window dicomio.Window
	Invert bool             // the reader's inversion, on top of the file's own polarity
	Fit    bool             // Place follows the viewport
	Place  raster.Placement // in the picture as it is seen, turned and mirrored
	Orient raster.Orientation
	Filter raster.Filter
	Saved  string // the presentation state that it is shown by, as SOP Instance UID; "" for none
}

// MinWidth keeps a window from closing to nothing.
const MinWidth = 1

// ManualWindow names a window that the reader made.
const ManualWindow = "manual"

// Adjusted is a window that the reader moved: the shape stays.
func Adjusted(w dicomio.Window, centre, width float64) dicomio.Window {
	f := dicomio.LinearExact
	if w.Function == dicomio.Sigmoid {
		f = dicomio.Sigmoid
	}
	return dicomio.Window{Name: ManualWindow, Center: centre, Width: max(width, MinWidth), Function: f, LUT: w.LUT}
}

// Windows are the presets of a picture, at least one.
func Windows(im *dicomio.Image) []dicomio.Window {
	list := append([]dicomio.Window{}, im.VOI...)
	if len(list) == 0 {
		list = append(list, im.DefaultWindow())
	}
	if full := im.FullWindow(); full.Center != list[0].Center || full.Width != list[0].Width {
		list = append(list, full)
	}
	return list
}
