package kit

import (
	"fmt"
	"image/color"
	"os"
	"strconv"
	"sync"

	"fyne.io/fyne/v2"

	"hilum/app/settings"
)

// palette are the colours that differ between the looks.
type palette struct {
	panel, raised, line, hover, chosen, groove, text, second, faint, selected, positive, negative, good, warning, failure color.NRGBA
}

func grey(v uint8) color.NRGBA { return color.NRGBA{v, v, v, 255} }

// reading is the look of a reading room.
func reading() palette {
	return palette{
		panel: grey(0x12), raised: grey(0x1C), line: grey(0x2C), hover: grey(0x26), chosen: grey(0x2A), groove: grey(0x40),
		text: grey(0xE6), second: grey(0xA0), faint: grey(0x7C),
		selected: color.NRGBA{0x4C, 0x9B, 0xE8, 255}, positive: color.NRGBA{0xE6, 0x9F, 0x00, 255}, negative: color.NRGBA{0x56, 0xB4, 0xE9, 255},
		good: color.NRGBA{0x00, 0x9E, 0x73, 255}, warning: color.NRGBA{0xF0, 0xE4, 0x42, 255}, failure: color.NRGBA{0xD5, 0x5E, 0x00, 255},
	}
}

// highContrast has text of at least 7:1 and lines of at least 3:1 (WCAG 2.1,
// AAA and 1.4.11), on black; the meanings keep their hues and are brighter.
func highContrast() palette {
	return palette{
		panel: grey(0x00), raised: grey(0x0A), line: grey(0x80), hover: grey(0x28), chosen: grey(0x38), groove: grey(0x70),
		text: grey(0xFF), second: grey(0xDC), faint: grey(0xB4),
		selected: color.NRGBA{0x7C, 0xC0, 0xFF, 255}, positive: color.NRGBA{0xFF, 0xB8, 0x1C, 255}, negative: color.NRGBA{0x74, 0xCC, 0xFF, 255},
		good: color.NRGBA{0x2F, 0xD6, 0xA4, 255}, warning: color.NRGBA{0xFF, 0xF1, 0x4A, 255}, failure: color.NRGBA{0xFF, 0x8A, 0x3C, 255},
	}
}

// SetLook puts the colours of a look in force: the program has one look, as the
// toolkit has one theme. Call it on the window's goroutine; what was built
// before keeps its colours until it is built again.
func SetLook(l settings.Look) {
	p := reading()
	if l == settings.HighContrast {
		p = highContrast()
	}
	ColourPanel, ColourRaised, ColourLine, ColourHover, ColourChosen, ColourGroove = p.panel, p.raised, p.line, p.hover, p.chosen, p.groove
	ColourText, ColourSecond, ColourFaint, ColourSelected = p.text, p.second, p.faint, p.selected
	ColourPositive, ColourNegative, ColourGood, ColourWarning, ColourError = p.positive, p.negative, p.good, p.warning, p.failure
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
