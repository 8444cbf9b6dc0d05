package kit

import (
	"fmt"
	"image/color"
	"os"
	"strconv"
	"sync"

	"fyne.io/fyne/v2"
)

// Colours are those that differ between the looks: neutral greys, so that nothing shifts
// the grey of an image, and for meaning the set of Okabe and Ito (2008), which the
// colour-blind tell apart.
type Colours struct {
	Panel, Raised, Line, Hover, Chosen, Groove color.NRGBA // surfaces
	Text, Second, Faint                        color.NRGBA // words, by weight
	Selected, Positive, Negative               color.NRGBA
	Good, Warning, Error                       color.NRGBA
}

func grey(v uint8) color.NRGBA { return color.NRGBA{v, v, v, 255} }

// reading is the look of a reading room.
func reading() Colours {
	return Colours{
		Panel: grey(0x12), Raised: grey(0x1C), Line: grey(0x2C), Hover: grey(0x26), Chosen: grey(0x2A),
		Groove: grey(0x40),
		Text:   grey(0xE6), Second: grey(0xA0), Faint: grey(0x86),
		Selected: color.NRGBA{0x4C, 0x9B, 0xE8, 255}, Positive: color.NRGBA{0xE6, 0x9F, 0x00, 255},
		Negative: color.NRGBA{0x56, 0xB4, 0xE9, 255},
		Good:     color.NRGBA{0x00, 0x9E, 0x73, 255}, Warning: color.NRGBA{0xF0, 0xE4, 0x42, 255},
		Error: color.NRGBA{0xD5, 0x5E, 0x00, 255},
	}
}

// highContrast has text of at least 7:1 and lines of at least 3:1 (WCAG 2.1,
// AAA and 1.4.11), on black; the meanings keep their hues and are brighter.
func highContrast() Colours {
	return Colours{
		Panel: grey(0x00), Raised: grey(0x0A), Line: grey(0x80), Hover: grey(0x28), Chosen: grey(0x38),
		Groove: grey(0x70),
		Text:   grey(0xFF), Second: grey(0xDC), Faint: grey(0xB4),
		Selected: color.NRGBA{0x7C, 0xC0, 0xFF, 255}, Positive: color.NRGBA{0xFF, 0xB8, 0x1C, 255},
		Negative: color.NRGBA{0x74, 0xCC, 0xFF, 255},
		Good:     color.NRGBA{0x2F, 0xD6, 0xA4, 255}, Warning: color.NRGBA{0xFF, 0xF1, 0x4A, 255},
		Error: color.NRGBA{0xFF, 0x8A, 0x3C, 255},
	}
}

// scaleVariable is where the toolkit looks for the user's scale, each time that
// its settings change.
const scaleVariable = "FYNE_SCALE"

// startScale is the scale that the desktop asked for.
var startScale = sync.OnceValue(func() float64 {
	if v, err := strconv.ParseFloat(os.Getenv(scaleVariable), 64); err == nil && v > 0 {
		return v
	}
	if v := fyne.CurrentApp().Settings().Scale(); v > 0 {
		return float64(v)
	}
	return 1
})

// SetTextSize makes text and controls, all of them alike, so many times as large
// as the desktop asks for. The picture keeps its pixels. It takes effect when
// the theme is set next.
func SetTextSize(factor float64) error {
	return os.Setenv(scaleVariable, fmt.Sprintf("%.3g", startScale()*factor))
}
