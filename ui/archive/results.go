package archive

import (
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/archives"
	"hilum/app/radiograph"
	"hilum/dicomio/pacs"
	"hilum/ui/kit"
)

// results are the studies that were found, a line each: patient, day, modalities, description,
// number of images, and whether it is here. Arrows choose, Enter and a double click open.
type results struct {
	widget.List
	env     *kit.Environment
	list    []archives.Result
	at      int // the chosen one, -1 for none
	open    func()
	escape  func()
	tapped  time.Time
	chose   func(int)
	content fyne.CanvasObject
}

func newResults(env *kit.Environment, open, escape func(), chose func(int)) *results {
	r := &results{env: env, at: -1, open: open, escape: escape, chose: chose}
	r.Length = func() int { return len(r.list) }
	r.CreateItem = func() fyne.CanvasObject { return newRow(r) }
	r.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) {
		if i < len(r.list) {
			o.(*row).show(i, cells(env, r.list[i]))
		}
	}
	r.OnSelected = func(i widget.ListItemID) {
		r.at = i
		r.chose(i)
	}
	r.ExtendBaseWidget(r)
	head := container.New(&columns{})
	for _, name := range []string{env.T("Patient and number"), env.T("Born"), env.T("Day"), env.T("Modalities"),
		env.T("What was examined"), env.T("Images"), env.T("On this machine")} {
		head.Add(headLabel(name))
	}
	r.content = container.NewBorder(head, nil, nil, nil, r)
	return r
}

func headLabel(text string) fyne.CanvasObject {
	l := widget.NewLabel(text)
	l.TextStyle.Bold, l.SizeName, l.Truncation = true, theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	return l
}

// cells are the words of a line.
func cells(env *kit.Environment, r archives.Result) []string {
	name := radiograph.PersonName(r.PatientName)
	if r.PatientID != "" {
		name = strings.TrimSpace(name + "  " + r.PatientID)
	}
	images := ""
	if r.Images > 0 {
		images = strconv.Itoa(r.Images)
	}
	here := map[archives.Here]string{archives.AllHere: env.T("here already"), archives.PartlyHere: env.T("partly here")}[r.Here]
	return []string{name, radiograph.Date(r.BirthDate), radiograph.Date(r.Date), strings.Join(r.Modalities, ", "),
		r.Description, images, here}
}

// show lists other studies; the chosen one stays chosen where it is among them.
func (r *results) show(list []archives.Result) {
	was, ok := r.chosen()
	r.list = list
	r.at = -1
	r.UnselectAll()
	r.Refresh()
	if !ok {
		r.chose(-1)
		return
	}
	for i := range list {
		if list[i].UID == was.UID {
			r.choose(i)
		}
	}
}

// chosen is the chosen study.
func (r *results) chosen() (pacs.Study, bool) {
	if r.at < 0 || r.at >= len(r.list) {
		return pacs.Study{}, false
	}
	return r.list[r.at].Study, true
}

func (r *results) choose(i int) {
	if i >= 0 && i < len(r.list) {
		r.Select(i)
	}
}

// onPage is how many lines PageUp and PageDown go.
const onPage = 10

// TypedKey implements fyne.Focusable.
func (r *results) TypedKey(e *fyne.KeyEvent) {
	last := len(r.list) - 1
	switch e.Name {
	case fyne.KeyUp:
		r.choose(max(r.at-1, 0))
	case fyne.KeyDown:
		r.choose(min(r.at+1, last))
	case fyne.KeyPageUp:
		r.choose(max(r.at-onPage, 0))
	case fyne.KeyPageDown:
		r.choose(min(r.at+onPage, last))
	case fyne.KeyHome:
		r.choose(0)
	case fyne.KeyEnd:
		r.choose(last)
	case fyne.KeyReturn, fyne.KeyEnter:
		r.open()
	case fyne.KeyEscape:
		r.escape()
	}
}

// TypedRune implements fyne.Focusable.
func (r *results) TypedRune(rune) {}

// doubleClick is how fast the second of two clicks follows.
const doubleClick = 400 * time.Millisecond

// tap chooses a line, and opens it when it comes twice.
func (r *results) tap(i int) {
	again := r.at == i && time.Since(r.tapped) < doubleClick
	r.tapped = time.Now()
	r.choose(i)
	if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil {
		c.Focus(r)
	}
	if again {
		r.tapped = time.Time{}
		r.open()
	}
}

// row is one line.
type row struct {
	widget.BaseWidget
	of    *results
	at    int
	words []*widget.Label
	box   *fyne.Container
}

func newRow(of *results) *row {
	r := &row{of: of, box: container.New(&columns{})}
	for range columnWidths {
		l := widget.NewLabel("")
		l.Truncation = fyne.TextTruncateEllipsis
		r.words = append(r.words, l)
		r.box.Add(l)
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *row) show(at int, cells []string) {
	r.at = at
	for i, text := range cells {
		if r.words[i].Text != text {
			r.words[i].SetText(text)
		}
	}
}

// Tapped implements fyne.Tappable.
func (r *row) Tapped(*fyne.PointEvent) { r.of.tap(r.at) }

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// columns share the width of a line.
type columns struct{}

// columnWidths are their parts of it.
var columnWidths = [...]float32{0.27, 0.11, 0.11, 0.11, 0.19, 0.07, 0.14}

// MinSize implements fyne.Layout.
func (*columns) MinSize(o []fyne.CanvasObject) fyne.Size {
	height := float32(0)
	for _, c := range o {
		height = max(height, c.MinSize().Height)
	}
	const least = 300
	return fyne.NewSize(least, height)
}

// Layout implements fyne.Layout.
func (*columns) Layout(o []fyne.CanvasObject, s fyne.Size) {
	x := float32(0)
	for i, c := range o {
		kit.Put(c, x, 0, columnWidths[i]*s.Width, s.Height)
		x += columnWidths[i] * s.Width
	}
}
