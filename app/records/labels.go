package records

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilum/internal/message"
)

// LabelOptions say which answers become a label table.
type LabelOptions struct {
	Reader string // key; "" takes all; where they differ on a class, it is unknown
	// whose logits to add; without SHA256 the model of the last answer, without Prep as it was last used
	Model      ModelID
	Identified bool // patient IDs as they are, instead of pseudonyms
	// Folder is where the table will lie: films below it are named from there, all others
	// by their whole paths, which are what "" gives.
	Folder string
	// Hides tells of a picture, by key, that no logits of it are to be written; nil of none.
	Hides func(picture string) bool
}

// LabelReport says what a label table holds.
type LabelReport struct {
	Pictures  int      `json:"pictures"`
	Labels    int      `json:"labels"`    // known ones
	Conflicts int      `json:"conflicts"` // classes of pictures on which readers differ, left unknown
	Unscored  int      `json:"unscored"`  // labels without a logit of the model
	Classes   []string `json:"classes"`
	Model     ModelID  `json:"scored_by"`
}

// ExportLabels writes what readers said as a CSV table, one row a picture: path,
// patient_id, sex, age, view, date (of the first answer) and reader (the names of all who
// answered); a column a class with 1, 0 or nothing, as
// dataset.Open reads it; and logit_<Class> with y_<Class> where the model
// has scored the picture, as scores.Read does.
func (s *Store) ExportLabels(ctx context.Context, w io.Writer, o LabelOptions) (*LabelReport, error) {
	answers, err := s.Answers(ctx, AnswerFilter{Reader: o.Reader})
	if err != nil {
		return nil, err
	}
	if len(answers) == 0 {
		return nil, message.New("there are no answers to export")
	}
	if o.Model, err = s.chooseModel(ctx, o.Model, answers); err != nil {
		return nil, err
	}
	if o.Hides == nil {
		o.Hides = func(string) bool { return false }
	}
	t := &labelTable{LabelReport: LabelReport{Model: o.Model}, folder: o.Folder, hides: o.Hides,
		rows: map[string]*labelRow{}}
	for i := range answers {
		t.add(&answers[i])
	}
	if err := t.addScores(ctx, s); err != nil {
		return nil, err
	}
	alias := func(p Picture) string { return cmp.Or(p.Patient, "of "+p.Key()) }
	if !o.Identified {
		if alias, err = s.Pseudonyms(ctx); err != nil {
			return nil, err
		}
	}
	if err := t.write(w, alias); err != nil {
		return nil, message.Errorf("writing the labels: %w", err)
	}
	return &t.LabelReport, nil
}

// chooseModel completes what names a model.
func (s *Store) chooseModel(ctx context.Context, m ModelID, answers []Answer) (ModelID, error) {
	for i := len(answers) - 1; i >= 0; i-- {
		if a := answers[i].Model; a != (ModelID{}) && (m.SHA256 == "" || m.Prep == "" && a.SHA256 == m.SHA256) {
			return a, nil
		}
	}
	if m.Prep != "" || m.SHA256 == "" { // answers to pictures that nothing has scored
		return m, nil
	}
	err := s.query(ctx, func(r *sql.Rows) error { return r.Scan(&m.Prep) }, "SELECT prep FROM models WHERE model = ?",
		m.SHA256)
	if err == nil && m.Prep == "" {
		err = message.Errorf("the model %s (SHA-256 %s) has scored nothing that is kept here; score the films with it first", m.Name, m.SHA256)
	}
	return m, err
}

// Key names the picture: two records of one key are about one picture.
func (p Picture) Key() string {
	if p.Instance == "" {
		return p.Pixels
	}
	return p.Pixels + " " + p.Instance
}

// Pseudonyms gives a patient the same name for all pictures. It cannot be
// traced back without this database's secret. A picture without a patient is
// taken for a person of its own.
func (s *Store) Pseudonyms(ctx context.Context) (func(Picture) string, error) {
	var secret []byte
	err := s.query(ctx, func(r *sql.Rows) error { return r.Scan(&secret) },
		"SELECT value FROM secrets WHERE name = 'pseudonyms'")
	if err == nil && len(secret) < sha256.Size {
		err = message.New("the records have lost the secret of their pseudonyms")
	}
	return func(p Picture) string {
		h := hmac.New(sha256.New, secret)
		fmt.Fprintf(h, "%q %q", p.Patient, map[bool]string{true: p.Key()}[p.Patient == ""])
		return "ANON-" + hex.EncodeToString(h.Sum(nil)[:8])
	}, err
}

// labelTable collects rows in the order of the first answers.
type labelTable struct {
	LabelReport
	folder string
	hides  func(picture string) bool
	order  []string
	rows   map[string]*labelRow
}

type labelRow struct {
	picture Picture
	labels  map[string]label
	day     string   // of the first answer, as 2006-01-02
	readers []string // names of those who answered, in that order
	logits  map[string]float64
}

// label is what readers say of a class.
type label struct{ present, known, conflict bool }

func (t *labelTable) add(a *Answer) {
	key := a.Picture.Key()
	row := t.rows[key]
	if row == nil {
		row = &labelRow{picture: a.Picture, labels: map[string]label{}, logits: map[string]float64{},
			day: a.At.Format(time.DateOnly)}
		t.rows[key] = row
		t.order = append(t.order, key)
	}
	if !slices.Contains(row.readers, a.Of()) {
		row.readers = append(row.readers, a.Of())
	}
	if !slices.Contains(t.Classes, a.Class) {
		t.Classes = append(t.Classes, a.Class)
	}
	if a.Scored() && !t.hides(key) && a.Model.SHA256 == t.Model.SHA256 && a.Model.Prep == t.Model.Prep {
		row.logits[a.Class] = a.Logit
	}
	present, known := a.Truth()
	before, twice := row.labels[a.Class]
	switch {
	case !known:
		if !twice {
			row.labels[a.Class] = label{}
		}
	case before.conflict:
	case before.known && before.present != present:
		t.Conflicts++
		row.labels[a.Class] = label{conflict: true}
	default:
		row.labels[a.Class] = label{present: present, known: true}
	}
}

// addScores puts the classes in the model's order and fills in logits that
// were kept by the worklist.
func (t *labelTable) addScores(ctx context.Context, s *Store) error {
	classes, err := s.classes(ctx, t.Model)
	if err != nil {
		return err
	}
	slices.SortStableFunc(t.Classes, func(a, b string) int { return cmp.Compare(place(classes, a), place(classes, b)) })
	for key, row := range t.rows {
		if t.hides(key) {
			continue
		}
		logits, err := s.Logits(ctx, t.Model, row.picture)
		if err != nil {
			return err
		}
		for i := range min(len(logits), len(classes)) {
			if _, answered := row.logits[classes[i]]; !answered {
				row.logits[classes[i]] = float64(logits[i])
			}
		}
	}
	return nil
}

// place sorts what is not in the list last.
func place(list []string, name string) int {
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return math.MaxInt
}

// classes gives the order of a model's logits, nil when it has scored nothing
// that was kept.
func (s *Store) classes(ctx context.Context, m ModelID) ([]string, error) {
	var text string
	err := s.query(ctx, func(r *sql.Rows) error { return r.Scan(&text) },
		"SELECT classes FROM models WHERE model = ? AND prep = ?", m.SHA256, m.Prep)
	if err != nil || text == "" {
		return nil, err
	}
	var classes []string
	if err := json.Unmarshal([]byte(text), &classes); err != nil {
		return nil, message.Errorf("the classes of a model in the records are damaged: %w", err)
	}
	return classes, nil
}

// readerColumn heads the names of the readers.
const readerColumn = "reader"

func (t *labelTable) write(w io.Writer, alias func(Picture) string) error {
	out := csv.NewWriter(w)
	header := []string{"path", "patient_id", "sex", "age", "view", "date", readerColumn}
	header = append(header, t.Classes...)
	for _, c := range t.Classes {
		header = append(header, "logit_"+c, "y_"+c)
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for _, key := range t.order {
		if err := out.Write(t.cells(t.rows[key], alias)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (t *labelTable) cells(row *labelRow, alias func(Picture) string) []string {
	t.Pictures++
	p := row.picture
	cells := []string{fromFolder(t.folder, p.Location), alias(p), p.Sex, p.Age, p.View,
		row.day, strings.Join(row.readers, "; ")}
	for _, c := range t.Classes {
		cells = append(cells, row.labels[c].text())
	}
	for _, c := range t.Classes {
		l := row.labels[c]
		if l.known {
			t.Labels++
		}
		logit, scored := row.logits[c]
		if !scored {
			if l.known {
				t.Unscored++
			}
			cells = append(cells, "", "")
			continue
		}
		cells = append(cells, strconv.FormatFloat(logit, 'g', -1, 64), l.text())
	}
	return cells
}

func (l label) text() string {
	switch {
	case !l.known:
		return ""
	case l.present:
		return "1"
	}
	return "0"
}
