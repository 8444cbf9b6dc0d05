package runs

import (
	"os"

	"hilum/app/runs/columns"
	"hilum/training/table"
)

// Tables are the tables of the runs of a manager: which table a run has, and what the site said of
// its columns.
type Tables struct{ d *RunManager }

// Tables are those of its runs.
func (d *RunManager) Tables() Tables { return Tables{d} }

func (t Tables) book() columns.Book { return columns.NewBook(t.d.cfg.Dir) }

// SetData chooses other data for a run. Of a table whose headings are those of one that the site
// has spoken of before, what was said then holds.
func (t Tables) SetData(dir, path string) (*Run, error) {
	m, err := t.remembered(path)
	if err != nil {
		return nil, err
	}
	return t.d.Change(dir, func(s *Settings) { s.Data, s.Columns = path, m })
}

// remembered is what was said of a table with the headings of this one. What cannot be read as
// a table is for the job to say.
func (t Tables) remembered(path string) (table.Mapping, error) {
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return nil, nil
	}
	headings, err := columns.Headings(path)
	if err != nil {
		return nil, nil
	}
	return t.book().Of(headings)
}

// SetColumns takes what a person said of the columns of a run's table, and keeps it for
// tables with the same headings.
func (t Tables) SetColumns(dir string, headings []string, m table.Mapping) (*Run, error) {
	r, err := t.d.Change(dir, func(s *Settings) { s.Columns = m })
	if err != nil {
		return nil, err
	}
	return r, t.book().Keep(headings, m)
}
