package uitest

import (
	"cmp"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/ui/kit"
)

// slack is what rounding to pixels may take from an object, in units.
const slack = 1

// area is a part of a window, in units.
type area struct{ left, top, right, bottom float32 }

func (a area) within(b area) bool {
	return a.left >= b.left-slack && a.top >= b.top-slack && a.right <= b.right+slack && a.bottom <= b.bottom+slack
}

func (a area) meet(b area) area {
	return area{max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom)}
}

// CutOff names the words and controls under an object that are not in sight in full: that
// stick out of the object or of a part around them, or are smaller than they must be. What
// lies further down in a part that scrolls is in sight when one scrolls.
func CutOff(o fyne.CanvasObject) []string {
	w := cutter{}
	size := o.Size()
	w.walk(o, fyne.Position{}, area{0, 0, size.Width, size.Height})
	return w.found
}

type cutter struct{ found []string }

func (w *cutter) walk(o fyne.CanvasObject, origin fyne.Position, room area) {
	if o == nil || !o.Visible() {
		return
	}
	at := origin.Add(o.Position())
	size := o.Size()
	covers := area{at.X, at.Y, at.X + size.Width, at.Y + size.Height}
	w.look(o, covers, room)
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			w.walk(c, at, room)
		}
	case *container.Scroll:
		inner := covers.meet(room)
		if o.Direction != container.ScrollHorizontalOnly {
			inner.top, inner.bottom = -1e6, 1e6
		}
		w.walk(o.Content, at, inner)
	case *widget.List, *widget.Table, *widget.Tree: // their rows scroll and are built for the width
	case fyne.Widget:
		for _, c := range drawn(test.WidgetRenderer(o)) {
			w.walk(c, at, room)
		}
	}
}

// look judges one object.
func (w *cutter) look(o fyne.CanvasObject, covers, room area) {
	if c, ok := o.(*kit.Choice); ok && !says(c, cmp.Or(c.Selected, c.PlaceHolder)) {
		w.found = append(w.found, fmt.Sprintf("%q is not shown in full in %v", cmp.Or(c.Selected, c.PlaceHolder),
			c.Size()))
	}
	var words string
	need := o.MinSize()
	switch o := o.(type) {
	case *canvas.Text:
		words = o.Text
		covers = textArea(o, covers, need)
	case *widget.Entry, *widget.Slider, *widget.Check:
		words = fmt.Sprintf("%T %s", o, textOf(o))
	case interface{ Tapped(*fyne.PointEvent) }:
		words = fmt.Sprintf("%T %s", o, strings.Join(Texts(o.(fyne.CanvasObject)), " "))
	default:
		return
	}
	if strings.TrimSpace(words) == "" {
		return
	}
	size := o.Size()
	if need.Width > size.Width+slack || need.Height > size.Height+slack || !covers.within(room) {
		w.found = append(w.found, fmt.Sprintf("%q: %v of %v, at %v in %v", words, size, need, covers, room))
	}
}

// says tells whether a widget shows exactly some words.
func says(o fyne.CanvasObject, words string) (found bool) {
	Walk(o, func(o fyne.CanvasObject) {
		if t, ok := o.(*canvas.Text); ok && t.Text == words {
			found = true
		}
	})
	return found
}

// textArea is where a text's letters are: a text may have more room than it needs.
func textArea(t *canvas.Text, covers area, need fyne.Size) area {
	switch t.Alignment {
	case fyne.TextAlignTrailing:
		covers.left = covers.right - need.Width
	case fyne.TextAlignCenter:
		middle := (covers.left + covers.right) / 2
		covers.left, covers.right = middle-need.Width/2, middle+need.Width/2
	default:
		covers.right = covers.left + need.Width
	}
	return covers
}
