// Package foreign is what other programs say of the film on the screen: the objects that
// were found beside its study, and the overlays of its own file. Its core type is
// [Results]. It imports app/command, app/radiograph, app/render, dicomio, its rooms scan
// and evidence, and internal/atomicfile and store.
package foreign

import (
	"context"
	"errors"
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
	Unread  []message.Message  // what could not be read, a sentence each
	Hidden  bool               // none is drawn; lasts from film to film
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
	// Selection is the context of the current selection, within a transaction.
	Selection(store.Tx) (ctx context.Context, generation int)
	// ShowAs has the film looked at in another way, within a transaction. area is the part
	// to be seen, in pixels of the film; without width or height the view says it.
	ShowAs(tx store.Tx, view radiograph.View, area evidence.Area)
	// Tell shows the reader what was done.
	Tell(m message.Message)
}

// Results is what other programs say of the current film.
type Results struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	found   map[string][]scan.Object // by the Study Instance UID of what they speak of
	count   int                      // of all found
	asked   int                      // the reading that is wanted, by number
}

// Bounds: objects that are remembered, and read for one film. More would be an archive.
const (
	maxFound = 100_000
	maxRead  = 64
)

// New has none.
func New(h *store.Hub, r Reading) *Results {
	return &Results{hub: h, state: store.NewValue(h, State{}), reading: r, found: map[string][]scan.Object{}}
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
	})
}

// Leave lets go of what is said of the film of before.
func (r *Results) Leave(tx store.Tx) {
	s := &r.state.In(tx).Foreign
	*s = About{Hidden: s.Hidden}
	r.asked++
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
			Enabled: ask(func(tx store.Tx) bool {
				return len(r.state.In(tx).Foreign.Objects) > 0 && !r.reading.Hidden(tx)
			}),
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
