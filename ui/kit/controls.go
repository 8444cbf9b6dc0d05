package kit

import (
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Button is Fyne's, without a trap for env: what it does not use goes on to
// the commands.
type Button struct {
	widget.Button
	tipped
	compact bool
}

// tipped says where the mouse rests what a control does.
type tipped struct {
	Tip func() string // what it does and by which key; nil for nothing
	env *Environment
}

func (t *tipped) tip(control fyne.CanvasObject) {
	if t.Tip != nil && t.env.Tip != nil {
		t.env.Tip(control, t.Tip())
	}
}

func (t *tipped) untip() {
	if t.Tip != nil && t.env.Tip != nil {
		t.env.Tip(nil, "")
	}
}

// MouseIn implements desktop.Hoverable.
func (b *Button) MouseIn(e *desktop.MouseEvent) {
	b.Button.MouseIn(e)
	b.tip(b)
}

// MouseOut implements desktop.Hoverable.
func (b *Button) MouseOut() {
	b.Button.MouseOut()
	b.untip()
}

// Tapped implements fyne.Tappable.
func (b *Button) Tapped(e *fyne.PointEvent) {
	b.untip()
	b.Button.Tapped(e)
}

// NewButton makes a button with text (in the reader's language where there is a
// word for it), icon or both; do may be nil.
func NewButton(k *Environment, text string, icon fyne.Resource, do func()) *Button {
	b := &Button{tipped: tipped{env: k}}
	b.Text, b.Icon, b.OnTapped = k.T(text), icon, do
	b.Importance = widget.LowImportance
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := b.Button.CreateRenderer()
	if b.compact {
		r = &compactButton{r, b}
	}
	return Cached(b, r, flash(r)...)
}

// flash is the rectangle that the toolkit's answer to a tap moves in, the second
// one: no still can show that.
func flash(r fyne.WidgetRenderer) (live []fyne.CanvasObject) {
	for _, o := range r.Objects() {
		if _, ok := o.(*canvas.Rectangle); ok {
			live = append(live, o)
		}
	}
	return live[min(1, len(live)):]
}

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		b.Button.TypedKey(e)
		return
	}
	b.env.TypedKey(e)
}

// TypedRune implements fyne.Focusable.
func (b *Button) TypedRune(r rune) { b.env.TypedRune(r) }

// Mark shows whether what the button toggles is on.
func (b *Button) Mark(on bool) {
	want := widget.LowImportance
	if on {
		want = widget.HighImportance
	}
	if b.Importance != want {
		b.Importance = want
		b.Refresh()
	}
}

// SetEnabled is Enable or Disable without a redraw when nothing changes.
func (b *Button) SetEnabled(on bool) {
	if on && b.Disabled() {
		b.Enable()
	} else if !on && !b.Disabled() {
		b.Disable()
	}
}

// Choice is Fyne's select, likewise. It is set without calling back.
type Choice struct {
	widget.Select
	tipped
	quiet   bool
	compact bool
}

// MouseIn implements desktop.Hoverable.
func (c *Choice) MouseIn(e *desktop.MouseEvent) {
	c.Select.MouseIn(e)
	c.tip(c)
}

// MouseOut implements desktop.Hoverable.
func (c *Choice) MouseOut() {
	c.Select.MouseOut()
	c.untip()
}

// NewChoice makes a choice; do is told what a person chose.
func NewChoice(k *Environment, options []string, do func(string)) *Choice {
	c := &Choice{tipped: tipped{env: k}}
	c.Options = options
	c.OnChanged = func(s string) {
		if !c.quiet {
			do(s)
			k.leave()
		}
	}
	c.ExtendBaseWidget(c)
	return c
}

// Display sets the options and the one shown.
func (c *Choice) Display(options []string, at string) {
	if c.Selected == at && slices.Equal(options, c.Options) {
		return
	}
	c.quiet = true
	c.Options = options
	c.Selected = at
	c.Refresh()
	c.quiet = false
}

// CreateRenderer implements fyne.Widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer {
	r := c.Select.CreateRenderer()
	if c.compact {
		r = &compactChoice{r, c}
	}
	return Cached(c, r, flash(r)...)
}

// TypedKey implements fyne.Focusable.
func (c *Choice) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyLeft, fyne.KeyRight:
		c.Select.TypedKey(e)
	default:
		c.env.TypedKey(e)
	}
}

// TypedRune implements fyne.Focusable.
func (c *Choice) TypedRune(r rune) { c.env.TypedRune(r) }

// Slider is Fyne's, likewise.
type Slider struct {
	widget.Slider
	env *Environment
}

// NewSlider makes a slider from lo to hi; do is told what a person set.
func NewSlider(k *Environment, lo, hi, step float64, do func(float64)) *Slider {
	s := &Slider{env: k}
	s.Min, s.Max, s.Step = lo, hi, step
	s.OnChanged = do
	s.ExtendBaseWidget(s)
	return s
}

// Tapped implements fyne.Tappable.
func (s *Slider) Tapped(e *fyne.PointEvent) {
	s.Slider.Tapped(e)
	s.env.leave()
}

// DragEnd implements fyne.Draggable.
func (s *Slider) DragEnd() {
	s.Slider.DragEnd()
	s.env.leave()
}

// Display sets the value without calling back. The slider rounds to its steps.
func (s *Slider) Display(v float64) {
	if math.Abs(s.Value-v) > s.Step/2 {
		s.Value = v
		s.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Slider) CreateRenderer() fyne.WidgetRenderer {
	return Cached(s, s.Slider.CreateRenderer())
}

// TypedKey implements fyne.Focusable.
func (s *Slider) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyLeft || e.Name == fyne.KeyRight {
		s.Slider.TypedKey(e)
		return
	}
	s.env.TypedKey(e)
}

// TypedRune implements fyne.Focusable.
func (s *Slider) TypedRune(r rune) { s.env.TypedRune(r) }
