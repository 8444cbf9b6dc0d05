// Package remarks is what a reader keeps of a picture and a study besides answers: that
// the picture is a key image, with a note, and the study's conclusion. Its core type is
// [Remarks]. It imports app/command, app/records, dicomio and internal/store.
package remarks

import (
	"context"
	"slices"
	"strings"

	"hilum/app/command"
	"hilum/app/records"
	"hilum/dicomio"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct {
	KeyImage   records.Remark // of the current picture; Held tells whether it is one
	Conclusion records.Remark // of the current study, likewise
	KeyImages  *KeyImages     // of the reader, among all pictures; another value after a change
}

// KeyImages tells which pictures are key images, by their keys (records.Picture.Key) and by
// the SOP Instance UIDs within these.
type KeyImages struct {
	keys  []string
	names map[string]bool
}

// KeyImagesOf are those of the keys.
func KeyImagesOf(keys []string) *KeyImages {
	k := &KeyImages{keys, map[string]bool{}}
	for _, key := range keys {
		k.names[key] = true
		if _, instance, has := strings.Cut(key, " "); has {
			k.names[instance] = true
		}
	}
	return k
}

// with is k after the picture of a key became one, or is none any more; k itself where that is
// so already.
func (k *KeyImages) with(key string, held bool) *KeyImages {
	if k.names[key] == held {
		return k
	}
	others := slices.DeleteFunc(slices.Clone(k.keys), func(other string) bool { return other == key })
	if held {
		others = append(others, key)
	}
	return KeyImagesOf(others)
}

// Has tells whether a picture of a SOP Instance UID, "" for none, and of a key, "" where that
// is not known yet, is one. Of nil none is.
func (k *KeyImages) Has(instance, key string) bool {
	return k != nil && (key != "" && k.names[key] || instance != "" && k.names[instance])
}

// Reading is what remarks ask of the rest of the program.
type Reading interface {
	// Image is the one on the screen, within a transaction; nil for none.
	Image(store.Tx) *dicomio.Image
	// Identity is what the records know the picture on the screen as, within a transaction;
	// nil until that was looked up.
	Identity(store.Tx) *records.Picture
	// Reader is who reads, within a transaction.
	Reader(store.Tx) string
	// Later does what touches the records, in order; false where nothing is kept.
	Later(f func(ctx context.Context, s *records.Store) error) bool
	// Notify shows the reader one sentence of what needs care, Tell of what was done.
	Notify(m message.Message)
	Tell(m message.Message)
}

// Remarks is the key image and the conclusion of what is on the screen.
type Remarks struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
}

// New has none.
func New(h *store.Hub, r Reading) *Remarks {
	return &Remarks{hub: h, state: store.NewValue(h, State{}), reading: r}
}

// In is the state within a transaction.
func (r *Remarks) In(tx store.Tx) *State { return r.state.In(tx) }

// Leave lets go of those of the picture of before.
func (r *Remarks) Leave(tx store.Tx) {
	s := r.state.In(tx)
	*s = State{KeyImages: s.KeyImages}
}

// Turned lets go of everything that the reader of before said.
func (r *Remarks) Turned(tx store.Tx) { *r.state.In(tx) = State{} }

// Read reads those of a picture that came on the screen.
func (r *Remarks) Read(ctx context.Context, s *records.Store, im *dicomio.Image, p records.Picture) error {
	reader := ""
	r.hub.Look(func(tx store.Tx) { reader = r.reading.Reader(tx) })
	key, err := s.Remark(ctx, records.KeyImage, p.Key(), reader)
	if err != nil {
		return err
	}
	conclusion, err := s.Remark(ctx, records.Conclusion, p.StudyKey(), reader)
	if err != nil {
		return err
	}
	if err := r.readKeyImages(ctx, s, reader); err != nil {
		return err
	}
	r.markFor(reader, p.Key(), key.Held) // another program may have made it one since
	r.changeFor(im, reader, func(now *State) { now.KeyImage, now.Conclusion = key, conclusion })
	return nil
}

// readKeyImages reads those of the reader, once.
func (r *Remarks) readKeyImages(ctx context.Context, s *records.Store, reader string) error {
	if r.state.Get().KeyImages != nil {
		return nil
	}
	keys, err := s.KeyImages(ctx, reader)
	if err != nil {
		return err
	}
	r.hub.Change(func(tx store.Tx) {
		if r.reading.Reader(tx) == reader {
			r.state.In(tx).KeyImages = KeyImagesOf(keys)
		}
	})
	return nil
}

// markFor brings the reader's key images in line with one picture.
func (r *Remarks) markFor(reader, key string, held bool) {
	r.hub.Change(func(tx store.Tx) {
		if now := r.state.In(tx); now.KeyImages != nil && r.reading.Reader(tx) == reader {
			now.KeyImages = now.KeyImages.with(key, held)
		}
	})
}

// changeFor changes the state if picture and reader are still the current ones.
func (r *Remarks) changeFor(im *dicomio.Image, reader string, f func(*State)) {
	r.hub.Change(func(tx store.Tx) {
		if r.reading.Image(tx) == im && r.reading.Reader(tx) == reader {
			f(r.state.In(tx))
		}
	})
}

// ToggleKeyImage makes the picture a key image, or none any more.
func (r *Remarks) ToggleKeyImage() {
	was := r.state.Get().KeyImage
	if r.put(records.KeyImage, !was.Held, "") && !was.Held {
		r.reading.Tell(message.Of("This picture is a key image now."))
	}
}

// NoteKeyImage makes the picture a key image with a note.
func (r *Remarks) NoteKeyImage(note string) { r.put(records.KeyImage, true, note) }

// Conclude says what the study means; nothing takes the conclusion back.
func (r *Remarks) Conclude(text string) {
	r.put(records.Conclusion, strings.TrimSpace(text) != "", text)
}

// put keeps a remark, in the background; the state has it when it is on the disk.
func (r *Remarks) put(kind records.RemarkKind, held bool, text string) (begun bool) {
	var im *dicomio.Image
	var p *records.Picture
	m := records.Remark{Kind: kind, Held: held, Text: strings.TrimSpace(text)}
	r.hub.Look(func(tx store.Tx) {
		im, p, m.Reader = r.reading.Image(tx), r.reading.Identity(tx), r.reading.Reader(tx)
	})
	if p == nil {
		r.reading.Notify(message.Of("The picture is not known to the records yet; without records nothing is kept."))
		return false
	}
	if m.About = p.Key(); kind == records.Conclusion {
		m.About = p.StudyKey()
	}
	return r.reading.Later(func(ctx context.Context, s *records.Store) error {
		stored, err := s.PutRemark(ctx, *p, m)
		if err != nil {
			return err
		}
		if !held {
			stored = records.Remark{}
		}
		if kind == records.KeyImage {
			r.markFor(m.Reader, m.About, held)
		}
		r.changeFor(im, m.Reader, func(now *State) {
			if kind == records.KeyImage {
				now.KeyImage = stored
			} else {
				now.Conclusion = stored
			}
		})
		return nil
	})
}

// Commands are those that need no words.
func (r *Remarks) Commands() []command.Command {
	return []command.Command{{ID: "key.toggle", Title: "Key image, or none any more", Menu: "Answers", Shortcut: "K",
		Do: r.ToggleKeyImage, Enabled: r.Known}}
}

// Known tells whether there is a picture that remarks can be kept of.
func (r *Remarks) Known() (known bool) {
	r.hub.Look(func(tx store.Tx) { known = r.reading.Identity(tx) != nil })
	return known
}
