package viewer

import (
	"image"
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app/classmap"
	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/internal/raster"
	"hilum/ui/kit"
)

// overlay is what lies over the picture: a block of text in each corner, the
// sides, the scale bar and the map's legend.
type overlay struct {
	patient, study, window, scale *block
	left, right                   *block
	caption, why                  *block // which picture it is where there are several; why there is none
	bar                           *kit.Drawing
	legend                        *legend
	size                          fyne.Size
	barLength                     float32 // units; 0 for none
	barPlaced                     barKey
	env                           *kit.Environment
}

// barKey is what the place of the scale bar depends on.
type barKey struct {
	size   fyne.Size
	length float32
}

func newOverlay(env *kit.Environment) *overlay {
	o := &overlay{env: env,
		patient: newBlock(kit.TextSize, fyne.TextAlignLeading, false),
		study:   newBlock(kit.TextSize, fyne.TextAlignTrailing, false),
		window:  newBlock(kit.TextSize, fyne.TextAlignLeading, true),
		scale:   newBlock(kit.TextSize, fyne.TextAlignTrailing, true),
		left:    newBlock(kit.MarkerSize, fyne.TextAlignLeading, false),
		right:   newBlock(kit.MarkerSize, fyne.TextAlignTrailing, false),
		caption: newBlock(kit.TextSize, fyne.TextAlignCenter, false),
		why:     newBlock(kit.TextSize, fyne.TextAlignCenter, false),
		bar:     kit.NewDrawing(), legend: newLegend(env),
	}
	o.bar.Hide()
	return o
}

func (o *overlay) blocks() []*block {
	return []*block{o.patient, o.study, o.window, o.scale, o.left, o.right, o.caption, o.why}
}

func (o *overlay) objects() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, b := range o.blocks() {
		out = append(out, b.Raster)
	}
	return append(out, o.bar.Raster, o.legend.box)
}

// inset is the room between text and the edge of the picture's field.
const inset = 10

func (o *overlay) layout(s fyne.Size) {
	o.size = s
	o.patient.place(fyne.NewPos(inset, inset))
	o.study.place(fyne.NewPos(s.Width-inset, inset))
	o.window.place(fyne.NewPos(inset, s.Height-inset))
	o.scale.place(fyne.NewPos(s.Width-inset, s.Height-inset-13))
	o.left.place(fyne.NewPos(inset, s.Height/2-kit.MarkerSize))
	o.right.place(fyne.NewPos(s.Width-inset, s.Height/2-kit.MarkerSize))
	o.caption.place(fyne.NewPos(s.Width/2, inset))
	o.why.place(fyne.NewPos(s.Width/2, s.Height/2))
	o.placeBar()
}

// placeBar draws the scale bar, a line with two ticks up: dark edges that are seen
// on white, and over them what is seen on black.
func (o *overlay) placeBar() {
	const tick, thick = 8, 2
	key := barKey{o.size, o.barLength}
	if key == o.barPlaced {
		return
	}
	o.barPlaced = key
	o.bar.Hidden = o.barLength <= 0
	kit.Put(o.bar, o.size.Width-inset-o.barLength-1, o.size.Height-inset-3-tick, o.barLength+2, tick+2)
	var shapes []kit.Shape
	for _, l := range []struct {
		edge   float32
		colour color.Color
	}{{1, kit.ColourPicture}, {0, o.env.Colours.Text}} {
		at := func(x, y, w, h float32) {
			shapes = append(
				shapes,
				kit.Shape{X: x + 1 - l.edge, Y: y + 1 - l.edge, W: w + 2*l.edge, H: h + 2*l.edge,
					Fill: kit.NRGBA(l.colour)},
			)
		}
		at(0, tick-thick, o.barLength, thick)
		at(0, 0, thick, tick)
		at(o.barLength-thick, 0, thick, tick)
	}
	o.bar.Set(shapes)
	o.bar.Refresh()
}

// showText writes everything that lies over the picture anew where it changed.
func (v *Viewer) showText() {
	o := v.over
	p := v.scene.picture
	if p == nil {
		for _, b := range o.blocks() {
			b.set()
		}
		o.caption.set(kit.NonEmpty(v.scene.caption)...)
		if v.pane > 0 {
			o.why.set(kit.NonEmpty(v.scene.why)...)
		}
		o.barLength = 0
		o.placeBar()
		o.legend.hide()
		return
	}
	v.findPixel()
	o.why.set()
	v.showCorners(p)
	left, right := radiograph.Sides(p.Image.Header.PatientOrientation, v.scene.view.Orient)
	o.left.set(kit.NonEmpty(left)...)
	o.right.set(kit.NonEmpty(right)...)
	v.showScale(p)
	v.showLegend()
}

// free is the size of what a swiped prior leaves in sight.
func (v *Viewer) free() fyne.Size {
	s := v.over.size
	if v.pane == 0 && v.st.Compare.Layout == viewport.SwipePictures {
		s.Width *= float32(v.st.Compare.Swipe)
	}
	return s
}

// showCorners writes the corners that the reader wants. When a picture was taken
// stays where several are compared.
func (v *Viewer) showCorners(p *radiograph.Picture) {
	o, corners := v.over, v.st.Corners
	o.caption.place(fyne.NewPos(v.free().Width/2, inset))
	o.caption.set(kit.NonEmpty(v.scene.caption)...)
	top := float32(inset)
	if v.scene.caption != "" { // in a narrow pane it would lie over the corners
		top += o.caption.height()
	}
	o.patient.place(fyne.NewPos(inset, top))
	o.study.place(fyne.NewPos(o.size.Width-inset, top))
	if corners == viewport.NoCorners {
		o.patient.set()
		o.study.set()
		o.window.set()
		return
	}
	var patient []string
	if corners == viewport.AllCorners {
		patient = patientLines(v.env, p.Image.Header)
	}
	o.patient.set(patient...)
	o.study.set(studyLines(p.Image.Header)...)
	lines := []string{windowLine(v.env, v.scene.view)}
	if v.mouse.onImage {
		lines = []string{pixelLine(v.env, p.Image, v.mouse.x, v.mouse.y), lines[0]}
	}
	o.window.set(lines...)
}

// barShare is the part of the field's width that the scale bar may take.
const barShare = 0.2

// showScale draws a length of round millimetres and says where they come from.
// On a film that lies on its side the bar lies along the rows.
func (v *Viewer) showScale(p *radiograph.Picture) {
	o := v.over
	s := radiograph.ScaleOf(p.Image.Spacing)
	if v.pane == 0 && v.st.Measure.Scale.Known() {
		s = v.st.Measure.Scale
	}
	o.barLength = 0
	var text []string
	across := s.Column
	if v.scene.view.Orient.Turns%2 != 0 {
		across = s.Row
	}
	if across > 0 && v.w > 0 {
		mm, pixels := scaleBar(across/v.scene.view.Place.Zoom, barShare*float64(v.window().Dx()))
		o.barLength = float32(math.Round(pixels / v.scale()))
		text = kit.NonEmpty(length(mm), v.env.T(s.Source))
	}
	o.scale.set(text...)
	o.placeBar()
}

func (v *Viewer) showLegend() {
	m, room := v.scene.m, v.free()
	if v.pane > 0 || !v.mapDrawn() || room.Width < legendWidth+2*inset { // once: the maps beside have its scale
		v.over.legend.hide()
		return
	}
	if room != v.over.legend.size {
		v.over.legend.place(room)
	}
	scale := v.env.T("one scale for all classes")
	if m.PerMap {
		scale = v.env.T("its own scale")
	}
	if m.Layered() {
		v.over.legend.several(m, scale)
		return
	}
	title := v.env.T("%s map, %s", v.env.ClassName(m.Class), scale)
	if method := v.st.MethodTitle(); method != "" {
		title += ", " + v.env.T(method)
	}
	v.over.legend.set(title, v.draw.colours, m.Signed)
}

// block is some lines of text with a shadow on a soft plate, anchored at a corner and
// drawn as one still.
type block struct {
	*kit.CachedRaster
	size    float32
	align   fyne.TextAlign
	upwards bool // the anchor is the last line's bottom
	anchor  fyne.Position
	lines   []string
	extent  fyne.Size      // of the lines, without the shadow
	texts   []*canvas.Text // two a line: the shadow, and over it the text
	colour  color.Color    // of the text; nil is that of text over a film
	plate   *canvas.Rectangle
}

// plateEdge is how far the plate stands out to the left and right of its text.
const plateEdge = 4

func newBlock(size float32, align fyne.TextAlign, upwards bool) *block {
	b := &block{CachedRaster: kit.NewCachedRaster(), size: size, align: align, upwards: upwards}
	b.plate = canvas.NewRectangle(kit.ColourPlate)
	b.plate.CornerRadius = 3
	b.Hide()
	return b
}

// byHand is a container whose objects are placed by hand. It asks for no room:
// otherwise a word of another width would lay out the whole viewer again, after
// the frame that shows it, and every such event of the mouse would cost two.
func byHand(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(placed{}, objects...)
}

// placed is the layout of byHand.
type placed struct{}

// MinSize implements fyne.Layout.
func (placed) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout implements fyne.Layout.
func (placed) Layout([]fyne.CanvasObject, fyne.Size) {}

// set writes the lines.
func (b *block) set(lines ...string) {
	if slices.Equal(lines, b.lines) {
		return
	}
	b.lines = append(b.lines[:0], lines...)
	b.Hidden = len(lines) == 0
	for len(b.texts) < 2*len(lines) {
		b.texts = append(b.texts, b.text(kit.ColourShadow), b.text(b.onImage()))
	}
	height := b.height()
	b.extent = fyne.NewSize(0, height*float32(len(lines)))
	drawn := make([]fyne.CanvasObject, 2*len(lines))
	for i := range drawn {
		b.texts[i].Text = lines[i/2]
		drawn[i] = b.texts[i]
		b.extent.Width = max(b.extent.Width, float32(math.Ceil(float64(b.texts[i].MinSize().Width))))
	}
	for i := range drawn {
		lower := float32(shadow * (1 - i%2))
		kit.Put(drawn[i], plateEdge+lower, height*float32(i/2)+lower, b.extent.Width, height)
	}
	kit.Put(b.plate, 0, 0, b.extent.Width+2*plateEdge, b.extent.Height)
	b.place(b.anchor)
	b.Set(append([]fyne.CanvasObject{b.plate}, drawn...))
}

func (b *block) onImage() color.Color {
	if b.colour != nil {
		return b.colour
	}
	return kit.ColourOnImage
}

func (b *block) text(c color.Color) *canvas.Text {
	t := canvas.NewText("", c)
	t.TextSize, t.Alignment = b.size, b.align
	t.TextStyle.Bold = b.size > kit.TextSize
	return t
}

// height is that of a line.
func (b *block) height() float32 { return fyne.MeasureText("X", b.size, fyne.TextStyle{}).Height }

// shadow is how far the shadow of a text lies to its lower right.
const shadow = 1

// place puts the block at its anchor: the corner that its alignment and upwards
// name.
func (b *block) place(anchor fyne.Position) {
	b.anchor = anchor
	switch b.align {
	case fyne.TextAlignTrailing:
		anchor.X -= b.extent.Width
	case fyne.TextAlignCenter:
		anchor.X -= b.extent.Width / 2
	}
	if b.upwards {
		anchor.Y -= b.extent.Height
	}
	b.Put(b.Raster, anchor.SubtractXY(plateEdge, 0), b.extent.AddWidthHeight(2*plateEdge+shadow, shadow))
}

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
