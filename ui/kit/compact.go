package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Words and controls in narrow panels stand closer than the theme has them. A theme of their
// own would do it too, but for each part of a window that has one the toolkit loads its fonts
// anew, some ten megabytes, whenever that part is refreshed or comes back into sight, and
// keeps the old ones: a session with the wizard grew by gigabytes.

// tighter is by how much the room around words is less on each side, in units.
const tighter = 3

// Tight shows a label or a rich text with less room around it.
func Tight(words fyne.CanvasObject) *fyne.Container { return container.New(tight{}, words) }

// tight lets the room around the one object that it lays out reach beyond its own bounds. It
// implements fyne.Layout.
type tight struct{}

// MinSize implements fyne.Layout.
func (tight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().SubtractWidthHeight(2*tighter, 2*tighter)
}

// Layout implements fyne.Layout.
func (tight) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	objects[0].Move(fyne.NewPos(-tighter, -tighter))
	objects[0].Resize(s.AddWidthHeight(2*tighter, 2*tighter))
}

// NewCompactButton is NewButton with less room around its words.
func NewCompactButton(k *Environment, text string, icon fyne.Resource, do func()) *Button {
	b := NewButton(k, text, icon, do)
	b.compact = true
	return b
}

// compactButton lays the words and the icon of a button out as in one that is larger, and
// what lies behind them as in the button itself.
type compactButton struct {
	fyne.WidgetRenderer
	b *Button
}

// MinSize implements fyne.WidgetRenderer.
func (r *compactButton) MinSize() fyne.Size {
	return r.WidgetRenderer.MinSize().SubtractWidthHeight(2*tighter, 2*tighter)
}

// Layout implements fyne.WidgetRenderer.
func (r *compactButton) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s.AddWidthHeight(2*tighter, 2*tighter))
	for _, o := range r.Objects() {
		if _, behind := o.(*canvas.Rectangle); behind {
			o.Resize(s)
			continue
		}
		o.Move(o.Position().SubtractXY(tighter, tighter))
	}
}

// Refresh implements fyne.WidgetRenderer.
func (r *compactButton) Refresh() {
	r.WidgetRenderer.Refresh()
	r.Layout(r.b.Size())
}

// NewCompactChoice is NewChoice with less room around its words.
func NewCompactChoice(k *Environment, options []string, do func(string)) *Choice {
	c := NewChoice(k, options, do)
	c.compact = true
	return c
}

// compactChoice has the sign of a choice nearer to the edge, and the words as far as that.
type compactChoice struct {
	fyne.WidgetRenderer
	c *Choice
}

// MinSize implements fyne.WidgetRenderer.
func (r *compactChoice) MinSize() fyne.Size {
	return r.WidgetRenderer.MinSize().SubtractWidthHeight(4*tighter, 3*tighter)
}

// Layout implements fyne.WidgetRenderer.
func (r *compactChoice) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s)
	for _, o := range r.Objects() {
		switch o := o.(type) {
		case *widget.Icon:
			o.Move(o.Position().AddXY(tighter, 0))
		case *widget.RichText:
			o.Move(o.Position().SubtractXY(tighter, 0))
			o.Resize(o.Size().AddWidthHeight(3*tighter, 0))
		}
	}
}

// Refresh implements fyne.WidgetRenderer.
func (r *compactChoice) Refresh() {
	r.WidgetRenderer.Refresh()
	r.Layout(r.c.Size())
}
