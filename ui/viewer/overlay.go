package viewer

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"

	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/ui/kit"
)

// overlay is what lies over the picture: a block of text in each corner, the
// sides, the scale bar and the map's legend.
type overlay struct {
	*look
	patient, study, window, scale *block
	left, right                   *block
	caption, why                  *block // which picture it is where there are several; why there is none
	bar                           *kit.Drawing
	legend                        *legend
	barLength                     float32 // units; 0 for none
	barPlaced                     barKey
	env                           *kit.Environment
}

// barKey is what the place of the scale bar depends on.
type barKey struct {
	size   fyne.Size
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

func (o *overlay) layout() {
	s := o.size
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

// show writes everything that lies over the picture anew where it changed; img is what
// draws the picture.
func (o *overlay) show(img *imageLayer) {
	p := o.scene.picture
	if p == nil {
		for _, b := range o.blocks() {
			b.set()
		}
		o.caption.set(kit.NonEmpty(o.scene.caption)...)
		if o.pane > 0 {
			o.why.set(kit.NonEmpty(o.scene.why)...)
		}
		o.barLength = 0
		o.placeBar()
		o.legend.hide()
		return
	}
	o.why.set()
	o.showCorners(p)
	left, right := radiograph.Sides(p.Image.Header.PatientOrientation, o.scene.view.Orient)
	o.left.set(kit.NonEmpty(left)...)
	o.right.set(kit.NonEmpty(right)...)
	o.showScale(p)
	o.showLegend(img)
}

// showCorners writes the corners that the reader wants. When a picture was taken
// stays where several are compared.
func (o *overlay) showCorners(p *radiograph.Picture) {
	corners := o.st.Corners
	o.caption.place(fyne.NewPos(o.free().Width/2, inset))
	o.caption.set(kit.NonEmpty(o.scene.caption)...)
	top := float32(inset)
	if o.scene.caption != "" { // in a narrow pane it would lie over the corners
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
		patient = patientLines(o.env, p.Image.Header)
	}
	o.patient.set(patient...)
	o.study.set(studyLines(p.Image.Header)...)
	lines := []string{windowLine(o.env, o.scene.view)}
	if o.cursor.onImage {
		lines = []string{pixelLine(o.env, p.Image, o.cursor.x, o.cursor.y), lines[0]}
	}
	o.window.set(lines...)
}

// barShare is the part of the field's width that the scale bar may take.
const barShare = 0.2

// showScale draws a length of round millimetres and says where they come from.
// On a film that lies on its side the bar lies along the rows.
func (o *overlay) showScale(p *radiograph.Picture) {
	s := radiograph.ScaleOf(p.Image.Spacing)
	if o.pane == 0 && o.st.Measure.Scale.Known() {
		s = o.st.Measure.Scale
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
	o.placeBar()
}
