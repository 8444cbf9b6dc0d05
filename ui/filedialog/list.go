package filedialog

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/ui/kit"
)

// fileList is what a folder holds. Arrows go through it, with Shift they take what lies
// between, Space takes one more, Enter opens, Backspace goes up, a letter finds a name.
type fileList struct {
	widget.List
	b *browser
}

func newFileList(b *browser) *fileList {
	l := &fileList{b: b}
	l.Length = func() int { return len(b.place.entries) }
	l.CreateItem = func() fyne.CanvasObject { return newFileRow(b) }
	l.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) { o.(*fileRow).show(i) }
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey implements fyne.Focusable.
func (l *fileList) TypedKey(e *fyne.KeyEvent) {
	at, last := l.b.place.last, len(l.b.place.entries)-1
	goTo := func(i int) {
		i = max(0, min(i, last))
		l.b.choose(i, false, l.b.env.Modifiers()&fyne.KeyModifierShift != 0)
		l.ScrollTo(i)
	}
	switch e.Name {
	case fyne.KeyUp:
		goTo(at - 1)
	case fyne.KeyDown:
		goTo(at + 1)
	case fyne.KeyHome:
		goTo(0)
	case fyne.KeyEnd:
		goTo(last)
	case fyne.KeySpace:
		l.b.choose(at, true, false)
	case fyne.KeyReturn, fyne.KeyEnter:
		l.b.takeOr(at)
	case fyne.KeyBackspace:
		l.b.up()
	default:
		l.b.env.TypedKey(e)
	}
}

// TypedRune implements fyne.Focusable: it finds the next name that begins so.
func (l *fileList) TypedRune(r rune) {
	list := l.b.place.entries
	for n := range list {
		i := (max(l.b.place.last, -1) + 1 + n) % len(list)
		if strings.HasPrefix(strings.ToLower(list[i].name), strings.ToLower(string(r))) && r != ' ' {
			l.b.choose(i, false, false)
			l.ScrollTo(i)
			return
		}
	}
}

// TypedShortcut implements fyne.Shortcutable: Ctrl+A takes every file.
func (l *fileList) TypedShortcut(s fyne.Shortcut) {
	if _, ok := s.(*fyne.ShortcutSelectAll); ok {
		l.b.place.all()
		l.b.present()
	}
}

// fileRow is one entry. A click takes it, with Ctrl one more, with Shift all up to it; a
// double click opens it.
type fileRow struct {
	widget.BaseWidget
	b    *browser
	at   int
	back *canvas.Rectangle
	icon *widget.Icon
	name *canvas.Text
}

var (
	_ desktop.Mouseable   = (*fileRow)(nil)
	_ fyne.DoubleTappable = (*fileRow)(nil)
)

func newFileRow(b *browser) *fileRow {
	r := &fileRow{b: b, back: canvas.NewRectangle(b.env.Colours.Panel), icon: widget.NewIcon(theme.FileIcon()),
		name: canvas.NewText("", b.env.Colours.Text)}
	r.name.TextSize = kit.TextSize
	r.ExtendBaseWidget(r)
	return r
}

// show puts an entry into the row.
func (r *fileRow) show(i int) {
	r.at = i
	e := r.b.place.entries[i]
	r.name.Text = e.name
	if e.folder {
		r.icon.SetResource(theme.FolderIcon())
	} else {
		r.icon.SetResource(theme.FileIcon())
	}
	r.back.FillColor, r.name.Color = r.b.env.Colours.Panel, r.b.env.Colours.Text
	if r.b.place.chosen[e.name] {
		r.back.FillColor, r.name.Color = r.b.env.Colours.Selected, kit.ColourPicture
	}
	r.Refresh()
}

// MouseDown implements desktop.Mouseable.
func (r *fileRow) MouseDown(e *desktop.MouseEvent) {
	r.b.choose(r.at, e.Modifier&fyne.KeyModifierShortcutDefault != 0, e.Modifier&fyne.KeyModifierShift != 0)
	r.b.win.Canvas().Focus(r.b.list)
}

// MouseUp implements desktop.Mouseable.
func (r *fileRow) MouseUp(*desktop.MouseEvent) {}

// DoubleTapped implements fyne.DoubleTappable.
func (r *fileRow) DoubleTapped(*fyne.PointEvent) { r.b.openEntry(r.at) }

// Measures of a row, in units.
const rowHeight, iconSize, rowInset = 26, 20, 6

// MinSize implements fyne.Widget.
func (r *fileRow) MinSize() fyne.Size { return fyne.NewSize(200, rowHeight) }

// CreateRenderer implements fyne.Widget.
func (r *fileRow) CreateRenderer() fyne.WidgetRenderer { return &fileRowRenderer{r} }

type fileRowRenderer struct{ r *fileRow }

func (f *fileRowRenderer) Destroy()           {}
func (f *fileRowRenderer) MinSize() fyne.Size { return f.r.MinSize() }
func (f *fileRowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{f.r.back, f.r.icon, f.r.name}
}

func (f *fileRowRenderer) Refresh() {
	f.Layout(f.r.Size())
	canvas.Refresh(f.r)
}

func (f *fileRowRenderer) Layout(size fyne.Size) {
	r := f.r
	kit.Put(r.back, 0, 0, size.Width, size.Height)
	kit.Put(r.icon, rowInset, (size.Height-iconSize)/2, iconSize, iconSize)
	left := float32(2*rowInset + iconSize)
	r.name.Text = kit.Shorten(r.b.nameAt(r.at), size.Width-left-rowInset, kit.TextSize, fyne.TextStyle{})
	kit.Put(r.name, left, 0, size.Width-left-rowInset, size.Height)
}
