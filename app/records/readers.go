package records

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hilum/internal/message"
)

// Reader is somebody who reads at the workstation. What a reader says is kept under Key,
// which never changes; Name may.
type Reader struct {
	Key    string `json:"key"`
	Name   string `json:"name,omitempty"` // that was given; "" for none, as of whoever answered before there were names
	Listed bool   `json:"listed"`         // may be chosen; what others said stays theirs
}

// Title is what the reader goes by.
func (r Reader) Title() string { return cmp.Or(r.Name, r.Key) }

// maxReaderName bounds a name, in characters: what a DICOM person name holds (PS3.5 6.2).
const maxReaderName = 64

// readerName is a name as it is kept, or why it is none.
func readerName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", message.New("a reader needs a name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", message.New("the name of a reader has signs that cannot be shown")
	case utf8.RuneCountInString(name) > maxReaderName:
		return "", message.Errorf("the name of a reader has at most %d characters, not %d", maxReaderName,
			utf8.RuneCountInString(name))
	}
	return name, nil
}

// Roster is who reads at this workstation, and how it stands: whose turn it is, and whether
// findings are hidden until they are answered.
type Roster struct{ s *Store }

// Roster is that of the records.
func (s *Store) Roster() Roster { return Roster{s} }

// List are all who ever read here, those who are not listed any more too, by title.
func (o Roster) List(ctx context.Context) ([]Reader, error) {
	var out []Reader
	err := o.s.query(ctx, func(rows *sql.Rows) error {
		r, err := scanReader(rows)
		out = append(out, r)
		return err
	}, selectReaders)
	sortReaders(out)
	return out, err
}

const selectReaders = "SELECT key, name, listed FROM readers"

func scanReader(rows *sql.Rows) (r Reader, err error) {
	err = rows.Scan(&r.Key, &r.Name, &r.Listed)
	return r, err
}

func sortReaders(list []Reader) {
	slices.SortFunc(list, func(a, b Reader) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title()), strings.ToLower(b.Title())), cmp.Compare(a.Key, b.Key))
	})
}

// Find is the reader of a name or of a key.
func (o Roster) Find(ctx context.Context, name string) (Reader, error) {
	list, err := o.List(ctx)
	if err != nil {
		return Reader{}, err
	}
	if r, ok := named(list, name); ok {
		return r, nil
	}
	var titles []string
	for _, r := range list {
		titles = append(titles, r.Title())
	}
	return Reader{}, message.Errorf("nobody called %q has read here; there are: %s", name, strings.Join(titles, ", "))
}

// named finds a reader by the name, whatever its capitals, else by the key.
func named(list []Reader, name string) (Reader, bool) {
	for _, is := range []func(Reader) bool{
		func(r Reader) bool { return strings.EqualFold(r.Title(), name) },
		func(r Reader) bool { return r.Key == name },
	} {
		if i := slices.IndexFunc(list, is); i >= 0 {
			return list[i], true
		}
	}
	return Reader{}, false
}

// Add puts a reader on the list. Somebody who was on it gets back what they said.
func (o Roster) Add(ctx context.Context, name string) (r Reader, err error) {
	if name, err = readerName(name); err != nil {
		return r, err
	}
	err = o.change(ctx, func(tx *sql.Tx, list []Reader) (*Event, error) {
		known, there := named(list, name)
		switch {
		case there && strings.EqualFold(known.Title(), name) && known.Listed:
			r = known
			return nil, nil
		case there && strings.EqualFold(known.Title(), name):
			r = known
			r.Listed = true
		default:
			r = Reader{Key: freeKey(list, name), Name: name, Listed: true}
		}
		return readerEvent(r, "added"), putReader(ctx, tx, r, o.s.stamp())
	})
	return r, err
}

// freeKey is the key of a new reader: the name, with a number where somebody was called that
// before.
func freeKey(list []Reader, name string) string {
	key := name
	for n := 2; slices.ContainsFunc(list, func(r Reader) bool { return r.Key == key }); n++ {
		key = fmt.Sprintf("%s (%d)", name, n)
	}
	return key
}

// Rename gives a reader, by key, another name. What they said stays theirs.
func (o Roster) Rename(ctx context.Context, key, name string) error {
	name, err := readerName(name)
	if err != nil {
		return err
	}
	return o.change(ctx, func(tx *sql.Tx, list []Reader) (*Event, error) {
		for _, other := range list {
			if other.Key != key && strings.EqualFold(other.Title(), name) {
				return nil, message.Errorf("another reader is called %s already", other.Title())
			}
		}
		r := Reader{Key: key, Name: name, Listed: true}
		return readerEvent(r, "renamed"), putReader(ctx, tx, r, o.s.stamp())
	})
}

// Unlist takes a reader, by key, off the list. What they said stays, and adding the name
// again brings them back.
func (o Roster) Unlist(ctx context.Context, key string) error {
	return o.change(ctx, func(tx *sql.Tx, list []Reader) (*Event, error) {
		i := slices.IndexFunc(list, func(r Reader) bool { return r.Key == key })
		if i < 0 {
			return nil, nil
		}
		r := list[i]
		r.Listed = false
		return readerEvent(r, "taken off"), putReader(ctx, tx, r, o.s.stamp())
	})
}

// change changes the list of readers, and writes into the audit log what f says.
func (o Roster) change(ctx context.Context, f func(tx *sql.Tx, list []Reader) (*Event, error)) error {
	return o.s.write(ctx, func(tx *sql.Tx) error {
		list, err := readersWithin(ctx, tx) // nobody else changes them meanwhile
		if err != nil {
			return err
		}
		event, err := f(tx, list)
		if err != nil || event == nil {
			return err
		}
		return o.s.appendEvent(ctx, tx, *event)
	})
}

func readersWithin(ctx context.Context, tx *sql.Tx) (out []Reader, err error) {
	rows, err := tx.QueryContext(ctx, selectReaders)
	if err != nil {
		return nil, err
	}
	for err == nil && rows.Next() {
		var r Reader
		r, err = scanReader(rows)
		out = append(out, r)
	}
	return out, errors.Join(err, rows.Err(), rows.Close())
}

func readerEvent(r Reader, what string) *Event {
	return &Event{Kind: Reads, Reader: r.Key, Detail: detail(map[string]any{"do": what, "name": r.Title()})}
}

func putReader(ctx context.Context, tx *sql.Tx, r Reader, at string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO readers (key, name, at, listed) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET name = excluded.name, listed = excluded.listed`, r.Key, r.Name, at, r.Listed)
	return err
}

// knowReader has whoever gave an answer be among the readers; the name that came with it
// counts where they have none.
func knowReader(ctx context.Context, tx *sql.Tx, a *Answer) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO readers (key, name, at, listed) VALUES (?, ?, ?, 1)
		ON CONFLICT (key) DO NOTHING`, a.Reader, a.Name, a.At.Format(timeForm))
	return err
}

// Station is how the workstation stands: who reads, and whether findings are hidden until
// they are answered.
type Station struct {
	Reader  Reader
	Blinded bool
	Chosen  bool // both were chosen at some time; else Blinded says nothing
}

// The names of what the table of the workstation holds.
const (
	stationReader  = "reader"
	stationBlinded = "blinded"
)

// Station reads how the workstation stands. own is who reads where nobody was chosen.
func (o Roster) Station(ctx context.Context, own string) (now Station, err error) {
	values := map[string]string{}
	err = o.s.query(ctx, func(r *sql.Rows) error {
		var name, value string
		err := r.Scan(&name, &value)
		values[name] = value
		return err
	}, "SELECT name, value FROM workstation")
	if err != nil {
		return now, err
	}
	list, err := o.List(ctx)
	if err != nil {
		return now, err
	}
	key := cmp.Or(values[stationReader], own)
	now.Reader = Reader{Key: key, Listed: true}
	if i := slices.IndexFunc(list, func(r Reader) bool { return r.Key == key }); i >= 0 {
		now.Reader = list[i]
	}
	_, now.Chosen = values[stationBlinded]
	now.Blinded = values[stationBlinded] == "1"
	return now, nil
}

// Switch has somebody else read from now on, by key, and writes it into the audit log.
func (o Roster) Switch(ctx context.Context, from, to string) error {
	return o.setStation(ctx, stationReader, to, Event{Kind: Reads, Reader: to,
		Detail: detail(map[string]any{"do": "reads", "before": from})})
}

// SetBlinded hides findings until they are answered, or does so no more; reader decides it.
func (o Roster) SetBlinded(ctx context.Context, reader string, on bool) error {
	value := map[bool]string{true: "1", false: "0"}[on]
	return o.setStation(ctx, stationBlinded, value, Event{Kind: Blinding, Reader: reader,
		Detail: detail(map[string]any{"on": on})})
}

func (o Roster) setStation(ctx context.Context, name, value string, e Event) error {
	return o.s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO workstation (name, value) VALUES (?, ?)", name, value)
		if err != nil {
			return err
		}
		return o.s.appendEvent(ctx, tx, e)
	})
}

// Sight is that a reader saw what a model found on a picture, and how it came to that.
type Sight struct {
	Picture Picture
	Reader  string // key
	Model   ModelID
	How     How
	At      time.Time // set when it is stored
}

// How is how findings came to be seen.
type How string

// The ways: findings that are not hidden are open, hidden ones are shown when the reader has
// answered, or before that because the reader wants it.
const (
	SeenOpen     How = "open"
	SeenEarly    How = "early"
	SeenFinished How = "finished"
)

// PutSight keeps that findings were seen; the first of a kind counts. What was hidden and is
// shown now stands in the audit log.
func (s *Store) PutSight(ctx context.Context, v Sight) error {
	if v.Picture.Pixels == "" || v.Reader == "" {
		return message.New("records: what was seen is of no picture, or of no reader")
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		picture, err := pictureID(ctx, tx, &v.Picture)
		if err != nil {
			return err
		}
		var id int64
		err = tx.QueryRowContext(ctx, `INSERT INTO sights (picture, at, reader, model, prep, how) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING RETURNING id`,
			picture, s.stamp(), v.Reader, v.Model.SHA256, v.Model.Prep, v.How).Scan(&id)
		switch {
		case errors.Is(err, sql.ErrNoRows): // it was there
			return nil
		case err != nil, v.How == SeenOpen:
			return err
		}
		return s.appendEvent(ctx, tx, Event{Kind: Revealed, Reader: v.Reader, Path: v.Picture.Location,
			Picture: &v.Picture, Model: &v.Model, Detail: detail(map[string]any{"how": v.How})})
	})
}

// Saw tells whether a reader, by key, has seen what any model found on a picture.
func (s *Store) Saw(ctx context.Context, reader string, p Picture) (seen bool, err error) {
	err = s.query(ctx, func(r *sql.Rows) error { return r.Scan(&seen) }, `SELECT EXISTS (SELECT 1 FROM sights v
		JOIN pictures p ON p.id = v.picture WHERE v.reader = ? AND p.pixels = ? AND p.instance = ?)`,
		reader, p.Pixels, p.Instance)
	return seen, err
}

// Sights is what a reader, by key, has seen, of all pictures and models, the earliest first.
func (s *Store) Sights(ctx context.Context, reader string) ([]Sight, error) {
	var out []Sight
	err := s.query(ctx, func(r *sql.Rows) error {
		v := Sight{Reader: reader}
		var at string
		err := r.Scan(append([]any{&at, &v.Model.SHA256, &v.Model.Prep, &v.How}, v.Picture.places()...)...)
		if err == nil {
			v.At, err = time.Parse(timeForm, at)
		}
		out = append(out, v)
		return err
	}, "SELECT v.at, v.model, v.prep, v.how, "+pictureColumns+` FROM sights v JOIN pictures p ON p.id = v.picture
		WHERE v.reader = ? ORDER BY v.id`, reader)
	return out, err
}
