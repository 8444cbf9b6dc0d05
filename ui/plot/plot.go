// Package plot draws diagrams in a window that answer the mouse: what a point
// says, where a click fell, a threshold that is dragged. Its core type is
// [Plot]. The pictures of reports are drawn elsewhere; these are for looking
// into. It imports ui/kit, inference/calib and Fyne.
package plot

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/ui/kit"
)

// Diagram is what a plot shows. It is not written to after it was handed over.
type Diagram struct {
	Title  string
	X, Y   Axis
	Series []Series
	Guide  *Guide // nil for none
	Empty  string // said in place of a diagram without a point
}

// Axis is a range of values, Lo < Hi.
type Axis struct {
	Label  string
	Lo, Hi float64
	Whole  bool                 // ticks are whole numbers
	Format func(float64) string // of its ticks; nil writes as many decimals as are needed
}

// Style is how a series is drawn.
type Style int

// The styles.
const (
	Line   Style = iota
	Dashed       // a line for reference
	Dots         // points, with whiskers where Low and High are given
	Bars         // from zero; X is the middle of a bar
)

// Series is one curve. X and Y have the same length; NaN leaves a gap.
type Series struct {
	Name      string // in the legend; "" for none there
	Colour    color.NRGBA
	Style     Style
	X, Y      []float64
	Low, High []float64          // ends of whiskers; nil for none
	Width     float64            // of bars, in units of X
	Tip       func(i int) string // what a point says; nil says nothing
}

// Guide is a vertical line that a person can drag.
type Guide struct {
	X      float64
	Label  string
	Colour color.NRGBA
}

// Plot is a diagram that answers the mouse.
type Plot struct {
	widget.BaseWidget
	// OnTap is told of a click, in units of the axes and, when a point with a tip
	// was near, which; series is -1 otherwise. nil for nobody.
	OnTap func(series, index int, x, y float64)
	// OnGuide is told where the guide is dragged, or moved by the arrow keys, and
	// finally with done. nil leaves the guide where it is.
	OnGuide func(x float64, done bool)

	env     *kit.Environment
	diagram Diagram
	least   fyne.Size
	hover   point
	focused bool
	drag    bool
}

// point is one of a series; series is -1 for none.
type point struct{ series, index int }

var nowhere = point{-1, -1}

var (
	_ fyne.Draggable     = (*Plot)(nil)
	_ fyne.Tappable      = (*Plot)(nil)
	_ fyne.Focusable     = (*Plot)(nil)
	_ desktop.Hoverable  = (*Plot)(nil)
	_ desktop.Cursorable = (*Plot)(nil)
)

// New makes an empty plot of a least size. Keys that it has no use for go on to
// the commands.
func New(k *kit.Environment, width, height float32) *Plot {
	p := &Plot{env: k, least: fyne.NewSize(width, height), hover: nowhere}
	p.ExtendBaseWidget(p)
	return p
}

// Draw sets what is drawn.
func (p *Plot) Draw(d Diagram) {
	p.diagram = d
	p.hover = nowhere
	p.Refresh()
}

// Diagram is what is drawn.
func (p *Plot) Diagram() Diagram { return p.diagram }

// MinSize implements fyne.Widget.
func (p *Plot) MinSize() fyne.Size { return p.least }

// Margins around the field, in Fyne's units.
const (
	marginLeft   = 52
	marginRight  = 14
	marginTop    = 26
	marginBottom = 40
)

// field is where the axes span, in Fyne's units.
type field struct {
	x, y, w, h float32
	X, Y       Axis
}

func (p *Plot) field() field {
	s := p.Size()
	return field{
		marginLeft, marginTop, max(1, s.Width-marginLeft-marginRight), max(1, s.Height-marginTop-marginBottom),
		p.diagram.X,
		p.diagram.Y,
	}
}

func (f field) px(x float64) float32 { return f.x + f.w*float32((x-f.X.Lo)/(f.X.Hi-f.X.Lo)) }
func (f field) py(y float64) float32 { return f.y + f.h*float32((f.Y.Hi-y)/(f.Y.Hi-f.Y.Lo)) }

func (f field) value(at fyne.Position) (x, y float64) {
	return f.X.Lo + float64((at.X-f.x)/f.w)*(f.X.Hi-f.X.Lo), f.Y.Hi - float64((at.Y-f.y)/f.h)*(f.Y.Hi-f.Y.Lo)
}

// reach is how near the mouse must be to a point, in Fyne's units.
const reach = 24

// nearest finds the point with a tip next to a position.
func (p *Plot) nearest(at fyne.Position) point {
	f := p.field()
	best, found := float64(reach), nowhere
	for s, series := range p.diagram.Series {
		if series.Tip == nil {
			continue
		}
		for i := range series.X {
			if math.IsNaN(series.Y[i]) {
				continue
			}
			if series.Style == Bars {
				half := f.w * float32(series.Width/(f.X.Hi-f.X.Lo)) / 2
				x, y, zero := f.px(series.X[i]), f.py(series.Y[i]), f.py(0)
				if at.X >= x-half && at.X < x+half && at.Y >= min(y, zero)-4 && at.Y <= max(y, zero)+4 {
					return point{s, i}
				}
				continue
			}
			if d := math.Hypot(float64(f.px(series.X[i])-at.X), float64(f.py(series.Y[i])-at.Y)); d < best {
				best, found = d, point{s, i}
			}
		}
	}
	return found
}

// MouseIn implements desktop.Hoverable.
func (p *Plot) MouseIn(e *desktop.MouseEvent) { p.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (p *Plot) MouseMoved(e *desktop.MouseEvent) {
	if at := p.nearest(e.Position); at != p.hover {
		p.hover = at
		p.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (p *Plot) MouseOut() {
	if p.hover != nowhere {
		p.hover = nowhere
		p.Refresh()
	}
}

// Cursor implements desktop.Cursorable.
func (p *Plot) Cursor() desktop.Cursor {
	if p.diagram.Guide != nil && p.OnGuide != nil {
		return desktop.HResizeCursor
	}
	if p.OnTap != nil {
		return desktop.CrosshairCursor
	}
	return desktop.DefaultCursor
}

// Tapped implements fyne.Tappable.
func (p *Plot) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil && p.OnGuide != nil {
		c.Focus(p)
	}
	f := p.field()
	x, y := f.value(e.Position)
	if p.OnTap != nil {
		at := p.nearest(e.Position)
		p.OnTap(at.series, at.index, x, y)
	}
	if p.diagram.Guide != nil && p.OnGuide != nil {
		p.guideTo(x, true)
	}
}

// Dragged implements fyne.Draggable.
func (p *Plot) Dragged(e *fyne.DragEvent) {
	if p.diagram.Guide == nil || p.OnGuide == nil {
		return
	}
	p.drag = true
	x, _ := p.field().value(e.Position)
	p.guideTo(x, false)
}

// DragEnd implements fyne.Draggable.
func (p *Plot) DragEnd() {
	if p.drag {
		p.drag = false
		p.guideTo(p.diagram.Guide.X, true)
	}
}

func (p *Plot) guideTo(x float64, done bool) {
	a := p.diagram.X
	x = min(max(x, a.Lo), a.Hi)
	g := *p.diagram.Guide
	g.X = x
	p.diagram.Guide = &g
	p.OnGuide(x, done)
	p.Refresh()
}

// guideSteps is how many presses of an arrow key cross the diagram.
const guideSteps = 200

// TypedKey implements fyne.Focusable: the arrows move the guide.
func (p *Plot) TypedKey(e *fyne.KeyEvent) {
	if g := p.diagram.Guide; g != nil && p.OnGuide != nil {
		step := (p.diagram.X.Hi - p.diagram.X.Lo) / guideSteps
		switch e.Name {
		case fyne.KeyLeft:
			p.guideTo(g.X-step, true)
			return
		case fyne.KeyRight:
			p.guideTo(g.X+step, true)
			return
		}
	}
	p.env.TypedKey(e)
}

// TypedRune implements fyne.Focusable.
func (p *Plot) TypedRune(r rune) { p.env.TypedRune(r) }

// FocusGained implements fyne.Focusable.
func (p *Plot) FocusGained() {
	p.focused = true
	p.Refresh()
}

// FocusLost implements fyne.Focusable.
func (p *Plot) FocusLost() {
	p.focused = false
	p.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (p *Plot) CreateRenderer() fyne.WidgetRenderer { return newRenderer(p) }

// text makes a label of the diagram.
func text(s string, c color.Color, size float32) *canvas.Text {
	t := canvas.NewText(s, c)
	t.TextSize = size
	return t
}
