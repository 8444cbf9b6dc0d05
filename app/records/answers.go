package records

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"strings"
	"time"

	"hilum/internal/message"
)

// Verdict is what a reader says of a finding.
type Verdict string

// The verdicts. Agree and Disagree are about what the model said; Present and Absent are
// about the film, and tell nothing of the model: they are what is said while its findings are
// hidden. Withdrawn takes an earlier answer back; the earlier one stays in the history.
const (
	Agree     Verdict = "agree"
	Disagree  Verdict = "disagree"
	Present   Verdict = "present"
	Absent    Verdict = "absent"
	Unsure    Verdict = "unsure"
	Withdrawn Verdict = "withdrawn"
)

// Reading is what a reader knew of the model's findings when an answer was given.
type Reading string

// The readings. Answers of before there were readings are OpenReading.
const (
	OpenReading Reading = ""        // the findings stood there
	Blinded     Reading = "blinded" // they were hidden, and the reader had never seen them on the picture
	SeenBefore  Reading = "seen"    // they were hidden, but the reader had seen them on the picture once
)

// Region is where a reader sees a finding: a polygon, or a box by two opposite
// corners. Points are fractions of the picture's width and height, 0..1 from
// its upper left.
type Region struct {
	Kind   RegionKind   `json:"kind"`
	Points [][2]float64 `json:"points"`
}

// RegionKind is the shape of a region.
type RegionKind string

// The shapes.
const (
	BoxRegion     RegionKind = "box"
	PolygonRegion RegionKind = "polygon"
)

// maxPoints bounds a region; a brush makes some hundreds.
const maxPoints = 10_000

// Polygon gives the corners, of a box too.
func (r Region) Polygon() [][2]float64 {
	if r.Kind != BoxRegion || len(r.Points) != 2 {
		return r.Points
	}
	a, b := r.Points[0], r.Points[1]
	return [][2]float64{a, {b[0], a[1]}, b, {a[0], b[1]}}
}

func (r Region) check() error {
	switch {
	case r.Kind == BoxRegion && len(r.Points) != 2:
		return message.Errorf("a box has 2 corners, not %d", len(r.Points))
	case r.Kind == PolygonRegion && (len(r.Points) < 3 || len(r.Points) > maxPoints):
		return message.Errorf("a polygon has 3 to %d points, not %d", maxPoints, len(r.Points))
	case r.Kind != BoxRegion && r.Kind != PolygonRegion:
		return message.Errorf("region %q is neither box nor polygon", r.Kind)
	}
	for _, p := range r.Points {
		if !(p[0] >= 0 && p[0] <= 1 && p[1] >= 0 && p[1] <= 1) {
			return message.Errorf("the point %v lies outside the picture", p)
		}
	}
	return nil
}

// ModelID says what scored: the model, its preprocessing and its thresholds.
type ModelID struct {
	Name       string `json:"model"`             // for people
	SHA256     string `json:"model_sha256"`      // of the .onnx file
	Prep       string `json:"prep_sha256"`       // see inference.Prep.Hash
	Thresholds string `json:"thresholds_sha256"` // see calib.Calibration.SHA256
}

// Answer is what one reader said of one finding on one picture, and what the
// model had said when the reader answered.
type Answer struct {
	ID      int64     `json:"id"`                    // rises with every answer
	At      time.Time `json:"at"`                    // set when it is stored
	Reader  string    `json:"reader"`                // key, see Reader
	Name    string    `json:"reader_name,omitempty"` // that was given to the reader; "" for none
	Picture Picture   `json:"picture"`
	Class   string    `json:"class"`
	Verdict Verdict   `json:"verdict"`
	Note    string    `json:"note,omitempty"`
	Regions []Region  `json:"regions,omitempty"` // where the reader sees it
	Reading Reading   `json:"reading,omitempty"`

	// What the model had said; Model is empty where the picture had not been scored, and all
	// that follows it is 0 then.
	Model       ModelID `json:"scored_by"`
	Logit       float64 `json:"logit"`
	Probability float64 `json:"probability"` // calibrated, 0..1
	Threshold   float64 `json:"threshold"`   // 0..1
	Positive    bool    `json:"positive"`    // what the model said
}

// Truth is the label that the answer gives the class: present or not, and
// whether the reader says so at all.
func (a *Answer) Truth() (present, known bool) {
	switch a.Verdict {
	case Present, Absent:
		return a.Verdict == Present, true
	case Agree:
		return a.Positive, true
	case Disagree:
		return !a.Positive, true
	}
	return false, false
}

// Scored tells whether the model had said something when the answer was given.
func (a *Answer) Scored() bool { return a.Model != ModelID{} }

// Of is the name by which the reader goes.
func (a *Answer) Of() string { return cmp.Or(a.Name, a.Reader) }

// Stance is the answer as it stands to what the model said: an answer of present or absent
// agrees with it or not. It stays what it is where the model had said nothing. Ask it only
// where the findings may be seen.
func (a *Answer) Stance() Verdict {
	switch {
	case a.Verdict != Present && a.Verdict != Absent, !a.Scored():
		return a.Verdict
	case (a.Verdict == Present) == a.Positive:
		return Agree
	}
	return Disagree
}

// maxNote bounds free text.
const maxNote = 64 << 10

func (a *Answer) check() error {
	switch {
	case strings.TrimSpace(a.Reader) == "":
		return message.New("the answer names no reader")
	case a.Picture.Pixels == "":
		return message.New("the answer names no picture")
	case strings.TrimSpace(a.Class) == "":
		return message.New("the answer names no finding")
	case len(a.Note) > maxNote:
		return message.Errorf("the note has %d bytes; %d are kept", len(a.Note), maxNote)
	case math.IsNaN(a.Logit) || math.IsInf(a.Logit, 0):
		return message.Errorf("the logit %v of %s is no score", a.Logit, a.Class)
	case !within01(a.Probability) || !within01(a.Threshold):
		return message.Errorf("probability %v and threshold %v of %s are not within 0..1", a.Probability, a.Threshold,
			a.Class)
	}
	switch a.Verdict {
	case Agree, Disagree, Present, Absent, Unsure, Withdrawn:
	default:
		return message.Errorf("the verdict %q is not agree, disagree, present, absent, unsure or withdrawn", a.Verdict)
	}
	switch a.Reading {
	case OpenReading, Blinded, SeenBefore:
	default:
		return message.Errorf("the reading %q is not blinded, seen or open", a.Reading)
	}
	if about := a.Verdict == Agree || a.Verdict == Disagree; about && a.Reading != OpenReading {
		return message.New("an answer that is given blinded says present or absent, not whether the model is right")
	}
	for _, r := range a.Regions {
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

func within01(v float64) bool { return v >= 0 && v <= 1 }

// Answer stores answers, all or none, and writes them into the audit log. The
// last answer of a reader to a class of a picture is the one that counts. It
// returns the answers with ID and At.
func (s *Store) Answer(ctx context.Context, answers ...Answer) ([]Answer, error) {
	for i := range answers {
		if err := answers[i].check(); err != nil {
			return nil, message.Errorf("records: %w", err)
		}
	}
	out := append([]Answer(nil), answers...)
	err := s.write(ctx, func(tx *sql.Tx) error {
		for i := range out {
			out[i].At = s.now().UTC().Round(0)
			if err := insertAnswer(ctx, tx, &out[i]); err != nil {
				return err
			}
			if err := s.appendEvent(ctx, tx, answerEvent(&out[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func insertAnswer(ctx context.Context, tx *sql.Tx, a *Answer) error {
	picture, err := pictureID(ctx, tx, &a.Picture)
	if err != nil {
		return err
	}
	regions, err := json.Marshal(a.Regions)
	if err != nil {
		return err
	}
	if err := knowReader(ctx, tx, a); err != nil {
		return err
	}
	return tx.QueryRowContext(ctx, `INSERT INTO answers (picture, at, reader, class, verdict, note, regions,
		model_name, model, prep, thresholds, logit, probability, threshold, positive, reading)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		picture, a.At.Format(timeForm), a.Reader, a.Class, a.Verdict, a.Note, string(regions),
		a.Model.Name, a.Model.SHA256, a.Model.Prep, a.Model.Thresholds, a.Logit, a.Probability, a.Threshold,
		a.Positive, a.Reading).Scan(&a.ID)
}

// LastEvent is the number of the newest entry of the audit log, 0 for none: answers, readers
// and what was revealed all stand there, so whoever asks again sees whether another program
// has changed something.
func (s *Store) LastEvent(ctx context.Context) (seq int64, err error) {
	err = s.query(ctx, func(r *sql.Rows) error { return r.Scan(&seq) }, "SELECT COALESCE(MAX(seq), 0) FROM audit")
	return seq, err
}

// AnswerFilter chooses answers; empty fields choose all.
type AnswerFilter struct {
	Reader  string  // key
	Picture Picture // only Pixels and Instance count
	Model   string  // SHA-256
	History bool    // also answers that a later one of the same reader replaced
}

// Answers lists answers in the order they were given. Without History it gives
// for each reader, picture and class the last, and none that was withdrawn.
func (s *Store) Answers(ctx context.Context, f AnswerFilter) ([]Answer, error) {
	text := `SELECT a.id, a.at, a.reader, a.class, a.verdict, a.note, a.regions, a.model_name, a.model, a.prep, a.thresholds,
		a.logit, a.probability, a.threshold, a.positive, a.reading, COALESCE(n.name, ''), ` + pictureColumns + `
		FROM answers a JOIN pictures p ON p.id = a.picture LEFT JOIN readers n ON n.key = a.reader
		WHERE (? = '' OR a.reader = ?) AND (? = '' OR p.pixels = ? AND p.instance = ?) AND (? = '' OR a.model = ?)`
	args := []any{f.Reader, f.Reader, f.Picture.Pixels, f.Picture.Pixels, f.Picture.Instance, f.Model, f.Model}
	if !f.History {
		text += ` AND a.verdict <> 'withdrawn' AND NOT EXISTS (SELECT 1 FROM answers b
			WHERE b.picture = a.picture AND b.class = a.class AND b.reader = a.reader AND (b.at, b.id) > (a.at, a.id))`
	}
	var out []Answer
	err := s.query(ctx, func(r *sql.Rows) error {
		a, err := scanAnswer(r)
		out = append(out, a)
		return err
	}, text+" ORDER BY a.at, a.id", args...)
	return out, err
}

func scanAnswer(r *sql.Rows) (a Answer, err error) {
	var at, regions string
	places := append([]any{&a.ID, &at, &a.Reader, &a.Class, &a.Verdict, &a.Note, &regions, &a.Model.Name,
		&a.Model.SHA256, &a.Model.Prep,
		&a.Model.Thresholds, &a.Logit, &a.Probability, &a.Threshold, &a.Positive, &a.Reading, &a.Name}, a.Picture.places()...)
	if err := r.Scan(places...); err != nil {
		return a, err
	}
	if a.At, err = time.Parse(timeForm, at); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(regions), &a.Regions)
}
