package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app/settings"
	"hilum/ui/golden"
)

// TestWindowAtSizes: the window at three sizes, in two languages, with text as usual and half
// as large again.
func TestWindowAtSizes(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		h := scoring(t)
		h.InFolder(t)
		h.prefer(func(p *settings.Preferences) { p.Language = language })
		h.open("first.dcm", "ap.dcm", "damaged.dcm")
		h.Listed()
		h.Maps.ToggleMap("Mass")
		h.pictured()
		for _, screen := range []fyne.Size{{Width: 960, Height: 720}, {Width: 1600, Height: 1000},
			{Width: 1080, Height: 1920}} {
			for _, text := range []float32{1, 1.5} {
				c := h.window.win.Canvas()
				c.(interface{ SetScale(float32) }).SetScale(text)
				h.resize(fyne.NewSize(screen.Width/text, screen.Height/text))
				name := fmt.Sprintf("size-%.0fx%.0f-%s-%.0f", screen.Width, screen.Height, language, text*100)
				golden.Check(t, name, h.frame())
			}
		}
	}
}
