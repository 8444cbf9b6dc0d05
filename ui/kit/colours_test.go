package kit

import (
	"image/color"
	"math"
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"hilum/app/settings"
)

// contrast is WCAG 2.1's ratio of relative luminances.
func contrast(a, b color.NRGBA) float64 {
	luminance := func(c color.NRGBA) float64 {
		f := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.04045 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*f(c.R) + 0.7152*f(c.G) + 0.0722*f(c.B)
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// TestLooksAreReadable holds both looks against WCAG 2.1: AA for the reading
// look, AAA for high contrast, on every surface that text stands on.
func TestLooksAreReadable(t *testing.T) {
	for name, c := range map[string]struct {
		p           Colours
		text, lines float64
	}{"reading": {reading(), 4.5, 0}, "high contrast": {highContrast(), 7, 3}} {
		for _, surface := range []color.NRGBA{c.p.Panel, c.p.Raised, c.p.Chosen, c.p.Hover} {
			for what, colour := range map[string]color.NRGBA{"text": c.p.Text, "second": c.p.Second,
				"warning": c.p.Warning} {
				if got := contrast(colour, surface); got < c.text {
					t.Errorf("%s: %s on %v has a contrast of %.2f", name, what, surface, got)
				}
			}
		}
		if got := contrast(c.p.Line, c.p.Panel); got < c.lines {
			t.Errorf("%s: lines have a contrast of %.2f", name, got)
		}
		for _, p := range []color.NRGBA{
			c.p.Panel, c.p.Raised, c.p.Line, c.p.Hover, c.p.Chosen, c.p.Groove, c.p.Text, c.p.Second, c.p.Faint,
		} {
			if p.R != p.G || p.G != p.B {
				t.Errorf("%s: %v is not grey", name, p)
			}
		}
	}
}

// TestLookReachesTheTheme: colours of the toolkit's own widgets follow, and the
// colours at the start are those of the reading look.
func TestLookReachesTheTheme(t *testing.T) {
	s := NewStyle()
	if s.Colours != reading() {
		t.Error("the colours at the start are not the reading look's")
	}
	s.SetLook(settings.HighContrast)
	if got := (Theme{s.Colours}).Color(theme.ColorNameForeground, theme.VariantDark); got != color.Color(grey(0xFF)) {
		t.Errorf("text is %v", got)
	}
	if got := (Theme{}).Color(theme.ColorNameForeground, theme.VariantDark); got != color.Color(reading().Text) {
		t.Errorf("without a look text is %v", got)
	}
}

// environment is one of no window.
func environment() *Environment { return &Environment{Style: NewStyle()} }

func TestTextSizeMultipliesTheDesktops(t *testing.T) {
	t.Setenv(scaleVariable, "1.5")
	test.NewTempApp(t)
	if fyne.CurrentApp() == nil {
		t.Fatal("no application")
	}
	if err := SetTextSize(2); err != nil {
		t.Fatal(err)
	}
	if got := os.Getenv(scaleVariable); got != "3" {
		t.Errorf("scale %s, want 1.5 of the desktop times 2", got)
	}
	if err := SetTextSize(1); err != nil || os.Getenv(scaleVariable) != "1.5" {
		t.Errorf("back to %s, %v", os.Getenv(scaleVariable), err)
	}
}
