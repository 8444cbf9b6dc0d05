package lab

import (
	"path/filepath"

	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/dicomio"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Load puts a film on the bench and forgets the edits of the last one. ref says
// where it came from, for lessons.
func (b *Bench) Load(im *dicomio.Image, name string, ref lesson.ImageRef, boxes []effect.Box) {
	b.hub.Change(func(tx store.Tx) {
		b.ref = ref
		st := b.state.In(tx)
		st.Image, st.Edited, st.Name = im, im, name
		st.Original, st.Former, st.Now, st.Control = nil, nil, nil, nil
		st.Strip.Cells = nil
		st.say(message.Message{})
		b.Edits.history.reset(snapshot{boxes: boxes})
		b.Edits.restore(tx)
		st.Selected = -1
	})
	b.request(settled)
}

// Open reads a film from a file and loads it.
func (b *Bench) Open(path string) {
	b.hub.Go("opening a film", func() {
		im, err := dicomio.Decode(b.hub.Context(), path)
		if err != nil {
			b.notifyOf(err)
			return
		}
		if abs, err := filepath.Abs(path); err == nil {
			path = abs // lessons are saved elsewhere
		}
		b.Load(im, filepath.Base(path), lesson.ImageRef{Path: path}, nil)
	})
}

// Image says where the film on the bench came from.
func (b *Bench) Image() (ref lesson.ImageRef) {
	b.hub.Look(func(store.Tx) { ref = b.ref })
	return ref
}

// NextPhantom draws a phantom with the class that is looked at, another one each
// time.
func (b *Bench) NextPhantom() {
	seed, class := uint64(1), b.State().Class
	if p := b.Image().Phantom; p != nil {
		seed = p.Seed + 1
	}
	ref := lesson.ImageRef{Phantom: &lesson.PhantomRef{Seed: seed, Size: phantomSize}}
	if effect.IsFinding(class) {
		ref.Phantom.Findings = []lesson.LesionRef{{Finding: class, Severity: usualSeverity}}
	}
	b.hub.Go("drawing a phantom", func() {
		im, boxes, err := ref.Open(b.hub.Context(), "")
		if err != nil {
			b.notifyOf(err)
			return
		}
		b.Load(im, ref.Name(), ref, boxes)
	})
}

// Of the phantoms that the lab draws by itself.
const (
	phantomSize   = 512
	usualSeverity = 0.7
)
