// Package kit holds what every window of the program is made of: the reading
// theme and its colours, controls that pass on the keys they have no use for,
// the way from keys to commands, running text, layouts and file dialogs. It knows
// commands (hilum/app) and Fyne, and nothing of what a window shows.
package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The colours of a reading room: neutral greys, so that nothing shifts the grey
// of a film, and for meaning the set of Okabe and Ito (2008), which the
// colour-blind tell apart.
var (
	ColourPicture    = color.NRGBA{0, 0, 0, 255}
	ColourPanel      = color.NRGBA{0x12, 0x12, 0x12, 255}
	ColourRaised     = color.NRGBA{0x1C, 0x1C, 0x1C, 255}
	ColourLine       = color.NRGBA{0x2C, 0x2C, 0x2C, 255}
	ColourHover      = color.NRGBA{0x26, 0x26, 0x26, 255}
	ColourChosen     = color.NRGBA{0x2A, 0x2A, 0x2A, 255}
	ColourGroove     = color.NRGBA{0x40, 0x40, 0x40, 255}
	ColourText       = color.NRGBA{0xE6, 0xE6, 0xE6, 255}
	ColourSecond     = color.NRGBA{0xA0, 0xA0, 0xA0, 255}
	ColourFaint      = color.NRGBA{0x7C, 0x7C, 0x7C, 255}
	ColourSelected   = color.NRGBA{0x4C, 0x9B, 0xE8, 255}
	ColourPositive   = color.NRGBA{0xE6, 0x9F, 0x00, 255}
	ColourNegative   = color.NRGBA{0x56, 0xB4, 0xE9, 255}
	ColourGood       = color.NRGBA{0x00, 0x9E, 0x73, 255}
	ColourWarning    = color.NRGBA{0xF0, 0xE4, 0x42, 255}
	ColourError      = color.NRGBA{0xD5, 0x5E, 0x00, 255}
	ColourOnImage    = color.NRGBA{255, 255, 255, 200}    // text over the picture
	ColourMark       = color.NRGBA{0xF0, 0xE4, 0x42, 255} // a measurement over the picture
	ColourMarkChosen = color.NRGBA{0xCC, 0x79, 0xA7, 255} // the one in hand
	ColourShadow     = color.NRGBA{0, 0, 0, 220}          // and what keeps it readable over white
)

// Sizes of text, in Fyne's units.
const (
	TextSize    = 13
	CaptionSize = 11
	MarkerSize  = 20
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
		theme.ColorNameBackground:          ColourPanel,
		theme.ColorNameHeaderBackground:    ColourPanel,
		theme.ColorNameMenuBackground:      ColourRaised,
		theme.ColorNameOverlayBackground:   ColourRaised,
		theme.ColorNameInputBackground:     ColourRaised,
		theme.ColorNameInputBorder:         ColourFaint,
		theme.ColorNameButton:              ColourRaised,
		theme.ColorNameDisabledButton:      ColourPanel,
		theme.ColorNameDisabled:            ColourFaint,
		theme.ColorNameForeground:          ColourText,
		theme.ColorNamePlaceHolder:         ColourSecond,
		theme.ColorNameSeparator:           ColourLine,
		theme.ColorNameHover:               color.NRGBA{255, 255, 255, 18},
		theme.ColorNamePressed:             color.NRGBA{255, 255, 255, 30},
		theme.ColorNameFocus:               color.NRGBA{0x4C, 0x9B, 0xE8, 90},
		theme.ColorNameSelection:           color.NRGBA{255, 255, 255, 30},
		theme.ColorNamePrimary:             ColourSelected,
		theme.ColorNameForegroundOnPrimary: ColourPanel, // 6 to 1; white on this blue has 2.4
		theme.ColorNameHyperlink:           ColourSelected,
		theme.ColorNameScrollBar:           color.NRGBA{255, 255, 255, 60},
		theme.ColorNameScrollBarBackground: color.NRGBA{},
		theme.ColorNameShadow:              color.NRGBA{0, 0, 0, 120},
		theme.ColorNameWarning:             ColourWarning,
		theme.ColorNameError:               ColourError,
		theme.ColorNameSuccess:             ColourGood,
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

// CompactTheme is the theme for running text in a narrow panel.
type CompactTheme struct{ Theme }

// compactThemed shows content in the theme Dense.
type compactThemed struct {
	widget.BaseWidget
	themed *container.ThemeOverride
}

// WithCompactTheme gives content the theme Dense, once. The toolkit's own container does so
// again whenever something around it is refreshed, and each time it loads fonts of
// some ten megabytes for the part and keeps the old ones.
func WithCompactTheme(content fyne.CanvasObject) fyne.CanvasObject {
	return WithCompactThemeOf(container.NewThemeOverride(content, CompactTheme{}))
}

// WithCompactThemeOf is Densely where the content will grow: what is new takes the theme
// when themed is refreshed.
func WithCompactThemeOf(themed *container.ThemeOverride) fyne.CanvasObject {
	d := &compactThemed{themed: themed}
	d.ExtendBaseWidget(d)
	return d
}

// CreateRenderer implements fyne.Widget.
func (d *compactThemed) CreateRenderer() fyne.WidgetRenderer {
	return &compactRenderer{widget.NewSimpleRenderer(d.themed), d}
}

type compactRenderer struct {
	fyne.WidgetRenderer
	d *compactThemed
}

// Refresh implements fyne.WidgetRenderer: it leaves the theme alone, and refreshes
// what is in it.
func (r *compactRenderer) Refresh() {
	r.d.themed.Content.Refresh()
	canvas.Refresh(r.d)
}

// Size implements fyne.Theme.
func (d CompactTheme) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		return 3
	}
	return d.Theme.Size(name)
}
