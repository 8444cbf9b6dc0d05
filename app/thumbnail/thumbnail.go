// Package thumbnail is small pictures of films, as a list shows them: decoded one at a time
// in the background while the reader's hands rest, the last few hundred kept. Its core type
// is [Shelf]. It imports app/radiograph, dicomio/preview, dicomio/scan
// and internal/store.
package thumbnail

import (
	"context"
	"image"

	"github.com/disintegration/imaging"

	"hilum/app/radiograph"
	"hilum/dicomio/preview"
	"hilum/dicomio/scan"
	"hilum/internal/store"
)

// Bounds of the shelf: the longer side of a picture in pixels, how many are kept (at most
// 16 MB), and how many of those asked for last are waited for.
const (
	side       = 128
	mostKept   = 256
	mostWanted = 48
)

// State is what a window shows of it.
type State struct {
	Thumbnails int // grows with each that is there
}

// Shelf has the small pictures. All methods may be called from any goroutine and return at
// once.
type Shelf struct {
	hub   *store.Hub
	state *store.Value[State]
	rest  func(ctx context.Context) error // waits until there is time for a picture

	// under the hub's lock
	kept    map[*scan.Instance]*image.NRGBA // nil for what cannot be read
	order   []*scan.Instance                // of kept, the last used last
	wanted  []*scan.Instance                // the last asked for last
	working bool
}

// New has no pictures. rest waits until the reader can spare the processors.
func New(h *store.Hub, rest func(ctx context.Context) error) *Shelf {
	return &Shelf{hub: h, state: store.NewValue(h, State{}), rest: rest, kept: map[*scan.Instance]*image.NRGBA{}}
}

// In is the state within a transaction.
func (s *Shelf) In(tx store.Tx) *State { return s.state.In(tx) }

// Of is the small picture of a film, not to be written to; nil where there is none, or none
// yet: then it comes later, and the state says so.
func (s *Shelf) Of(i *scan.Instance) (small *image.NRGBA) {
	s.hub.Look(func(tx store.Tx) {
		var known bool
		if small, known = s.kept[i]; known {
			s.use(i)
			return
		}
		s.want(i)
		if !s.working {
			s.working = s.hub.GoIn(tx, "making small pictures", s.work)
		}
	})
	return small
}

// use puts a picture last in the order.
func (s *Shelf) use(i *scan.Instance) { s.order = append(without(s.order, i), i) }

// want asks for a picture; of too many those asked for first are forgotten.
func (s *Shelf) want(i *scan.Instance) {
	s.wanted = append(without(s.wanted, i), i)
	if over := len(s.wanted) - mostWanted; over > 0 {
		s.wanted = s.wanted[over:]
	}
}

func without(list []*scan.Instance, i *scan.Instance) []*scan.Instance {
	out := make([]*scan.Instance, 0, len(list)+1)
	for _, o := range list {
		if o != i {
			out = append(out, o)
		}
	}
	return out
}

// work makes what is wanted, the last asked for first, until nothing is.
func (s *Shelf) work() {
	ctx := s.hub.Context()
	for {
		var next *scan.Instance
		s.hub.Look(func(store.Tx) {
			if n := len(s.wanted); n > 0 && ctx.Err() == nil {
				next, s.wanted = s.wanted[n-1], s.wanted[:n-1]
			} else {
				s.working = false
			}
		})
		if next == nil {
			return
		}
		if s.rest(ctx) != nil {
			continue
		}
		small := smallOf(ctx, next)
		if ctx.Err() != nil {
			continue
		}
		s.hub.Change(func(tx store.Tx) {
			s.put(next, small)
			s.state.In(tx).Thumbnails++
		})
	}
}

// put keeps a picture, and drops the one that was not used for longest.
func (s *Shelf) put(i *scan.Instance, small *image.NRGBA) {
	s.kept[i] = small
	s.use(i)
	for len(s.order) > mostKept {
		delete(s.kept, s.order[0])
		s.order = s.order[1:]
	}
}

// smallOf decodes a film and makes it small, in the window that it opens with; nil where it
// cannot be read.
func smallOf(ctx context.Context, i *scan.Instance) *image.NRGBA {
	im, err := i.Decode(ctx)
	if err != nil || im.Width == 0 || im.Height == 0 {
		return nil
	}
	return imaging.Fit(preview.Grey(im, radiograph.Windows(im)[0]), side, side, imaging.Box)
}
