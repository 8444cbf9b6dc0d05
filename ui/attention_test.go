package ui

import (
	"testing"
	"time"

	"hilum/app"
)

// TestTheWindowTellsOfItsFocus: what is in sight while another program has the focus is
// not looked at. The toolkit's own functions are called as its driver does.
func TestTheWindowTellsOfItsFocus(t *testing.T) {
	h := scoring(t) // nothing is open yet that a slow machine could have looked at
	focus, ok := h.App.Lifecycle().(interface {
		OnEnteredForeground() func()
		OnExitedForeground() func()
	})
	if !ok {
		t.Fatal("the toolkit's lifecycle has changed")
	}
	focus.OnExitedForeground()()
	h.open("first.dcm")
	time.Sleep(2 * time.Second)
	if st := h.State(); st.Listed.Unseen != 1 {
		t.Error("a film behind another program's window counts as seen")
	}
	focus.OnEnteredForeground()()
	h.Wait("the film to be seen", func(st app.State) bool { return st.Listed.Unseen == 0 })
}
