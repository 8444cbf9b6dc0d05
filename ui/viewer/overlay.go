package viewer

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"

	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/internal/raster"
	"hilum/ui/kit"
)

// overlay is what lies over the picture: a block of text in each corner, the
// sides, the scale bar and the map's legend.
type overlay struct {
	*look
	patient, study, window, scale *block
	left, right, top, bottom      *block // the patient's sides
	caption, why                  *block // which picture it is where there are several; why there is none
	frame                         *frame
	bar                           *kit.Drawing
	legend                        *legend
	makers                        *makers
	barLength                     float32 // units; 0 for none
	barPlaced                     barKey
	arranged                      arrangement
	pace                          wordsPace // of window
	env                           *kit.Environment
}

// barKey is what the scale bar depends on.
type barKey struct {
	at     fyne.Position // of its right end
	length float32
}

func newOverlay(l *look, env *kit.Environment) *overlay {
	o := &overlay{look: l, env: env,
		patient: newBlock(kit.TextSize, fyne.TextAlignLeading, false),
		study:   newBlock(kit.TextSize, fyne.TextAlignTrailing, false),
		window:  newBlock(kit.TextSize, fyne.TextAlignLeading, true),
		scale:   newBlock(kit.TextSize, fyne.TextAlignTrailing, true),
		left:    newBlock(kit.MarkerSize, fyne.TextAlignLeading, false),
		right:   newBlock(kit.MarkerSize, fyne.TextAlignTrailing, false),
		top:     newBlock(kit.MarkerSize, fyne.TextAlignCenter, false),
		bottom:  newBlock(kit.MarkerSize, fyne.TextAlignCenter, true),
		caption: newBlock(kit.TextSize, fyne.TextAlignCenter, false),
		why:     newBlock(kit.TextSize, fyne.TextAlignCenter, false),
		frame:   newFrame(), bar: kit.NewDrawing(), legend: newLegend(env), makers: newMakers(env),
	}
	o.bar.Hide()
	return o
}

func (o *overlay) blocks() []*block {
	return []*block{o.patient, o.study, o.window, o.scale, o.left, o.right, o.top, o.bottom, o.caption, o.why}
}

func (o *overlay) objects() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, b := range o.blocks() {
		out = append(out, b.Raster)
	}
	return append(out, o.bar.Raster, o.legend.box, o.makers.box, o.frame.box)
}

// show writes everything that lies over the picture anew where it changed; img is what
// draws the picture.
func (o *overlay) show(img *imageLayer) {
	o.showCaption()
	o.makers.show(o.foreignObjects())
	p := o.scene.picture
	if p == nil {
		for _, b := range []*block{o.patient, o.study, o.window, o.scale, o.left, o.right, o.top, o.bottom, o.why} {
			b.set()
		}
		if o.pane > 0 {
			o.why.set(kit.NonEmpty(o.scene.why)...)
		}
		o.barLength = 0
		o.legend.hide()
		o.arrange()
		return
	}
	o.why.set()
	o.showCorners(p)
	sides := radiograph.SidesOf(p.Image.Header.PatientOrientation, o.scene.view.Orient)
	o.left.set(kit.NonEmpty(sides.Left)...)
	o.right.set(kit.NonEmpty(sides.Right)...)
	o.top.set(kit.NonEmpty(sides.Top)...)
	o.bottom.set(kit.NonEmpty(sides.Bottom)...)
	o.showScale(p)
	o.showLegend(img)
	o.arrange()
}

// showCaption says which picture it is where several are shown. Where they are not known to
// be of one patient it says whose each is, in words and in a colour of its own.
func (o *overlay) showCaption() {
	s, c := o.scene, o.env.Colours
	if !s.mixed {
		o.caption.dress(kit.ColourPlate, nil)
		o.caption.set(kit.NonEmpty(s.caption)...)
		o.frame.hide()
		return
	}
	line, plate := o.env.T("This patient"), c.Negative
	switch s.identity {
	case radiograph.OtherPatient:
		line, plate = o.env.T("Another patient"), c.Error
	case radiograph.UnknownPatient:
		line, plate = o.env.T("Perhaps another patient"), c.Warning
	}
	if s.name != "" && o.st.Corners != viewport.NoCorners {
		line += ": " + s.name
	}
	o.caption.dress(plate, color.Black)
	o.caption.set(kit.NonEmpty(kit.Shorten(line, o.free().Width-2*inset, kit.TextSize, fyne.TextStyle{}), s.caption)...)
	o.frame.show(plate, o.free())
}

// showCorners writes the corners that the reader wants. When a picture was taken
// stays where several are compared.
func (o *overlay) showCorners(p *radiograph.Picture) {
	var patient, study, window []string
	if o.st.Corners != viewport.NoCorners {
		patient = radiograph.PatientWords(o.env.Words(), &p.Image.Header)
		study = radiograph.StudyWords(&p.Image.Header)
	}
	switch o.st.Corners {
	case viewport.ShortCorners:
		patient, study = patient[:1], study[:min(len(study), 1)]
	case viewport.AllCorners:
		if o.cursor.onImage {
			window = append(window, pixelLine(o.env, p.Image, o.cursor.x, o.cursor.y))
		}
		window = append(window, windowLine(o.env, o.scene.view))
	}
	if o.pane == 0 && o.st.KeyImage.Held && o.st.Corners != viewport.NoCorners {
		study = append(study, o.env.T("Key image"))
	}
	o.patient.set(patient...)
	o.study.set(study...)
	o.pace.set(o.window, p, window)
}

// barShare is the part of the field's width that the scale bar may take.
const barShare = 0.2

// showScale draws a length of round millimetres and says where they come from.
// On a film that lies on its side the bar lies along the rows.
func (o *overlay) showScale(p *radiograph.Picture) {
	s := radiograph.ScaleOf(p.Image.Spacing)
	if d, _ := o.drawn(); d.Scale.Known() {
		s = d.Scale
	}
	o.barLength = 0
	var text []string
	across := s.Column
	if o.scene.view.Orient.Turns%2 != 0 {
		across = s.Row
	}
	if across > 0 && o.w > 0 {
		mm, pixels := scaleBar(across/o.scene.view.Place.Zoom, barShare*float64(o.visible().Dx()))
		o.barLength = float32(math.Round(pixels / o.pixels))
		text = kit.NonEmpty(length(mm), o.env.T(s.Source))
	}
	o.scale.set(text...)
}

// placeBar draws the scale bar, a line with two ticks up, so that it ends at a place: dark
// edges that are seen on white, and over them what is seen on black.
func (o *overlay) placeBar(at fyne.Position) {
	const tick, thick = 8, 2
	key := barKey{at, o.barLength}
	if key == o.barPlaced {
		return
	}
	o.barPlaced = key
	o.bar.Hidden = o.barLength <= 0
	kit.Put(o.bar, at.X-o.barLength-1, at.Y-3-tick, o.barLength+2, tick+2)
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

// arrangement is what the places of everything depend on.
type arrangement struct {
	size, free                            fyne.Size
	covered                               edges
	patient, study, window, scale, legend fyne.Size
	caption, makers                       fyne.Size
	barLength                             float32
	top, bottom                           bool // they have a letter
	picture                               *radiograph.Picture
	place                                 raster.Placement
	orient                                raster.Orientation
}

// inset is the room between text and the edge of the picture's field.
const inset = 10

// barRoom is what the scale bar takes below its words.
const barRoom = 13

// aboveCorners is how far the legend stands above the lower edge: where it does not fit
// between the lines in the corners, two at the left, it stands above them.
func (o *overlay) aboveCorners() float32 {
	if o.legend.fits(o.free().Width) {
		return 0
	}
	return max(2*o.window.height(), o.scale.extent.Height+barRoom) + plateEdge
}

// meet tells whether blocks in the corners of one edge would lie over each other in a view of
// a width.
func (o *overlay) meet(width float32, left, right *block) bool {
	if left.Hidden || right.Hidden {
		return false
	}
	return left.extent.Width+right.extent.Width+2*inset+6*plateEdge > width
}

// reach tells whether blocks in the corners of one edge reach a letter in its middle.
func (o *overlay) reach(middle float32, letter, left, right *block) bool {
	room := middle - inset - letter.extent.Width/2 - 3*plateEdge
	return !letter.Hidden && (!left.Hidden && left.extent.Width > room || !right.Hidden && right.extent.Width > room)
}

// arrange puts everything in its place where that changed: clear of messages, and the
// corners clear of markers that are part of the film. While the hand moves the film the
// corners stay where they are.
func (o *overlay) arrange() {
	a := arrangement{
		size: o.size, free: o.free(), covered: o.covered, patient: o.patient.extent, study: o.study.extent,
		window: o.window.extent, scale: o.scale.extent, legend: o.legend.extent(o.aboveCorners()), caption: o.caption.extent,
		makers: o.makers.extent(), barLength: o.barLength, top: !o.top.Hidden, bottom: !o.bottom.Hidden,
		picture: o.scene.picture, place: o.scene.view.Place, orient: o.scene.view.Orient,
	}
	if o.cursor.held && a.picture == o.arranged.picture {
		a.place = o.arranged.place
	}
	if a == o.arranged {
		return
	}
	o.arranged = a
	size, middle := a.size, a.free.Width/2
	first, last := inset+o.covered.top, size.Height-inset-o.covered.bottom
	o.caption.place(fyne.NewPos(middle, first))
	upper, lower := first, last
	if !o.caption.Hidden { // in a narrow pane it would lie over the corners
		upper += o.caption.extent.Height
	}
	o.legend.place(fyne.NewSize(a.free.Width, size.Height-o.covered.bottom), o.aboveCorners())
	lower -= a.legend.Height
	if a.legend.Height == 0 && o.reach(middle, o.bottom, o.window, o.scale) {
		lower -= max(o.window.extent.Height, o.scale.extent.Height+barRoom) + 2*plateEdge
	}
	o.bottom.place(fyne.NewPos(middle, lower))
	at := func(x, y, by float32, b *block, below float32) float32 {
		b.place(fyne.NewPos(x, y))
		return o.clear(b, by, below)
	}
	patient := upper + at(inset, upper, 1, o.patient, 0) + o.patient.extent.Height
	study := upper
	if o.meet(size.Width, o.patient, o.study) { // whose it is stands whole, above when it was taken
		study = patient + 2*plateEdge
	}
	study += at(size.Width-inset, study, 1, o.study, 0) + o.study.extent.Height
	head := upper
	if o.reach(middle, o.top, o.patient, o.study) {
		head = max(patient, study) + 2*plateEdge
	}
	o.top.place(fyne.NewPos(middle, head))
	o.makers.place(fyne.NewPos(size.Width-inset, study+plateEdge))
	at(inset, last, -1, o.window, 0)
	moved := at(size.Width-inset, last-barRoom, -1, o.scale, barRoom)
	o.placeBar(fyne.NewPos(size.Width-inset, last+moved))
	o.left.place(fyne.NewPos(inset, size.Height/2-kit.MarkerSize))
	o.right.place(fyne.NewPos(size.Width-inset, size.Height/2-kit.MarkerSize))
	o.why.place(fyne.NewPos(size.Width/2, size.Height/2))
}
