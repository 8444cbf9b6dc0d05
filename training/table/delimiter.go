package table

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"
)

// delimiters are what is tried, in the order in which ties go.
func delimiters() []byte { return []byte{',', ';', '\t', '|'} }

// named reads the line sep=; with which spreadsheets name a delimiter: it and the
// bytes that the line takes; 0 where there is none.
func named(text []byte) (delimiter byte, length int) {
	end := bytes.IndexAny(text, "\r\n")
	if end < 0 {
		return 0, 0
	}
	raw := strings.Trim(string(bytes.Trim(text[:end], " ")), `"`)
	if len(raw) < 5 || !strings.EqualFold(raw[:4], "sep=") || strings.Trim(raw[4:], raw[4:5]) != "" {
		return 0, 0
	}
	length = end + 1
	if text[end] == '\r' && length < len(text) && text[length] == '\n' {
		length++
	}
	if raw[4] == '"' || raw[4] < ' ' && raw[4] != '\t' || raw[4] >= 0x80 {
		return 0, 0
	}
	return raw[4], length
}

// sampleRows are read to tell the delimiter.
const sampleRows = 60

// findDelimiter reads the beginning of a table by each delimiter. The best is the
// one by which most headings have a meaning; among equals, most rows are as long
// as the header; then, most columns.
func findDelimiter(text []byte) byte {
	best, top := delimiters()[0], fit{}
	for _, c := range delimiters() {
		if c == ',' && decimal(text) {
			continue
		}
		if f := fitOf(text, c); f.better(top) {
			best, top = c, f
		}
	}
	return best
}

// decimal tells whether every comma stands between two digits, as decimal signs do,
// where another delimiter is there.
func decimal(text []byte) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for i, c := range text {
		if c == ',' && !(digit(i-1) && digit(i+1)) {
			return false
		}
	}
	return bytes.ContainsAny(text, ";\t|")
}

// fit is how well a delimiter cuts a table.
type fit struct {
	known   int     // headings with a meaning
	even    float64 // share of rows as long as the header
	columns int
}

func (f fit) better(g fit) bool {
	switch {
	case f.columns < 2 || g.columns < 2:
		return f.columns > 1 && f.columns > g.columns
	case f.known != g.known:
		return f.known > g.known
	case f.even != g.even:
		return f.even > g.even
	}
	return f.columns > g.columns
}

func fitOf(text []byte, delimiter byte) fit {
	rows := sampled(text, delimiter)
	if len(rows) == 0 {
		return fit{}
	}
	at := headerAt(rows)
	f := fit{known: rows[at].known, columns: rows[at].cells}
	for _, r := range rows[at+1:] {
		if r.cells == f.columns {
			f.even += 1 / float64(len(rows)-at-1)
		}
	}
	return f
}

// sampledRow is what counts of a row to tell headers and delimiters.
type sampledRow struct {
	cells, known int    // cells; headings with a meaning
	first        string // cell
}

// sampled reads the first rows that are not empty.
func sampled(text []byte, delimiter byte) (out []sampledRow) {
	r := &Reader{Delimiter: delimiter, text: bufio.NewReader(bytes.NewReader(text))}
	for len(out) < sampleRows {
		row, err := r.next()
		if err != nil { // the end, or where the sample cuts a cell
			return out
		}
		if row.blank() {
			continue
		}
		s := sampledRow{cells: len(row.cells), first: row.Cell(0)}
		for i := range row.cells {
			if len(out) <= titleRows && meaningful(row.Cell(i)) {
				s.known++
			}
		}
		out = append(out, s)
	}
	return out
}

// titleRows may stand above the header, as in exports of spreadsheets.
const titleRows = 8

// headerAt finds the header: the first row, unless nothing in it has a meaning and
// a later row names two columns.
func headerAt(rows []sampledRow) int {
	if rows[0].known > 0 {
		return 0
	}
	for i, r := range rows[:min(len(rows), titleRows+1)] {
		if r.known > 1 {
			return i
		}
	}
	return 0
}

// rowNames tells whether each row has one cell more than the header and begins with
// its number, as R writes tables.
func rowNames(rows []sampledRow) bool {
	for i, r := range rows[1:] {
		if r.cells != rows[0].cells+1 || r.first != strconv.Itoa(i+1) {
			return false
		}
	}
	return len(rows) > 2
}

// meaningful tells whether a heading is one that this package knows.
func meaningful(heading string) bool {
	if heading == "" {
		return false
	}
	if roleOf(heading) != "" || scoreHeading(heading) {
		return true
	}
	_, known := lookup(heading)
	return known
}
