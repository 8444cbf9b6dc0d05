package kit

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Table is text in columns: the first row is the head. It is set again without
// making new objects where the size stays.
type Table struct {
	Box   *fyne.Container
	wide  []float32
	cells [][]*widget.Label
	env   *Environment
}

// NewTable makes an empty table; widths are those of its columns.
func NewTable(env *Environment, widths ...float32) *Table {
	return &Table{env: env, Box: container.NewVBox(), wide: widths}
}

// Cell is the text of a cell; the head is row 0.
func (t *Table) Cell(row, column int) string { return t.cells[row][column].Text }

const rowHeight = 22

// Set shows rows of cells; the first is the head.
func (t *Table) Set(rows [][]string) {
	for len(t.cells) < len(rows) {
		var row []*widget.Label
		line := container.New(&tableRow{t.wide})
		for c := range t.wide {
			l := widget.NewLabel("")
			l.Truncation = fyne.TextTruncateEllipsis
			l.TextStyle.Bold = len(t.cells) == 0
			if c > 0 {
				l.Alignment = fyne.TextAlignTrailing
			}
			row = append(row, l)
			line.Add(Tight(l))
		}
		t.cells = append(t.cells, row)
		t.Box.Add(line)
	}
	for i, row := range t.cells {
		if i >= len(rows) {
			t.Box.Objects[i].Hide()
			continue
		}
		t.Box.Objects[i].Show()
		for c, l := range row {
			text := ""
			if c < len(rows[i]) {
				text = rows[i][c]
			}
			if l.Text != text {
				l.SetText(text)
			}
		}
	}
}

// tableRow lays cells beside each other at fixed widths.
type tableRow struct{ widths []float32 }

// MinSize implements fyne.Layout.
func (c *tableRow) MinSize([]fyne.CanvasObject) fyne.Size {
	var w float32
	for _, v := range c.widths {
		w += v
	}
	return fyne.NewSize(w, rowHeight)
}

// Layout implements fyne.Layout.
func (c *tableRow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, o := range objects {
		h := min(o.MinSize().Height, size.Height)
		Put(o, x, (size.Height-h)/2, c.widths[i], h)
		x += c.widths[i]
	}
}

// Remarks are sentences that a person must know, each with a mark.
type Remarks struct {
	Box *fyne.Container
	was string
	env *Environment
}

// NewRemarks makes an empty list.
func NewRemarks(env *Environment) *Remarks {
	return &Remarks{env: env, Box: container.New(&Stacked{Gap: 2})}
}

// Set shows warnings, then notes.
func (m *Remarks) Set(warnings, notes []string) {
	key := strings.Join(warnings, "\n") + "\x00" + strings.Join(notes, "\n")
	if key == m.was {
		return
	}
	m.was = key
	m.Box.RemoveAll()
	add := func(s string, c color.Color) {
		mark := canvas.NewRectangle(c)
		mark.SetMinSize(fyne.NewSize(3, 0))
		m.Box.Add(container.NewBorder(nil, nil, mark, nil, Tight(ProseData(s))))
	}
	for _, s := range warnings {
		add(s, m.env.Colours.Warning)
	}
	for _, s := range notes {
		add(s, m.env.Colours.Groove)
	}
	m.Box.Refresh()
}
