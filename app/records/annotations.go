package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"hilum/internal/message"
)

// Annotation is something that was drawn on or written about a picture. What
// Body means is the business of whoever made it; Kind and a version in Body let
// a later program tell.
type Annotation struct {
	Kind string          // as "measurement", "text", "calibration"
	ID   string          // unique with its kind on the picture
	Body json.RawMessage // a JSON value
	At   time.Time       // of the last change
	// Reader has made the last change; "" where that was not kept yet.
	Reader string
}

// maxBody bounds an annotation.
const maxBody = 4 << 20

// PutAnnotation makes or replaces an annotation of a picture; it is on the disk
// when nil is returned. At is set here.
func (s *Store) PutAnnotation(ctx context.Context, p Picture, a Annotation) error {
	switch {
	case p.Pixels == "":
		return message.New("records: the annotation names no picture")
	case a.Kind == "" || a.ID == "":
		return message.New("records: the annotation has no kind or no ID")
	case len(a.Body) > maxBody:
		return message.Errorf("records: the annotation has %d bytes; %d are kept", len(a.Body), maxBody)
	case !json.Valid(a.Body):
		return message.New("records: the annotation is no valid JSON")
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		id, err := pictureID(ctx, tx, &p)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO annotations (picture, kind, id, body, at, reader)
			VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (picture, kind, id) DO UPDATE
			SET body = excluded.body, at = excluded.at, reader = excluded.reader`,
			id, a.Kind, a.ID, string(a.Body), s.stamp(), a.Reader)
		if err != nil {
			return err
		}
		return s.appendEvent(ctx, tx, annotationEvent(p, a, "put"))
	})
}

// DeleteAnnotation takes an annotation away, by its Kind and ID; one that is not there is no
// error. Reader does so.
func (s *Store) DeleteAnnotation(ctx context.Context, p Picture, a Annotation) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `DELETE FROM annotations WHERE kind = ? AND id = ? AND
			picture = (SELECT id FROM pictures WHERE pixels = ? AND instance = ?)`, a.Kind, a.ID, p.Pixels, p.Instance)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.appendEvent(ctx, tx, annotationEvent(p, Annotation{Kind: a.Kind, ID: a.ID, Reader: a.Reader}, "delete"))
	})
}

func annotationEvent(p Picture, a Annotation, what string) Event {
	d := map[string]any{"do": what, "kind": a.Kind, "id": a.ID}
	if a.Body != nil {
		d["body"] = a.Body
	}
	return Event{Kind: Annotated, Reader: a.Reader, Path: p.Location, Picture: &p, Detail: detail(d)}
}

// Annotations lists what a picture has, the oldest change first.
func (s *Store) Annotations(ctx context.Context, p Picture) ([]Annotation, error) {
	var out []Annotation
	err := s.query(ctx, func(r *sql.Rows) error {
		var a Annotation
		var at, body string
		err := r.Scan(&a.Kind, &a.ID, &body, &at, &a.Reader)
		if err == nil {
			a.At, err = time.Parse(timeForm, at)
		}
		a.Body = json.RawMessage(body)
		out = append(out, a)
		return err
	}, `SELECT n.kind, n.id, n.body, n.at, n.reader FROM annotations n JOIN pictures p ON p.id = n.picture
		WHERE p.pixels = ? AND p.instance = ? ORDER BY n.at, n.kind, n.id`, p.Pixels, p.Instance)
	return out, err
}
