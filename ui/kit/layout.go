package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// headerHeight is that of a panel's title.
const headerHeight = 30

// Header is the title of a panel with something to press at its right.
func Header(title string, right fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&tall{headerHeight}, container.NewBorder(nil, nil, Strong(title), right))
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
func Panel(width float32, content fyne.CanvasObject, lineLeft bool) *fyne.Container {
	var left, right fyne.CanvasObject
	edge := canvas.NewRectangle(ColourLine)
	edge.SetMinSize(fyne.NewSize(1, 0))
	if lineLeft {
		left = edge
	} else {
		right = edge
	}
	return container.New(&wide{width}, container.NewBorder(nil, nil, left, right, content))
}

// Sized gives an object a fixed width.
func Sized(o fyne.CanvasObject, width float32) fyne.CanvasObject {
	return container.New(&wide{width}, o)
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
