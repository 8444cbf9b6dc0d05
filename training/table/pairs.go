package table

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"hilum/internal/message"
	"hilum/training/table/encoding"
)

// Pair is a name with a number.
type Pair struct {
	Row   int
	Name  string
	Value float64
}

// maxPairs bounds a list of one number a class.
const maxPairs = 100_000

// ReadPairs reads a table of a name and a share in each row, with or without a
// header. Shares may be percent where they say so: 2%.
func ReadPairs(in io.Reader) ([]Pair, error) {
	r, err := Read(in)
	if err != nil {
		return nil, err
	}
	n := Numbers{delimiter: r.Delimiter}
	var rows []Pair
	var cells []string
	add := func(row int, name, cell string, width int) error {
		if width != 2 {
			return message.Errorf("row %d: it has %d cells; a class and its number are needed", row, width)
		}
		if len(rows) == maxPairs {
			return message.Errorf("row %d: the list is too long", row)
		}
		n.saw(strings.TrimSpace(strings.TrimSuffix(cell, "%")))
		rows, cells = append(rows, Pair{Row: row, Name: strings.Clone(name)}), append(cells, strings.Clone(cell))
		return nil
	}
	width := 0
	for i, h := range r.Header {
		if h != "" {
			width = i + 1
		}
	}
	if width < 2 {
		return nil, message.Errorf("row %d: it has %d cells; a class and its number are needed", r.HeaderRow, width)
	}
	if err := add(r.HeaderRow, r.Header[0], r.Header[1], width); err != nil {
		return nil, err
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return numbered(rows, cells, n)
		}
		if err != nil {
			return nil, err
		}
		if err := add(row.Number, row.Cell(0), row.Cell(1), max(width, 2)); err != nil {
			return nil, err
		}
	}
}

// numbered reads the numbers, when it is known how they are written. A first row
// without one is a header.
func numbered(rows []Pair, cells []string, n Numbers) ([]Pair, error) {
	var out []Pair
	for i, p := range rows {
		text, percent := strings.CutSuffix(cells[i], "%")
		v, err := n.Parse(text)
		if err != nil && i == 0 && !strings.ContainsAny(text, "0123456789") {
			continue
		}
		if err != nil {
			return nil, message.Errorf("row %d: %w", p.Row, err)
		}
		if p.Value = v; percent {
			p.Value = v / 100
		}
		out = append(out, p)
	}
	return out, nil
}

// Text gives a file's text in UTF-8, whatever its encoding.
func Text(data []byte) (string, error) {
	sample := data[:min(len(data), encoding.SampleSize)]
	out, err := io.ReadAll(encoding.NewDecoder(sample, bytes.NewReader(data)).R)
	return strings.TrimPrefix(string(out), "\ufeff"), err
}
