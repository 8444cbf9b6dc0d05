package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/ui/kit"
)

// tipDelay is how long the mouse rests on a control before its words appear.
const tipDelay = 600 * time.Millisecond

// Measures of the words, in units.
const tipPad, tipGap = 6, 4

// tipLayer shows over the whole window what a control does and by which key.
type tipLayer struct {
	box   *fyne.Container
	back  *canvas.Rectangle
	text  *canvas.Text
	over  fyne.CanvasObject // the control that is spoken of; nil for none
	timer *time.Timer
	do    func(func())
	delay time.Duration
}

func newTipLayer(env *kit.Environment, do func(func())) *tipLayer {
	t := &tipLayer{
		back: canvas.NewRectangle(env.Colours.Raised), text: canvas.NewText("", env.Colours.Text), do: do,
		delay: tipDelay,
	}
	t.back.StrokeColor, t.back.StrokeWidth, t.back.CornerRadius = env.Colours.Faint, 1, 3
	t.text.TextSize = kit.TextSize
	t.box = container.NewWithoutLayout(t.back, t.text)
	t.box.Hide()
	return t
}

// set speaks of a control after a while, or of none.
func (t *tipLayer) set(over fyne.CanvasObject, words string) {
	t.stop()
	t.over = over
	if over == nil || words == "" {
		if t.box.Visible() {
			t.box.Hide()
		}
		return
	}
	t.timer = time.AfterFunc(t.delay, func() {
		t.do(func() {
			if t.over == over {
				t.show(words)
			}
		})
	})
}

// show puts the words under the control, within the window.
func (t *tipLayer) show(words string) {
	d := fyne.CurrentApp().Driver()
	c := d.CanvasForObject(t.over)
	if c == nil {
		return
	}
	t.text.Text = words
	text := t.text.MinSize()
	w, h := text.Width+2*tipPad, text.Height+tipPad
	at := d.AbsolutePositionForObject(t.over)
	origin := d.AbsolutePositionForObject(t.box)
	x := max(min(at.X-origin.X, t.box.Size().Width-w-tipGap), tipGap)
	y := at.Y - origin.Y + t.over.Size().Height + tipGap
	kit.Put(t.back, x, y, w, h)
	kit.Put(t.text, x+tipPad, y+tipPad/2, text.Width, text.Height)
	t.box.Show()
	c.Refresh(t.box) // the canvas's own: the toolkit knows none of what was hidden so far
}

func (t *tipLayer) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
}
