package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The colours of a reading room: neutral greys, so that nothing shifts the grey
// of a film, and for meaning the set of Okabe and Ito (2008), which the
// colour-blind tell apart.
var (
	colourPicture  = color.NRGBA{0, 0, 0, 255}
	colourPanel    = color.NRGBA{0x12, 0x12, 0x12, 255}
	colourRaised   = color.NRGBA{0x1C, 0x1C, 0x1C, 255}
	colourLine     = color.NRGBA{0x2C, 0x2C, 0x2C, 255}
	colourHover    = color.NRGBA{0x26, 0x26, 0x26, 255}
	colourChosen   = color.NRGBA{0x2A, 0x2A, 0x2A, 255}
	colourGroove   = color.NRGBA{0x40, 0x40, 0x40, 255}
	colourText     = color.NRGBA{0xE6, 0xE6, 0xE6, 255}
	colourSecond   = color.NRGBA{0xA0, 0xA0, 0xA0, 255}
	colourFaint    = color.NRGBA{0x7C, 0x7C, 0x7C, 255}
	colourSelected = color.NRGBA{0x4C, 0x9B, 0xE8, 255}
	colourPositive = color.NRGBA{0xE6, 0x9F, 0x00, 255}
	colourNegative = color.NRGBA{0x56, 0xB4, 0xE9, 255}
	colourGood     = color.NRGBA{0x00, 0x9E, 0x73, 255}
	colourWarning  = color.NRGBA{0xF0, 0xE4, 0x42, 255}
	colourError    = color.NRGBA{0xD5, 0x5E, 0x00, 255}
	colourOnFilm   = color.NRGBA{255, 255, 255, 200} // text over the picture
	colourShadow   = color.NRGBA{0, 0, 0, 220}       // and what keeps it readable over white
)

// Sizes of text, in Fyne's units.
const (
	textSize    = 13
	captionSize = 11
	markerSize  = 20
)

// Theme is the dark reading theme. It has no light variant: a bright panel
// beside a film blinds the reader.
type Theme struct{}

var _ fyne.Theme = Theme{}

// Color implements fyne.Theme.
func (Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := themeColours()[name]; ok {
		return c
	}
	return theme.DefaultTheme().Color(name, theme.VariantDark)
}

func themeColours() map[fyne.ThemeColorName]color.Color {
	return map[fyne.ThemeColorName]color.Color{
		theme.ColorNameBackground:          colourPanel,
		theme.ColorNameHeaderBackground:    colourPanel,
		theme.ColorNameMenuBackground:      colourRaised,
		theme.ColorNameOverlayBackground:   colourRaised,
		theme.ColorNameInputBackground:     colourRaised,
		theme.ColorNameInputBorder:         colourLine,
		theme.ColorNameButton:              colourRaised,
		theme.ColorNameDisabledButton:      colourPanel,
		theme.ColorNameDisabled:            colourFaint,
		theme.ColorNameForeground:          colourText,
		theme.ColorNamePlaceHolder:         colourSecond,
		theme.ColorNameSeparator:           colourLine,
		theme.ColorNameHover:               color.NRGBA{255, 255, 255, 18},
		theme.ColorNamePressed:             color.NRGBA{255, 255, 255, 30},
		theme.ColorNameFocus:               color.NRGBA{0x4C, 0x9B, 0xE8, 90},
		theme.ColorNameSelection:           color.NRGBA{255, 255, 255, 30},
		theme.ColorNamePrimary:             colourSelected,
		theme.ColorNameHyperlink:           colourSelected,
		theme.ColorNameScrollBar:           color.NRGBA{255, 255, 255, 60},
		theme.ColorNameScrollBarBackground: color.NRGBA{},
		theme.ColorNameShadow:              color.NRGBA{0, 0, 0, 120},
		theme.ColorNameWarning:             colourWarning,
		theme.ColorNameError:               colourError,
		theme.ColorNameSuccess:             colourGood,
	}
}

// Font implements fyne.Theme. The default face, Noto Sans, has figures of equal
// width, so columns of numbers line up.
func (Theme) Font(s fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(s) }

// Icon implements fyne.Theme.
func (Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// Size implements fyne.Theme.
func (Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return textSize
	case theme.SizeNameCaptionText:
		return captionSize
	case theme.SizeNameHeadingText:
		return 20
	case theme.SizeNameSubHeadingText:
		return 15
	case theme.SizeNamePadding:
		return 3
	case theme.SizeNameInnerPadding:
		return 6
	case theme.SizeNameInlineIcon:
		return 16
	}
	return theme.DefaultTheme().Size(name)
}

// dense is the theme for running text in a narrow panel.
type dense struct{ Theme }

// Size implements fyne.Theme.
func (d dense) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		return 3
	}
	return d.Theme.Size(name)
}
