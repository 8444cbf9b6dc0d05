package lab

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app/lab"
	"hilum/app/lab/edit"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/ui/kit"
)

// Measures of a row, in Fyne's units.
const (
	rowHeight  = 27
	nameWidth  = 118
	nowWidth   = 34
	deltaWidth = 44
	barsWidth  = 340
)

// changeBars is one row a class around the class's threshold: the bar of now, a
// hollow one where it stood without the selected edit, and behind them the
// interval in which the same edit at random places puts it. A click chooses the
// class that sentence and maps are about.
type changeBars struct {
	widget.BaseWidget
	choose func(class string)
	st     lab.State
	hover  int
	env    *kit.Environment
}

var (
	_ fyne.Tappable     = (*changeBars)(nil)
	_ desktop.Hoverable = (*changeBars)(nil)
)

func newChangeBars(env *kit.Environment, choose func(class string)) *changeBars {
	b := &changeBars{env: env, choose: choose, hover: -1}
	b.ExtendBaseWidget(b)
	return b
}

// present takes a state and redraws what differs; true when there are more rows.
func (b *changeBars) present(st lab.State) (grown bool) {
	o := b.st
	b.st = st
	if st.Now != o.Now || st.Former != o.Former || st.Control != o.Control || st.Class != o.Class ||
		len(st.Classes) != len(o.Classes) {
		b.Refresh()
	}
	return len(st.Classes) != len(o.Classes)
}

// MinSize implements fyne.Widget.
func (b *changeBars) MinSize() fyne.Size {
	return fyne.NewSize(barsWidth-20, float32(rowHeight*len(b.st.Classes)))
}

func (b *changeBars) row(y float32) int {
	if i := int(y / rowHeight); y >= 0 && i < len(b.st.Classes) {
		return i
	}
	return -1
}

// Tapped implements fyne.Tappable.
func (b *changeBars) Tapped(e *fyne.PointEvent) {
	if i := b.row(e.Position.Y); i >= 0 {
		b.choose(b.st.Classes[i])
	}
}

// MouseIn implements desktop.Hoverable.
func (b *changeBars) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (b *changeBars) MouseMoved(e *desktop.MouseEvent) {
	if i := b.row(e.Position.Y); i != b.hover {
		b.hover = i
		b.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (b *changeBars) MouseOut() {
	b.hover = -1
	b.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *changeBars) CreateRenderer() fyne.WidgetRenderer {
	r := &barsRenderer{b: b, middle: canvas.NewRectangle(b.env.Colours.Faint)}
	r.Refresh()
	return r
}

type barsRenderer struct {
	b      *changeBars
	rows   []*barRow
	middle *canvas.Rectangle // the threshold, through all rows
}

func (r *barsRenderer) Destroy()           {}
func (r *barsRenderer) MinSize() fyne.Size { return r.b.MinSize() }

func (r *barsRenderer) Objects() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for i := range r.b.st.Classes {
		out = append(out, r.rows[i].back, r.rows[i].groove, r.rows[i].control, r.rows[i].now)
	}
	out = append(out, r.middle)
	for i := range r.b.st.Classes {
		o := r.rows[i]
		out = append(out, o.former, o.mean, o.name, o.figure, o.delta)
	}
	return out
}

func (r *barsRenderer) Refresh() {
	for len(r.rows) < len(r.b.st.Classes) {
		r.rows = append(r.rows, newBarRow(r.b.env))
	}
	for i := range r.b.st.Classes {
		r.rows[i].fill(r.b, i)
	}
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

func (r *barsRenderer) Layout(s fyne.Size) {
	left, width := track(s.Width)
	for i := range r.b.st.Classes {
		r.rows[i].layout(&r.b.st, i, s.Width)
	}
	kit.Put(r.middle, left+width/2-0.5, 2, 1, max(float32(rowHeight*len(r.b.st.Classes))-4, 0))
	r.middle.Hidden = len(r.b.st.Classes) == 0
}

// track is the room of the bars.
func track(width float32) (left, w float32) {
	return nameWidth + 8, max(width-nameWidth-nowWidth-deltaWidth-20, 40)
}

// barRow are the shapes of one row; they are kept and changed.
type barRow struct {
	back, groove, control, mean *canvas.Rectangle
	now, former                 *canvas.Rectangle
	name, figure, delta         *canvas.Text
}

func newBarRow(env *kit.Environment) *barRow {
	rect := func(c color.Color) *canvas.Rectangle { return canvas.NewRectangle(c) }
	o := &barRow{
		back: rect(color.Transparent), groove: rect(env.Colours.Raised), control: rect(env.Colours.Groove),
		mean: rect(env.Colours.Second),
		now:  rect(color.Transparent), former: rect(color.Transparent),
		name: canvas.NewText("", env.Colours.Text), figure: canvas.NewText("", env.Colours.Text),
		delta: canvas.NewText("", env.Colours.Second),
	}
	o.former.StrokeColor, o.former.StrokeWidth = env.Colours.Text, 1
	for _, t := range []*canvas.Text{o.name, o.figure, o.delta} {
		t.TextSize = kit.TextSize
	}
	o.figure.Alignment, o.delta.Alignment = fyne.TextAlignTrailing, fyne.TextAlignTrailing
	return o
}

// noticed is the least change of a probability that is written.
const noticed = 0.005

func (o *barRow) fill(b *changeBars, i int) {
	st := &b.st
	o.back.FillColor = color.Transparent
	switch {
	case st.Classes[i] == st.Class:
		o.back.FillColor = b.env.Colours.Chosen
	case i == b.hover:
		o.back.FillColor = b.env.Colours.Hover
	}
	o.name.Text = b.env.ClassName(st.Classes[i])
	o.figure.Text, o.delta.Text = "\u2013", ""
	f, ok := finding(st.Now, i)
	if ok {
		o.figure.Text = edit.Figure(f.Probability)
		o.now.FillColor = b.env.Colours.Negative
		if f.Positive {
			o.now.FillColor = b.env.Colours.Positive
		}
		if before, ok := finding(st.Former, i); ok {
			if d := f.Probability - before.Probability; d >= noticed || d <= -noticed {
				o.delta.Text = edit.Signed(d)
			}
		}
	}
	for _, x := range []fyne.CanvasObject{
		o.back, o.groove, o.now, o.former, o.control, o.mean, o.name, o.figure, o.delta,
	} {
		x.Refresh()
	}
}

func finding(r *inference.Result, i int) (inference.Finding, bool) {
	if r == nil || i >= len(r.Findings) {
		return inference.Finding{}, false
	}
	return r.Findings[i], true
}

// Where the shapes lie within a row.
const (
	grooveTop, grooveHeight = 5, 17
	barTop, barHeight       = 9, 9
)

func (o *barRow) layout(st *lab.State, i int, width float32) {
	y := float32(rowHeight * i)
	left, w := track(width)
	kit.Put(o.back, 0, y, width, rowHeight)
	kit.Put(o.name, 8, y, nameWidth-4, rowHeight)
	kit.Put(o.groove, left, y+grooveTop, w, grooveHeight)
	kit.Put(o.figure, left+w+2, y, nowWidth, rowHeight)
	kit.Put(o.delta, left+w+nowWidth+2, y, deltaWidth, rowHeight)
	now, ok := finding(st.Now, i)
	o.now.Hidden, o.former.Hidden, o.control.Hidden, o.mean.Hidden = !ok, true, true, true
	if !ok {
		return
	}
	at := func(p float64) float32 {
		m := calib.RelMargin(p, now.Threshold)
		return left + w/2 + w/2*float32(min(max(m, -1), 1))
	}
	bar := func(r *canvas.Rectangle, p float64, top, height float32) {
		a, b := left+w/2, at(p)
		kit.Put(r, min(a, b), y+top, max(max(a, b)-min(a, b), 1.5), height)
	}
	bar(o.now, now.Probability, barTop, barHeight)
	if former, ok := finding(st.Former, i); ok && former.Probability != now.Probability {
		o.former.Hidden = false
		bar(o.former, former.Probability, barTop-2, barHeight+4)
	}
	if c := st.Control; c != nil && len(c.Places) > 0 && i < len(c.Probability) {
		mean, lo, hi := c.Interval(i)
		o.control.Hidden, o.mean.Hidden = false, false
		kit.Put(o.control, at(lo), y+grooveTop, max(at(hi)-at(lo), 2), grooveHeight)
		kit.Put(o.mean, at(mean)-0.5, y+grooveTop, 1, grooveHeight)
	}
}
