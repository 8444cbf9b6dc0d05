package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/internal/message"
	"hilum/internal/plain"
	"hilum/internal/regular"
	"hilum/training/finder"
	"hilum/training/table"
)

// openTable reads a site's own table, however it is written, see package table.
// Paths are relative to the table's folder; a film that is not there is looked for
// below it by its name. Where the table does not name the patient or the view, a
// DICOM file's header does, or the path.
func openTable(ctx context.Context, path string, m table.Mapping, own ...findingset.Set) (*Dataset, error) {
	files := finder.New(filepath.Dir(path))
	r, err := newImageReader(ctx, path, m, files.Find, own...)
	if err != nil {
		return nil, err
	}
	r.ask = true
	r.data.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	r.data.noteFiles(files)
	return r.data, nil
}

// noteFiles says of which films the table has another place or name.
func (d *Dataset) noteFiles(f *finder.Finder) {
	if f.Elsewhere > 0 {
		d.Warn("%d films are not where the table says and were found by their names, the first %s at %s.", f.Elsewhere,
			f.Example[0], f.Example[1])
	}
	if f.Truncated {
		d.Warn("There are too many files below the table to look through all of them: put the table nearer to its films.")
	}
	if f.Ambiguous > 0 {
		d.Warn("%d films are left out because several files have their name, the first %s.", f.Ambiguous, f.Twice)
	}
}

// imageReader makes the films of a data set from the rows of a table.
type imageReader struct {
	path   string
	survey *table.Survey
	find   func(ctx context.Context, cell string) (string, error)
	data   *Dataset
	boxed  map[string]bool // names of which a list of boxes speaks
	ask    bool            // files what the table does not say

	at       map[string]int // place of each film by where its file really is
	files    finder.Places
	missing  []string // the first few
	clashes  tallied  // of columns of one class
	persons  tallied  // rows that name another patient
	repeated tallied  // rows that contradict an earlier one of the same film
	none     tallied  // rows in which nothing was found, and something
	healthy  int      // empty cells that are negative because nothing was found
	byPath   int      // patients that the path names
	lateral  int
}

// tallied counts and keeps the first.
type tallied struct {
	n     int
	first string
}

func (t *tallied) add(format string, args ...any) {
	if t.n++; t.n == 1 {
		t.first = fmt.Sprintf(format, args...)
	}
}

// newImageReader surveys a table and settles its classes.
func newImageReader(ctx context.Context, path string, m table.Mapping,
	find func(context.Context, string) (string, error), own ...findingset.Set) (*imageReader, error) {
	s, err := table.LookAs(ctx, path, m, own...)
	switch {
	case errors.Is(err, table.ErrEmpty):
		return nil, message.Errorf("its header cannot be read: %w", err)
	case err != nil:
		return nil, err
	}
	if err := s.Lacks(); err != nil {
		return nil, err
	}
	r := &imageReader{path: path, survey: s, find: find, at: map[string]int{}}
	r.data = &Dataset{Classes: classesOf(s), Table: &s.Report, Notes: slices.Clone(s.Warnings)}
	return r, nil
}

// classesOf are the classes of a table. Findings that are all of the fourteen speak
// of all fourteen; others of what is named.
func classesOf(s *table.Survey) []string {
	if s.Labels < 0 {
		var out []string
		for _, c := range s.Classes {
			out = append(out, c.Name)
		}
		return out
	}
	if s.Words.AllKnown() {
		return inference.ChestXray14()
	}
	var out []string
	for _, c := range inference.ChestXray14() {
		if slices.Contains(s.Words.Classes, c) {
			out = append(out, c)
		}
	}
	for _, c := range s.Words.Classes {
		if !table.Known(c) {
			out = append(out, c)
		}
	}
	return out
}

// Warn notes what a person should look at, with the data and with its table.
func (d *Dataset) Warn(format string, args ...any) {
	text := plain.Text(fmt.Sprintf(format, args...))
	d.Notes = append(d.Notes, text)
	if d.Table != nil {
		d.Table.Warnings = append(d.Table.Warnings, text)
	}
}

// read reads all rows.
func (r *imageReader) read(ctx context.Context) error {
	file, err := regular.Open(r.path)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := table.Read(file)
	if err != nil {
		return err
	}
	for {
		row, err := rows.Next()
		switch {
		case errors.Is(err, io.EOF):
			r.note()
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if err := r.add(ctx, row); err != nil {
			return err
		}
	}
}

// add takes a row whose film is there; of the others, who the patients are that
// have boxes.
func (r *imageReader) add(ctx context.Context, row table.Row) error {
	d, s := r.data, r.survey
	d.Counts.Rows++
	name := row.Cell(s.Path)
	if name == "" {
		return cellError(row.Number, s.Heading(s.Path), message.New("it is empty"))
	}
	path, err := r.find(ctx, name)
	if errors.Is(err, finder.ErrNoImage) {
		if d.Counts.Missing++; len(r.missing) < fewNames {
			r.missing = append(r.missing, strings.Clone(name))
		}
		d.leaveOut(row.Number, name, RowMissing)
		if r.boxed[name] {
			d.Unseen = append(d.Unseen, Image{Name: strings.Clone(name), Patient: strings.Clone(row.Cell(s.Patient))})
		}
		return nil
	}
	if err != nil {
		return err
	}
	f, err := r.image(row)
	if err != nil {
		return err
	}
	f.Name, f.Path = strings.Clone(name), path
	at := r.files.Real(path)
	if i, twice := r.at[at]; twice {
		d.Counts.Duplicate++
		d.leaveOut(row.Number, name, RowTwice)
		return r.again(row, &d.Images[i], f)
	}
	r.at[at] = len(d.Images)
	d.Counts.Found++
	r.complete(ctx, &f)
	d.Images = append(d.Images, f)
	return nil
}

// image reads what a row says.
func (r *imageReader) image(row table.Row) (Image, error) {
	s := r.survey
	f := Image{Patient: strings.Clone(row.Cell(s.Patient)), Sex: table.ParseSex(row.Cell(s.Sex)),
		View: strings.Clone(table.ParseView(row.Cell(s.View))), Site: strings.Clone(row.Cell(s.Site)),
		Maker: strings.Clone(row.Cell(s.Maker)), Station: strings.Clone(row.Cell(s.Station)),
		Date: isoDay(row.Cell(s.Date))}
	f.Age, _ = table.ParseAge(row.Cell(s.Age))
	if table.ParseView(row.Cell(s.Frontal)) == table.ViewLateral && f.View == "" {
		f.View = table.ViewLateral
	}
	part, ok := table.Split(row.Cell(s.Split))
	if !ok {
		return f, cellError(row.Number, s.Heading(s.Split), message.Errorf("split %q is not train, val, test or all",
			row.Cell(s.Split)))
	}
	f.Split = Split(part)
	if s.Labels >= 0 {
		f.Labels = r.findings(row.Cell(s.Labels))
	} else {
		f.Labels = r.labels(row)
	}
	return f, nil
}

// isoDay is a date as 2006-01-02; "" for what is none.
func isoDay(cell string) string {
	if day, ok := table.ParseDate(cell); ok {
		return day.Format(time.DateOnly)
	}
	return ""
}

// patientFolder is a folder that is named after a patient: patient00012 as in
// CheXpert, p10000032 as in MIMIC.
var patientFolder = regexp.MustCompile(`(?i)(?:^|[/\\])((?:patient|subject|pat|sub)[-_ ]?\d+|p\d{8})[/\\]`)

// complete asks file and path for what the table does not say.
func (r *imageReader) complete(ctx context.Context, f *Image) {
	if r.ask && f.incomplete() {
		before := *f
		f.askHeader(ctx)
		r.data.told(&before, f)
	}
	if f.Patient == "" {
		if m := patientFolder.FindStringSubmatch(f.Name); m != nil {
			f.Patient = m[1]
			r.byPath++
		} else {
			r.data.Unnamed++
			f.Patient = f.Name
		}
	}
	if f.View == table.ViewLateral {
		r.lateral++
	}
}

// fewNames is how many of many are named.
const fewNames = 3

// someNames joins the first few.
func someNames(names []string) string {
	if len(names) > fewNames {
		return strings.Join(names[:fewNames], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}

// note says what a person should know of the rows.
func (r *imageReader) note() {
	d, s := r.data, r.survey
	if r.repeated.n > 0 {
		d.Warn("%d rows contradict an earlier row of the same film, the first %s: labels that differ are unknown.",
			r.repeated.n, r.repeated.first)
	}
	if r.persons.n > 0 {
		d.Warn("%d rows name another patient than an earlier row of the same film, the first %s: the earlier one counts.",
			r.persons.n, r.persons.first)
	}
	if r.clashes.n > 0 {
		d.Warn("In %d places two columns of one class contradict each other, the first %s: such labels are unknown.",
			r.clashes.n, r.clashes.first)
	}
	if r.healthy > 0 {
		d.Warn("Where %q is positive, empty cells count as negative: %d cells.", s.Heading(s.NoFinding), r.healthy)
	}
	if r.none.n > 0 {
		d.Warn("%d rows have a finding although %q is positive, the first %s: the finding counts.", r.none.n,
			s.Heading(s.NoFinding), r.none.first)
	}
	if d.Counts.Missing > 0 && d.Counts.Found > 0 {
		d.Warn("%d rows name a film that is not there, the first: %s.", d.Counts.Missing, strings.Join(r.missing, ", "))
	}
	d.missing = r.missing
	if r.byPath > 0 {
		d.Warn("The patients of %d films were taken from their folders, since the table does not name them.", r.byPath)
	}
	if r.lateral > 0 && r.lateral < len(d.Images) {
		d.Warn("%d of the films are lateral views.", r.lateral)
	}
	if d.Unnamed > 0 {
		d.Warn(
			"%d films have no patient in table or header: each is taken for a patient of its own, so a split cannot keep patients together.",
			d.Unnamed)
	}
}

// incomplete tells whether a header could say more of the film.
func (f *Image) incomplete() bool {
	return f.Age < 0 || slices.Contains([]string{f.Patient, f.Sex, f.View, f.Site, f.Maker, f.Station, f.Date}, "")
}

// askHeader takes from a DICOM file what the table does not say. A file that cannot be read
// is found out when it is decoded.
func (f *Image) askHeader(ctx context.Context) {
	_ = scan.Find(ctx, f.Path, func(found scan.Found) {
		if found.Instance == nil {
			return
		}
		s := found.Instance.Header
		if f.Patient == "" {
			f.Patient = s.PatientID
		}
		if f.View == "" {
			f.View = strings.ToUpper(s.ViewPosition)
		}
		f.Sex = cmp.Or(f.Sex, table.ParseSex(s.PatientSex))
		f.Site, f.Maker = cmp.Or(f.Site, s.Institution), cmp.Or(f.Maker, s.Manufacturer)
		f.Station, f.Date = cmp.Or(f.Station, s.Station), cmp.Or(f.Date, isoDay(s.StudyDate))
		if f.Age < 0 {
			f.Age, _ = table.ParseAge(s.PatientAge)
		}
	}, nil)
}

// imageName is the name of a film's file, whatever folders stand before it.
func imageName(cell string) string {
	return filepath.Base(strings.ReplaceAll(filepath.ToSlash(cell), `\`, "/"))
}
