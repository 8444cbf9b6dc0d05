package report

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"hilum/internal/message"
)

// Measures of a document's pages, A4 in millimetres; sizes of type in points.
const (
	sideMargin = 16.
	lineWidth  = pageWidth - 2*sideMargin
	footer     = 14.
	lineHeight = 4.6
	textSize   = 9.5
	cellSize   = 8.
	cellHeight = 3.9
	cellPad    = 1.2
)

// Document is a text of many pages: chapters of paragraphs, tables and pictures.
type Document struct {
	Title    string
	Made     time.Time // what the file says of when it was made
	Footer   func(page int) string
	Chapters []*Chapter

	// Last makes the chapter that closes the document, once the pages of the others are known.
	Last func() (*Chapter, error)
}

// Chapter is a part with a heading.
type Chapter struct {
	Title  string
	Blocks []Block
	Page   int // on which it begins, from 1; set by WritePDF
}

// Block is a paragraph, a table, or a picture under its title.
type Block struct {
	Text    string
	Strong  bool
	Rows    [][]string // of a table; the first is its heading, which comes again on each page
	Picture []byte     // PNG
}

// sheet is a document in the making.
type sheet struct {
	*fpdf.Fpdf
	pictures int
}

// WritePDF writes the document on A4, and notes on which page each chapter begins.
func (d *Document) WritePDF(w io.Writer) error {
	s := &sheet{Fpdf: fpdf.New("P", "mm", "A4", "")}
	s.SetCreationDate(d.Made)
	s.SetModificationDate(d.Made)
	s.SetCatalogSort(true)
	loadGlyphs(s.Fpdf)
	s.SetMargins(sideMargin, sideMargin, sideMargin)
	s.SetAutoPageBreak(true, footer)
	s.SetTitle(d.Title, true)
	s.SetFooterFunc(func() {
		s.SetY(-footer + 4)
		s.SetFont(family, "", 7.5)
		s.CellFormat(lineWidth*0.85, 4, d.Title, "", 0, "L", false, 0, "")
		s.CellFormat(0, 4, d.Footer(s.PageNo()), "", 0, "R", false, 0, "")
	})
	s.AddPage()
	s.SetFont(family, "B", 16)
	s.MultiCell(lineWidth, 7.5, d.Title, "", "L", false)
	for _, c := range d.Chapters {
		s.chapter(c)
	}
	last, err := d.Last()
	if err != nil {
		return err
	}
	s.chapter(last)
	if err := s.Output(w); err != nil {
		return message.Errorf("writing a PDF: %w", err)
	}
	return nil
}

// room is how much of the page is left, in millimetres.
func (s *sheet) room() float64 { return pageHeight - footer - s.GetY() }

// leastRoom keeps a heading with what follows.
const leastRoom = 38.

func (s *sheet) chapter(part *Chapter) {
	if s.room() < leastRoom {
		s.AddPage()
	}
	part.Page = s.PageNo()
	s.Ln(5)
	s.SetFont(family, "B", 12.5)
	s.MultiCell(lineWidth, 6, part.Title, "", "L", false)
	s.Ln(1)
	for _, b := range part.Blocks {
		switch {
		case b.Rows != nil:
			s.table(b.Rows)
		case b.Picture != nil:
			s.picture(b.Text, b.Picture)
		default:
			weight := ""
			if b.Strong {
				weight = "B"
			}
			s.SetFont(family, weight, textSize)
			s.MultiCell(lineWidth, lineHeight, b.Text, "", "L", false)
			s.Ln(1)
		}
	}
}

// table draws rows whose columns share the width of the page; its heading comes again on
// each page.
func (s *sheet) table(rows [][]string) {
	widths := s.widths(rows)
	s.row(rows[0], widths, true)
	for _, r := range rows[1:] {
		if s.room() < s.height(r, widths) {
			s.AddPage()
			s.row(rows[0], widths, true)
		}
		s.row(r, widths, false)
	}
	s.Ln(2)
}

// widths gives each column what it asks for, and where that is more than the page the wide ones less.
func (s *sheet) widths(rows [][]string) []float64 {
	s.SetFont(family, "B", cellSize)
	wanted := make([]float64, len(rows[0]))
	for _, r := range rows {
		for i, text := range r {
			wanted[i] = max(wanted[i], s.GetStringWidth(text)+2*cellPad+1)
		}
	}
	for limit := lineWidth; ; limit *= 0.95 {
		total := 0.0
		for _, w := range wanted {
			total += min(w, limit)
		}
		if total <= lineWidth {
			for i := range wanted {
				wanted[i] = min(wanted[i], limit)
			}
			return wanted
		}
	}
}

// lines breaks a cell; a word that is wider than the cell, as a hash, is broken within.
func (s *sheet) lines(text string, width float64) []string {
	if text == "" {
		return []string{""}
	}
	return s.SplitText(text, width-2*cellPad+2*s.GetCellMargin()) // which it takes off
}

func (s *sheet) height(r []string, widths []float64) float64 {
	most := 1
	for i, text := range r {
		most = max(most, len(s.lines(text, widths[i])))
	}
	return float64(most)*cellHeight + 1.4
}

func (s *sheet) row(r []string, widths []float64, head bool) {
	weight := ""
	if head {
		weight = "B"
	}
	s.SetFont(family, weight, cellSize)
	x, y := sideMargin, s.GetY()
	h := s.height(r, widths)
	for i, text := range r {
		for n, line := range s.lines(text, widths[i]) {
			s.Text(x+cellPad, y+float64(n+1)*cellHeight-0.6, line)
		}
		x += widths[i]
	}
	s.SetDrawColor(200, 204, 208)
	s.Line(sideMargin, y+h, x, y+h)
	s.SetXY(sideMargin, y+h)
}

// dotsPerMillimetre is how the report's figures are drawn: 110 an inch.
const dotsPerMillimetre = 110 / 25.4

// picture draws a PNG under its title, as wide as it was drawn, or as the page lets it.
func (s *sheet) picture(title string, data []byte) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		s.SetError(err)
		return
	}
	w, h := float64(c.Width)/dotsPerMillimetre, float64(c.Height)/dotsPerMillimetre
	scale := min(1, lineWidth/w, (pageHeight-2*sideMargin-footer-lineHeight)/h)
	w, h = w*scale, h*scale
	if s.room() < h+lineHeight+3 {
		s.AddPage()
	}
	s.SetFont(family, "B", textSize)
	s.MultiCell(lineWidth, lineHeight, title, "", "L", false)
	s.Ln(1)
	s.pictures++
	name := fmt.Sprintf("picture%d", s.pictures)
	s.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(data))
	y := s.GetY()
	s.ImageOptions(name, sideMargin, y, w, h, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	s.SetXY(sideMargin, y+h+3)
}
