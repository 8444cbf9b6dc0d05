// Package mapping shows how a site's table of films is read and lets a person change it: the
// first rows, what each column is taken for with the reason, a question where it may be two
// things, and the rows that are left out. Its core type is [Panel]. It imports app/runs/columns,
// training/table, training/dataset, ui/kit and Fyne.
package mapping

import (
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs/columns"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/training/table"
	"hilum/ui/kit"
)

// Panel is the part of a page that shows a table.
type Panel struct {
	Box *fyne.Container

	env     *kit.Environment
	set     func(column, use string)
	about   *widget.Label
	accept  *kit.Button
	remarks *kit.Remarks
	rows    *fyne.Container
	preview *fyne.Container
	shown   *columns.Sheet
}

// New makes an empty panel. set is told which use a person gave a column, accept that every
// question is to be answered as proposed.
func New(env *kit.Environment, set func(column, use string), accept func()) *Panel {
	p := &Panel{env: env, set: set, about: widget.NewLabel(""), remarks: kit.NewRemarks(env), rows: container.NewVBox(),
		preview: container.NewStack()}
	p.about.Truncation = fyne.TextTruncateEllipsis
	p.accept = kit.NewButton(env, "Take all as proposed", nil, accept)
	p.accept.Importance = widget.MediumImportance
	p.Box = container.NewVBox(kit.Subheading(env, "What the table says"),
		container.NewBorder(nil, nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 0, lineEnd), p.accept), p.about), p.remarks.Box, p.rows,
		kit.Subheading(env, "The first rows"), p.preview)
	p.Box.Hide()
	return p
}

// Present shows a sheet; nil shows nothing.
func (p *Panel) Present(s *columns.Sheet) {
	if s == nil || len(s.Columns) == 0 {
		p.shown = nil
		p.Box.Hide()
		return
	}
	if s == p.shown {
		return
	}
	p.shown = s
	p.about.SetText(p.env.T("%s: rows %s, columns %s; written in %s, cells parted by %s.", filepath.Base(s.Path),
		message.Count(s.Rows), message.Count(len(s.Columns)), s.Encoding, delimiter(p.env, s.Delimiter)))
	asked := s.Asked()
	p.accept.Hidden = len(asked) == 0
	var warnings []string
	lacks := func(use string) bool {
		return !slices.ContainsFunc(s.Columns, func(c table.ColumnReading) bool { return c.Use == use })
	}
	switch {
	case s.Refused != nil && lacks("path"):
		warnings = append(warnings, p.env.T("No column is taken for the file of the film yet: choose it below."))
	case s.Refused != nil:
		warnings = append(warnings, p.env.Words().Sentence(s.Refused))
	}
	if len(asked) > 0 {
		warnings = append(warnings, p.env.T("Columns that may be more than one thing: %d. Say what they are to go on.", len(asked)))
	}
	if lacks("patient") {
		warnings = append(warnings,
			p.env.T("No patient column: films of one person may be on both sides of the split, unless their headers name the patient."))
	}
	p.remarks.Set(warnings, nil)
	p.fill(s)
	p.Box.Show()
	p.Box.Refresh()
}

// delimiter is what parts cells, in words.
func delimiter(env *kit.Environment, name string) string {
	switch name {
	case "comma":
		return env.T("commas")
	case "semicolon":
		return env.T("semicolons")
	case "tab":
		return env.T("tabs")
	case "bar":
		return env.T("upright bars")
	}
	return name
}

// mostShown columns have a row.
const mostShown = 200

func (p *Panel) fill(s *columns.Sheet) {
	p.rows.RemoveAll()
	list := append(s.Asked(), slices.DeleteFunc(slices.Clone(s.Columns),
		func(c table.ColumnReading) bool { return !c.Question.IsZero() })...)
	for _, c := range list[:min(len(list), mostShown)] {
		p.rows.Add(p.row(c))
	}
	if more := len(list) - mostShown; more > 0 {
		p.rows.Add(widget.NewLabel(p.env.T("Columns that are not shown: %d.", more)))
	}
	p.preview.Objects = []fyne.CanvasObject{p.firstRows(s)}
	p.preview.Refresh()
}

// row is one column: its heading, a menu, why, and its cells.
func (p *Panel) row(c table.ColumnReading) fyne.CanvasObject {
	uses := p.uses(c)
	var options []string
	for _, u := range uses {
		options = append(options, Use(p.env, u))
	}
	menu := kit.NewCompactChoice(p.env, options, func(text string) {
		if i := slices.Index(options, text); i >= 0 {
			p.set(c.Name, uses[i])
		}
	})
	text := p.env.Text(c.Why)
	mark := canvas.NewRectangle(p.env.Colours.Panel)
	if c.Question.IsZero() {
		menu.Display(options, Use(p.env, c.Use))
	} else {
		menu.PlaceHolder = p.env.T("Please choose")
		text = p.env.Text(c.Question) + " " + p.env.T("Proposed: %s.", message.Data(Use(p.env, c.Between[0])))
		mark.FillColor = p.env.Colours.Warning
	}
	why, cells := widget.NewLabel(text), widget.NewLabel(strings.Join(c.Cells, " | "))
	why.Wrapping, cells.Truncation = fyne.TextWrapWord, fyne.TextTruncateEllipsis
	if k := c.Labels; k != nil {
		cells.Truncation, cells.Wrapping = fyne.TextTruncateOff, fyne.TextWrapWord
		cells.SetText(p.env.T("%s with, %s without, %s uncertain, %s empty", message.Count(k.Positive),
			message.Count(k.Negative), message.Count(k.Uncertain), message.Count(k.Empty)))
	}
	return container.New(&line{}, mark, kit.Tight(name(c.Name)), menu, kit.Tight(why), kit.Tight(cells))
}

func name(heading string) fyne.CanvasObject {
	l := widget.NewLabel(heading)
	l.TextStyle.Bold, l.Truncation = true, fyne.TextTruncateEllipsis
	return l
}

// uses are what a column can be, those that are asked of first.
func (p *Panel) uses(c table.ColumnReading) []string {
	out := slices.Clone(c.Between)
	add := func(use string) {
		if !slices.Contains(out, use) {
			out = append(out, use)
		}
	}
	add(c.Use)
	for _, u := range table.Uses() {
		add(u)
	}
	add(table.UseAsClass(table.ClassName(c.Name)))
	for _, class := range inference.ChestXray14() {
		add(table.UseAsClass(class))
	}
	return out
}

// Use is a use in words.
func Use(env *kit.Environment, use string) string {
	if class, ok := table.ClassOfUse(use); ok {
		return env.T("Finding: %s", inference.Term(class))
	}
	switch use {
	case "path":
		return env.T("File of the film")
	case "patient":
		return env.T("Patient")
	case "date":
		return env.T("Date of the study")
	case "view":
		return env.T("View position")
	case "frontal or lateral":
		return env.T("Frontal or lateral")
	case "sex":
		return env.T("Sex of the patient")
	case "age":
		return env.T("Age of the patient")
	case "split":
		return env.T("Part of the split")
	case "site":
		return env.T("Where it was taken")
	case "maker":
		return env.T("Maker of the machine")
	case "station":
		return env.T("Name of the machine")
	case "labels":
		return env.T("All findings in one cell")
	case "no finding":
		return env.T("That nothing was found")
	}
	return env.T("Not used")
}

// The first rows of at most so many columns are shown, so many beside each other: a part that
// scrolls sideways would take the wheel from the page.
const mostColumns, beside, columnWidth = 42, 7, 145

func (p *Panel) firstRows(s *columns.Sheet) fyne.CanvasObject {
	out := container.NewVBox()
	n := len(s.Header)
	for n > 0 && s.Header[n-1] == "" { // a delimiter at the end of each line
		n--
	}
	for from := 0; from < min(n, mostColumns); from += beside {
		to := min(from+beside, n)
		widths := make([]float32, to-from)
		for i := range widths {
			widths[i] = columnWidth
		}
		rows := [][]string{s.Header[from:to]}
		for _, r := range s.First {
			rows = append(rows, r[from:to])
		}
		t := kit.NewTable(p.env, widths...)
		t.Set(rows)
		out.Add(t.Box)
	}
	return out
}

// line lays out a column's row: mark, heading, menu, reason, cells. A reason may take two lines.
type line struct{}

const (
	lineHeight, lineMark, lineName, lineMenu, lineCells = 36, 3, 160, 230, 230
	lineGap, lineEnd                                    = 6, 14 // at the end, a bar for scrolling
)

// MinSize implements fyne.Layout.
func (line) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(lineMark+lineName+lineMenu+2*lineCells+4*lineGap+lineEnd, lineHeight)
}

// Layout implements fyne.Layout.
func (line) Layout(o []fyne.CanvasObject, s fyne.Size) {
	middle := func(c fyne.CanvasObject, x, w float32) {
		h := min(c.MinSize().Height, s.Height)
		kit.Put(c, x, (s.Height-h)/2, w, h)
	}
	why := s.Width - lineMark - lineName - lineMenu - lineCells - 4*lineGap - lineEnd
	x := float32(0)
	kit.Put(o[0], x, 2, lineMark, s.Height-4)
	x += lineMark + lineGap
	middle(o[1], x, lineName)
	x += lineName + lineGap
	middle(o[2], x, lineMenu)
	x += lineMenu + lineGap
	o[3].Resize(fyne.NewSize(why, s.Height)) // its height follows from its width
	middle(o[3], x, why)
	o[4].Resize(fyne.NewSize(lineCells, s.Height))
	middle(o[4], x+why+lineGap, lineCells)
}
