package ui

import (
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// button is Fyne's, without a trap for keys: what it does not use goes on to
// the commands.
type button struct {
	widget.Button
	keys *keys
}

func newButton(k *keys, text string, icon fyne.Resource, do func()) *button {
	b := &button{keys: k}
	b.Text, b.Icon, b.OnTapped = text, icon, do
	b.Importance = widget.LowImportance
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *button) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		b.Button.TypedKey(e)
		return
	}
	b.keys.TypedKey(e)
}

// TypedRune implements fyne.Focusable.
func (b *button) TypedRune(r rune) { b.keys.TypedRune(r) }

// mark shows whether what the button toggles is on.
func (b *button) mark(on bool) {
	want := widget.LowImportance
	if on {
		want = widget.HighImportance
	}
	if b.Importance != want {
		b.Importance = want
		b.Refresh()
	}
}

// enable is Enable or Disable without a redraw when nothing changes.
func (b *button) enable(on bool) {
	if on && b.Disabled() {
		b.Enable()
	} else if !on && !b.Disabled() {
		b.Disable()
	}
}

// choice is Fyne's select, likewise. It is set without calling back.
type choice struct {
	widget.Select
	keys  *keys
	quiet bool
}

func newChoice(k *keys, options []string, do func(string)) *choice {
	c := &choice{keys: k}
	c.Options = options
	c.OnChanged = func(s string) {
		if !c.quiet {
			do(s)
		}
	}
	c.ExtendBaseWidget(c)
	return c
}

// show sets the options and the one shown.
func (c *choice) show(options []string, at string) {
	if c.Selected == at && slices.Equal(options, c.Options) {
		return
	}
	c.quiet = true
	c.Options = options
	c.Selected = at
	c.Refresh()
	c.quiet = false
}

// TypedKey implements fyne.Focusable.
func (c *choice) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyLeft, fyne.KeyRight:
		c.Select.TypedKey(e)
	default:
		c.keys.TypedKey(e)
	}
}

// TypedRune implements fyne.Focusable.
func (c *choice) TypedRune(r rune) { c.keys.TypedRune(r) }

// slider is Fyne's, likewise.
type slider struct {
	widget.Slider
	keys *keys
}

func newSlider(k *keys, lo, hi, step float64, do func(float64)) *slider {
	s := &slider{keys: k}
	s.Min, s.Max, s.Step = lo, hi, step
	s.OnChanged = do
	s.ExtendBaseWidget(s)
	return s
}

// show sets the value without calling back. The slider rounds to its steps.
func (s *slider) show(v float64) {
	if math.Abs(s.Value-v) > s.Step/2 {
		s.Value = v
		s.Refresh()
	}
}

// TypedKey implements fyne.Focusable.
func (s *slider) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyLeft || e.Name == fyne.KeyRight {
		s.Slider.TypedKey(e)
		return
	}
	s.keys.TypedKey(e)
}

// TypedRune implements fyne.Focusable.
func (s *slider) TypedRune(r rune) { s.keys.TypedRune(r) }
