package kit

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// TestFallbackDialogsShow: the toolkit's own dialogs open and close; Fyne 2.8.1
// panics when they are resized before they are shown.
func TestFallbackDialogsShow(t *testing.T) {
	test.NewTempApp(t)
	w := test.NewTempWindow(t, canvas.NewRectangle(reading().Panel))
	w.Resize(fyne.NewSize(900, 700))
	for name, show := range map[string]func(){
		"files":  func() { fyneOpen(w, Images, func([]string, error) {}) },
		"folder": func() { fyneOpen(w, Folder, func([]string, error) {}) },
		"model":  func() { fyneOpen(w, Network, func([]string, error) {}) },
		"save":   func() { fyneSave(w, "film.png", func(string, error) {}) },
	} {
		show()
		top := w.Canvas().Overlays().Top()
		if top == nil {
			t.Errorf("%s: no dialog came up", name)
			continue
		}
		w.Canvas().Overlays().Remove(top)
	}
}

func TestPanicsOfTheDesktopAreErrors(t *testing.T) {
	if err := caught(func() error { panic("on purpose") }); err == nil || err.Error() != "internal error: on purpose" {
		t.Error(err)
	}
}
