package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
)

// TestAQuestionHasTheKeyboard: what is typed into it is no command, Enter answers, Escape
// leaves all as it was, and the picture has the keyboard again.
func TestAQuestionHasTheKeyboard(t *testing.T) {
	h := keeping(t)
	h.open("first.dcm")
	h.Wait("the records to know the film", func(st app.State) bool { return st.Identity != nil })
	c := h.window.win.Canvas()
	h.window.run("key.note")()
	c.Focused().TypedRune('N') // that the key typed as well
	h.Run()
	for _, r := range "aduk" {
		c.Focused().TypedRune(r)
	}
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	st := h.Wait("the note", func(st app.State) bool { return st.KeyImage.Held })
	if st.KeyImage.Text != "aduk" || len(st.Answers) != 0 {
		t.Errorf("kept %q, answers %v", st.KeyImage.Text, st.Answers)
	}
	if c.Focused() != fyne.Focusable(h.window.viewer) || len(c.Overlays().List()) != 0 {
		t.Error("the question does not go, or the picture has not the keyboard")
	}
	h.window.run("key.note")()
	c.Focused().TypedRune('N') // that the key typed as well
	h.Run()
	c.Focused().TypedRune('x') // over what stood there, which is selected
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	h.Settle()
	if st := h.State(); st.KeyImage.Text != "aduk" || c.Focused() != fyne.Focusable(h.window.viewer) {
		t.Errorf("Escape kept %q", st.KeyImage.Text)
	}
}
