package studylist

import (
	"image"
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/radiograph"
	"hilum/app/remarks"
	"hilum/app/worklist"
	"hilum/dicomio/scan"
	"hilum/ui/kit"
)

// Width is the usual width of the column.
const (
	Width    = 240
	studyRow = 50
)

// small finds the small picture of a film; nil while there is none.
type small func(*scan.Instance) *image.NRGBA

// List is the worklist's rows: patient or file, date and views, a dot for a
// study not yet seen, a short bar for the largest margin or that of the class
// that sorts, and for one that cannot be read the reason. Only the rows on the
// screen are built, whatever the length of the list.
type List struct {
	widget.List
	env    *kit.Environment
	listed *worklist.Snapshot
	row    int    // of the current study, -1 for none
	class  string // whose margins are shown, "" for the largest
	small  small
	drawn  int // the small pictures that there were when the rows were drawn
	marked *remarks.KeyImages
	quiet  bool
}

func newList(k *kit.Environment, of small, choose func(row int)) *List {
	l := &List{env: k, row: -1, small: of, listed: &worklist.Snapshot{}}
	l.Length = func() int { return l.listed.Len() }
	l.CreateItem = func() fyne.CanvasObject { return newStudyItem(k) }
	l.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) {
		if i < l.listed.Len() {
			item := o.(*studyItem)
			item.choose = func() { l.Select(i) }
			row := describeRow(k, l.listed, i, l.class, l.marked)
			study := l.listed.Row(i)
			row.picture = l.small(study.First())
			item.set(row, i == l.row)
		}
	}
	l.OnSelected = func(i widget.ListItemID) {
		if !l.quiet {
			choose(i)
			l.leave()
		}
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// Present takes a state of the session.
func (l *List) Present(st app.State) {
	moved := st.ListRow != l.row
	if !moved && st.Listed == l.listed && st.Query.Class == l.class && st.Thumbnails == l.drawn &&
		st.KeyImages == l.marked {
		return
	}
	l.drawn, l.marked = st.Thumbnails, st.KeyImages
	l.listed, l.row, l.class = st.Listed, st.ListRow, st.Query.Class
	l.Refresh()
	if !moved {
		return
	}
	l.quiet = true
	if l.row >= 0 {
		l.Select(l.row) // scrolls there too
	} else {
		l.UnselectAll()
	}
	l.quiet = false
}

// listedStudy is a row of the worklist in words.
type listedStudy struct {
	title, detail string
	why           string // it could not be scored, or its findings are withheld; "" for neither
	seen, failed  bool
	held          bool    // its findings are withheld
	scored        bool    // margin is valid
	marked        bool    // a picture of it is a key image
	margin        float32 // -1..1
	picture       *image.NRGBA
}

// describeRow finds the words of a row; class is whose margin is shown, "" for
// the largest.
func describeRow(env *kit.Environment, s *worklist.Snapshot, row int, class string, marked *remarks.KeyImages) listedStudy {
	r := s.Row(row)
	d := listedStudy{title: r.Title(), seen: r.Seen, failed: r.State == worklist.Failed}
	if r.Patient != "" {
		d.title = radiograph.PersonName(r.Patient)
	}
	parts := []string{radiograph.Date(r.Date), r.Views}
	if n := len(r.Pictures); n > 1 {
		parts = append(parts, env.Text(kit.Counted(n, "%s pictures")))
	}
	n := 0
	for i, p := range r.Pictures {
		if marked.Has(p.Header.InstanceUID, r.Keys[i]) {
			n++
		}
	}
	if d.marked = n > 0; d.marked {
		parts = append(parts, env.Text(kit.Counted(n, "%s key images")))
	}
	switch r.State {
	case worklist.Excluded:
		parts = append(parts, env.T("not frontal"))
	case worklist.Withheld:
		d.held = true
	}
	if r.Hidden {
		parts = append(parts, env.T("not answered yet"))
	}
	at := r.Top
	for i, c := range s.Classes {
		if c == class {
			at = i
		}
	}
	if d.scored = at >= 0 && at < len(r.Margins); d.scored {
		d.margin = r.Margins[at]
	}
	if d.scored && at < len(s.Classes) && (d.margin >= 0 || s.Classes[at] == class) {
		parts = append(parts, env.ClassName(s.Classes[at])+" "+env.SignedFigure(float64(d.margin)))
	}
	d.detail = strings.Join(kit.NonEmpty(parts...), "  ")
	if d.failed || d.held {
		d.why = env.Text(r.Error)
	}
	return d
}

// TypedKey implements fyne.Focusable: the list's own keys would move a mark
// that opens nothing; Up and Down are commands, Enter and Escape give the keyboard back
// to the film. No other key does anything here.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp, fyne.KeyDown:
		l.env.TypedKey(e)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape:
		l.leave()
	}
}

// TypedRune implements fyne.Focusable.
func (l *List) TypedRune(rune) {}

func (l *List) leave() {
	if l.env.Leave != nil {
		l.env.Leave()
	}
}

// studyItem is one row of the list.
type studyItem struct {
	widget.BaseWidget
	study         listedStudy
	current       bool
	edge          *canvas.Rectangle
	dot           *canvas.Circle
	title, detail *canvas.Text
	why           *canvas.Text
	picture       *canvas.Image
	key           *canvas.Rectangle
	bar           *kit.Drawing // groove, middle and margin
	env           *kit.Environment
	choose        func() // makes the row the current one
}

// Tapped implements fyne.Tappable: what can be tapped with the other button takes this one
// from the row around it.
func (i *studyItem) Tapped(*fyne.PointEvent) { i.choose() }

// TappedSecondary implements fyne.SecondaryTappable: it chooses the row and offers what can be
// done with its study.
func (i *studyItem) TappedSecondary(e *fyne.PointEvent) {
	i.choose()
	if i.env.Offer != nil {
		i.env.Offer(
			i, e.AbsolutePosition, "study.seen", "compare.two", "compare.pin", "", "file.export", "study.attributes",
			"",
			"list.finding", "list.reverse", "", "file.close",
		)
	}
}

func newStudyItem(env *kit.Environment) *studyItem {
	i := &studyItem{env: env,
		edge: canvas.NewRectangle(color.Transparent), dot: canvas.NewCircle(env.Colours.Selected),
		title: canvas.NewText("", env.Colours.Text), detail: canvas.NewText("", env.Colours.Second),
		why: canvas.NewText("", env.Colours.Second),
		key: newKeySign(env), bar: kit.NewDrawing(), picture: &canvas.Image{FillMode: canvas.ImageFillContain},
	}
	i.title.TextSize, i.detail.TextSize, i.why.TextSize = kit.TextSize, kit.CaptionSize, kit.CaptionSize
	i.ExtendBaseWidget(i)
	return i
}

func (i *studyItem) set(s listedStudy, current bool) {
	if i.study == s && i.current == current {
		return
	}
	i.study, i.current = s, current
	i.Refresh()
}

// MinSize implements fyne.Widget.
func (i *studyItem) MinSize() fyne.Size { return fyne.NewSize(160, studyRow) }

// CreateRenderer implements fyne.Widget.
func (i *studyItem) CreateRenderer() fyne.WidgetRenderer { return kit.Cached(i, &studyRenderer{i}) }

type studyRenderer struct{ i *studyItem }

func (r *studyRenderer) Destroy()           {}
func (r *studyRenderer) MinSize() fyne.Size { return r.i.MinSize() }
func (r *studyRenderer) Objects() []fyne.CanvasObject {
	i := r.i
	return []fyne.CanvasObject{i.edge, i.picture, i.key, i.dot, i.title, i.detail, i.why, i.bar.Raster}
}

func (r *studyRenderer) Refresh() {
	i, s := r.i, r.i.study
	i.edge.FillColor = color.Transparent
	if i.current {
		i.edge.FillColor = r.i.env.Colours.Selected
	}
	i.dot.Hidden = s.seen
	i.why.Color = r.i.env.Colours.Second
	if s.failed {
		i.why.Color = r.i.env.Colours.Error
	}
	i.bar.Hidden = !s.scored
	i.picture.Hidden, i.key.Hidden = s.picture == nil, !s.marked
	if s.picture != nil && i.picture.Image != s.picture {
		i.picture.Image = s.picture
		i.picture.Refresh()
	}
	r.Layout(i.Size())
	canvas.Refresh(i)
}

// pictureSide is that of the small picture's field, wordsAt where the words begin.
const pictureSide, wordsAt = 42, 54

// marginBar is the width of the largest margin's bar, shortestBar that of one at the
// threshold itself: a hair.
const marginBar, shortestBar = 36, 1.5

func (r *studyRenderer) Layout(size fyne.Size) {
	i, s := r.i, r.i.study
	kit.Put(i.edge, 0, 2, 3, size.Height-4)
	kit.Put(i.picture, 6, 4, pictureSide, pictureSide)
	putKeySign(i.key, 6, 4, pictureSide)
	left := float32(wordsAt)
	if !s.seen {
		left += 11
	}
	room := size.Width - left - 8
	i.title.Text = kit.Shorten(s.title, room, kit.TextSize, fyne.TextStyle{})
	places := rowPlaces{title: 5, detail: 27, why: 27}
	if s.why != "" && s.detail != "" {
		places = rowPlaces{title: 0, detail: 18, why: 33}
	}
	kit.Put(i.dot, wordsAt, places.title+6, 6, 6)
	kit.Put(i.title, left, places.title, room, 20)
	room = size.Width - wordsAt - 8
	if s.scored {
		room -= marginBar + 8
	}
	i.detail.Text = kit.Shorten(s.detail, room, kit.CaptionSize, fyne.TextStyle{})
	kit.Put(i.detail, wordsAt, places.detail, room, 16)
	i.why.Text = kit.Shorten(s.why, room, kit.CaptionSize, fyne.TextStyle{})
	kit.Put(i.why, wordsAt, places.why, room, 16)
	kit.Put(i.bar.Raster, size.Width-8-marginBar, 31, marginBar, 9)
	i.bar.Set(marginShapes(r.i.env, s.margin))
	i.title.Refresh()
	i.detail.Refresh()
	i.why.Refresh()
}

// rowPlaces are the upper edges of a row's lines.
type rowPlaces struct{ title, detail, why float32 }

// marginShapes are the short bar of a margin, from the middle of its groove.
func marginShapes(env *kit.Environment, margin float32) []kit.Shape {
	const middle = marginBar / 2
	bar := kit.Shape{
		X: middle, Y: 2, W: max(middle*min(1, margin), shortestBar), H: 5, Fill: kit.NRGBA(env.Colours.Positive),
	}
	if margin < 0 {
		bar.W = middle * min(1, -margin)
		bar.X, bar.Fill = middle-bar.W, kit.NRGBA(env.Colours.Negative)
	}
	return []kit.Shape{
		{Y: 2, W: marginBar, H: 5, Fill: kit.NRGBA(env.Colours.Groove)},
		{X: middle, W: 1, H: 9, Fill: kit.NRGBA(env.Colours.Faint)},
		bar,
	}
}

// Shown are the studies that stand there, and the row that is marked, -1 for none.
func (l *List) Shown() (listed *worklist.Snapshot, row int) { return l.listed, l.row }
