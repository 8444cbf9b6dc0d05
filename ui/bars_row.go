package ui

import (
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hilum/app"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/ui/kit"
)

// barObjects are the words of one row; they are kept and changed, never
// replaced. What is drawn beside them is rowShapes.
type barObjects struct {
	back           *canvas.Rectangle
	label, prob, t *canvas.Text
	answer         *canvas.Text // the reader's
}

func newBarObjects() *barObjects {
	o := &barObjects{
		back: canvas.NewRectangle(color.Transparent), label: canvas.NewText("", kit.ColourText),
		prob: canvas.NewText("", kit.ColourText), t: canvas.NewText("", kit.ColourSecond),
		answer: canvas.NewText("", kit.ColourGood),
	}
	for _, t := range []*canvas.Text{o.label, o.prob, o.t, o.answer} {
		t.TextSize = kit.TextSize
	}
	o.prob.Alignment, o.t.Alignment = fyne.TextAlignTrailing, fyne.TextAlignTrailing
	return o
}

func (o *barObjects) words() []fyne.CanvasObject {
	return []fyne.CanvasObject{o.label, o.answer, o.prob, o.t}
}

// fill sets colours and words of row i.
func (o *barObjects) fill(b *FindingBars, i int, row app.Row) {
	o.back.FillColor = color.Transparent
	switch {
	case row.Class == b.cursor:
		o.back.FillColor = kit.ColourChosen
	case i == b.hovered:
		o.back.FillColor = kit.ColourHover
	}
	f := row.Finding
	o.label.Color = kit.ColourSecond
	if row.Scored && f.Positive && f.NoValid == "" {
		o.label.Color = kit.ColourText
	}
	o.label.Text = shorten(kit.ClassName(row.Class), labelWidth-answerWidth-4, kit.TextSize, fyne.TextStyle{})
	o.answer.Text, o.answer.Color = verdictMark(b.answers[row.Class])
	o.figures(b, row)
	for _, obj := range append(o.words(), o.back) {
		obj.Refresh()
	}
}

// slash stands between probability and threshold, slashWidth is about its width.
const (
	slash      = " /"
	slashWidth = 9
)

// figures writes probability and threshold, or what stands in their place.
func (o *barObjects) figures(b *FindingBars, row app.Row) {
	f := row.Finding
	o.prob.Text, o.t.Text = "\u2013", ""
	o.prob.Color, o.t.Color = kit.ColourFaint, kit.ColourSecond
	if !row.Scored {
		return
	}
	o.prob.Text, o.t.Text, o.prob.Color = figure(f.Probability)+slash, figure(f.Threshold), o.label.Color
	switch {
	case f.NoValid != "":
		o.prob.Text, o.t.Text = figure(f.Probability), kit.T("none")
	case row.Compared:
		o.prob.Text, o.t.Text, o.t.Color = figure(f.Probability), signedFigure(row.Change), kit.ColourText
	case b.scale == app.OperatingScale:
		o.prob.Text, o.t.Text = "", figure(calib.OperatingPoint(f.Probability, f.Threshold))
	}
}

// layout places the row at height y.
func (o *barObjects) layout(y, width float32) {
	kit.Put(o.back, 0, y, width, barRow)
	kit.Put(o.label, dotWidth, y, labelWidth, barRow)
	left, _ := track(width)
	kit.Put(o.answer, left-answerWidth, y, answerWidth, barRow)
	right := width - 8
	probWidth := float32(32)
	if strings.HasSuffix(o.prob.Text, slash) {
		probWidth += slashWidth // the digits stay under each other
	}
	kit.Put(o.prob, right-tallyWidth, y, probWidth, barRow)
	kit.Put(o.t, right-30, y, 30, barRow)
}

// dot says whether the class's map is over the picture, in its colour.
func dot(b *FindingBars, i int, class string) kit.Shape {
	s := kit.Shape{X: 7, Y: float32(barRow*i) + 8, W: 10, H: 10, Radius: 5, Stroke: kit.NRGBA(kit.ColourFaint), Line: 1.5}
	if shown := slices.Index(b.m.Classes(), class); shown >= 0 && b.m.On {
		s.Fill = kit.NRGBA(dotColour(b.m, shown))
		s.Stroke = s.Fill
	}
	return s
}

// dotColour is that of the i-th map that is shown.
func dotColour(m app.Map, i int) color.Color {
	if !m.Layered() {
		return kit.ColourSelected
	}
	c := app.ClassColour(i)
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

// rowShapes are groove, bar, the threshold's interval and the prior's margin of
// the row at height y, on a track as wide as w whose middle is the threshold.
func rowShapes(y, w float32, row app.Row) (under, above []kit.Shape) {
	middle, half := w/2, w/2
	under = append(under, kit.Shape{Y: y + barTop, W: w, H: barThick, Radius: 2, Fill: kit.NRGBA(kit.ColourRaised)})
	f := row.Finding
	barred := row.Scored && f.NoValid == "" // no threshold, no side of it
	if barred {
		from, to := barSpan(f, half)
		under = append(under, kit.Shape{X: middle + from, Y: y + barTop, W: to - from, H: barThick, Radius: 2, Fill: kit.NRGBA(barColour(f))})
	}
	if ci := f.ThresholdCI; barred && ci != nil {
		lo, hi := middle+half*float32(calib.RelMargin(ci.Lo, f.Threshold)), middle+half*float32(calib.RelMargin(ci.Hi, f.Threshold))
		// Under the bar, where no colour takes its contrast.
		for _, s := range []kit.Shape{{X: lo, Y: y + whiskerTop, W: max(hi-lo, 1), H: 1}, {X: lo, Y: y + whiskerTop - 2, W: 1, H: 5}, {X: hi - 1, Y: y + whiskerTop - 2, W: 1, H: 5}} {
			s.Fill = kit.NRGBA(kit.ColourSecond)
			above = append(above, s)
		}
	}
	if row.Compared {
		at := half * float32(min(1, max(-1, row.Then)))
		above = append(above, kit.Shape{X: middle + at - 1, Y: y + barTop - 2, W: 2, H: barThick + 4, Fill: kit.NRGBA(kit.ColourText)})
	}
	return under, above
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
