package findingspanel

import (
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/ui/kit"
)

// barObjects is one row of the findings, drawn as a still: hovering draws two of
// them anew, a drag over the picture none.
type barObjects struct {
	*kit.CachedRaster
	back           *canvas.Rectangle
	dot, bar       *kit.Drawing
	label, prob, t *canvas.Text
	answer         *canvas.Text // the reader's
	key            *canvas.Text // of the class
	look           barLook      // what was drawn last
}

// barLook is what a row shows.
type barLook struct {
	back                   color.Color
	label, prob, t, answer word
	key                    word
	muted, hidden          bool
	width                  float32
	dot                    kit.Shape // Line 0 for none
}

type word struct {
	text   string
	colour color.Color
}

func newBarObjects(env *kit.Environment) *barObjects {
	o := &barObjects{
		back: canvas.NewRectangle(color.Transparent), dot: kit.NewDrawing(), bar: kit.NewDrawing(),
		label: canvas.NewText("", env.Colours.Text), prob: canvas.NewText("", env.Colours.Text),
		t: canvas.NewText("", env.Colours.Second), answer: canvas.NewText("", env.Colours.Good),
		key: canvas.NewText("", env.Colours.Second),
	}
	for _, t := range []*canvas.Text{o.label, o.prob, o.t, o.answer} {
		t.TextSize = kit.TextSize
	}
	o.key.TextSize, o.key.Alignment = kit.CaptionSize, fyne.TextAlignCenter
	o.prob.Alignment, o.t.Alignment = fyne.TextAlignTrailing, fyne.TextAlignTrailing
	o.CachedRaster = kit.NewCachedRaster(o.back, o.dot.Raster, o.bar.Raster, o.key, o.label, o.answer, o.prob, o.t)
	return o
}

// show draws row i at a width where it looks otherwise than before.
func (o *barObjects) show(b *Bars, i int, width float32) {
	row := b.rows[i]
	look := barLook{back: color.Transparent, width: width, dot: dot(b, row.Class)}
	switch {
	case row.Class == b.cursor:
		look.back = b.env.Colours.Chosen
	case i == b.hovered:
		look.back = b.env.Colours.Hover
	}
	f := row.Finding
	look.label.colour = b.env.Colours.Second
	if b.hidden || row.Scored && f.Positive && f.NoValid == "" && !b.muted {
		look.label.colour = b.env.Colours.Text
	}
	look.label.text = kit.Shorten(b.env.ClassName(row.Class), labelWidth-answerWidth-4, kit.TextSize, fyne.TextStyle{})
	look.answer.text, look.answer.colour = verdictMark(b.env, b.answers[row.Class])
	if look.muted = b.muted; b.muted {
		look.label.colour, row = b.env.Colours.Faint, findings.Row{Class: row.Class}
	}
	look.prob, look.t = figures(b.env, b.scale, row, look.label.colour)
	if look.hidden = b.hidden; b.hidden { // what the reader says stands where the figures will
		look.answer, look.prob, look.t = word{"", look.label.colour}, word{"", look.label.colour},
			word{saidInWords(b.env, b.answers[row.Class]), b.env.Colours.Text}
	}
	look.key = word{b.keys[row.Class], b.env.Colours.Second}
	for t, w := range map[*canvas.Text]word{o.label: look.label, o.prob: look.prob, o.t: look.t, o.answer: look.answer,
		o.key: look.key} {
		t.Text, t.Color = w.text, w.colour
	}
	o.back.FillColor = look.back
	o.layout(width, b.hidden)
	o.dot.Set([]kit.Shape{look.dot})
	_, w := track(width)
	var shapes []kit.Shape
	if !b.hidden {
		shapes = rowShapes(b.env, w, row)
	}
	if changed := o.bar.Set(shapes); look != o.look || changed {
		o.look = look
		o.Refresh()
	}
}

// slash stands between probability and threshold, slashWidth is about its width.
const (
	slash      = " /"
	slashWidth = 9
)

// figures are probability and threshold, or what stands in their place; colour is
// the name's.
func figures(env *kit.Environment, scale findings.Scale, row findings.Row, colour color.Color) (prob, t word) {
	f := row.Finding
	if !row.Scored {
		return word{"\u2013", env.Colours.Faint}, word{"", env.Colours.Second}
	}
	prob, t = word{env.Figure(f.Probability) + slash, colour}, word{env.Figure(f.Threshold), env.Colours.Second}
	switch {
	case f.NoValid != "":
		prob.text, t.text = env.Figure(f.Probability), env.T("none")
	case row.Compared:
		prob.text, t = env.Figure(f.Probability), word{env.SignedFigure(row.Change), env.Colours.Text}
	case scale == findings.OperatingScale:
		prob.text, t.text = "", env.Figure(calib.OperatingPoint(f.Probability, f.Threshold))
	}
	return prob, t
}

// layout places what the row shows; while findings are hidden the answer has the room of bar
// and figures.
func (o *barObjects) layout(width float32, hidden bool) {
	kit.Put(o.back, 0, 0, width, barRow)
	kit.Put(o.dot.Raster, 0, 0, dotWidth, barRow)
	kit.Put(o.key, dotWidth, 0, keyWidth-2, barRow)
	kit.Put(o.label, dotWidth+keyWidth, 0, labelWidth, barRow)
	left, w := track(width)
	kit.Put(o.bar.Raster, left-1, 0, w+2, barRow) // a prior's mark may stand out by a unit
	kit.Put(o.answer, left-answerWidth, 0, answerWidth, barRow)
	right := width - 8
	probWidth := float32(32)
	if strings.HasSuffix(o.prob.Text, slash) {
		probWidth += slashWidth // the digits stay under each other
	}
	kit.Put(o.prob, right-tallyWidth, 0, probWidth, barRow)
	kit.Put(o.t, right-30, 0, 30, barRow)
	if hidden {
		kit.Put(o.t, left, 0, right-left, barRow)
	}
}

// dot says whether the class's map is over the picture, in its colour.
func dot(b *Bars, class string) kit.Shape {
	if !b.hasMaps {
		return kit.Shape{}
	}
	s := kit.Shape{X: 7, Y: 8, W: 10, H: 10, Radius: 5, Stroke: kit.NRGBA(b.env.Colours.Faint), Line: 1.5}
	if shown := slices.Index(b.m.Classes(), class); shown >= 0 && b.m.On {
		s.Fill = kit.NRGBA(dotColour(b.env, b.m, shown))
		s.Stroke = s.Fill
	}
	return s
}

// dotColour is that of the i-th map that is shown.
func dotColour(env *kit.Environment, m classmap.Map, i int) color.Color {
	if !m.Layered() {
		return env.Colours.Selected
	}
	c := classmap.ClassColour(i)
	return color.NRGBA{c[0], c[1], c[2], 255}
}

// Where bar and whisker lie within a row.
const (
	barTop, barThick = 6, 11
	whiskerTop       = 21
)

// shortest is the length of a bar at the threshold itself: a hair, so that the
// row is seen to be scored.
const shortest = 1.5

// rowShapes are groove, bar, threshold, its interval and the prior's margin of a
// row, a unit to the right, on a track as wide as w whose middle is the threshold.
func rowShapes(env *kit.Environment, w float32, row findings.Row) []kit.Shape {
	middle, half := 1+w/2, w/2
	out := []kit.Shape{{X: 1, Y: barTop, W: w, H: barThick, Radius: 2, Fill: kit.NRGBA(env.Colours.Raised)}}
	f := row.Finding
	barred := row.Scored && f.NoValid == "" // no threshold, no side of it
	if barred {
		from, to := barSpan(f, half)
		out = append(out, kit.Shape{X: middle + from, Y: barTop, W: to - from, H: barThick, Radius: 2,
			Fill: kit.NRGBA(barColour(env, f))})
	}
	// Rows touch, so that the thresholds are one line through all of them.
	out = append(out, kit.Shape{X: middle - 0.5, W: 1, H: barRow, Fill: kit.NRGBA(env.Colours.Faint)})
	if ci := f.ThresholdCI; barred && ci != nil {
		lo, hi := middle+half*float32(
			calib.RelMargin(ci.Lo, f.Threshold),
		), middle+half*float32(calib.RelMargin(ci.Hi, f.Threshold))
		// Under the bar, where no colour takes its contrast.
		for _, s := range []kit.Shape{
			{X: lo, Y: whiskerTop, W: max(hi-lo, 1), H: 1}, {X: lo, Y: whiskerTop - 2, W: 1, H: 5},
			{X: hi - 1, Y: whiskerTop - 2, W: 1, H: 5},
		} {
			s.Fill = kit.NRGBA(env.Colours.Second)
			out = append(out, s)
		}
	}
	if row.Compared {
		at := half * float32(min(1, max(-1, row.Then)))
		out = append(
			out, kit.Shape{X: middle + at - 1, Y: barTop - 2, W: 2, H: barThick + 4, Fill: kit.NRGBA(env.Colours.Text)},
		)
	}
	return out
}

// barSpan is where a bar begins and ends, from the threshold to the right, with
// half for certainty.
func barSpan(f inference.Finding, half float32) (from, to float32) {
	length := half * float32(min(1, max(-1, f.RelMargin)))
	if length < 0 || !f.Positive {
		return -max(-length, shortest), 0
	}
	return 0, max(length, shortest)
}
