package records

import (
	"context"
	"database/sql"
	"time"

	"hilum/internal/message"
)

// Remark is what a reader keeps of a picture or a study: that it is a key image, with a
// note, or what the study means.
type Remark struct {
	Kind   RemarkKind `json:"kind"`
	About  string     `json:"about"` // key of the picture, or of the study, see StudyKey
	At     time.Time  `json:"at"`    // set when it is stored
	Reader string     `json:"reader"`
	Held   bool       `json:"held"` // false takes the one before back
	Text   string     `json:"text"`
}

// RemarkKind is what a remark says.
type RemarkKind string

// The kinds of remarks.
const (
	KeyImage   RemarkKind = "key image"  // the picture is one, Text is the note
	Conclusion RemarkKind = "conclusion" // of the study, Text is what it says
)

// StudyKey names the study of a picture: two pictures of one key are of one study. A
// picture without a study is one of its own.
func (p Picture) StudyKey() string {
	if p.Study == "" {
		return p.Key()
	}
	return p.Study
}

// PutRemark stores a remark, and writes it into the audit log. The last of a
// reader and a kind about one thing is the one that counts; the earlier ones stay in the file.
func (s *Store) PutRemark(ctx context.Context, p Picture, r Remark) (Remark, error) {
	switch {
	case r.About == "" || r.Reader == "":
		return r, message.New("records: the remark is about nothing, or names no reader")
	case len(r.Text) > maxNote:
		return r, message.Errorf("the note has %d bytes; %d are kept", len(r.Text), maxNote)
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		r.At = s.now().UTC().Round(0)
		_, err := tx.ExecContext(ctx,
			"INSERT INTO remarks (kind, about, at, reader, held, text) VALUES (?, ?, ?, ?, ?, ?)",
			r.Kind, r.About, r.At.Format(timeForm), r.Reader, r.Held, r.Text)
		if err != nil {
			return err
		}
		return s.appendEvent(ctx, tx, Event{Kind: Remarked, Reader: r.Reader, Path: p.Location, Picture: &p,
			Detail: detail(r)})
	})
	return r, err
}

// Remark is the one of a kind of a reader, by key, that counts about something, of anybody
// for ""; the zero value for none.
func (s *Store) Remark(ctx context.Context, kind RemarkKind, about, reader string) (r Remark, err error) {
	err = s.query(ctx, func(rows *sql.Rows) error {
		var at string
		if err := rows.Scan(&at, &r.Reader, &r.Held, &r.Text); err != nil {
			return err
		}
		r.Kind, r.About = kind, about
		r.At, err = time.Parse(timeForm, at)
		return err
	}, "SELECT at, reader, held, text FROM remarks WHERE kind = ? AND about = ? AND (? = '' OR reader = ?) ORDER BY id DESC LIMIT 1",
		kind, about, reader, reader)
	if err != nil || !r.Held {
		return Remark{}, err
	}
	return r, nil
}

// KeyImages are the keys of the pictures that a reader, by key, made key images, see
// Picture.Key.
func (s *Store) KeyImages(ctx context.Context, reader string) (keys []string, err error) {
	err = s.query(ctx, func(rows *sql.Rows) error {
		var key string
		var held bool
		err := rows.Scan(&key, &held)
		if held {
			keys = append(keys, key)
		}
		return err
	}, "SELECT about, held FROM remarks WHERE id IN (SELECT MAX(id) FROM remarks WHERE kind = ? AND reader = ? GROUP BY about)",
		KeyImage, reader)
	return keys, err
}
