package lab

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app/lab/edit"
	"hilum/dicomio"
	"hilum/internal/raster"
	"hilum/ui/kit"
)

// look is how both panes are zoomed and panned: the place under the middle, as
// fractions of the picture, and the zoom against a fitting one.
type look struct {
	x, y, zoom float64
}

var fitted = look{0.5, 0.5, 1}

const mostZoom = 40 // against a fitting picture

// shown is a rectangle over the picture, in its own frame.
type shown struct {
	rect    edit.Rect
	label   string
	colour  color.NRGBA
	ellipse bool
	handles bool // it can be moved and resized
	dashed  bool
}

// paneOptions are what both panes work with.
type paneOptions struct {
	env    *kit.Environment
	hand   *hand        // told of the left button
	looked func(l look) // told of zooming and panning
}

// pane shows one picture with rectangles over it.
type pane struct {
	widget.BaseWidget
	paneOptions
	edited bool // shows the film after the edits, the other one before them
	title  *canvas.Text
	image  *canvas.Raster

	picture  *dicomio.Image
	window   dicomio.Window
	pyramid  *raster.Pyramid
	table    raster.Table
	renderer raster.Renderer
	look     look
	over     []shown
	out      *image.RGBA
	w, h     int // device pixels
	labels   []*canvas.Text
	plates   []*canvas.Rectangle // behind the labels, so that they are read on white too

	button  desktop.MouseButton
	last    fyne.Position
	pressed bool
}

var (
	_ fyne.Draggable      = (*pane)(nil)
	_ fyne.Scrollable     = (*pane)(nil)
	_ fyne.DoubleTappable = (*pane)(nil)
	_ fyne.Focusable      = (*pane)(nil)
	_ desktop.Mouseable   = (*pane)(nil)
	_ desktop.Hoverable   = (*pane)(nil)
	_ desktop.Cursorable  = (*pane)(nil)
)

const maxLabels = 24 // of rectangles; further ones go without

func newPane(o paneOptions, title string, edited bool) *pane {
	p := &pane{paneOptions: o, edited: edited, look: fitted, title: canvas.NewText(title, kit.ColourOnImage)}
	p.title.TextSize = kit.TextSize
	p.image = canvas.NewRaster(p.paint)
	p.image.ScaleMode = canvas.ImageScalePixels
	for range maxLabels {
		t := canvas.NewText("", o.env.Colours.Text)
		t.TextSize = kit.CaptionSize
		t.Hide()
		p.labels = append(p.labels, t)
		plate := canvas.NewRectangle(kit.ColourShadow)
		plate.Hide()
		p.plates = append(p.plates, plate)
	}
	p.ExtendBaseWidget(p)
	return p
}

// present shows a picture in a window of grey values, nil for none, with
// rectangles over it.
func (p *pane) present(im *dicomio.Image, w dicomio.Window, over []shown) {
	if im != p.picture || w != p.window {
		p.picture, p.window, p.pyramid = im, w, nil
		if im != nil {
			p.pyramid = pyramidOf(im, w, &p.table)
		}
	}
	p.over = over
	p.image.Refresh()
	p.placeLabels()
}

// pyramidOf prepares a picture for drawing; table gets its grey scale.
func pyramidOf(im *dicomio.Image, w dicomio.Window, table *raster.Table) *raster.Pyramid {
	lo, _ := im.ValueRange()
	grey := im.Gray()
	pix := make([]uint16, len(grey))
	for i, v := range grey {
		pix[i] = uint16(min(max(v-lo, 0), math.MaxUint16))
	}
	table.Set(im.DisplayTable(w, false).Gray)
	return raster.NewPyramid(raster.Gray{W: im.Width, H: im.Height, Pix: pix})
}

func (p *pane) setLook(l look) {
	if l != p.look {
		p.look = l
		p.image.Refresh()
		p.placeLabels()
	}
}

// placement is where the picture lies in the pane.
func (p *pane) placement() raster.Placement {
	fit := raster.Fit(p.picture.Width, p.picture.Height, max(p.w, 1), max(p.h, 1))
	return raster.Placement{
		CX: p.look.x * float64(p.picture.Width), CY: p.look.y * float64(p.picture.Height), Zoom: fit.Zoom * p.look.zoom,
	}
}

// paint is called by Fyne's painter with the size in device pixels.
func (p *pane) paint(w, h int) image.Image {
	if w != p.w || h != p.h {
		p.w, p.h = w, h
		p.placeLabels()
	}
	f := raster.Frame{W: w, H: h, Table: &p.table}
	if p.picture != nil {
		f.Pyramid, f.Place = p.pyramid, p.placement()
	}
	frame := p.renderer.Render(f)
	if p.picture == nil || len(p.over) == 0 {
		return frame
	}
	if p.out == nil || p.out.Rect != frame.Rect {
		p.out = image.NewRGBA(frame.Rect)
	}
	draw.Draw(p.out, p.out.Rect, frame, image.Point{}, draw.Src)
	for _, o := range p.over {
		p.outline(o)
	}
	return p.out
}

// inView gives a rectangle's corners in device pixels.
func (p *pane) inView(r edit.Rect) (x0, y0, x1, y1 float64) {
	place := p.placement()
	w, h := float64(p.picture.Width), float64(p.picture.Height)
	x0, y0 = place.ToView(p.w, p.h, r.X*w, r.Y*h)
	x1, y1 = place.ToView(p.w, p.h, (r.X+r.W)*w, (r.Y+r.H)*h)
	return x0, y0, x1, y1
}

// outline draws one rectangle, dark below so that it is seen on white too.
func (p *pane) outline(o shown) {
	x0, y0, x1, y1 := p.inView(o.rect)
	thick := max(1, math.Round(p.scale()))
	for _, pass := range []struct {
		c   color.NRGBA
		off float64
	}{{kit.ColourShadow, thick}, {o.colour, 0}} {
		if o.ellipse {
			p.oval(x0+pass.off, y0+pass.off, x1+pass.off, y1+pass.off, thick, pass.c)
		} else {
			p.edges(x0+pass.off, y0+pass.off, x1+pass.off, y1+pass.off, thick, pass.c, o.dashed)
		}
	}
	if o.handles {
		s := 3 * thick
		for _, c := range [4][2]float64{{x0, y0}, {x1, y0}, {x0, y1}, {x1, y1}} {
			p.fill(c[0]-s-thick, c[1]-s-thick, c[0]+s+thick, c[1]+s+thick, kit.ColourShadow)
			p.fill(c[0]-s, c[1]-s, c[0]+s, c[1]+s, o.colour)
		}
	}
}

// edges draws the four sides.
func (p *pane) edges(x0, y0, x1, y1, thick float64, c color.NRGBA, dashed bool) {
	dash := 6 * thick
	step := dash * 5 / 3
	if !dashed {
		dash, step = x1-x0+y1-y0, x1-x0+y1-y0
	}
	if step <= 0 {
		return
	}
	// Far beyond the pane nothing is drawn, and no time is spent on it.
	from, to := max(x0, -step), min(x1, float64(p.w)+step)
	for x := from; x < to; x += step {
		p.fill(x, y0, min(x+dash, x1), y0+thick, c)
		p.fill(x, y1-thick, min(x+dash, x1), y1, c)
	}
	from, to = max(y0, -step), min(y1, float64(p.h)+step)
	for y := from; y < to; y += step {
		p.fill(x0, y, x0+thick, min(y+dash, y1), c)
		p.fill(x1-thick, y, x1, min(y+dash, y1), c)
	}
}

func (p *pane) fill(x0, y0, x1, y1 float64, c color.NRGBA) {
	r := image.Rect(int(math.Round(x0)), int(math.Round(y0)), int(math.Round(x1)), int(math.Round(y1)))
	draw.Draw(p.out, r.Intersect(p.out.Rect), image.NewUniform(c), image.Point{}, draw.Over)
}

func (p *pane) oval(x0, y0, x1, y1, thick float64, c color.NRGBA) {
	cx, cy, rx, ry := (x0+x1)/2, (y0+y1)/2, (x1-x0)/2, (y1-y0)/2
	steps := int(min(max(2*(rx+ry), 16), 4000))
	for i := range steps {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(steps))
		p.fill(cx+rx*cos, cy+ry*sin, cx+rx*cos+thick, cy+ry*sin+thick, c)
	}
}

// placeLabels writes the words of the rectangles above them.
func (p *pane) placeLabels() {
	for i, t := range p.labels {
		visible := i < len(p.over) && p.over[i].label != "" && p.picture != nil && p.w > 0
		t.Hidden, p.plates[i].Hidden = !visible, !visible
		if visible {
			o := p.over[i]
			x0, y0, _, y1 := p.inView(o.rect)
			k := float32(p.scale())
			t.Text, t.Color = o.label, o.colour
			size := t.MinSize()
			y := float32(y0)/k - size.Height
			if y < 0 {
				y = float32(y1) / k
			}
			x := min(max(float32(x0)/k, 2), max(p.Size().Width-size.Width-2, 2))
			t.Move(fyne.NewPos(x, min(max(y, 0), max(p.Size().Height-size.Height, 0))))
			t.Resize(size)
			kit.Put(p.plates[i], t.Position().X-2, t.Position().Y, size.Width+4, size.Height)
		}
		p.plates[i].Refresh()
		t.Refresh()
	}
}

// scale is the number of device pixels in a unit of Fyne's.
func (p *pane) scale() float64 {
	if width := p.Size().Width; width > 0 && p.w > 0 {
		return float64(p.w) / float64(width)
	}
	return 1
}

// at gives a place of the picture, as fractions.
func (p *pane) at(pos fyne.Position) (x, y float64, ok bool) {
	if p.picture == nil || p.w == 0 {
		return 0, 0, false
	}
	k := p.scale()
	x, y = p.placement().ToImage(p.w, p.h, float64(pos.X)*k, float64(pos.Y)*k)
	return x / float64(p.picture.Width), y / float64(p.picture.Height), true
}

// unit is the size of a device pixel as fractions of the picture.
func (p *pane) unit() (x, y float64) {
	z := p.placement().Zoom
	return p.scale() / z / float64(p.picture.Width), p.scale() / z / float64(p.picture.Height)
}

// MinSize implements fyne.Widget.
func (p *pane) MinSize() fyne.Size { return fyne.NewSize(160, 120) }

// CreateRenderer implements fyne.Widget.
func (p *pane) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{p.image}
	for i, t := range p.labels {
		objects = append(objects, p.plates[i], t)
	}
	return &paneRenderer{p, append(objects, p.title)}
}

type paneRenderer struct {
	p       *pane
	objects []fyne.CanvasObject
}

func (r *paneRenderer) Destroy()                     {}
func (r *paneRenderer) MinSize() fyne.Size           { return r.p.MinSize() }
func (r *paneRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *paneRenderer) Refresh() {
	r.p.image.Refresh()
	r.p.title.Refresh()
}

func (r *paneRenderer) Layout(s fyne.Size) {
	r.p.image.Resize(s)
	r.p.title.Move(fyne.NewPos(8, 6))
	r.p.title.Resize(r.p.title.MinSize())
	r.p.placeLabels()
}
