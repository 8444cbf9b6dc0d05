package records

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"math"

	"hilum/internal/message"
)

// File is a file as it was when it was last scored. One with the same place,
// size and time of change is taken for unchanged.
type File struct {
	Location string // see dicomio.Instance.Location
	Size     int64  // bytes
	Modified int64  // nanoseconds since 1970
}

// Score is what a model said of a picture. Thresholds and calibration are not
// part of it: they may change, and findings are made anew from the logits.
type Score struct {
	File    File
	Picture Picture // Pixels, Reading and Instance
	Logits  []float32
	// Withheld is why the findings of the picture are not to be believed, in English; ""
	// where nothing speaks against them.
	Withheld string
}

// SaveScores keeps scores of one model, whose classes in the order of the
// logits are given; all or none.
func (s *Store) SaveScores(ctx context.Context, m ModelID, classes []string, scores ...Score) error {
	names, err := json.Marshal(classes)
	if err != nil {
		return message.Errorf("records: %w", err)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?)", m.SHA256, m.Prep, m.Name,
			string(names))
		for i := 0; i < len(scores) && err == nil; i++ {
			if len(scores[i].Logits) != len(classes) {
				return message.Errorf("%d logits for %d classes", len(scores[i].Logits), len(classes))
			}
			err = s.saveScore(ctx, tx, m, &scores[i])
		}
		return err
	})
}

func (s *Store) saveScore(ctx context.Context, tx *sql.Tx, m ModelID, c *Score) error {
	if c.File.Location != "" {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
			c.File.Location, c.File.Size, c.File.Modified, c.Picture.Pixels, c.Picture.Reading, c.Picture.Instance)
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?, ?, ?, ?)",
		c.Picture.Pixels, c.Picture.Reading, m.SHA256, m.Prep, packLogits(c.Logits), s.stamp(), c.Withheld)
	return err
}

// FileScores gives to found each score that the model has for a file that is
// known and unchanged, and of which it is known whether it is withheld; nothing is decoded.
// It reads all that is kept of the
// model once, in constant memory.
func (s *Store) FileScores(ctx context.Context, m ModelID, wanted map[string]File, found func(Score)) error {
	return s.query(ctx, func(r *sql.Rows) error {
		var c Score
		var blob []byte
		err := r.Scan(&c.File.Location, &c.File.Size, &c.File.Modified, &c.Picture.Pixels, &c.Picture.Reading,
			&c.Picture.Instance, &blob, &c.Withheld)
		if err != nil {
			return err
		}
		if now, ok := wanted[c.File.Location]; !ok || now != c.File {
			return nil
		}
		if c.Logits, err = unpackLogits(blob); err == nil {
			found(c)
		}
		return err
	}, `SELECT f.location, f.size, f.modified, f.pixels, f.reading, f.instance, s.logits, s.withheld FROM files f
		JOIN scores s ON s.pixels = f.pixels AND s.reading = f.reading
		WHERE s.model = ? AND s.prep = ? AND s.withheld IS NOT NULL ORDER BY f.location`, m.SHA256, m.Prep)
}

// Logits gives the score of a picture, nil when the model has not scored it.
func (s *Store) Logits(ctx context.Context, m ModelID, p Picture) (out []float32, err error) {
	err = s.query(ctx, func(r *sql.Rows) error {
		var blob []byte
		err := r.Scan(&blob)
		if err == nil {
			out, err = unpackLogits(blob)
		}
		return err
	}, "SELECT logits FROM scores WHERE pixels = ? AND reading = ? AND model = ? AND prep = ?", p.Pixels, p.Reading,
		m.SHA256, m.Prep)
	return out, err
}

// Judged is Logits with why the findings are withheld, of scores of which that is known.
func (s *Store) Judged(ctx context.Context, m ModelID, p Picture) (out []float32, withheld string, err error) {
	err = s.query(ctx, func(r *sql.Rows) error {
		var blob []byte
		err := r.Scan(&blob, &withheld)
		if err == nil {
			out, err = unpackLogits(blob)
		}
		return err
	}, `SELECT logits, withheld FROM scores
		WHERE pixels = ? AND reading = ? AND model = ? AND prep = ? AND withheld IS NOT NULL`,
		p.Pixels, p.Reading, m.SHA256, m.Prep)
	return out, withheld, err
}

func packLogits(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

func unpackLogits(b []byte) ([]float32, error) {
	if len(b)%4 != 0 {
		return nil, message.Errorf("a score of %d bytes is damaged", len(b))
	}
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out, nil
}

// MarkSeen notes that studies were looked at, or with seen false that they are
// to count as new. A study is named by its UID, or by its file's place when it
// has none.
func (s *Store) MarkSeen(ctx context.Context, seen bool, studies ...string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		at := s.stamp()
		for _, study := range studies {
			if study == "" {
				return message.New("a study without a name")
			}
			var err error
			if seen {
				_, err = tx.ExecContext(ctx, "INSERT OR IGNORE INTO seen VALUES (?, ?)", study, at)
			} else {
				_, err = tx.ExecContext(ctx, "DELETE FROM seen WHERE study = ?", study)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Seen gives the names of all studies that were looked at.
func (s *Store) Seen(ctx context.Context) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var study string
		err := r.Scan(&study)
		out[study] = true
		return err
	}, "SELECT study FROM seen")
	return out, err
}
