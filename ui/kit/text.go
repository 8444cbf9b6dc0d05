package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Page is running text that scrolls.
func Page(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVScroll(container.NewPadded(container.NewPadded(Densely(content))))
}

// Heading is the title of a page.
func Heading(s string) fyne.CanvasObject {
	l := widget.NewLabel(T(s))
	l.SizeName, l.TextStyle.Bold, l.Wrapping = theme.SizeNameHeadingText, true, fyne.TextWrapWord
	return l
}

// Subheading is the title of a part of a page.
func Subheading(s string) fyne.CanvasObject {
	l := widget.NewLabel(T(s))
	l.SizeName, l.TextStyle.Bold = theme.SizeNameSubHeadingText, true
	return l
}

// Strong is a line in bold.
func Strong(s string) fyne.CanvasObject {
	l := widget.NewLabel(T(s))
	l.TextStyle.Bold = true
	return l
}

// Prose is a paragraph that wraps.
func Prose(s string) fyne.CanvasObject {
	l := widget.NewLabel(T(s))
	l.Wrapping = fyne.TextWrapWord
	return l
}
