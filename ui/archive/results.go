package archive

import (
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

// results are the studies that were found, two lines each: patient, day, modalities, description,
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
	for _, name := range []string{env.T("Patient and number"), env.T("Day"), env.T("Modalities and images")} {
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

// cells are the words of a study: of each column the upper line and the lower one.
func cells(env *kit.Environment, r archives.Result) [columnCount][2]string {
	name := strings.TrimSpace(radiograph.PersonName(r.PatientName) + "  " + r.PatientID)
	what := strings.Join(r.Modalities, ", ")
	if r.Images > 0 {
		what = strings.TrimSpace(what + "  " + env.Text(kit.Counted(r.Images, "%s images")))
	}
	born := ""
	if r.BirthDate != "" {
		born = env.T("born %s", radiograph.Date(r.BirthDate))
	}
	here := map[archives.Here]string{archives.AllHere: env.T("here already"), archives.PartlyHere: env.T("partly here")}[r.Here]
	return [columnCount][2]string{{name, r.Description}, {radiograph.Date(r.Date), born}, {what, here}}
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

// FocusGained implements fyne.Focusable: the chosen line is where the keyboard is, and the
// toolkit marks no other.
func (r *results) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (r *results) FocusLost() {}

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

// row is one study.
type row struct {
	widget.BaseWidget
	of    *results
	at    int
	words [columnCount][2]*widget.Label
	box   *fyne.Container
}

// twoLines puts a line under another, nearer than their air would have it.
type twoLines struct{ nearer float32 }

// MinSize implements fyne.Layout.
func (l twoLines) MinSize(o []fyne.CanvasObject) fyne.Size {
	upper, lower := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(max(upper.Width, lower.Width), upper.Height+lower.Height-l.nearer)
}

// Layout implements fyne.Layout.
func (l twoLines) Layout(o []fyne.CanvasObject, s fyne.Size) {
	upper := o[0].MinSize().Height
	kit.Put(o[0], 0, 0, s.Width, upper)
	kit.Put(o[1], 0, upper-l.nearer, s.Width, o[1].MinSize().Height)
}

func newRow(of *results) *row {
	r := &row{of: of, box: container.New(&columns{})}
	for i := range r.words {
		for line := range r.words[i] {
			l := widget.NewLabel("")
			l.Truncation = fyne.TextTruncateEllipsis
			if line > 0 {
				l.SizeName, l.Importance = theme.SizeNameCaptionText, widget.LowImportance
			}
			r.words[i][line] = l
		}
		r.box.Add(container.New(twoLines{12}, r.words[i][0], r.words[i][1]))
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *row) show(at int, cells [columnCount][2]string) {
	r.at = at
	for i := range cells {
		for line, text := range cells[i] {
			if l := r.words[i][line]; l.Text != text {
				l.SetText(text)
			}
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
var columnWidths = [columnCount]float32{0.48, 0.22, 0.3}

const columnCount = 3

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
