package measure

import (
	"context"
	"sync"

	"hilum/app/annotation"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/internal/message"
	"hilum/internal/store"
)

// writer writes one study's sheet to the store, step by step and in order.
type writer struct {
	mu     sync.Mutex // held while writing
	loaded bool
	saved  annotation.Sheet // what the store has
	of     records.Picture
	reader string // who draws
}

// save writes a study's sheet in the background.
func (k *Marker) save(tx store.Tx, id int) {
	if k.store == nil {
		return
	}
	now := k.of(id)
	k.hub.GoIn(tx, "keeping an annotation", func() { k.write(id, now) })
}

// Load reads what was drawn on a study's picture before, unless that was done.
func (k *Marker) Load(id int, p *radiograph.Picture) {
	if k.store == nil {
		return
	}
	var now *kept
	k.hub.Look(func(store.Tx) { now = k.sheets[id] })
	if now == nil {
		return // it was closed
	}
	w := &now.writer
	w.mu.Lock()
	if w.loaded {
		w.mu.Unlock()
		return
	}
	w.of = records.PictureOf(p.Image)
	// Read to the end even while the program is being closed: what was drawn
	// meanwhile is written after it.
	sheet, err := ReadSheet(context.WithoutCancel(k.hub.Context()), k.store, w.of)
	w.loaded, w.saved = err == nil, sheet
	w.mu.Unlock()
	if err != nil {
		k.reading.Fail(message.Errorf("earlier annotations of this picture cannot be read: %w", err))
		return
	}
	k.hub.Change(func(tx store.Tx) {
		if k.sheets[id] != now {
			return
		}
		now.sheet = Join(sheet, now.sheet) // the reader may have been quicker
		k.reading.Rebased(tx, id, sheet)
		k.Show(tx)
	})
	k.write(id, now) // what was drawn meanwhile
}

// Loaded tells whether what was drawn on the current study before has been read.
func (k *Marker) Loaded() bool {
	var now *kept
	k.hub.Look(func(tx store.Tx) { now = k.current(tx) })
	if now == nil {
		return false
	}
	now.writer.mu.Lock()
	defer now.writer.mu.Unlock()
	return now.writer.loaded
}

// write brings the store in line with what is drawn on a study now.
func (k *Marker) write(id int, of *kept) {
	w := &of.writer
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.loaded {
		return // Load writes when it has read
	}
	var now annotation.Sheet
	open := false
	k.hub.Look(func(tx store.Tx) {
		now, open = of.sheet, k.sheets[id] == of
		w.reader, _ = k.reading.Reader(tx)
	})
	if !open {
		return
	}
	// A change that was made is written even while the program is being closed.
	ctx := context.WithoutCancel(k.hub.Context())
	if err := w.writeChange(ctx, k.store, annotation.Changes(w.saved, now), now); err != nil {
		k.reading.Fail(message.Errorf("the annotation is not saved: %w", err))
		return
	}
	w.saved = now
}

// writeChange writes what differs from the sheet that the store has.
func (w *writer) writeChange(ctx context.Context, s Store, c annotation.Change, now annotation.Sheet) error {
	of := w.of
	for _, m := range c.Put {
		body, err := m.Encode()
		if err == nil {
			err = s.PutAnnotation(ctx, of, records.Annotation{Kind: markKind, ID: m.ID, Body: body, Reader: w.reader})
		}
		if err != nil {
			return err
		}
	}
	for _, id := range c.Gone {
		if err := s.DeleteAnnotation(ctx, of, records.Annotation{Kind: markKind, ID: id, Reader: w.reader}); err != nil {
			return err
		}
	}
	switch {
	case !c.Calibration:
		return nil
	case now.Calibration == nil:
		return s.DeleteAnnotation(ctx, of,
			records.Annotation{Kind: calibrationKind, ID: calibrationID, Reader: w.reader})
	}
	body, err := now.Calibration.Encode()
	if err != nil {
		return err
	}
	return s.PutAnnotation(ctx, of, records.Annotation{Kind: calibrationKind, ID: calibrationID, Body: body,
		Reader: w.reader})
}
