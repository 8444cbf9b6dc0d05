package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/ui/uitest"
)

// reading is a window of a reader with a film, scored and known to the records.
func reading(t *testing.T) *harness {
	t.Helper()
	h := newHarness(t, uitest.KeepingConfig(t))
	h.StartScoring()
	h.open("first.dcm", "second.dcm")
	h.Wait("whose film it is", func(st app.State) bool { return st.Identity != nil })
	h.Settle()
	return h
}

// TestAnotherReaderIsChosenInTheStatusLine: a click on who reads offers the others, whose names
// are nobody's words and are not translated.
func TestAnotherReaderIsChosenInTheStatusLine(t *testing.T) {
	h := reading(t)
	if got := h.window.status.who.Text; got != "Reader: Dr. Test" {
		t.Fatalf("the status line says %q", got)
	}
	h.Readers.Add("Agree")
	h.Wait("the other", func(st app.State) bool { return st.Reader.Title() == "Agree" })
	h.Run()
	h.frame()
	s := h.window.status
	at := s.who.Position().AddXY(4, 8)
	s.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
	if s.Cursor() != desktop.PointerCursor {
		t.Error("nothing tells that the reader can be clicked")
	}
	s.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(s.Size().Width/2, 8)}})
	if s.Cursor() == desktop.PointerCursor {
		t.Error("all of the line looks as if it could be clicked")
	}
	test.TapAt(s, at)
	h.Run()
	top := h.window.win.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("a click offers nothing")
	}
	said := uitest.Texts(top)
	for _, want := range []string{"Dr. Test", "Agree", "Reads now", "Another reader\u2026"} {
		if !slices.Contains(said, want) {
			t.Errorf("%q is not offered in %q", want, said)
		}
	}
	for _, r := range "test" {
		h.window.win.Canvas().Focused().TypedRune(r)
	}
	h.window.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.Wait("the first reader", func(st app.State) bool { return st.Reader.Title() == "Dr. Test" })
}

// TestAReaderIsNamedByKeyboard: who comes is typed, and what is no name is said.
func TestAReaderIsNamedByKeyboard(t *testing.T) {
	h := reading(t)
	for _, c := range []struct{ id, typed, want string }{
		{"reader.add", "Dr. Weber", "Dr. Weber"}, {"reader.rename", "Dr. Klein", "Dr. Klein"},
	} {
		h.window.run(c.id)()
		h.Run()
		box := h.window.win.Canvas().Focused()
		box.(interface{ SetText(string) }).SetText(c.typed)
		box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		h.Wait(c.id, func(st app.State) bool { return st.Reader.Title() == c.want })
	}
	h.Readers.Add("  ")
	h.Wait("why that is no name", func(st app.State) bool { return strings.Contains(st.Message.String(), "needs a name") })
	h.window.run("reader.off")()
	h.Wait("who is left", func(st app.State) bool { return st.Reader.Title() == "Dr. Test" && len(st.Readers) == 1 })
}

// TestPagesOfFindingsGoWithThem: what stands beside the window and shows findings of the film
// is taken away when they are hidden, and cannot be opened again.
func TestPagesOfFindingsGoWithThem(t *testing.T) {
	h := reading(t)
	h.window.run(idContact)()
	h.Queue.Wait(t, "the page of all maps", func() bool { return uitest.WindowCalled("Hilum: All maps") != nil })
	h.window.run(idLab)()
	h.Queue.Wait(t, "the lab", func() bool { return h.window.lab.win != nil && !h.window.lab.win.Closed() })
	h.Readers.SetBlinded(true)
	h.Wait("the film to be hidden", func(st app.State) bool { return st.Hidden && st.Listed.Hidden == 2 })
	h.Run()
	if uitest.WindowCalled("Hilum: All maps") != nil || !h.window.lab.win.Closed() {
		t.Error("a page still shows the findings")
	}
	if got := h.window.status.who.Text; got != "Reader: Dr. Test, blinded" {
		t.Errorf("the status line says %q", got)
	}
	for _, c := range h.Commands() {
		tells := []string{idContact, idLab, idVerdict, "map.toggle", "list.positive", "list.finding", "foreign.show"}
		if slices.Contains(tells, c.ID) && c.Enabled() {
			t.Errorf("%s can be done", c.ID)
		}
	}
	h.frame()
	said := strings.Join(uitest.Texts(h.window.win.Content()), "\n")
	if strings.Count(said, "not answered yet") != 2 {
		t.Errorf("the list says\n%s", said)
	}
}
