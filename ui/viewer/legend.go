package viewer

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hilum/app/classmap"
	"hilum/internal/raster"
	"hilum/ui/kit"
)

// legend is the colour scale of the map in sight.
type legend struct {
	box     *fyne.Container
	title   *block
	lo, hi  *block
	scale   *canvas.Raster
	colours *raster.ColourMap
	signed  bool
	classes []*block // names in their colours, for several maps
	size    fyne.Size
	env     *kit.Environment
}

const legendWidth, legendHeight = 180, 8

func newLegend(env *kit.Environment) *legend {
	l := &legend{env: env,
		title: newBlock(kit.CaptionSize, fyne.TextAlignCenter, true),
		lo:    newBlock(kit.CaptionSize, fyne.TextAlignLeading, true),
		hi:    newBlock(kit.CaptionSize, fyne.TextAlignTrailing, true),
	}
	l.scale = canvas.NewRaster(l.paint)
	l.scale.SetMinSize(fyne.NewSize(legendWidth, legendHeight))
	l.box = byHand(l.title.Raster, l.scale, l.lo.Raster, l.hi.Raster)
	l.box.Hide()
	return l
}

func (l *legend) hide() { l.box.Hide() }

func (l *legend) blocks() []*block { return append([]*block{l.title, l.lo, l.hi}, l.classes...) }

// several names the classes in their colours, one under the other.
func (l *legend) several(m classmap.Map, scale string) {
	names := m.Classes()
	for len(l.classes) < len(names) {
		c := classmap.ClassColour(len(l.classes))
		b := newBlock(kit.CaptionSize, fyne.TextAlignCenter, true)
		b.colour = color.NRGBA{c[0], c[1], c[2], 255}
		l.classes = append(l.classes, b)
		l.box.Objects = append(l.box.Objects, b.Raster)
	}
	for i, b := range l.classes {
		b.set()
		if i < len(names) {
			b.set(l.env.ClassName(names[i]))
		}
	}
	l.title.set(scale)
	l.lo.set()
	l.hi.set()
	l.scale.Hide()
	l.place(l.size)
	l.box.Show()
}

func (l *legend) set(title string, c *raster.ColourMap, signed bool) {
	for _, b := range l.classes {
		b.set()
	}
	l.scale.Show()
	l.title.set(title)
	lo, hi := l.env.T("none"), l.env.T("most")
	if signed && c.Signed {
		lo, hi = l.env.T("against"), l.env.T("for")
	}
	l.lo.set(lo)
	l.hi.set(hi)
	if c != l.colours || signed != l.signed {
		l.colours, l.signed = c, signed
		l.scale.Refresh()
	}
	l.box.Show()
}

// Under this width of a pane the legend stands above the corners' lines, not
// between them.
const (
	narrowPane   = legendWidth + 2*170
	cornersAbove = 40
)

// place puts the legend at the middle of the lower edge.
func (l *legend) place(s fyne.Size) {
	l.size = s
	x, y := (s.Width-legendWidth)/2, s.Height-inset-16
	if s.Width < narrowPane {
		y -= cornersAbove
	}
	for i, b := range l.classes {
		b.place(fyne.NewPos(s.Width/2, y-16*float32(i)))
	}
	above := float32(legendHeight + 3)
	if l.scale.Hidden {
		above = -16
	}
	l.title.place(fyne.NewPos(x+legendWidth/2, y-above))
	l.scale.Move(fyne.NewPos(x, y-legendHeight))
	l.scale.Resize(fyne.NewSize(legendWidth, legendHeight))
	l.lo.place(fyne.NewPos(x, y+16))
	l.hi.place(fyne.NewPos(x+legendWidth, y+16))
}

// paint draws the scale over mid grey, as the map lies over a film.
func (l *legend) paint(w, h int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, max(w, 1), max(h, 1)))
	if l.colours == nil {
		return out
	}
	for x := range w {
		v := float64(x) / float64(max(w-1, 1))
		if l.signed && l.colours.Signed {
			v = 2*v - 1
		}
		r, g, b, a := l.colours.At(v)
		over := func(c uint8) uint8 { return uint8(a*float64(c) + (1-a)*float64(l.env.Colours.Line.R)) }
		for y := range h {
			o := out.PixOffset(x, y)
			out.Pix[o], out.Pix[o+1], out.Pix[o+2], out.Pix[o+3] = over(r), over(g), over(b), 255
		}
	}
	return out
}

func (o *overlay) showLegend(img *imageLayer) {
	m, room := o.scene.m, o.free()
	if o.pane > 0 || !img.mapDrawn() || room.Width < legendWidth+2*inset { // once: the maps beside have its scale
		o.legend.hide()
		return
	}
	if room != o.legend.size {
		o.legend.place(room)
	}
	scale := o.env.T("one scale for all classes")
	if m.PerMap {
		scale = o.env.T("its own scale")
	}
	if m.Layered() {
		o.legend.several(m, scale)
		return
	}
	title := o.env.T("%s map, %s", o.env.ClassName(m.Class), scale)
	if m.Method != "" {
		title += ", " + m.Method
	}
	o.legend.set(title, img.draw.colours, m.Signed)
}
