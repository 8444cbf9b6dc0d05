package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// CompactTheme is the theme for running text in a narrow panel.
type CompactTheme struct{ Theme }

// compactThemed shows content in the compact theme.
type compactThemed struct {
	widget.BaseWidget
	themed *container.ThemeOverride
}

// WithCompactTheme gives content the compact theme, once. The toolkit's own container does so
// again whenever something around it is refreshed, and each time it loads fonts of
// some ten megabytes for the part and keeps the old ones.
func WithCompactTheme(env *Environment, content fyne.CanvasObject) fyne.CanvasObject {
	return WithCompactThemeOf(container.NewThemeOverride(content, CompactTheme{Theme{env.Colours}}))
}

// WithCompactThemeOf is WithCompactTheme where the content will grow: what is new takes the theme
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
