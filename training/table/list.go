package table

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"hilum/internal/message"
	"hilum/training/table/encoding"
)

// maxListed bounds a list.
const maxListed = 1 << 22

// ReadList reads a list of one name a line; what follows a tab is passed over.
func ReadList(in io.Reader) ([]string, error) {
	raw := bufio.NewReaderSize(in, encoding.SampleSize)
	sample, err := raw.Peek(encoding.SampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if kind := fileKind(sample); kind != "" {
		return nil, message.Errorf("it is %s, not a list of names", kind)
	}
	d := encoding.NewDecoder(sample, raw)
	r := &Reader{decode: d, text: bufio.NewReaderSize(d.R, encoding.SampleSize), Delimiter: '\t'}
	text, err := r.text.Peek(encoding.SampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := r.begin(text); err != nil {
		return nil, err
	}
	var out []string
	for {
		row, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, message.Errorf("line %d: %w", r.row, err)
		case len(out) == maxListed:
			return nil, message.Errorf("it has more than %d lines", maxListed)
		}
		if name := row.Cell(0); name != "" {
			out = append(out, strings.Clone(name))
		}
	}
}
