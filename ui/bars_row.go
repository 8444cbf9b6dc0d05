package ui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hilum/app"
	"hilum/inference/calib"
	"hilum/ui/kit"
)

// barObjects are the shapes of one row; they are kept and changed, never
// replaced.
type barObjects struct {
	back, groove, bar     *canvas.Rectangle
	whisker               [3]*canvas.Rectangle // the threshold's interval and its ends
	then                  *canvas.Rectangle    // where the prior's margin was
	dot                   *canvas.Circle
	label, prob, slash, t *canvas.Text
	answer                *canvas.Text // the reader's
}

func newBarObjects() *barObjects {
	o := &barObjects{
		back: canvas.NewRectangle(color.Transparent), groove: canvas.NewRectangle(kit.ColourRaised), bar: canvas.NewRectangle(color.Transparent),
		dot: canvas.NewCircle(color.Transparent), label: canvas.NewText("", kit.ColourText),
		prob: canvas.NewText("", kit.ColourText), slash: canvas.NewText("/", kit.ColourFaint), t: canvas.NewText("", kit.ColourSecond),
		answer: canvas.NewText("", kit.ColourGood),
	}
	o.then = canvas.NewRectangle(kit.ColourText)
	o.bar.CornerRadius, o.groove.CornerRadius = 2, 2
	for i := range o.whisker {
		o.whisker[i] = canvas.NewRectangle(kit.ColourSecond)
	}
	for _, t := range []*canvas.Text{o.label, o.prob, o.slash, o.t, o.answer} {
		t.TextSize = kit.TextSize
	}
	o.prob.Alignment, o.t.Alignment = fyne.TextAlignTrailing, fyne.TextAlignTrailing
	return o
}

func (o *barObjects) under() []fyne.CanvasObject {
	return []fyne.CanvasObject{o.back, o.groove, o.bar}
}

func (o *barObjects) above() []fyne.CanvasObject {
	return []fyne.CanvasObject{o.whisker[0], o.whisker[1], o.whisker[2], o.then, o.dot, o.label, o.answer, o.prob, o.slash, o.t}
}

// fill sets colours and words of row i.
func (o *barObjects) fill(b *FindingBars, i int, row app.Row) {
	shown := slices.Index(b.m.Classes(), row.Class)
	o.back.FillColor = color.Transparent
	switch {
	case row.Class == b.cursor:
		o.back.FillColor = kit.ColourChosen
	case i == b.hovered:
		o.back.FillColor = kit.ColourHover
	}
	o.dot.Hidden = !b.hasMaps
	o.dot.FillColor, o.dot.StrokeColor, o.dot.StrokeWidth = color.Transparent, kit.ColourFaint, 1.5
	if shown >= 0 && b.m.On && b.hasMaps {
		o.dot.FillColor, o.dot.StrokeColor = dotColour(b.m, shown), dotColour(b.m, shown)
	}
	f := row.Finding
	o.label.Color = kit.ColourSecond
	if row.Scored && f.Positive && f.NoValid == "" {
		o.label.Color = kit.ColourText
	}
	o.label.Text = shorten(kit.ClassName(row.Class), labelWidth-answerWidth-4, kit.TextSize, fyne.TextStyle{})
	o.answer.Text, o.answer.Color = verdictMark(b.answers[row.Class])
	o.prob.Text, o.slash.Text, o.t.Text = "\u2013", "", ""
	o.prob.Color, o.t.Color = kit.ColourFaint, kit.ColourSecond
	if row.Scored {
		o.prob.Text, o.slash.Text, o.t.Text, o.prob.Color = figure(f.Probability), "/", figure(f.Threshold), o.label.Color
		o.bar.FillColor = barColour(f)
	}
	o.then.FillColor = kit.ColourText
	switch {
	case !row.Scored || f.NoValid != "":
	case row.Compared:
		o.slash.Text, o.t.Text, o.t.Color = "", signedFigure(row.Change), kit.ColourText
	case b.scale == app.OperatingScale:
		o.prob.Text, o.slash.Text, o.t.Text = "", "", figure(calib.OperatingPoint(f.Probability, f.Threshold))
	}
	if row.Scored && f.NoValid != "" {
		o.slash.Text, o.t.Text = "", kit.T("none")
	}
	for _, obj := range []fyne.CanvasObject{o.label, o.answer, o.prob, o.slash, o.t, o.dot, o.back, o.bar, o.then} {
		obj.Refresh()
	}
}

// layout places the row at height y.
func (o *barObjects) layout(y, width float32, row app.Row) {
	kit.Put(o.back, 0, y, width, barRow)
	kit.Put(o.dot, 7, y+8, 10, 10)
	kit.Put(o.label, dotWidth, y, labelWidth, barRow)
	left, w := track(width)
	kit.Put(o.answer, left-answerWidth, y, answerWidth, barRow)
	middle, half := left+w/2, w/2
	kit.Put(o.groove, left, y+barTop, w, barThick)
	o.layoutBar(y, middle, half, row)
	right := width - 8
	kit.Put(o.prob, right-tallyWidth, y, 32, barRow)
	kit.Put(o.slash, right-tallyWidth+36, y, 6, barRow)
	kit.Put(o.t, right-30, y, 30, barRow)
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

func (o *barObjects) layoutBar(y, middle, half float32, row app.Row) {
	f := row.Finding
	o.bar.Hidden = !row.Scored || f.NoValid != "" // no threshold, no side of it
	length := max(half*float32(min(1, max(-1, f.RelMargin))), -half)
	if length < 0 || !f.Positive {
		length = max(-length, shortest)
		kit.Put(o.bar, middle-length, y+barTop, length, barThick)
	} else {
		kit.Put(o.bar, middle, y+barTop, max(length, shortest), barThick)
	}
	o.then.Hidden = !row.Compared
	if row.Compared {
		at := half * float32(min(1, max(-1, row.Then)))
		kit.Put(o.then, middle+at-1, y+barTop-2, 2, barThick+4)
	}
	ci := f.ThresholdCI
	for _, w := range o.whisker {
		w.Hidden = o.bar.Hidden || ci == nil
	}
	if o.whisker[0].Hidden {
		return
	}
	lo, hi := middle+half*float32(calib.RelMargin(ci.Lo, f.Threshold)), middle+half*float32(calib.RelMargin(ci.Hi, f.Threshold))
	// Under the bar, where no colour takes its contrast.
	kit.Put(o.whisker[0], lo, y+whiskerTop, max(hi-lo, 1), 1)
	kit.Put(o.whisker[1], lo, y+whiskerTop-2, 1, 5)
	kit.Put(o.whisker[2], hi-1, y+whiskerTop-2, 1, 5)
}
