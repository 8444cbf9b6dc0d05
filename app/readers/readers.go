// Package readers is who reads at the workstation, and what readers may see before they have
// answered. Its core type is [Readers]: the reader in the chair, the others on the list, and
// whether findings are hidden until they are answered (blinded reading). All of it lies in the
// records, so that two programs on one folder agree. It imports app/command, app/records and
// internal/store.
package readers

import (
	"context"
	"maps"
	"slices"

	"hilum/app/command"
	"hilum/app/records"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct {
	Reader  records.Reader   // who reads now; without a key where nothing is kept
	Readers []records.Reader // those on the list, by name
	Blinded bool             // findings are hidden until they are answered
}

// Reading is what readers ask of the rest of the program.
type Reading interface {
	// Later does what touches the records after what is queued already; false where nothing
	// is kept.
	Later(f func(ctx context.Context, s *records.Store) error) bool
	// Model is the one in use, by file and preprocessing, within a transaction; empty for none.
	Model(store.Tx) records.ModelID
	// Turned is told that somebody else reads, within a transaction.
	Turned(store.Tx)
	// Veiled is told that findings may be hidden or shown that were not so before, within a
	// transaction.
	Veiled(store.Tx)
	// KeepBlinded remembers the choice for the next start. It is called outside of a transaction.
	KeepBlinded(on bool)
	// Tell shows the reader what was done, Notify what needs care.
	Tell(m message.Message)
	Notify(m message.Message)
}

// sight is a picture that was seen with the findings of a model.
type sight struct{ picture, model, prep string }

// Readers is who reads, and what they may see.
type Readers struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	own     string         // key of who reads where nobody was chosen
	shown   map[sight]bool // revealed to the reader in the chair; replaced, never written to
	last    int64          // event of the records that was read last; -1 for none yet
}

// New has the reader of a key, before the records tell more. blinded is the choice of before;
// it holds until they are read, so that nothing shows up for a moment.
func New(h *store.Hub, r Reading, own string, blinded bool) *Readers {
	first := State{Blinded: blinded}
	if own != "" {
		first.Reader = records.Reader{Key: own, Listed: true}
		first.Readers = []records.Reader{first.Reader}
	}
	return &Readers{hub: h, state: store.NewValue(h, first), reading: r, own: own, last: -1}
}

// In is the state within a transaction.
func (r *Readers) In(tx store.Tx) *State { return r.state.In(tx) }

// Key is that of the reader in the chair, "" where nothing is kept.
func (r *Readers) Key(tx store.Tx) string { return r.state.In(tx).Reader.Key }

// Hides tells whether the findings of the model in use are hidden on a picture, by its key
// (records.Picture.Key). A picture that is not known yet has the key ""; it is hidden while
// reading is blinded.
func (r *Readers) Hides(tx store.Tx, picture string) bool {
	return r.Shown(tx).Hides(picture)
}

// Shown is what the reader in the chair may see of the model in use.
type Shown struct {
	blinded  bool
	model    records.ModelID
	revealed map[sight]bool
}

// Hides is Readers.Hides, at the time that Shown was asked for. It needs no transaction.
func (s Shown) Hides(picture string) bool {
	return s.blinded && !s.revealed[sight{picture, s.model.SHA256, s.model.Prep}]
}

// Shown is what the reader in the chair may see now.
func (r *Readers) Shown(tx store.Tx) Shown {
	return Shown{r.state.In(tx).Blinded, r.reading.Model(tx), r.shown}
}

// Read brings the state in line with the records, where they have changed since it was done
// last. It reads the disk.
func (r *Readers) Read(ctx context.Context, s *records.Store) error {
	last, err := s.LastEvent(ctx)
	if err != nil {
		return err
	}
	known := false
	r.hub.Look(func(store.Tx) { known = last == r.last })
	if known {
		return nil
	}
	now, err := s.Roster().Station(ctx, r.own)
	if err != nil {
		return err
	}
	list, err := s.Roster().List(ctx)
	if err != nil {
		return err
	}
	shown, err := revealedTo(ctx, s, now.Reader.Key)
	if err != nil {
		return err
	}
	for _, o := range []records.Reader{now.Reader, {Key: r.own, Listed: true}} {
		if !slices.ContainsFunc(list, func(known records.Reader) bool { return known.Key == o.Key }) {
			list = append(list, o) // has said nothing yet
		}
	}
	list = slices.DeleteFunc(list, func(o records.Reader) bool { return !o.Listed && o.Key != now.Reader.Key })
	r.hub.Change(func(tx store.Tx) { r.take(tx, now, list, shown, last) })
	return nil
}

func revealedTo(ctx context.Context, s *records.Store, reader string) (map[sight]bool, error) {
	sights, err := s.Sights(ctx, reader)
	shown := map[sight]bool{}
	for _, v := range sights {
		if v.How != records.SeenOpen { // what was seen once, before it was hidden, is hidden all the same
			shown[sight{v.Picture.Key(), v.Model.SHA256, v.Model.Prep}] = true
		}
	}
	return shown, err
}

// take takes over what the records hold.
func (r *Readers) take(tx store.Tx, now records.Station, list []records.Reader, shown map[sight]bool, last int64) {
	state := r.state.In(tx)
	turned := state.Reader.Key != now.Reader.Key
	veiled := turned || now.Chosen && now.Blinded != state.Blinded || !maps.Equal(r.shown, shown)
	r.last, r.shown = last, shown
	state.Reader = now.Reader
	if !slices.Equal(state.Readers, list) {
		state.Readers = list
	}
	if now.Chosen {
		state.Blinded = now.Blinded
	}
	if turned {
		r.reading.Turned(tx)
	}
	if veiled {
		r.reading.Veiled(tx)
	}
}

// Revealed has the findings of a model be shown to a reader on a picture from now on: that
// stands in the records already.
func (r *Readers) Revealed(tx store.Tx, v records.Sight) {
	if v.Reader != r.Key(tx) {
		return
	}
	shown := map[sight]bool{{v.Picture.Key(), v.Model.SHA256, v.Model.Prep}: true}
	maps.Copy(shown, r.shown)
	r.shown = shown
	r.reading.Veiled(tx)
}

// change changes the records and takes over what they hold then.
func (r *Readers) change(f func(ctx context.Context, s *records.Store) error) bool {
	return r.reading.Later(func(ctx context.Context, s *records.Store) error {
		if err := f(ctx, s); err != nil {
			return err
		}
		return r.Read(ctx, s)
	})
}

// Switch has another reader of the list read from now on, by key.
func (r *Readers) Switch(key string) {
	from, title := "", ""
	r.hub.Look(func(tx store.Tx) {
		from = r.Key(tx)
		for _, o := range r.state.In(tx).Readers {
			if o.Key == key {
				title = o.Title()
			}
		}
	})
	if key == from || title == "" {
		return
	}
	r.change(func(ctx context.Context, s *records.Store) error {
		if err := s.Roster().Switch(ctx, from, key); err != nil {
			return err
		}
		r.reading.Tell(message.Of("%s reads now.", title))
		return nil
	})
}

// Add puts a reader on the list, or finds the one of that name, who reads from now on.
func (r *Readers) Add(name string) {
	r.change(func(ctx context.Context, s *records.Store) error {
		o, err := s.Roster().Add(ctx, name)
		if err != nil {
			return err
		}
		from := ""
		r.hub.Look(func(tx store.Tx) { from = r.Key(tx) })
		if from != o.Key {
			if err := s.Roster().Switch(ctx, from, o.Key); err != nil {
				return err
			}
		}
		r.reading.Tell(message.Of("%s reads now.", o.Title()))
		return nil
	})
}

// Rename gives the reader in the chair another name. What they said stays theirs.
func (r *Readers) Rename(name string) {
	key := r.state.Get().Reader.Key
	r.change(func(ctx context.Context, s *records.Store) error { return s.Roster().Rename(ctx, key, name) })
}

// TakeOff takes a reader off the list, by key; what they said stays in the records, and adding
// the name again brings it back. After the reader in the chair the system's user reads.
func (r *Readers) TakeOff(key string) {
	r.change(func(ctx context.Context, s *records.Store) error {
		now, err := s.Roster().Station(ctx, r.own)
		if err == nil && now.Reader.Key == key && key == r.own {
			r.reading.Notify(message.Of("%s is the user of this computer and stays on the list; give them another name instead.",
				now.Reader.Title()))
			return nil
		}
		if err == nil {
			err = s.Roster().Unlist(ctx, key)
		}
		if err == nil && now.Reader.Key == key {
			err = s.Roster().Switch(ctx, key, r.own)
		}
		return err
	})
}

// SetBlinded hides findings until they are answered, or does so no more.
func (r *Readers) SetBlinded(on bool) {
	kept := r.change(func(ctx context.Context, s *records.Store) error {
		key := ""
		r.hub.Look(func(tx store.Tx) { key = r.Key(tx) })
		if err := s.Roster().SetBlinded(ctx, key, on); err != nil {
			return err
		}
		r.reading.KeepBlinded(on)
		if on {
			r.reading.Tell(message.Of("Blinded reading: findings are hidden until you have answered."))
		} else {
			r.reading.Tell(message.Of("Findings are shown as soon as they are there."))
		}
		return nil
	})
	if !kept {
		return
	}
	if on { // at once: nothing is to be seen while the disk is written
		r.hub.Change(func(tx store.Tx) {
			r.state.In(tx).Blinded = true
			r.reading.Veiled(tx)
		})
	}
}

// Commands are those that need no words of the reader.
func (r *Readers) Commands() []command.Command {
	blinded := func() bool { return r.state.Get().Blinded }
	return []command.Command{{
		ID: "blinded.toggle", Title: "Blinded reading on or off", Menu: "Answers",
		Shortcut: "Ctrl+Alt+H", Do: func() { r.SetBlinded(!blinded()) },
		Enabled: func() bool { return r.state.Get().Reader.Key != "" }, Checked: blinded,
	}}
}
