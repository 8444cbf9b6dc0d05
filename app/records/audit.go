package records

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"hilum/internal/message"
)

// EventKind is what happened.
type EventKind string

// The kinds of events.
const (
	Opened    EventKind = "opened"    // a picture came on the screen
	Scored    EventKind = "scored"    // a model scored it; Detail has the findings
	Shown     EventKind = "shown"     // how it was shown: window, map, method; see Detail
	Answered  EventKind = "answered"  // a reader answered a finding
	Annotated EventKind = "annotated" // an annotation was made, changed or taken away
	Exported  EventKind = "exported"  // a file left the program
	Remarked  EventKind = "remarked"  // a picture became a key image or none any more, or a study got a conclusion
	ModelOpen EventKind = "model"     // a model came into use
	Imported  EventKind = "imported"  // answers came from another database
	Reads     EventKind = "reader"    // another reader reads, or one was added, renamed or taken off the list
	Blinding  EventKind = "blinding"  // findings are hidden until they are answered, or not any more
	Revealed  EventKind = "revealed"  // hidden findings of a picture were shown; Detail says how
)

// Event is one entry of the audit log.
type Event struct {
	Seq     int64           `json:"seq"` // from 1, without gaps
	At      time.Time       `json:"at"`
	Kind    EventKind       `json:"kind"`
	Reader  string          `json:"reader,omitempty"`
	Path    string          `json:"path,omitempty"`
	Picture *Picture        `json:"picture,omitempty"`
	Model   *ModelID        `json:"model,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"` // an object
	Prev    string          `json:"prev"`             // hash of the entry before; 64 zeros for the first
}

// noEntry stands before the first entry.
const noEntry = "0000000000000000000000000000000000000000000000000000000000000000"

// Log adds events to the audit log, all or none. Seq, At and Prev are set here.
func (s *Store) Log(ctx context.Context, events ...Event) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, e := range events {
			if err := s.appendEvent(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// appendEvent chains an event to the last one. The transaction holds the write
// lock, so no other program comes between.
func (s *Store) appendEvent(ctx context.Context, tx *sql.Tx, e Event) error {
	e.Prev = noEntry
	err := tx.QueryRowContext(ctx, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").Scan(&e.Seq, &e.Prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	e.Seq++
	e.At = s.now().UTC().Round(0)
	line, err := json.Marshal(e)
	if err != nil {
		return message.Errorf("audit log: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO audit (seq, line, hash) VALUES (?, ?, ?)", e.Seq, string(line),
		hashLine(line))
	return err
}

func hashLine(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// detail makes the Detail of an event; v must be something that JSON can hold.
func detail(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		data, _ = json.Marshal(map[string]string{"error": err.Error()}) // strings always can
	}
	return data
}

func answerEvent(a *Answer) Event {
	return Event{Kind: Answered, Reader: a.Reader, Path: a.Picture.Location, Picture: &a.Picture, Model: &a.Model,
		Detail: detail(map[string]any{
			"answer": a.ID, "class": a.Class, "verdict": a.Verdict, "note": a.Note, "regions": len(a.Regions),
			"reading": a.Reading, "probability": a.Probability, "threshold": a.Threshold, "positive": a.Positive,
		})}
}

// AuditState is the end of a log that was found whole. Whoever keeps Head
// elsewhere can later tell that no entry up to it was changed or cut off.
type AuditState struct {
	Entries int64  `json:"entries"`
	Head    string `json:"head"` // hash of the last entry
}

// chain checks entries as they come.
type chain struct{ AuditState }

func newChain() *chain { return &chain{AuditState{Head: noEntry}} }

// add checks one entry; the error says which and what is wrong with it.
func (c *chain) add(line []byte, hash string) error {
	want := c.Entries + 1
	var e Event
	if err := json.Unmarshal(line, &e); err != nil {
		return message.Errorf("entry %d of the audit log cannot be read: %w", want, err)
	}
	switch {
	case e.Seq != want:
		return message.Errorf("the audit log goes from entry %d to %d: one was taken out or put in", c.Entries, e.Seq)
	case e.Prev != c.Head:
		return message.Errorf("entry %d of the audit log does not follow the one before it: one of them was changed",
			want)
	case hashLine(line) != hash:
		return message.Errorf("entry %d of the audit log was changed: its hash is another", want)
	}
	c.Entries, c.Head = want, hash
	return nil
}

// eachEntry gives all entries in order.
func (s *Store) eachEntry(ctx context.Context, f func(line []byte, hash string) error) error {
	return s.query(ctx, func(r *sql.Rows) error {
		var line []byte
		var hash string
		if err := r.Scan(&line, &hash); err != nil {
			return err
		}
		return f(line, hash)
	}, "SELECT line, hash FROM audit ORDER BY seq")
}

// VerifyAudit walks over the whole log. head, where it is not "", is the hash of
// an entry that was noted before: a log that no longer has it was cut or
// rewritten.
func (s *Store) VerifyAudit(ctx context.Context, head string) (AuditState, error) {
	c, met := newChain(), head == ""
	err := s.eachEntry(ctx, func(line []byte, hash string) error {
		met = met || hash == head
		return c.add(line, hash)
	})
	if err == nil && !met {
		err = errCut
	}
	return c.AuditState, err
}

var errCut = message.New("the audit log has no entry with the hash that was noted: it was cut off or rewritten")

// ExportAudit writes the log as JSON lines, or as CSV. In JSON each line is the
// entry with its hash as the last member; the hash is the SHA-256 of the line
// without that member, so any program can check the chain. The log is checked
// on the way.
func (s *Store) ExportAudit(ctx context.Context, w io.Writer, asCSV bool) (AuditState, error) {
	out := bufio.NewWriter(w)
	put := func(line []byte, hash string) error {
		_, err := fmt.Fprintf(out, `%s,"hash":"%s"}`+"\n", bytes.TrimSuffix(line, []byte("}")), hash)
		return err
	}
	table := csv.NewWriter(out)
	if asCSV {
		put = func(line []byte, hash string) error { return table.Write(auditRow(line, hash)) }
		if err := table.Write([]string{"seq", "at", "kind", "reader", "path", "pixels", "instance", "model",
			"model_sha256",
			"thresholds_sha256", "detail", "prev", "hash"}); err != nil {
			return AuditState{}, err
		}
	}
	c := newChain()
	err := s.eachEntry(ctx, func(line []byte, hash string) error {
		if err := c.add(line, hash); err != nil {
			return err
		}
		return put(line, hash)
	})
	table.Flush()
	return c.AuditState, errors.Join(err, table.Error(), out.Flush())
}

// auditRow is an entry as cells; the entry was checked before.
func auditRow(line []byte, hash string) []string {
	var e Event
	_ = json.Unmarshal(line, &e)
	if e.Picture == nil {
		e.Picture = &Picture{}
	}
	if e.Model == nil {
		e.Model = &ModelID{}
	}
	return []string{
		strconv.FormatInt(e.Seq, 10), e.At.Format(timeForm), string(e.Kind), e.Reader, e.Path, e.Picture.Pixels,
		e.Picture.Instance,
		e.Model.Name, e.Model.SHA256, e.Model.Thresholds, string(e.Detail), e.Prev, hash,
	}
}

// maxAuditLine bounds a line of an exported log.
const maxAuditLine = 4 << 20

// VerifyExport checks a log that ExportAudit wrote as JSON lines. head is as in
// VerifyAudit.
func VerifyExport(r io.Reader, head string) (AuditState, error) {
	c, met := newChain(), head == ""
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxAuditLine)
	for lines.Scan() {
		line := lines.Bytes()
		const mark = `,"hash":"`
		i := bytes.LastIndex(line, []byte(mark))
		if i < 0 || len(line) != i+len(mark)+len(noEntry)+2 {
			return c.AuditState, message.Errorf("line %d has no hash at its end; export the log again as JSON lines",
				c.Entries+1)
		}
		hash := string(line[i+len(mark) : i+len(mark)+len(noEntry)])
		if err := c.add(append(bytes.Clone(line[:i]), '}'), hash); err != nil {
			return c.AuditState, err
		}
		met = met || hash == head
	}
	err := lines.Err()
	if err == nil && !met {
		err = errCut
	}
	return c.AuditState, err
}
