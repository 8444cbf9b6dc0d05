package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Page is running text that scrolls: columns and grids of labels, which stand closer than the
// theme has them. Words in a border are made Tight by who makes it.
func Page(content *fyne.Container) fyne.CanvasObject {
	tighten(content)
	return container.NewVScroll(container.NewPadded(container.NewPadded(content)))
}

func tighten(c *fyne.Container) {
	for i, o := range c.Objects {
		switch o := o.(type) {
		case *widget.Label:
			c.Objects[i] = Tight(o)
		case *fyne.Container:
			if _, done := o.Layout.(tight); !done {
				tighten(o)
			}
		}
	}
}

// Heading is the title of a page.
func Heading(env *Environment, s string) fyne.CanvasObject { return TitleOf(env.T(s)) }

// TitleOf is the title of a page that is data, a model's name: never translated.
func TitleOf(name string) fyne.CanvasObject {
	l := widget.NewLabel(name)
	l.SizeName, l.TextStyle.Bold, l.Wrapping = theme.SizeNameHeadingText, true, fyne.TextWrapWord
	return l
}

// Subheading is the title of a part of a page.
func Subheading(env *Environment, s string) fyne.CanvasObject {
	l := widget.NewLabel(env.T(s))
	l.SizeName, l.TextStyle.Bold = theme.SizeNameSubHeadingText, true
	return l
}

// Strong is a line in bold.
func Strong(env *Environment, s string) fyne.CanvasObject { return StrongData(env.T(s)) }

// StrongData is a line in bold that is data, a file's name: never translated.
func StrongData(s string) fyne.CanvasObject {
	l := widget.NewLabel(s)
	l.TextStyle.Bold = true
	return l
}

// Prose is a paragraph that wraps.
func Prose(env *Environment, s string) fyne.CanvasObject { return ProseData(env.T(s)) }

// ProseData is a paragraph of data, or of words in the reader's language already:
// never translated.
func ProseData(s string) fyne.CanvasObject {
	l := widget.NewLabel(s)
	l.Wrapping = fyne.TextWrapWord
	return l
}
