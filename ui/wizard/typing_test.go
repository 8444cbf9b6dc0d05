package wizard

import (
	"testing"

	"fyne.io/fyne/v2"

	"hilum/ui/uitest"
)

// TestTypingIsNoCommand types random text into every box of every page.
func TestTypingIsNoCommand(t *testing.T) {
	h, _ := finished(t)
	var ran []string
	h.env.Commands = uitest.Counting(h.commands, &ran)
	typed := 0
	for s := stepData; s <= stepRuns; s++ {
		h.on(func() {
			h.show(s)
			h.win.Canvas().Capture()
			for _, box := range uitest.Boxes(h.win.Content()) {
				h.win.Canvas().Focus(box)
				uitest.Type(h.win.Canvas(), uitest.Babble(uint64(typed), 40))
				if h.win.Canvas().Focused() == box {
					typed++
				}
				box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
				if h.win.Canvas().Focused() != nil {
					t.Errorf("Escape leaves the keyboard with %T", h.win.Canvas().Focused())
				}
			}
		})
	}
	if typed == 0 || len(ran) > 0 {
		t.Errorf("%d boxes, ran %q", typed, ran)
	}
}
