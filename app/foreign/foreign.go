// Package foreign is what other programs say of the films on the screen: the objects that
// were found beside their studies, and the overlays of their own files. Its core type is
// [Results]. It imports app/command, app/radiograph, app/render, dicomio, its rooms scan
// and evidence, and internal/atomicfile and store.
package foreign

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"hilum/app/command"
	"hilum/app/radiograph"
	"hilum/app/render"
	"hilum/dicomio"
	"hilum/dicomio/evidence"
	"hilum/dicomio/scan"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct{ Foreign About }

// About is what others say of the current film.
type About struct {
	Objects []*evidence.Object // oldest first; later ones are drawn over earlier ones
	// Beside are those of the films beside the current one, by the ID of their study; a map is
	// never written to. What could not be read of them is told when they are the current one.
	Beside map[int][]*evidence.Object
	Unread []message.Message // what could not be read, a sentence each
	Hidden bool              // none is drawn; lasts from film to film
}

// any tells whether something is said of a film on the screen.
func (a *About) any() bool {
	for _, list := range a.Beside {
		if len(list) > 0 {
			return true
		}
	}
	return len(a.Objects) > 0
}

// Named is the object with a SOP Instance UID; nil for none.
func (a *About) Named(instance string) *evidence.Object {
	at := slices.IndexFunc(a.Objects, func(o *evidence.Object) bool { return o.Header.InstanceUID == instance })
	if instance == "" || at < 0 {
		return nil
	}
	return a.Objects[at]
}

// Reading is what the results of others ask of the rest of the program.
type Reading interface {
	// Image is the one on the screen, within a transaction; nil for none.
	Image(store.Tx) *dicomio.Image
	// Origin is where that comes from, within a transaction; nil for none.
	Origin(store.Tx) scan.Origin
	// Hidden tells whether nothing of what others found is to be seen yet, within a transaction.
	Hidden(store.Tx) bool
	// Beside are the films that stand beside that, within a transaction.
	Beside(store.Tx) []Neighbour
	// Selection is the context of the current selection, within a transaction.
	Selection(store.Tx) (ctx context.Context, generation int)
	// ShowAs has the film looked at in another way, within a transaction. area is the part
	// to be seen, in pixels of the film; without width or height the view says it.
	ShowAs(tx store.Tx, view radiograph.View, area evidence.Area)
	// Tell shows the reader what was done.
	Tell(m message.Message)
}

// Neighbour is a film beside the current one: a prior, or another view.
type Neighbour struct {
	StudyID int
	Image   *dicomio.Image
	Origin  scan.Origin
}

// Results is what other programs say of the current film, and of those beside it.
type Results struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	found   map[string][]scan.Object // by the Study Instance UID of what they speak of
	count   int                      // of all found
	asked   int                      // the reading that is wanted, by number
	beside  map[int]int              // how many objects a neighbour was read with, by the ID of its study
}

// Bounds: objects that are remembered, and read for one film. More would be an archive.
const (
	maxFound = 100_000
	maxRead  = 64
)

// New has none.
func New(h *store.Hub, r Reading) *Results {
	return &Results{hub: h, state: store.NewValue(h, State{}), reading: r, found: map[string][]scan.Object{}, beside: map[int]int{}}
}

// In is the state within a transaction.
func (r *Results) In(tx store.Tx) *State { return r.state.In(tx) }

// Take remembers an object that was found beside pictures, and reads it where it speaks of
// the study on the screen.
func (r *Results) Take(o scan.Object) {
	study := o.Header.StudyUID
	if study == "" {
		return
	}
	r.hub.Change(func(tx store.Tx) {
		there := func(have scan.Object) bool { return have.Location() == o.Location() }
		if r.count >= maxFound || slices.ContainsFunc(r.found[study], there) {
			return
		}
		r.count++
		r.found[study] = append(slices.Clip(r.found[study]), o) // readers have the shorter one
		if im := r.reading.Image(tx); im != nil && im.Header.StudyUID == study {
			r.Load(tx)
		}
		r.LoadBeside(tx)
	})
}

// Leave lets go of what is said of the film of before.
func (r *Results) Leave(tx store.Tx) {
	s := &r.state.In(tx).Foreign
	*s = About{Hidden: s.Hidden}
	r.asked++
	clear(r.beside)
}

// Load reads, in the background, what others say of the film that came on the screen.
func (r *Results) Load(tx store.Tx) {
	im, origin := r.reading.Image(tx), r.reading.Origin(tx)
	if im == nil || origin == nil || im.Format != dicomio.DICOM {
		return
	}
	r.asked++
	asked := r.asked
	ctx, _ := r.reading.Selection(tx)
	beside := r.found[im.Header.StudyUID]
	r.hub.GoIn(tx, "reading the results of others", func() {
		objects, unread := read(ctx, im.Header.InstanceUID, origin, beside)
		r.hub.Change(func(tx store.Tx) {
			if s := &r.state.In(tx).Foreign; r.asked == asked && ctx.Err() == nil {
				s.Objects, s.Unread = objects, unread
			}
		})
	})
}

// LoadBeside reads, in the background, what others say of the films that stand beside the
// current one, where that is not known yet.
func (r *Results) LoadBeside(tx store.Tx) {
	ctx, _ := r.reading.Selection(tx)
	for _, n := range r.reading.Beside(tx) {
		if n.Image.Format != dicomio.DICOM || n.Origin == nil {
			continue
		}
		list := r.found[n.Image.Header.StudyUID]
		if known, done := r.beside[n.StudyID]; done && known == len(list) {
			continue
		}
		r.beside[n.StudyID] = len(list)
		r.hub.GoIn(tx, "reading the results of others", func() {
			objects, _ := read(ctx, n.Image.Header.InstanceUID, n.Origin, list)
			r.hub.Change(func(tx store.Tx) {
				switch {
				case r.beside[n.StudyID] != len(list): // more has come
					return
				case ctx.Err() != nil: // the reader has moved on
					delete(r.beside, n.StudyID)
					return
				}
				s := &r.state.In(tx).Foreign
				all := maps.Clone(s.Beside)
				if all == nil {
					all = map[int][]*evidence.Object{}
				}
				all[n.StudyID] = objects
				s.Beside = all
			})
		})
	}
}

// read reads what speaks of a film: the overlays of its own file, and the objects beside it.
func read(ctx context.Context, film string, own scan.Origin, beside []scan.Object) (
	out []*evidence.Object, unread []message.Message) {
	seen := map[string]bool{}
	var none *dicomio.UnsupportedError
	if o, err := scan.ReadEvidence(ctx, own); err == nil {
		o.Films = []string{film}
		out = append(out, o)
	} else if !errors.As(err, &none) { // most films have no overlay
		unread = append(unread, message.Sentence(err))
	}
	for i := range beside {
		o, err := scan.ReadEvidence(ctx, beside[i].Origin)
		switch {
		case ctx.Err() != nil:
			return nil, nil
		case err != nil:
			unread = append(unread, message.Sentence(err))
			continue
		case !o.About(film), seen[o.Header.InstanceUID]: // a copy in another place
			continue
		case len(out) == maxRead:
			return out, append(unread, message.Of("More than %d objects speak of this film; the others are left out.", maxRead))
		}
		seen[o.Header.InstanceUID] = o.Header.InstanceUID != ""
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(a, b *evidence.Object) int { return strings.Compare(a.Made, b.Made) })
	return out, unread
}

// Toggle hides or shows what others drew.
func (r *Results) Toggle() { r.state.Change(func(s *State) { s.Foreign.Hidden = !s.Foreign.Hidden }) }

// ShowAs shows the film as a presentation state says: grey values, turn, the part that is
// seen; its shutters are drawn while the view says so (radiograph.View.Saved).
func (r *Results) ShowAs(o *evidence.Object) {
	done := false
	r.hub.Change(func(tx store.Tx) {
		im := r.reading.Image(tx)
		if im == nil {
			return
		}
		v := o.ViewOf(im.Header.InstanceUID)
		if v == nil {
			return
		}
		done = true
		name := strings.TrimSpace(o.Title + " " + radiograph.PersonName(o.Author))
		r.reading.ShowAs(tx, radiograph.View{
			Window: v.Presented(im, name), Fit: true, Saved: o.Header.InstanceUID,
			Orient: render.EvidenceOrientation([]*evidence.Object{o}, im.Header.InstanceUID),
		}, v.Area)
	})
	if done {
		r.reading.Tell(message.Of("The film is shown as it was saved elsewhere. Undo shows it as before."))
	}
}

// newestState is the last object that says how the film is to be shown; nil for none.
func (r *Results) newestState(tx store.Tx) (state *evidence.Object) {
	if im := r.reading.Image(tx); im != nil && !r.reading.Hidden(tx) {
		for _, o := range r.state.In(tx).Foreign.Objects {
			if o.ViewOf(im.Header.InstanceUID) != nil {
				state = o
			}
		}
	}
	return state
}

// Commands are those that need no toolkit.
func (r *Results) Commands() []command.Command {
	ask := func(f func(store.Tx) bool) func() bool {
		return func() (is bool) {
			r.hub.Look(func(tx store.Tx) { is = f(tx) })
			return is
		}
	}
	return []command.Command{
		{ID: "foreign.show", Title: "Results of others on the film", Menu: "View", Shortcut: "Y", Do: r.Toggle,
			Enabled: ask(func(tx store.Tx) bool { return r.state.In(tx).Foreign.any() && !r.reading.Hidden(tx) }),
			Checked: ask(func(tx store.Tx) bool { return !r.state.In(tx).Foreign.Hidden })},
		{ID: "foreign.saved", Title: "Show the film as saved elsewhere", Menu: "View", Shortcut: "Shift+Y",
			Enabled: ask(func(tx store.Tx) bool { return r.newestState(tx) != nil }),
			Do: func() {
				var o *evidence.Object
				r.hub.Look(func(tx store.Tx) { o = r.newestState(tx) })
				if o != nil {
					r.ShowAs(o)
				}
			}},
	}
}

// SaveDocument writes the document that an object encapsulates, and replaces what the
// reader chose to replace.
func (r *Results) SaveDocument(o *evidence.Object, path string) error {
	if err := atomicfile.WriteBytes(path, o.File); err != nil {
		return message.Errorf("saving the document: %w", err)
	}
	return nil
}
