package scores

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/dataset"
	"hilum/training/table"
)

// Table holds what a model said of films and what they showed: the content
// of a table with the columns prob_<Class> or logit_<Class>, y_<Class> and
// patient_id. The columns sex, age, view, site, maker,
// station and date (by year) make subgroups; split_by, with the
// word image, says that patients are on both sides of the split that the films
// come from; other columns are named in Table and passed over.
type Table struct {
	Name     string // of the file, without its folder
	SHA256   string // of the file's bytes
	Rows     int
	Patients int
	Patient  []int       // of each row: 0..Patients-1
	Images   []string    // of each row: the film as the table names it; nil where it does not
	Dates    []time.Time // of each row: the day of the study, zero where it is not known; nil without such a column
	Features [][]float32 // of each row: what the model made of the film before its last layer; nil without such columns
	Classes  []Class
	Watched  []Watched  // of each row; nil where the table has no column of them
	Groups   []Grouping // as newGroupReaders lists them, where the table has the columns

	SplitByImage bool // the column split_by says so

	Table table.Report // what was understood of the file

	// Unpaired names classes that have scores without labels or the reverse;
	// they are left out.
	Unpaired []string
}

// Class are the labelled rows of one class; rows whose label is unknown
// are left out.
type Class struct {
	Name     string
	Row      []int32   // row of the table, from 0, rising
	Score    []float64 // as the table gives it: probability 0..1 or logit
	IsLogit  bool
	Positive []bool
	Unknown  int // rows without a label

	// The rows without a label that have a score, likewise.
	OpenRow   []int32
	OpenScore []float64
}

// Watched is what else is known of how a film was scored, once a model is in use.
type Watched struct {
	Model    string  // "" when unknown
	Latency  float64 // milliseconds; NaN when unknown
	Withheld bool    // the findings were not shown, or are doubted
}

// The bounds that keep memory and arithmetic in hand whatever the file holds.
const (
	maxScoreCells = 1 << 27 // scores in the table
	maxLogit      = 1e6     // far beyond any network's, far from where fits overflow
)

// Load reads a table of scores from a file.
func Load(path string) (*Table, error) {
	t, err := ReadFile(path)
	if err != nil {
		return nil, message.Errorf("scores %s: %w", path, err)
	}
	t.Name = filepath.Base(path)
	return t, nil
}

// ReadFile is Load whose errors do not name the file.
func ReadFile(path string) (*Table, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	numbers, err := table.LearnNumbers(f)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return readScores(f, numbers)
}

// Read reads a table of scores, see package table for how it may be written.
// An error says which row and column: the header is row 1. Numbers have a dot, or
// a comma that cannot stand between thousands, before their decimals; Load,
// which reads the table twice, takes all.
func Read(r io.Reader) (*Table, error) { return readScores(r, table.Numbers{}) }

func readScores(r io.Reader, numbers table.Numbers) (*Table, error) {
	hash := sha256.New()
	in := io.TeeReader(r, hash)
	rows, err := table.Read(in)
	if err != nil {
		return nil, err
	}
	s, err := newScoreReader(rows, numbers)
	if err != nil {
		return nil, message.Errorf("row %d: %w", rows.HeaderRow, err)
	}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := s.add(row); err != nil {
			return nil, message.Errorf("row %d: %w", row.Number, err)
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil { // nothing should be left; the hash is of all bytes
		return nil, err
	}
	return s.finish(rows, hex.EncodeToString(hash.Sum(nil)))
}

// scoreReader fills a table from rows.
type scoreReader struct {
	table    *Table
	columns  *table.ScoreColumns
	numbers  table.Numbers
	patients map[string]int
	groups   []groupReader
	cells    int
}

func newScoreReader(rows *table.Reader, numbers table.Numbers) (*scoreReader, error) {
	c, err := table.FindScores(rows)
	if err != nil {
		return nil, err
	}
	s := &scoreReader{table: &Table{Unpaired: c.Unpaired}, columns: c, numbers: numbers, patients: map[string]int{},
		groups: newGroupReaders(c)}
	for _, k := range c.Classes {
		s.table.Classes = append(s.table.Classes, Class{Name: k.Name, IsLogit: k.Logit})
	}
	return s, nil
}

// finish completes the table when all rows are read.
func (s *scoreReader) finish(rows *table.Reader, sha string) (*Table, error) {
	t := s.table
	t.SHA256, t.Patients = sha, len(s.patients)
	for _, g := range s.groups {
		if len(g.Names) > 1 {
			t.Groups = append(t.Groups, g.sorted())
		}
	}
	if t.Rows == 0 {
		return nil, message.New("it has a header and no rows")
	}
	t.Table = s.columns.Report
	t.Table.Rows = t.Rows
	t.Table.About(rows)
	if n := t.Table.DroppedNote(); n != "" {
		t.Table.Warn("%s", n)
	}
	t.Table.Normal()
	return t, nil
}

func (s *scoreReader) add(row table.Row) error {
	id := row.Cell(s.columns.Patient)
	if id == "" {
		return message.Errorf("column %q is empty", s.columns.Heading(s.columns.Patient))
	}
	if row.Len() <= s.columns.Last {
		return message.Errorf("wrong number of fields: it has %d cells, and %d are needed", row.Len(), s.columns.Last+1)
	}
	if s.cells += len(s.columns.Classes) + len(s.columns.Features); s.cells > maxScoreCells {
		return message.Errorf("the table has more than %d scores; split it", maxScoreCells)
	}
	for i, c := range s.columns.Classes {
		if err := s.class(&s.table.Classes[i], c, row); err != nil {
			return err
		}
	}
	n, known := s.patients[id]
	if !known {
		n = len(s.patients)
		s.patients[strings.Clone(id)] = n // the row's memory is more than the name
	}
	s.table.Patient = append(s.table.Patient, n)
	if err := s.features(row); err != nil {
		return err
	}
	s.watch(row)
	if s.columns.Image >= 0 {
		s.table.Images = append(s.table.Images, strings.Clone(row.Cell(s.columns.Image)))
	}
	if s.columns.Date >= 0 {
		day, _ := table.ParseDate(row.Cell(s.columns.Date))
		s.table.Dates = append(s.table.Dates, day)
	}
	for i := range s.groups {
		s.groups[i].add(row)
	}
	if strings.EqualFold(row.Cell(s.columns.SplitBy), string(dataset.ByImage)) {
		s.table.SplitByImage = true
	}
	s.table.Rows++
	return nil
}

// watch reads how the film was scored, where the table says it.
func (s *scoreReader) watch(row table.Row) {
	c := s.columns
	if c.Model < 0 && c.Latency < 0 && c.Withheld < 0 {
		return
	}
	w := Watched{Model: strings.Clone(row.Cell(c.Model)), Latency: math.NaN()}
	if v, err := s.numbers.Parse(row.Cell(c.Latency)); err == nil && v >= 0 {
		w.Latency = v
	}
	if c.Withheld >= 0 {
		l, ok := s.numbers.Label(c.Withheld, row.Cell(c.Withheld))
		w.Withheld = ok && l == table.Positive
	}
	s.table.Watched = append(s.table.Watched, w)
}

// features reads what a model made of the film, where the table has it.
func (s *scoreReader) features(row table.Row) error {
	if len(s.columns.Features) == 0 {
		return nil
	}
	out := make([]float32, len(s.columns.Features))
	for i, column := range s.columns.Features {
		v, err := s.numbers.Parse(row.Cell(column))
		if err == nil && !(math.Abs(v) <= math.MaxFloat32) {
			err = message.Errorf("%v is not a number", v)
		}
		if err != nil {
			return message.Errorf("column %q: %w", s.columns.Heading(column), err)
		}
		out[i] = float32(v)
	}
	s.table.Features = append(s.table.Features, out)
	return nil
}

// class reads score and label of one class.
func (s *scoreReader) class(k *Class, c table.ScoredClass, row table.Row) error {
	text := row.Cell(c.Label)
	l, ok := s.numbers.Label(c.Label, text)
	if !ok {
		return message.Errorf("column %q: %.40q is not 0, 1, or -1 or empty for unknown", s.columns.Heading(c.Label),
			text)
	}
	if l == table.Unknown {
		k.Unknown++
		if v, err := s.numbers.Parse(row.Cell(c.Score)); err == nil && k.check(v) == nil {
			k.OpenRow, k.OpenScore = append(k.OpenRow, int32(s.table.Rows)), append(k.OpenScore, v)
		}
		return nil
	}
	v, err := s.numbers.Parse(row.Cell(c.Score))
	if err == nil {
		err = k.check(v)
	}
	if err != nil {
		return message.Errorf("column %q: %w", s.columns.Heading(c.Score), err)
	}
	k.Row = append(k.Row, int32(s.table.Rows))
	k.Score = append(k.Score, v)
	k.Positive = append(k.Positive, l == table.Positive)
	return nil
}

// check refuses what is no score.
func (c *Class) check(v float64) error {
	switch {
	case c.IsLogit && !(v >= -maxLogit && v <= maxLogit):
		return message.Errorf("%v is not a logit", v)
	case !c.IsLogit && !(v >= 0 && v <= 1):
		return message.Errorf("the probability %v is not within 0..1", v)
	}
	return nil
}

// logitBound is where a float64 probability near 1 ends: Logit(1 - 2^-53). A
// table that says 1 or 0 has been rounded at least there.
const logitBound = 36.7368005696771

// Whole is the class with its rows without a label too, in the order of the table;
// known says which have one.
func (c *Class) Whole() (all Class, known []bool) {
	all = Class{Name: c.Name, IsLogit: c.IsLogit}
	add := func(row int32, score float64, positive, label bool) {
		all.Row, all.Score = append(all.Row, row), append(all.Score, score)
		all.Positive, known = append(all.Positive, positive), append(known, label)
	}
	open := 0
	for i, row := range c.Row {
		for ; open < len(c.OpenRow) && c.OpenRow[open] < row; open++ {
			add(c.OpenRow[open], c.OpenScore[open], false, false)
		}
		add(row, c.Score[i], c.Positive[i], true)
	}
	for ; open < len(c.OpenRow); open++ {
		add(c.OpenRow[open], c.OpenScore[open], false, false)
	}
	return all, known
}

// Logits gives the scores as finite logits.
func (c *Class) Logits() []float64 {
	out := make([]float64, len(c.Score))
	for i, v := range c.Score {
		if !c.IsLogit {
			v = min(max(calib.Logit(v), -logitBound), logitBound)
		}
		out[i] = v
	}
	return out
}

// Probabilities gives the scores through a calibrator; nil is the plain sigmoid,
// which leaves probabilities exactly as the table has them.
func (c *Class) Probabilities(by calib.Calibrator) []float64 {
	out := make([]float64, len(c.Score))
	if by == nil && !c.IsLogit {
		copy(out, c.Score)
		return out
	}
	for i, l := range c.Logits() {
		if by == nil {
			out[i] = calib.Sigmoid(l)
		} else {
			out[i] = by.Probability(l)
		}
	}
	return out
}

// Counts gives the numbers of positive and negative rows.
func (c *Class) Counts() calib.Counts {
	var n calib.Counts
	for _, y := range c.Positive {
		if y {
			n.Positive++
		} else {
			n.Negative++
		}
	}
	return n
}

// Patients gives the patient of each labelled row.
func (c *Class) Patients(t *Table) []int {
	out := make([]int, len(c.Row))
	for i, r := range c.Row {
		out[i] = t.Patient[r]
	}
	return out
}

// Names gives the class names in the order of the table.
func (t *Table) Names() []string {
	out := make([]string, len(t.Classes))
	for i := range t.Classes {
		out[i] = t.Classes[i].Name
	}
	return out
}

// Constant tells whether all scores of a class are equal.
func (c *Class) Constant() bool {
	for _, v := range c.Score {
		if v != c.Score[0] {
			return false
		}
	}
	return len(c.Score) > 0
}

// SameImages checks what two tables say of the truth, which is how the same films
// in the same order show.
func (t *Table) SameImages(o *Table) error {
	if t.Rows != o.Rows || !slices.Equal(t.Patient, o.Patient) {
		return message.Errorf("its rows are not of the same patients (%d rows of %d patients against %d of %d)", o.Rows,
			o.Patients, t.Rows, t.Patients)
	}
	shared := 0
	for i := range t.Classes {
		a := &t.Classes[i]
		k := slices.IndexFunc(o.Classes, func(c Class) bool { return c.Name == a.Name })
		if k < 0 {
			continue
		}
		shared++
		if b := &o.Classes[k]; !slices.Equal(a.Row, b.Row) || !slices.Equal(a.Positive, b.Positive) {
			return message.Errorf("its labels of %s differ", a.Name)
		}
	}
	if shared == 0 {
		return message.Errorf("it shares no class")
	}
	return nil
}
