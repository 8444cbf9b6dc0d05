package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// headerHeight is that of a panel's title.
const headerHeight = 30

// Header is the title of a panel with something to press at its right.
func Header(env *Environment, title string, right fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&tall{headerHeight}, container.NewBorder(nil, nil, Strong(env, title), right))
}

type tall struct{ height float32 }

// MinSize implements fyne.Layout.
func (t *tall) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[0].MinSize().Width, t.height)
}

// Layout implements fyne.Layout.
func (t *tall) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	Put(objects[0], 0, 0, s.Width, s.Height)
}

// Panel is a column of fixed width with a line on the side of the picture.
func Panel(env *Environment, width float32, content fyne.CanvasObject, lineLeft bool) *fyne.Container {
	if lineLeft {
		return container.New(&wide{width}, container.NewBorder(nil, nil, edge(env), nil, content))
	}
	return container.New(&wide{width}, container.NewBorder(nil, nil, nil, edge(env), content))
}

// PanelAtLeast is a column with a line at its right that is wider where its words need more.
func PanelAtLeast(env *Environment, width float32, content fyne.CanvasObject) *fyne.Container {
	return container.New(&atLeast{wide{width}}, container.NewBorder(nil, nil, nil, edge(env), content))
}

// edge is the line of a panel.
func edge(env *Environment) fyne.CanvasObject {
	line := canvas.NewRectangle(env.Colours.Line)
	line.SetMinSize(fyne.NewSize(1, 0))
	return line
}

// Sized gives an object a fixed width.
func Sized(o fyne.CanvasObject, width float32) fyne.CanvasObject {
	return container.New(&wide{width}, o)
}

// ForOptions gives a choice at least a width, and more where one of its options needs more:
// nothing beside it moves when another one is chosen.
func ForOptions(c *Choice, width float32) fyne.CanvasObject {
	return container.New(&roomy{wide{width}, c}, c)
}

type roomy struct {
	wide
	choice *Choice
}

// MinSize implements fyne.Layout.
func (l *roomy) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := objects[0].MinSize()
	widest := float32(0)
	for _, text := range append([]string{l.choice.PlaceHolder, l.choice.Selected}, l.choice.Options...) {
		widest = max(widest, fyne.MeasureText(text, theme.TextSize(), fyne.TextStyle{}).Width)
	}
	return fyne.NewSize(max(l.width, size.Width, widest+4*theme.InnerPadding()+theme.IconInlineSize()), size.Height)
}

// AtLeast gives an object a width, and more where its words need more.
func AtLeast(o fyne.CanvasObject, width float32) fyne.CanvasObject {
	return container.New(&atLeast{wide{width}}, o)
}

type atLeast struct{ wide }

// MinSize implements fyne.Layout.
func (l *atLeast) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := objects[0].MinSize()
	return fyne.NewSize(max(l.width, s.Width), s.Height)
}

type wide struct{ width float32 }

// MinSize implements fyne.Layout.
func (w *wide) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(w.width, objects[0].MinSize().Height)
}

// Layout implements fyne.Layout.
func (w *wide) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	Put(objects[0], 0, 0, s.Width, s.Height)
}

// Put moves an object to x, y and gives it a size, in Fyne's units.
func Put(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// Stacked puts objects under each other, each as high as it must be at the
// width there is.
type Stacked struct{ Gap float32 }

// MinSize implements fyne.Layout.
func (l *Stacked) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if o.Visible() {
			m := o.MinSize()
			s.Width = max(s.Width, m.Width)
			s.Height += m.Height + l.Gap
		}
	}
	return s
}

// Layout implements fyne.Layout.
func (l *Stacked) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height)) // text wraps to the width first
		h := o.MinSize().Height
		Put(o, 0, y, size.Width, h)
		y += h + l.Gap
	}
}

// Fair lays objects side by side, equally wide where that is enough for each, and else
// each as wide as it needs and an equal part of what is left.
type Fair struct{}

// MinSize implements fyne.Layout.
func (Fair) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		least := o.MinSize()
		size.Width += least.Width
		size.Height = max(size.Height, least.Height)
	}
	size.Width += float32(max(len(objects)-1, 0)) * theme.Padding()
	return size
}

// Layout implements fyne.Layout.
func (f Fair) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if len(objects) == 0 {
		return
	}
	n := float32(len(objects))
	equal := (size.Width - (n-1)*theme.Padding()) / n
	fits := !slices.ContainsFunc(objects, func(o fyne.CanvasObject) bool { return o.MinSize().Width > equal })
	rest := (size.Width - f.MinSize(objects).Width) / n
	at := float32(0)
	for _, o := range objects {
		width := equal
		if !fits {
			width = o.MinSize().Width + rest
		}
		o.Move(fyne.NewPos(at, 0))
		o.Resize(fyne.NewSize(width, size.Height))
		at += width + theme.Padding()
	}
}
