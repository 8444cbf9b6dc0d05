package lab

import (
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app/lab"
	"hilum/app/lab/lesson"
	"hilum/ui/uitest"
)

// TestTypingIsNoCommand types random text into every box of the lab.
func TestTypingIsNoCommand(t *testing.T) {
	b := newBed(t)
	w := b.w
	b.b.Load(uitest.Image(300, 280), "demo", lesson.ImageRef{Demo: "3-mass.dcm"}, nil)
	b.b.Lesson.New("A lesson")
	b.wait("the lesson", func(st lab.State) bool { return st.Lesson != nil && idle(st) })
	var ran []string
	w.environment.Commands = uitest.Counting(w.commands, &ran)
	w.win.Canvas().Capture()
	typed := 0
	for _, box := range uitest.Boxes(w.win.Content()) {
		w.win.Canvas().Focus(box)
		uitest.Type(w.win.Canvas(), uitest.Babble(uint64(typed), 40))
		typed++
		if w.win.Canvas().Focused() != box {
			t.Errorf("after typing the keyboard is with %T", w.win.Canvas().Focused())
		}
		box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if w.win.Canvas().Focused() != nil {
			t.Errorf("Escape leaves the keyboard with %T", w.win.Canvas().Focused())
		}
	}
	if typed == 0 || len(ran) > 0 {
		t.Errorf("%d boxes, ran %q", typed, ran)
	}
}
