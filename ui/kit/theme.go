// Package kit holds what every window of the program is made of: the reading
// theme, the [Style] that a window speaks and looks in and hands to its parts within an
// [Environment], controls that pass on the keys they have no use for,
// the way from keys to commands, running text and layouts. It knows
// commands (hilum/app) and Fyne, and nothing of what a window shows.
package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The colours over an image are the same in every look.
var (
	ColourPicture    = color.NRGBA{0, 0, 0, 255}
	ColourOnImage    = color.NRGBA{255, 255, 255, 200}    // text over the picture
	ColourMark       = color.NRGBA{0xF0, 0xE4, 0x42, 255} // a measurement over the picture
	ColourMarkChosen = color.NRGBA{0xCC, 0x79, 0xA7, 255} // the one in hand
	ColourPlate      = color.NRGBA{0, 0, 0, 178}          // under it: 4.5:1 and more over any film
	ColourDarkPlate  = color.NRGBA{0, 0, 0, 240}          // under words in a colour, which are darker
	ColourShadow     = color.NRGBA{0, 0, 0, 220}          // and what keeps it readable over white
)

// Sizes of text, in Fyne's units.
const (
	TextSize    = 13
	CaptionSize = 11
	MarkerSize  = 20
)

// Theme is the dark reading theme. It has no light variant: a bright panel
// beside an image blinds the reader.
type Theme struct{ Colours Colours } // the zero value has those of the reading room

var _ fyne.Theme = Theme{}

// Color implements fyne.Theme.
func (t Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := t.colours()[name]; ok {
		return c
	}
	return theme.DefaultTheme().Color(name, theme.VariantDark)
}

// colours are those of the toolkit's own controls.
func (t Theme) colours() map[fyne.ThemeColorName]color.Color {
	c := t.Colours
	if c == (Colours{}) {
		c = reading()
	}
	return map[fyne.ThemeColorName]color.Color{
		theme.ColorNameBackground:          c.Panel,
		theme.ColorNameHeaderBackground:    c.Panel,
		theme.ColorNameMenuBackground:      c.Raised,
		theme.ColorNameOverlayBackground:   c.Raised,
		theme.ColorNameInputBackground:     c.Raised,
		theme.ColorNameInputBorder:         c.Faint,
		theme.ColorNameButton:              c.Raised,
		theme.ColorNameDisabledButton:      c.Panel,
		theme.ColorNameDisabled:            c.Faint,
		theme.ColorNameForeground:          c.Text,
		theme.ColorNamePlaceHolder:         c.Second,
		theme.ColorNameSeparator:           c.Line,
		theme.ColorNameHover:               color.NRGBA{255, 255, 255, 18},
		theme.ColorNamePressed:             color.NRGBA{255, 255, 255, 30},
		theme.ColorNameFocus:               color.NRGBA{0x4C, 0x9B, 0xE8, 90},
		theme.ColorNameSelection:           color.NRGBA{255, 255, 255, 30},
		theme.ColorNamePrimary:             c.Selected,
		theme.ColorNameForegroundOnPrimary: c.Panel, // 6 to 1; white on this blue has 2.4
		theme.ColorNameHyperlink:           c.Selected,
		theme.ColorNameScrollBar:           color.NRGBA{255, 255, 255, 60},
		theme.ColorNameScrollBarBackground: color.NRGBA{},
		theme.ColorNameShadow:              color.NRGBA{0, 0, 0, 120},
		theme.ColorNameWarning:             c.Warning,
		theme.ColorNameError:               c.Error,
		theme.ColorNameSuccess:             c.Good,
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
		return TextSize
	case theme.SizeNameCaptionText:
		return CaptionSize
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
	case theme.SizeNameSelectionRadius:
		return 0 // round corners cost a software renderer several times what straight ones do
	}
	return theme.DefaultTheme().Size(name)
}
