package ui

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/ui/kit"
)

const (
	studiesWidth = 240
	studyRow     = 46
)

// StudyList is the opened studies: patient or file, date and view, a dot for
// one not yet seen, a short bar for the largest margin, and for a file that
// cannot be read the reason.
type StudyList struct {
	widget.List
	keys    *kit.Keys
	studies []app.Study
	current int
	quiet   bool
}

func newStudyList(k *kit.Keys, choose func(index int)) *StudyList {
	l := &StudyList{keys: k, current: -1}
	l.Length = func() int { return len(l.studies) }
	l.CreateItem = func() fyne.CanvasObject { return newStudyItem() }
	l.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) {
		if i < len(l.studies) {
			o.(*studyItem).set(l.studies[i], i == l.current)
		}
	}
	l.OnSelected = func(i widget.ListItemID) {
		if !l.quiet {
			choose(i)
		}
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// Present takes a state of the session.
func (l *StudyList) Present(st app.State) {
	moved := st.Current != l.current
	if !moved && sameStudies(st.Studies, l.studies) {
		return
	}
	l.studies, l.current = st.Studies, st.Current
	l.Refresh()
	if !moved {
		return
	}
	l.quiet = true
	if l.current >= 0 {
		l.Select(l.current) // scrolls there too
	} else {
		l.UnselectAll()
	}
	l.quiet = false
}

// sameStudies tells whether two snapshots hold the same slice: snapshots are
// never written to.
func sameStudies(a, b []app.Study) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// TypedKey implements fyne.Focusable: the list's own keys would move a mark
// that opens nothing; Up and Down are commands.
func (l *StudyList) TypedKey(e *fyne.KeyEvent) { l.keys.TypedKey(e) }

// TypedRune implements fyne.Focusable.
func (l *StudyList) TypedRune(r rune) { l.keys.TypedRune(r) }

// KeyDown implements desktop.Keyable.
func (l *StudyList) KeyDown(e *fyne.KeyEvent) { l.keys.KeyDown(e) }

// KeyUp implements desktop.Keyable.
func (l *StudyList) KeyUp(e *fyne.KeyEvent) { l.keys.KeyUp(e) }

// studyItem is one row of the list.
type studyItem struct {
	widget.BaseWidget
	study         app.Study
	current       bool
	edge          *canvas.Rectangle
	dot           *canvas.Circle
	title, detail *canvas.Text
	groove, bar   *canvas.Rectangle
	middle        *canvas.Rectangle
}

func newStudyItem() *studyItem {
	i := &studyItem{
		edge: canvas.NewRectangle(color.Transparent), dot: canvas.NewCircle(kit.ColourSelected),
		title: canvas.NewText("", kit.ColourText), detail: canvas.NewText("", kit.ColourSecond),
		groove: canvas.NewRectangle(kit.ColourGroove), bar: canvas.NewRectangle(color.Transparent), middle: canvas.NewRectangle(kit.ColourFaint),
	}
	i.title.TextSize, i.detail.TextSize = kit.TextSize, kit.CaptionSize
	i.ExtendBaseWidget(i)
	return i
}

func (i *studyItem) set(s app.Study, current bool) {
	if i.study == s && i.current == current {
		return
	}
	i.study, i.current = s, current
	i.Refresh()
}

// MinSize implements fyne.Widget.
func (i *studyItem) MinSize() fyne.Size { return fyne.NewSize(160, studyRow) }

// CreateRenderer implements fyne.Widget.
func (i *studyItem) CreateRenderer() fyne.WidgetRenderer { return &studyRenderer{i} }

type studyRenderer struct{ i *studyItem }

func (r *studyRenderer) Destroy()           {}
func (r *studyRenderer) MinSize() fyne.Size { return r.i.MinSize() }
func (r *studyRenderer) Objects() []fyne.CanvasObject {
	i := r.i
	return []fyne.CanvasObject{i.edge, i.dot, i.title, i.detail, i.groove, i.middle, i.bar}
}

func (r *studyRenderer) Refresh() {
	i, s := r.i, r.i.study
	i.edge.FillColor = color.Transparent
	if i.current {
		i.edge.FillColor = kit.ColourSelected
	}
	i.dot.Hidden = s.Seen
	i.detail.Color = kit.ColourSecond
	if s.Status == app.Failed {
		i.detail.Color = kit.ColourError
	}
	for _, o := range []fyne.CanvasObject{i.bar, i.groove, i.middle} {
		if s.Scored {
			o.Show()
		} else {
			o.Hide()
		}
	}
	i.bar.FillColor = kit.ColourNegative
	if s.Largest >= 0 {
		i.bar.FillColor = kit.ColourPositive
	}
	r.Layout(i.Size())
	canvas.Refresh(i)
}

// marginBar is the width of the largest margin's bar.
const marginBar = 36

func (r *studyRenderer) Layout(size fyne.Size) {
	i, s := r.i, r.i.study
	kit.Put(i.edge, 0, 2, 3, size.Height-4)
	kit.Put(i.dot, 8, 11, 6, 6)
	room := size.Width - 20 - 8
	i.title.Text = shorten(s.Title, room, kit.TextSize, fyne.TextStyle{})
	kit.Put(i.title, 20, 4, room, 20)
	detail := strings.TrimPrefix(s.Detail, ".") // the folder the program was started in says nothing
	switch {
	case s.Status == app.Failed:
		detail = s.Error
	case s.Scored:
		room -= marginBar + 8
	}
	i.detail.Text = shorten(detail, room, kit.CaptionSize, fyne.TextStyle{})
	kit.Put(i.detail, 20, 24, room, 16)
	left := size.Width - 8 - marginBar
	kit.Put(i.groove, left, 30, marginBar, 5)
	kit.Put(i.middle, left+marginBar/2, 28, 1, 9)
	length := float32(marginBar/2) * float32(min(1, max(-1, s.Largest)))
	if length >= 0 {
		kit.Put(i.bar, left+marginBar/2, 30, max(length, shortest), 5)
	} else {
		kit.Put(i.bar, left+marginBar/2+length, 30, -length, 5)
	}
	i.title.Refresh()
	i.detail.Refresh()
}
