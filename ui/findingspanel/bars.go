package findingspanel

import (
	"image/color"
	"maps"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/records"
	"hilum/inference"
	"hilum/ui/kit"
)

// Measures of a row of findings, in Fyne's units. Fourteen rows stand in a
// window of 720 without scrolling.
const (
	barRow     = 26
	dotWidth   = 22
	keyWidth   = 20  // the key of the class
	labelWidth = 128 // the longest name, and the answer
	tallyWidth = 72  // probability and threshold
	// answerWidth is the room of the reader's answer, at the end of the name's.
	answerWidth = 14
	Width       = 366
)

// Bars is one row a class: a dot that says whether the class's map is
// over the picture, the name, a bar around the class's own threshold (right of
// the middle positive, left negative, as long as the relative margin) with the
// threshold's interval, and probability and threshold in figures. A click on a
// row shows or hides the map; with the keyboard Up and Down choose a row and
// Enter does the same.
type Bars struct {
	widget.BaseWidget
	env    *kit.Environment
	toggle func(class string) // show or hide the class's map
	choose func(class string) // the row under the cursor changed
	add    func(class string) // show the class's map beside the others, or not

	rows    []findings.Row
	m       classmap.Map
	answers map[string]records.Answer
	hasMaps bool
	scale   findings.Scale
	keys    map[string]string // of the classes
	hidden  bool              // the findings are hidden: rows are answered, and show no map
	muted   bool              // the findings are withheld: no colours, no figures
	cursor  string            // class of the chosen row, "" for none
	hovered int               // row under the mouse, -1 for none
	focused bool
}

var (
	_ fyne.Tappable     = (*Bars)(nil)
	_ fyne.Focusable    = (*Bars)(nil)
	_ desktop.Hoverable = (*Bars)(nil)
	_ desktop.Keyable   = (*Bars)(nil)
)

func newBars(k *kit.Environment, toggle, choose func(class string)) *Bars {
	b := &Bars{env: k, toggle: toggle, choose: choose, add: func(string) {}, hovered: -1}
	b.ExtendBaseWidget(b)
	return b
}

// Present takes a state of the session and redraws what differs; true when there are more
// rows or fewer.
func (b *Bars) Present(st app.State) (grown bool) {
	hasMaps := st.Result != nil
	cursor := b.cursor
	switch {
	case st.Chosen != "" || st.Map.Class != "":
		cursor = st.ChosenClass()
	case b.m.Class != "", st.Hidden != b.hidden: // it was chosen in sight of other things
		cursor = ""
	}
	if sameRows(b.rows, st.Rows) && st.Map == b.m && hasMaps == b.hasMaps && st.Scale == b.scale &&
		cursor == b.cursor &&
		b.muted == !shown(st) && b.hidden == st.Hidden &&
		sameAnswers(b.answers, st.Answers) {
		return false
	}
	b.cursor, b.answers = cursor, st.Answers
	b.muted, b.hidden, b.keys = !shown(st), st.Hidden, keysOf(st, st.Rows)
	grown = len(b.rows) != len(st.Rows)
	b.rows, b.m, b.hasMaps, b.scale = st.Rows, st.Map, hasMaps, st.Scale
	b.Refresh()
	if grown {
		b.Resize(b.MinSize().Max(b.Size()))
	}
	return grown
}

// sameRows tells whether two snapshots hold the same slice: snapshots are never
// written to.
func sameRows(a, b []findings.Row) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// sameAnswers tells whether the rows would show the same signs.
func sameAnswers(a, b map[string]records.Answer) bool {
	return maps.EqualFunc(a, b, func(x, y records.Answer) bool { return x.Verdict == y.Verdict && x.Stance() == y.Stance() })
}

// MinSize implements fyne.Widget.
func (b *Bars) MinSize() fyne.Size {
	return fyne.NewSize(Width-20, float32(barRow*len(b.rows)))
}

// at is the row at a height, -1 for none.
func (b *Bars) at(y float32) int {
	if i := int(y / barRow); y >= 0 && i < len(b.rows) {
		return i
	}
	return -1
}

// index is the chosen row, -1 for none.
func (b *Bars) index() int {
	for i, r := range b.rows {
		if r.Class == b.cursor && b.cursor != "" {
			return i
		}
	}
	return -1
}

// Tapped implements fyne.Tappable.
func (b *Bars) Tapped(e *fyne.PointEvent) {
	if i := b.at(e.Position.Y); i >= 0 {
		b.point(i)
		b.enter()
	}
}

// point chooses a row.
func (b *Bars) point(i int) {
	b.cursor = b.rows[i].Class
	b.Refresh()
	b.choose(b.cursor)
}

func (b *Bars) enter() {
	switch {
	case b.index() < 0 || !b.hasMaps:
	case b.env.Modifiers()&(fyne.KeyModifierControl|fyne.KeyModifierShift) != 0:
		b.add(b.cursor)
	default:
		b.toggle(b.cursor)
	}
}

// TypedKey implements fyne.Focusable.
func (b *Bars) TypedKey(e *fyne.KeyEvent) {
	step := 0
	switch e.Name {
	case fyne.KeyUp:
		step = -1
	case fyne.KeyDown:
		step = 1
	case fyne.KeyReturn, fyne.KeyEnter:
		b.enter()
		return
	default:
		b.env.TypedKey(e)
		return
	}
	if len(b.rows) > 0 {
		b.point(min(max(b.index()+step, 0), len(b.rows)-1))
	}
}

// TypedRune implements fyne.Focusable.
func (b *Bars) TypedRune(r rune) { b.env.TypedRune(r) }

// KeyDown implements desktop.Keyable.
func (b *Bars) KeyDown(e *fyne.KeyEvent) { b.env.KeyDown(e) }

// KeyUp implements desktop.Keyable.
func (b *Bars) KeyUp(e *fyne.KeyEvent) { b.env.KeyUp(e) }

// FocusGained implements fyne.Focusable.
func (b *Bars) FocusGained() {
	b.focused = true
	b.Refresh()
}

// FocusLost implements fyne.Focusable.
func (b *Bars) FocusLost() {
	b.focused = false
	b.env.Peek(false)
	b.Refresh()
}

// MouseIn implements desktop.Hoverable.
func (b *Bars) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (b *Bars) MouseMoved(e *desktop.MouseEvent) {
	i := b.at(e.Position.Y)
	if i == b.hovered {
		return
	}
	b.hovered = i
	b.Refresh()
}

// MouseOut implements desktop.Hoverable.
func (b *Bars) MouseOut() {
	b.hovered = -1
	b.Refresh()
}

// barColour is by side.
func barColour(env *kit.Environment, f inference.Finding) color.Color {
	if f.Positive {
		return env.Colours.Positive
	}
	return env.Colours.Negative
}

// CreateRenderer implements fyne.Widget.
func (b *Bars) CreateRenderer() fyne.WidgetRenderer {
	r := &barsRenderer{b: b, outline: canvas.NewRectangle(color.Transparent)}
	r.outline.StrokeColor, r.outline.StrokeWidth = b.env.Colours.Selected, 1
	r.Refresh()
	return r
}

type barsRenderer struct {
	b       *Bars
	rows    []*barObjects
	outline *canvas.Rectangle // around the chosen row while the keyboard is here
}

func (r *barsRenderer) Destroy()           {}
func (r *barsRenderer) MinSize() fyne.Size { return r.b.MinSize() }

func (r *barsRenderer) Objects() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, o := range r.rows[:len(r.b.rows)] {
		out = append(out, o.Raster)
	}
	return append(out, r.outline)
}

// Drawn are the words of the rows, see [kit.Still.Drawn].
func (r *barsRenderer) Drawn() (out []fyne.CanvasObject) {
	for _, o := range r.rows[:len(r.b.rows)] {
		out = append(out, o.CachedRaster.Drawn()...)
	}
	return out
}

func (r *barsRenderer) Refresh() {
	for len(r.rows) < len(r.b.rows) {
		r.rows = append(r.rows, newBarObjects(r.b.env))
	}
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

func (r *barsRenderer) Layout(s fyne.Size) {
	for i := range r.b.rows {
		r.rows[i].Put(r.b, fyne.NewPos(0, float32(barRow*i)), fyne.NewSize(s.Width, barRow))
		r.rows[i].show(r.b, i, s.Width)
	}
	at := r.b.index()
	if r.outline.Hidden = at < 0 || !r.b.focused; !r.outline.Hidden {
		kit.Put(r.outline, 0, float32(barRow*at), s.Width, barRow)
	}
}

// track is the room of the bars.
func track(width float32) (left, w float32) {
	left = dotWidth + keyWidth + labelWidth
	return left, float32(math.Max(float64(width-left-tallyWidth-8), 20))
}

// Rows are the rows that stand there.
func (b *Bars) Rows() []findings.Row { return b.rows }
