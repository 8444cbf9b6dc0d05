package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"hilum/internal/message"
	"hilum/internal/plain"
	"hilum/training/table/encoding"
)

// MaxRow bounds what one row may take, so that a quotation mark that is never
// closed cannot fill the memory.
const MaxRow = 1 << 20 // bytes

// maxColumns is far beyond any table of films.
const maxColumns = 20_000

// Reader reads a table row by row.
type Reader struct {
	Header    []string // the headings, trimmed; a heading may be empty
	HeaderRow int      // its number, from 1
	Delimiter byte

	named  bool // the rows have names, of which the header says nothing
	above  int  // rows above the header that are not empty
	text   *bufio.Reader
	decode *encoding.Decoder
	row    int
	cells  []string
	ends   []int
	line   []byte
	width  int // of the header, without empty headings at its end
}

// Row is one row. Its cells are good until the next one is read.
type Row struct {
	Number int // as a spreadsheet counts: the first line is 1
	cells  []string
}

// Cell is the text of a column, trimmed; "" where there is none.
func (r Row) Cell(column int) string {
	if column < 0 || column >= len(r.cells) {
		return ""
	}
	return clean(r.cells[column])
}

// Len is the number of cells.
func (r Row) Len() int { return len(r.cells) }

// Read finds out how a table is written and reads its header, which is its first
// line that is not empty, or the first that names columns where titles stand above.
func Read(in io.Reader) (*Reader, error) {
	raw := bufio.NewReaderSize(in, encoding.SampleSize)
	sample, err := raw.Peek(encoding.SampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if kind := fileKind(sample); kind != "" {
		return nil, message.Errorf("it is %s, not a table of text; save it as CSV", kind)
	}
	d := encoding.NewDecoder(sample, raw)
	r := &Reader{decode: d, text: bufio.NewReaderSize(d.R, encoding.SampleSize)}
	text, err := r.text.Peek(encoding.SampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(bytes.TrimSpace(text)) == 0 && len(text) < encoding.SampleSize {
		return nil, ErrEmpty
	}
	if err := r.begin(text); err != nil {
		return nil, err
	}
	if text, err = r.text.Peek(encoding.SampleSize); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if rows := sampled(text, r.Delimiter); len(rows) > 0 {
		r.above = headerAt(rows)
		r.named = rowNames(rows[r.above:])
	}
	for above := r.above; ; above-- {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil, ErrEmpty
		}
		if err != nil {
			return nil, message.Errorf("row %d: %w", r.row, err)
		}
		switch {
		case row.blank():
			above++
		case above == 0:
			return r, r.header(row)
		}
	}
}

// ErrEmpty is of a file that holds no table.
var ErrEmpty = message.New("it is empty")

// begin finds the delimiter: the one that a first line sep=; names, else the one
// by which header and rows make most sense.
func (r *Reader) begin(text []byte) error {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		if _, err := r.text.Discard(len("\ufeff")); err != nil {
			return err
		}
		text = text[len("\ufeff"):]
	}
	if c, n := named(text); n > 0 {
		r.Delimiter, r.row = c, 1
		_, err := r.text.Discard(n)
		return err
	}
	r.Delimiter = findDelimiter(text)
	return nil
}

func (r *Reader) header(row Row) error {
	if len(row.cells) > maxColumns {
		return message.Errorf("row %d: %d columns are more than a table of films has", row.Number, len(row.cells))
	}
	r.HeaderRow = row.Number
	if r.named {
		row.cells = append([]string{""}, row.cells...)
	}
	r.Header = make([]string, len(row.cells))
	for i := range row.cells {
		if r.Header[i] = strings.Clone(plain.Strip(strings.Join(strings.Fields(row.Cell(i)), " "),
			"")); r.Header[i] != "" {
			r.width = i + 1
		}
	}
	return nil
}

// Next gives the next row that is not empty; io.EOF ends the table. An error says
// which row. Every row has a cell for each heading, but for the last one, which
// may be left out.
func (r *Reader) Next() (Row, error) {
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return row, err
		}
		if err == nil {
			if row.blank() {
				continue
			}
			err = r.fits(row)
		}
		if err != nil {
			return row, message.Errorf("row %d: %w", r.row, err)
		}
		return row, nil
	}
}

// fits refuses a row that is longer or shorter than the header: its cells would
// stand under other headings.
func (r *Reader) fits(row Row) error {
	if len(row.cells) < r.width-1 {
		return message.Errorf("it has %d cells, the header %d", len(row.cells), r.width)
	}
	for i := len(r.Header); i < len(row.cells); i++ {
		if row.Cell(i) != "" {
			return message.Errorf("it has %d cells, the header %d; is there a %q in a cell that is not in quotation marks?",
				len(row.cells), r.width, string(rune(r.Delimiter)))
		}
	}
	return nil
}

func (r Row) blank() bool {
	for i := range r.cells {
		if r.Cell(i) != "" {
			return false
		}
	}
	return true
}

// Encoding names how the file is written, and whether that is a guess.
func (r *Reader) Encoding() (name string, guessed bool) { return r.decode.Name() }

// Warnings says what was guessed about the file.
func (r *Reader) Warnings() []string {
	var out []string
	name, guessed := r.Encoding()
	switch {
	case r.decode.Mixed():
		out = append(out, fmt.Sprintf("The file is UTF-8 in one place and %s in another: look at its umlauts.", name))
	case guessed:
		out = append(out, fmt.Sprintf("The file does not say its encoding and was read as %s.", name))
	}
	if r.named {
		out = append(out,
			"The header has one name less than the rows have cells: their first cells, which count the rows, are not used.")
	}
	if r.above > 0 {
		out = append(out, fmt.Sprintf("The header is row %d; what stands above it is not used.", r.HeaderRow))
	}
	return out
}

// states of a cell
const (
	cellBegins = iota
	cellPlain
	cellQuoted
	cellQuote // a quotation mark within a quoted cell: its end, or half of one
	cellAfter // more text after the end of a quoted one
)

var (
	errOpenQuote = message.New("a quotation mark is opened and not closed")
	errZero      = message.New("it holds a zero byte, which no text has; save the table again")
)

// next reads a record, whose lines may end with LF, CR or both.
func (r *Reader) next() (Row, error) {
	r.line, r.ends = r.line[:0], r.ends[:0]
	r.row++
	state, lines := cellBegins, 0
	for n := 0; ; n++ {
		c, err := r.text.ReadByte()
		if err != nil {
			return r.ended(err, n, state)
		}
		if n >= MaxRow {
			return Row{}, message.Errorf("a row is longer than %d bytes; is a quotation mark open?", MaxRow)
		}
		if c == 0 {
			return Row{}, errZero
		}
		if state == cellQuoted {
			switch {
			case c == '"':
				state = cellQuote
			default:
				if c == '\n' || c == '\r' {
					lines++
				}
				r.line = append(r.line, c)
			}
			continue
		}
		switch {
		case c == r.Delimiter:
			r.ends = append(r.ends, len(r.line))
			state, lines = cellBegins, 0
		case c == '\n' || c == '\r':
			if c == '\r' {
				r.skip('\n')
			}
			return r.record(), nil
		case c == '"' && state == cellQuote:
			r.line = append(r.line, '"')
			state = cellQuoted
		case c == '"' && state == cellBegins:
			r.line = r.line[:r.start()] // blanks before a quotation mark are none of the cell
			state = cellQuoted
		case state == cellQuote && c != ' ' && lines > 0:
			return Row{}, message.Errorf("a quotation mark is opened and not closed where the cell ends")
		default:
			r.line = append(r.line, c)
			switch {
			case state == cellQuote:
				state = cellAfter
			case c != ' ' && state == cellBegins:
				state = cellPlain
			}
		}
	}
}

// ended is what a record is whose reading ended after n bytes.
func (r *Reader) ended(err error, n, state int) (Row, error) {
	switch {
	case !errors.Is(err, io.EOF):
		return Row{}, err
	case n == 0:
		return Row{}, io.EOF
	case state == cellQuoted:
		return Row{}, errOpenQuote
	}
	return r.record(), nil
}

// start is where the present cell begins.
func (r *Reader) start() int {
	if len(r.ends) == 0 {
		return 0
	}
	return r.ends[len(r.ends)-1]
}

// skip passes over a byte if it comes next.
func (r *Reader) skip(c byte) {
	if next, err := r.text.ReadByte(); err == nil && next != c {
		_ = r.text.UnreadByte() // it has just been read
	}
}

// record cuts the line into its cells.
func (r *Reader) record() Row {
	text := string(r.line)
	r.cells = r.cells[:0]
	from := 0
	for _, end := range append(r.ends, len(text)) {
		r.cells = append(r.cells, text[from:end])
		from = end
	}
	return Row{Number: r.row, cells: r.cells}
}

// clean trims a cell, of marks that nobody sees too, and takes off what
// spreadsheets put around numbers that must stay text: ="00012".
func clean(s string) string {
	if bare(s) {
		return s
	}
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
	// of word processors
	for _, q := range [][2]string{{"\u201c", "\u201d"}, {"\u201e", "\u201c"}, {"\u201d", "\u201d"},
		{"\u00bb", "\u00ab"},
		{"\u00ab", "\u00bb"}} {
		if inner, ok := strings.CutPrefix(s, q[0]); ok {
			if inner, ok = strings.CutSuffix(inner, q[1]); ok {
				s = strings.TrimSpace(inner)
			}
		}
	}
	if len(s) >= 3 && strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) {
		s = strings.TrimSpace(s[2 : len(s)-1])
	}
	return s
}

// bare is the quick answer to most cells.
func bare(s string) bool {
	if s == "" {
		return true
	}
	a, b := s[0], s[len(s)-1]
	return a > ' ' && a < utf8.RuneSelf && a != '=' && b > ' ' && b < utf8.RuneSelf
}

// fileKind names what is no text by its first bytes.
func fileKind(b []byte) string {
	for _, k := range []struct{ magic, name string }{
		{"PK\x03\x04", "a workbook or an archive (xlsx, ods, zip)"}, {"\xd0\xcf\x11\xe0", "an old workbook (xls)"},
		{"PAR1", "a Parquet file"},
		{"\x1f\x8b", "a compressed file (gz)"}, {"%PDF", "a PDF"}, {"SQLite format 3", "a database"},
		{"\x89PNG", "a picture"}, {"\xff\xd8\xff", "a picture"},
	} {
		if bytes.HasPrefix(b, []byte(k.magic)) {
			return k.name
		}
	}
	switch text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(b[:min(len(b), 200)]), "\ufeff"))); {
	case strings.HasPrefix(text, "<!doctype"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<?xml"),
		strings.HasPrefix(text, "<table"):
		return "a page of HTML or XML"
	case strings.HasPrefix(text, `{"`), strings.HasPrefix(text, "[{"), strings.HasPrefix(text, "{\n"),
		strings.HasPrefix(text, "{\r\n"):
		return "JSON"
	}
	if len(b) >= 132 && string(b[128:132]) == "DICM" {
		return "a DICOM file"
	}
	return ""
}
