package training

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"hilum/inference/calib"
	"hilum/internal/regular"
)

// ScoreTable holds what a model said of films and what they showed: the content
// of a CSV file with the columns prob_<Class> or logit_<Class>, y_<Class> and
// patient_id. The columns sex, age and view make subgroups; split_by, with the
// word image, says that patients are on both sides of the split that the films
// come from; other columns are passed over.
type ScoreTable struct {
	Name     string // of the file, without its folder
	SHA256   string // of the file's bytes
	Rows     int
	Patients int
	Patient  []int // of each row: 0..Patients-1
	Classes  []ClassScores
	Groups   []Grouping // from the columns sex, age and view where the table has them

	SplitByImage bool // the column split_by says so

	// Unpaired names classes that have scores without labels or the reverse;
	// they are left out.
	Unpaired []string
}

// ClassScores are the labelled rows of one class; rows whose label is unknown
// are left out.
type ClassScores struct {
	Name     string
	Row      []int32   // row of the table, from 0, rising
	Score    []float64 // as the table gives it: probability 0..1 or logit
	IsLogit  bool
	Positive []bool
	Unknown  int // rows without a label
}

// The bounds that keep memory and arithmetic in hand whatever the file holds.
const (
	maxScoreRow   = 1 << 20 // bytes in a row
	maxScoreCells = 1 << 27 // scores in the table
	maxLogit      = 1e6     // far beyond any network's, far from where fits overflow
)

// LoadScores reads a table of scores from a file.
func LoadScores(path string) (*ScoreTable, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("scores: %w", err)
	}
	defer f.Close()
	t, err := ReadScores(f)
	if err != nil {
		return nil, fmt.Errorf("scores %s: %w", path, err)
	}
	t.Name = filepath.Base(path)
	return t, nil
}

// ReadScores reads a table of scores. Labels are 0, 1, or empty or -1 for
// unknown. An error says which row and column: the header is row 1.
func ReadScores(r io.Reader) (*ScoreTable, error) {
	hash := sha256.New()
	b := &budget{r: io.TeeReader(r, hash)}
	rows := csv.NewReader(b)
	rows.ReuseRecord = true
	b.left = maxScoreRow
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("row 1: %w", err)
	}
	s, err := newScoreReader(header)
	if err != nil {
		return nil, err
	}
	for {
		b.left = maxScoreRow
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = s.add(record)
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", s.table.Rows+2, rowError(err))
		}
	}
	s.table.SHA256 = hex.EncodeToString(hash.Sum(nil))
	s.table.Patients = len(s.patients)
	for _, g := range s.groups {
		if len(g.Names) > 1 {
			s.table.Groups = append(s.table.Groups, g.sorted())
		}
	}
	if s.table.Rows == 0 {
		return nil, errors.New("it has a header and no rows")
	}
	return s.table, nil
}

// rowError drops the position of a CSV error, which is said already.
func rowError(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// budget refuses to read more than left bytes, so that one endless row cannot
// fill the memory.
type budget struct {
	r    io.Reader
	left int
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("a row is longer than %d bytes; is a quotation mark open?", maxScoreRow)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// scoreReader fills a table from rows.
type scoreReader struct {
	table    *ScoreTable
	patient  int // column
	splitBy  int // column; -1 where there is none
	columns  []scoreColumns
	patients map[string]int
	groups   []groupReader
	cells    int
}

// scoreColumns say where a class of the table is in a row.
type scoreColumns struct {
	score, label         int
	scoreName, labelName string
}

func newScoreReader(header []string) (*scoreReader, error) {
	header = append([]string(nil), header...) // the reader overwrites it
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	at := make(map[string]int, len(header))
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := at[name]; twice && scoreColumn(name) {
			return nil, fmt.Errorf("row 1: the column %q occurs twice", name)
		}
		at[name] = i
		header[i] = name
	}
	s := &scoreReader{table: &ScoreTable{}, patients: map[string]int{}}
	var known bool
	if s.patient, known = at["patient_id"]; !known {
		return nil, errors.New(`row 1: there is no column "patient_id"; intervals need to know which films are of one person`)
	}
	s.splitBy = -1
	if column, has := at["split_by"]; has {
		s.splitBy = column
	}
	s.pair(header, at)
	s.groups = newGroupReaders(at)
	if len(s.columns) == 0 {
		return nil, errors.New("row 1: no class has both scores and labels; name the columns prob_<Class> or logit_<Class>, and y_<Class>")
	}
	return s, nil
}

func scoreColumn(name string) bool {
	return name == "patient_id" || strings.HasPrefix(name, "prob_") || strings.HasPrefix(name, "logit_") || strings.HasPrefix(name, "y_")
}

// pair finds the classes in the order of the score columns. Where a class has
// logits and probabilities the logits are read: they have not been rounded at 1.
func (s *scoreReader) pair(header []string, at map[string]int) {
	scored := map[string]bool{}
	for i, name := range header {
		class, isLogit := strings.CutPrefix(name, "logit_")
		if !isLogit {
			var isProb bool
			if class, isProb = strings.CutPrefix(name, "prob_"); !isProb {
				continue
			}
			if _, better := at["logit_"+class]; better {
				continue
			}
		}
		scored[class] = true
		label, labelled := at["y_"+class]
		if !labelled {
			s.table.Unpaired = append(s.table.Unpaired, class)
			continue
		}
		s.columns = append(s.columns, scoreColumns{i, label, name, header[label]})
		s.table.Classes = append(s.table.Classes, ClassScores{Name: class, IsLogit: isLogit})
	}
	for _, name := range header {
		if class, ok := strings.CutPrefix(name, "y_"); ok && !scored[class] {
			s.table.Unpaired = append(s.table.Unpaired, class)
		}
	}
}

func (s *scoreReader) add(record []string) error {
	id := strings.TrimSpace(record[s.patient])
	if id == "" {
		return errors.New(`column "patient_id" is empty`)
	}
	if s.cells += len(s.columns); s.cells > maxScoreCells {
		return fmt.Errorf("the table has more than %d scores; split it", maxScoreCells)
	}
	for i, c := range s.columns {
		k := &s.table.Classes[i]
		positive, known, err := label(record[c.label])
		if err != nil {
			return fmt.Errorf("column %q: %w", c.labelName, err)
		}
		if !known {
			k.Unknown++
			continue
		}
		v, err := k.score(record[c.score])
		if err != nil {
			return fmt.Errorf("column %q: %w", c.scoreName, err)
		}
		k.Row = append(k.Row, int32(s.table.Rows))
		k.Score = append(k.Score, v)
		k.Positive = append(k.Positive, positive)
	}
	n, known := s.patients[id]
	if !known {
		n = len(s.patients)
		s.patients[strings.Clone(id)] = n // the record's memory is used again
	}
	s.table.Patient = append(s.table.Patient, n)
	for i := range s.groups {
		s.groups[i].add(record)
	}
	if s.splitBy >= 0 && strings.TrimSpace(record[s.splitBy]) == string(ByImage) {
		s.table.SplitByImage = true
	}
	s.table.Rows++
	return nil
}

// label reads 0, 1, -1 or nothing, also in the form 1.0 that a table with gaps
// often has.
func label(text string) (positive, known bool, err error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return false, false, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err == nil && v == 1:
		return true, true, nil
	case err == nil && v == 0:
		return false, true, nil
	case err == nil && v == -1:
		return false, false, nil
	}
	return false, false, fmt.Errorf("%.40q is not 0, 1, or -1 or empty for unknown", text)
}

func (c *ClassScores) score(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	switch {
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0):
		return 0, fmt.Errorf("%.40q is not a number", text)
	case c.IsLogit && !(v >= -maxLogit && v <= maxLogit):
		return 0, fmt.Errorf("%v is not a logit", v)
	case !c.IsLogit && !(v >= 0 && v <= 1):
		return 0, fmt.Errorf("the probability %v is not within 0..1", v)
	}
	return v, nil
}

// logitBound is where a float64 probability near 1 ends: Logit(1 - 2^-53). A
// table that says 1 or 0 has been rounded at least there.
const logitBound = 36.7368005696771

// Logits gives the scores as finite logits.
func (c *ClassScores) Logits() []float64 {
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
func (c *ClassScores) Probabilities(by calib.Calibrator) []float64 {
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
func (c *ClassScores) Counts() calib.Counts {
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

// patients gives the patient of each labelled row.
func (c *ClassScores) patients(t *ScoreTable) []int {
	out := make([]int, len(c.Row))
	for i, r := range c.Row {
		out[i] = t.Patient[r]
	}
	return out
}

// Names gives the class names in the order of the table.
func (t *ScoreTable) Names() []string {
	out := make([]string, len(t.Classes))
	for i := range t.Classes {
		out[i] = t.Classes[i].Name
	}
	return out
}
