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
	named   int      // how many of them are in sight
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
	l.box = kit.ByHand(l.title.Raster, l.scale, l.lo.Raster, l.hi.Raster)
	l.box.Hide()
	return l
}

func (l *legend) hide() { l.box.Hide() }

func (l *legend) blocks() []*block { return append([]*block{l.title, l.lo, l.hi}, l.classes...) }

// several names the classes in their colours, one under the other.
func (l *legend) several(m classmap.Map, scale string) {
	names := m.Classes()
	l.named = len(names)
	for len(l.classes) < len(names) {
		b := newBlock(kit.CaptionSize, fyne.TextAlignCenter, true)
		b.dress(kit.ColourDarkPlate, classWords(len(l.classes)))
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
	l.box.Show()
}

// classWords is the colour in which the name of the i-th class is written: its own, those
// that are too dark for words a little lighter.
func classWords(i int) color.NRGBA {
	const lighter = 0.25 // the darkest of them, blue, has 4.5:1 to the plate with it
	c := classmap.ClassColour(i)
	if brightest := max(c[0], c[1], c[2]); brightest >= 0xC0 {
		return color.NRGBA{c[0], c[1], c[2], 255}
	}
	light := func(v uint8) uint8 { return v + uint8(lighter*float64(255-v)) }
	return color.NRGBA{light(c[0]), light(c[1]), light(c[2]), 255}
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

// besideLegend is the room that the lines in a corner want beside the legend; where there is
// less it stands above them.
const besideLegend = 170

// fits tells whether the legend stands between the corners of a field so many units wide.
func (l *legend) fits(room float32) bool {
	return room >= max(legendWidth, l.title.extent.Width)+2*besideLegend
}

// extent is what the legend takes from the lower edge up, with what lies above it; none while
// it is hidden.
func (l *legend) extent(above float32) fyne.Size {
	switch {
	case !l.box.Visible():
		return fyne.Size{}
	case l.scale.Hidden:
		return fyne.NewSize(legendWidth, above+legendLine*float32(1+l.named))
	}
	return fyne.NewSize(legendWidth, above+2*legendLine+legendHeight+3)
}

// legendLine is the height of a line of the legend, in units.
const legendLine = 16

// place puts the legend so far above the middle of the lower edge of a field.
func (l *legend) place(s fyne.Size, above float32) {
	x, y := (s.Width-legendWidth)/2, s.Height-inset-legendLine-above
	for i, b := range l.classes {
		b.place(fyne.NewPos(s.Width/2, y-legendLine*float32(i)))
	}
	title := y - legendHeight - 3
	if l.scale.Hidden {
		title = y + legendLine
	}
	l.title.place(fyne.NewPos(x+legendWidth/2, title))
	l.scale.Move(fyne.NewPos(x, y-legendHeight))
	l.scale.Resize(fyne.NewSize(legendWidth, legendHeight))
	l.lo.place(fyne.NewPos(x, y+legendLine))
	l.hi.place(fyne.NewPos(x+legendWidth, y+legendLine))
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
	m := o.scene.m
	if o.pane > 0 || !img.mapDrawn() || o.free().Width < legendWidth+2*inset { // once: the maps beside have its scale
		o.legend.hide()
		return
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
	if method := o.scene.method; method != "" {
		title += ", " + o.env.T(method)
	}
	o.legend.set(title, img.draw.colours, m.Signed)
}
