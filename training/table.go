package training

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hilum/dicomio"
	"hilum/internal/regular"
)

// Names of the columns of a site's table that are no labels, lower case.
var (
	pathColumns    = []string{"path", "file", "filename", "image", "image index", "image_index"}
	patientColumns = []string{"patient", "patient_id", "patient id", "patientid"}
	sexColumns     = []string{"sex", "gender", "patient gender", "patient_sex"}
	ageColumns     = []string{"age", "patient age", "patient_age"}
	viewColumns    = []string{"view", "view position", "view_position"}
	splitColumns   = []string{"split", "part", "fold"}
	labelsColumns  = []string{"labels", "finding labels", "findings"}
)

// eachRow reads a CSV table with a header and calls f for each row, numbered as
// a spreadsheet does (the header is row 1). get gives a cell by its column's
// name, "" where there is no such column.
func eachRow(ctx context.Context, path string, f func(row int, get func(column string) string) error) error {
	file, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.ReuseRecord = true
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("its header cannot be read: %w", err)
	}
	at := map[string]int{}
	for i, h := range header {
		at[strings.TrimPrefix(strings.TrimSpace(h), "\ufeff")] = i
	}
	width := len(header)
	for row := 2; ; row++ {
		rec, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case len(rec) < width-1: // a last cell may be left out
			return fmt.Errorf("row %d has %d cells, the header %d", row, len(rec), width)
		}
		err = f(row, func(column string) string {
			if i, ok := at[column]; ok && i < len(rec) {
				return strings.TrimSpace(rec[i])
			}
			return ""
		})
		if err != nil {
			return err
		}
	}
}

// columns says which column of a site's table holds what.
type columns struct {
	path, patient, sex, age, view, split, labels string
	classes                                      []string // one column each, as the table writes them
}

// readColumns tells the columns by their names: metadata as listed above, and
// either one column of findings joined by "|" or one column a class. Columns
// named like a ChestX-ray14 class are the classes; without any, all others are.
func readColumns(path string) (columns, error) {
	var c columns
	file, err := regular.Open(path)
	if err != nil {
		return c, err
	}
	defer file.Close()
	header, err := csv.NewReader(file).Read()
	if err != nil {
		return c, fmt.Errorf("its header cannot be read: %w", err)
	}
	var known, others []string
	for _, h := range header {
		h = strings.TrimPrefix(strings.TrimSpace(h), "\ufeff")
		if to := c.metadata(h); to != nil {
			*to = h
			continue
		}
		if slices.ContainsFunc(fourteen(), func(n string) bool { return sameClass(n, h) }) {
			known = append(known, h)
		} else if h != "" && !scoreColumn(h) { // a table may be one of scores as well
			others = append(others, h)
		}
	}
	switch {
	case c.path == "":
		return c, fmt.Errorf("it has no column with the file; name one %q", pathColumns[0])
	case c.labels != "":
	case known != nil:
		c.classes = known
	case others != nil:
		c.classes = others
	default:
		return c, errors.New("it has no column with labels")
	}
	return c, nil
}

// metadata gives the place for a column that is no label, nil otherwise.
func (c *columns) metadata(header string) *string {
	name := strings.ToLower(header)
	for _, m := range []struct {
		names []string
		to    *string
	}{{pathColumns, &c.path}, {patientColumns, &c.patient}, {sexColumns, &c.sex}, {ageColumns, &c.age}, {viewColumns, &c.view}, {splitColumns, &c.split}, {labelsColumns, &c.labels}} {
		if slices.Contains(m.names, name) && *m.to == "" {
			return m.to
		}
	}
	return nil
}

// openTable reads a site's own table. Paths are relative to the table's folder.
// Labels are 1, 0, or unknown (empty or -1). Where the table does not name the
// patient or the view, a DICOM file's header does.
func openTable(ctx context.Context, path string) (*Dataset, error) {
	c, err := readColumns(path)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Name: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), Classes: c.names()}
	seen := map[string]bool{}
	unnamed := 0
	err = eachRow(ctx, path, func(row int, get func(string) string) error {
		d.Counts.Rows++
		f, err := c.film(row, get, d.Classes)
		if err != nil {
			return err
		}
		f.Path = filepath.FromSlash(f.Name)
		if !filepath.IsAbs(f.Path) {
			f.Path = filepath.Join(filepath.Dir(path), f.Path)
		}
		switch info, err := os.Stat(f.Path); {
		case err != nil || !info.Mode().IsRegular():
			d.Counts.Missing++
			return nil
		case seen[f.Path]:
			d.Counts.Duplicate++
			return nil
		}
		seen[f.Path] = true
		d.Counts.Found++
		if f.Patient == "" || f.View == "" {
			f.askHeader(ctx)
		}
		if f.Patient == "" {
			unnamed++
			f.Patient = f.Name
		}
		d.Films = append(d.Films, f)
		return nil
	})
	if unnamed > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d films have no patient in table or header: each is taken for a patient of its own, so a split cannot keep patients together.", unnamed))
	}
	return d, err
}

// names are the classes as the program writes them.
func (c *columns) names() []string {
	if c.labels != "" {
		return fourteen()
	}
	out := make([]string, len(c.classes))
	for i, h := range c.classes {
		out[i] = h
		for _, n := range fourteen() {
			if sameClass(n, h) {
				out[i] = n
			}
		}
	}
	return out
}

// film reads one row.
func (c *columns) film(row int, get func(string) string, classes []string) (Film, error) {
	f := Film{
		Name: get(c.path), Patient: get(c.patient), Sex: parseSex(get(c.sex)), Age: parseAge(get(c.age)), View: strings.ToUpper(get(c.view)),
	}
	if f.Name == "" {
		return f, cellError(row, c.path, errors.New("it is empty"))
	}
	var err error
	if c.split != "" {
		if f.Part, err = ParsePart(get(c.split)); err != nil {
			return f, cellError(row, c.split, err)
		}
	}
	if c.labels != "" {
		if f.Labels, err = parseFindings(get(c.labels), classes); err != nil {
			return f, cellError(row, c.labels, err)
		}
		return f, nil
	}
	f.Labels = make([]Label, len(classes))
	for i, column := range c.classes {
		switch text := get(column); text {
		case "1", "1.0":
			f.Labels[i] = Positive
		case "0", "0.0":
			f.Labels[i] = Negative
		case "", "-1", "-1.0":
			f.Labels[i] = Unknown
		default:
			return f, cellError(row, column, fmt.Errorf("label %q is not 1, 0, -1 or empty", text))
		}
	}
	return f, nil
}

// askHeader takes patient and view from a DICOM file. A file that cannot be read
// is found out when it is decoded.
func (f *Film) askHeader(ctx context.Context) {
	_ = dicomio.Scan(ctx, f.Path, func(found dicomio.Found) {
		if found.Instance == nil {
			return
		}
		s := found.Instance.Study
		if f.Patient == "" {
			f.Patient = s.PatientID
		}
		if f.View == "" {
			f.View = strings.ToUpper(s.ViewPosition)
		}
	}, nil)
}
