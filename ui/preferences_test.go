package ui

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
	"github.com/zalando/go-keyring"

	"hilum/ui/golden"
	"hilum/ui/uitest"
)

// openAppearance opens the page by its command and gives what stands on its first tab.
func openAppearance(t *testing.T, h *harness) fyne.CanvasObject {
	t.Helper()
	return openPreferences(t, h).Items[0].Content
}

// openPreferences opens the page by its command and gives its tabs.
func openPreferences(t *testing.T, h *harness) *container.AppTabs {
	t.Helper()
	h.window.run(idPrefer)()
	for _, title := range []string{"Hilum: Preferences", "Hilum: Einstellungen"} {
		if w := uitest.WindowCalled(title); w != nil {
			w.Resize(fyne.NewSize(760, 640))
			return uitest.Find(t, w.Content(), "tabs", func(*container.AppTabs) bool { return true })
		}
	}
	t.Fatal("there is no page")
	return nil
}

func selectOf(t *testing.T, in fyne.CanvasObject, option string) *widget.Select {
	return uitest.Find(t, in, "choice with "+option, func(s *widget.Select) bool {
		for _, o := range s.Options {
			if o == option {
				return true
			}
		}
		return false
	})
}

// TestPreferencesTakeEffectAtOnce through the controls of the page.
func TestPreferencesTakeEffectAtOnce(t *testing.T) {
	t.Setenv("FYNE_SCALE", "1")
	h := scoring(t)
	h.open("first.dcm")
	uitest.Speak(t, "en")
	look := openAppearance(t, h)
	selectOf(t, look, "High contrast").SetSelected("High contrast")
	h.Run()
	if h.window.env.Colours.Text != (color.NRGBA{255, 255, 255, 255}) {
		t.Error("high contrast changes no colours")
	}
	viewer := h.window.viewer
	selectOf(t, look, "Deutsch").SetSelected("Deutsch")
	h.Run()
	if got := h.window.menus.Main.Items[0].Label; got != "Datei" {
		t.Errorf("the first menu is %q", got)
	}
	if h.window.viewer == viewer || h.window.viewer.State().Picture == nil {
		t.Error("the window was not built again with its picture")
	}
	look = openAppearance(t, h)
	selectOf(t, look, "Links vom Bild").SetSelected("Links vom Bild")
	h.Run()
	h.window.win.Canvas().Capture()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject
	if at(h.window.findings.Content).X > at(h.window.worklist.Content).X {
		t.Error("the findings are not on the left")
	}
	uitest.Find(t, look, "box", func(c *widget.Check) bool { return true }).SetChecked(false)
	h.Run()
	if h.window.workspace.studies.shown {
		t.Error("the list of studies is still shown")
	}
	check(t, h, "changing every preference")
}

func TestGoldenPreferences(t *testing.T) {
	keyring.MockInit()
	tabs := openPreferences(t, scoring(t))
	page := uitest.WindowCalled("Hilum: Preferences").Content()
	for i, name := range []string{"look", "reading", "hanging", "presets", "mouse", "engine", "folders", "servers", "keys"} {
		if name == "engine" {
			continue // says how many processors this machine has
		}
		tabs.SelectIndex(i)
		golden.Check(t, "preferences-"+name, uitest.Picture(t, page, 760, 480))
	}
}
