package ui

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"hilum/ui/kit"
)

// picture draws one object alone at a size.
func picture(t testing.TB, o fyne.CanvasObject, w, h float32) image.Image {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.Theme{})
	win := test.NewTempWindow(t, container.NewStack(o))
	win.SetPadded(false)
	win.Resize(fyne.NewSize(w, h))
	o.Refresh()
	return win.Canvas().Capture()
}
