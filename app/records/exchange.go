package records

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"io"

	"hilum/internal/message"
)

// ExportAnswers writes the answers as JSON lines, history included. Unless
// identified, patients are pseudonyms and whatever could name one is left out:
// UIDs, file names, and the reader's free text.
func (s *Store) ExportAnswers(ctx context.Context, w io.Writer, f AnswerFilter, identified bool) (int, error) {
	f.History = true
	answers, err := s.Answers(ctx, f)
	if err != nil {
		return 0, err
	}
	var alias func(Picture) string
	if !identified {
		if alias, err = s.Pseudonyms(ctx); err != nil {
			return 0, err
		}
	}
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	for i := range answers {
		a := answers[i]
		if alias != nil {
			a.Note = ""
			a.Picture = Picture{Pixels: a.Picture.Pixels, Reading: a.Picture.Reading, Patient: alias(a.Picture),
				Sex: a.Picture.Sex, Age: a.Picture.Age, View: a.Picture.View}
		}
		if err := lines.Encode(a); err != nil {
			return i, message.Errorf("writing the answers: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return 0, message.Errorf("writing the answers: %w", err)
	}
	return len(answers), nil
}

// Bounds on a file of answers.
const (
	maxAnswerLine = 4 << 20
	maxAnswers    = 10_000_000
)

// ReadAnswers reads what ExportAnswers wrote and gives each answer to f. An
// error says which line.
func ReadAnswers(r io.Reader, f func(Answer) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxAnswerLine)
	n := 0
	for lines.Scan() {
		if n++; n > maxAnswers {
			return message.Errorf("the file has more than %d answers; split it", maxAnswers)
		}
		if len(lines.Bytes()) == 0 {
			continue
		}
		var a Answer
		err := json.Unmarshal(lines.Bytes(), &a)
		if err == nil {
			err = a.check()
		}
		if err == nil && (a.At.Year() < 1 || a.At.Year() > 9999 || a.At.IsZero()) {
			err = message.New("it has no time")
		}
		if err == nil {
			err = f(a)
		}
		if err != nil {
			return message.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return message.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

// ImportReport counts what ImportAnswers found.
type ImportReport struct {
	Read  int `json:"read"`
	Added int `json:"added"` // the others were there
}

// ImportAnswers adds the answers of another database that ExportAnswers wrote;
// all or none. Those that are there already are passed over, so a file can be
// imported twice. The audit log says that it was done.
func (s *Store) ImportAnswers(ctx context.Context, r io.Reader, name string) (ImportReport, error) {
	var report ImportReport
	err := s.write(ctx, func(tx *sql.Tx) error {
		err := ReadAnswers(r, func(a Answer) error {
			report.Read++
			a.At = a.At.UTC()
			known, err := hasAnswer(ctx, tx, &a)
			if err != nil || known {
				return err
			}
			report.Added++
			return insertAnswer(ctx, tx, &a)
		})
		if err != nil {
			return message.Errorf("answers %s: %w", name, err)
		}
		return s.appendEvent(ctx, tx, Event{Kind: Imported, Path: name, Detail: detail(report)})
	})
	if err != nil {
		return ImportReport{}, err
	}
	return report, nil
}

func hasAnswer(ctx context.Context, tx *sql.Tx, a *Answer) (has bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM answers a JOIN pictures p ON p.id = a.picture
		WHERE a.at = ? AND a.reader = ? AND a.class = ? AND a.verdict = ? AND p.pixels = ? AND p.instance = ?)`,
		a.At.Format(timeForm), a.Reader, a.Class, a.Verdict, a.Picture.Pixels, a.Picture.Instance).Scan(&has)
	return has, err
}
