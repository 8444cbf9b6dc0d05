package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// RowItem is an object of a row that may be too narrow for all of them.
type RowItem struct {
	Object fyne.CanvasObject
	Rank   int  // the highest goes first where there is no room
	Right  bool // it stands at the right end of the row
}

// Overflow lays items in a row, those that go to the right at its end. Where there is no
// room some are left out, by their rank, and an object that leads to them is shown. It
// implements fyne.Layout.
type Overflow struct {
	Items []RowItem
	More  fyne.CanvasObject
}

// Content is the row.
func (l *Overflow) Content() *fyne.Container {
	box := &fyne.Container{Layout: l}
	for _, item := range l.Items {
		box.Objects = append(box.Objects, item.Object)
	}
	box.Objects = append(box.Objects, l.More)
	return box
}

// MinSize implements fyne.Layout: the row can be as narrow as what leads to the rest.
func (l *Overflow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(l.More.MinSize().Width, 0)
	for _, o := range objects {
		size.Height = max(size.Height, o.MinSize().Height)
	}
	return size
}

// Layout implements fyne.Layout.
func (l *Overflow) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	shown := l.fitting(size.Width)
	gap := theme.Padding()
	left, right := float32(0), size.Width
	SetVisible(l.More, len(shown) < len(l.Items))
	if l.More.Visible() {
		right -= l.More.MinSize().Width
		Put(l.More, right, 0, l.More.MinSize().Width, size.Height)
		right -= gap
	}
	for i, item := range l.Items {
		SetVisible(item.Object, shown[i])
		if !shown[i] {
			continue
		}
		width := item.Object.MinSize().Width
		if item.Right {
			right -= width
			Put(item.Object, right, 0, width, size.Height)
			right -= gap
			continue
		}
		Put(item.Object, left, 0, width, size.Height)
		left += width + gap
	}
}

// fitting are the items, by index, that there is room for.
func (l *Overflow) fitting(room float32) map[int]bool {
	gap := theme.Padding()
	shown, need := map[int]bool{}, float32(0)
	for i, item := range l.Items {
		shown[i] = true
		need += item.Object.MinSize().Width + gap
	}
	if need <= room+gap {
		return shown
	}
	need += l.More.MinSize().Width
	for need > room && len(shown) > 0 {
		last := -1
		for i := range l.Items {
			if shown[i] && (last < 0 || l.Items[i].Rank >= l.Items[last].Rank) {
				last = i
			}
		}
		delete(shown, last)
		need -= l.Items[last].Object.MinSize().Width + gap
	}
	l.dropLines(shown)
	return shown
}

// dropLines leaves out the lines that part nothing any more.
func (l *Overflow) dropLines(shown map[int]bool) {
	line := true // nothing stands to the right yet
	for i := len(l.Items) - 1; i >= 0; i-- {
		if !shown[i] || l.Items[i].Right {
			continue
		}
		_, is := l.Items[i].Object.(*widget.Separator)
		if is && line {
			delete(shown, i)
		}
		line = is
	}
}

// SetVisible shows or hides an object where it is not so already.
func SetVisible(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		o.Show()
	} else if !on && o.Visible() {
		o.Hide()
	}
}
