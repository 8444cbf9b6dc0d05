// Package columns is how a site's table of films is read, as a person looks at it and changes it
// before work starts: its first rows, what every column is taken for and why, what has to be
// asked, and what was said of such a table before. Its core type is [Sheet]. It imports
// training/table and internal/atomicfile.
package columns

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/table"
)

// Sheet is a table as it is looked at. It is a value: nothing in it is written to after it was
// handed out.
type Sheet struct {
	Path      string
	Kind      string // of table.KindOf
	Rows      int
	Encoding  string
	Delimiter string
	Header    []string
	First     [][]string // the first rows, a cell a column
	Columns   []table.ColumnReading
	Refused   error // why no job would take the table as it is read now; nil where one would
}

// previewed is how many rows are shown.
const previewed = 5

// Look reads a table to its end, with what a person said of its columns. An error is of a file
// that cannot be read as a table at all.
func Look(ctx context.Context, path string, m table.Mapping) (*Sheet, error) {
	s := &Sheet{Path: path}
	if err := s.begin(); err != nil {
		return nil, err
	}
	var err error
	if s.Kind, err = table.KindOf(path); err != nil {
		return nil, err
	}
	if s.Kind != table.Labels && len(m) == 0 {
		return s, nil
	}
	survey, err := table.LookAs(ctx, path, m)
	if survey == nil {
		return nil, err
	}
	if s.Refused = err; err == nil {
		s.Refused = survey.Lacks()
	}
	s.Rows, s.Columns = survey.Rows, survey.Readings()
	return s, ctx.Err()
}

// Headings are those of a table, in order.
func Headings(path string) ([]string, error) {
	var s Sheet
	s.Path = path
	err := s.begin()
	return s.Header, err
}

// begin reads the header and the first rows.
func (s *Sheet) begin() error {
	f, err := regular.Open(s.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := table.Read(f)
	if err != nil {
		return err
	}
	s.Header = r.Header
	for len(s.First) < previewed {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		cells := make([]string, len(s.Header))
		for i := range cells {
			cells[i] = strings.Clone(row.Cell(i))
		}
		s.First = append(s.First, cells)
	}
	s.Encoding, _ = r.Encoding()
	s.Delimiter = table.DelimiterName(r.Delimiter)
	return nil
}

// Asked are the columns that a person has to be asked of.
func (s *Sheet) Asked() []table.ColumnReading {
	return slices.DeleteFunc(slices.Clone(s.Columns), func(c table.ColumnReading) bool { return c.Question.IsZero() })
}

// AsProposed is a mapping in which every column that is asked of is what is proposed.
func (s *Sheet) AsProposed(m table.Mapping) table.Mapping {
	out := maps.Clone(m)
	if out == nil {
		out = table.Mapping{}
	}
	for _, c := range s.Asked() {
		out[c.Name] = c.Between[0]
	}
	return out
}

// With is a mapping in which a column has a use. A use that only one column can have is taken
// from the one that had it.
func (s *Sheet) With(m table.Mapping, column, use string) table.Mapping {
	out := maps.Clone(m)
	if out == nil {
		out = table.Mapping{}
	}
	if _, class := table.ClassOfUse(use); !class && use != table.Ignored {
		for _, c := range s.Columns {
			if c.Use == use && c.Name != column {
				out[c.Name] = table.Ignored
			}
		}
	}
	out[column] = use
	return out
}

// Book keeps what was said of tables, by their headings, in a file of the site's data folder.
type Book struct{ path string }

// kept is the file.
type kept struct {
	Schema int         `json:"schema"`
	Tables []keptTable `json:"tables"` // the last one said of at the end
}

type keptTable struct {
	Headings []string      `json:"headings"`
	Uses     table.Mapping `json:"uses"`
}

const (
	bookFile   = "columns.json"
	bookSchema = 1
	mostKept   = 200 // tables, the last ones
	mostBook   = 16 << 20
)

// NewBook is the book of a data folder, which need not be there yet.
func NewBook(dir string) Book { return Book{filepath.Join(dir, bookFile)} }

// Of is what was said of a table with these headings in this order; nil for nothing.
func (b Book) Of(headings []string) (table.Mapping, error) {
	all, err := b.read()
	if err != nil {
		return nil, err
	}
	for _, t := range slices.Backward(all.Tables) {
		if slices.Equal(t.Headings, headings) {
			return t.Uses, nil
		}
	}
	return nil, nil
}

// Keep keeps what was said of a table with these headings.
func (b Book) Keep(headings []string, m table.Mapping) error {
	all, err := b.read()
	if err != nil {
		return err
	}
	all.Tables = slices.DeleteFunc(all.Tables, func(t keptTable) bool { return slices.Equal(t.Headings, headings) })
	all.Tables = append(all.Tables, keptTable{headings, m})
	all.Tables = all.Tables[max(0, len(all.Tables)-mostKept):]
	data, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.path), 0o755); err != nil {
		return message.Errorf("the folder of the site's data: %w", err)
	}
	return atomicfile.WriteBytes(b.path, append(data, '\n'))
}

func (b Book) read() (kept, error) {
	all := kept{Schema: bookSchema}
	f, err := regular.Open(b.path)
	if errors.Is(err, os.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return all, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostBook))
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return all, message.Errorf("what was said of tables cannot be read from %s: %w; move the file away to begin anew",
			b.path, err)
	}
	if all.Schema != bookSchema {
		return all, message.Errorf("%s: schema %d is not known here; a newer Hilum wrote it", bookFile, all.Schema)
	}
	return all, nil
}
