package app

import (
	"context"
	"fmt"
	"sync"

	"hilum/app/annotation"
	"hilum/app/measure"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/internal/wording"
)

// keeper writes one study's sheet to the store, step by step and in order.
type keeper struct {
	mu     sync.Mutex // held while writing
	loaded bool
	saved  annotation.Sheet // what the store has
	of     records.Picture
}

// saveSheet writes the current study's sheet in the background. Under the lock.
func (s *Session) saveSheet() {
	if s.cfg.Annotations == nil {
		return
	}
	id := s.state.Studies[s.state.Current].ID
	k := s.entries[s.state.Current].keeper
	s.spawnLocked("keeping an annotation", func() { s.writeSheet(id, k) })
}

// loadSheet reads what was drawn on a picture before, unless that was done.
func (s *Session) loadSheet(id int, p *radiograph.Picture) {
	if s.cfg.Annotations == nil {
		return
	}
	s.mu.Lock()
	k := s.keeperOf(id)
	s.mu.Unlock()
	if k == nil {
		return
	}
	k.mu.Lock()
	if k.loaded {
		k.mu.Unlock()
		return
	}
	k.of = records.PictureOf(p.Image)
	// Read to the end even while the program is being closed: what was drawn
	// meanwhile is written after it.
	sheet, err := measure.ReadSheet(context.WithoutCancel(s.ctx), s.cfg.Annotations, k.of)
	k.loaded, k.saved = err == nil, sheet
	k.mu.Unlock()
	if err != nil {
		s.Notify(wording.Sentence(fmt.Errorf("earlier annotations of this picture cannot be read: %w", err)))
		return
	}
	s.change(func() {
		e := s.entryOf(id)
		if e == nil {
			return
		}
		e.sheet = measure.Join(sheet, e.sheet) // the reader may have been quicker
		e.history.rebase(sheet)
		if c := s.state.Current; c >= 0 && s.state.Studies[c].ID == id {
			s.showSheet()
		}
	})
	s.writeSheet(id, k) // what was drawn meanwhile
}

// writeSheet brings the store in line with what is drawn on a study now.
func (s *Session) writeSheet(id int, k *keeper) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.loaded {
		return // loadSheet writes when it has read
	}
	s.mu.Lock()
	e := s.entryOf(id)
	var now annotation.Sheet
	if e != nil {
		now = e.sheet
	}
	s.mu.Unlock()
	if e == nil {
		return
	}
	// A change that was made is written even while the program is being closed.
	if err := s.write(context.WithoutCancel(s.ctx), k.of, annotation.Changes(k.saved, now), now); err != nil {
		s.Notify(wording.Sentence(fmt.Errorf("the annotation is not saved: %w", err)))
		return
	}
	k.saved = now
}

func (s *Session) write(ctx context.Context, of records.Picture, c annotation.Change, now annotation.Sheet) error {
	store := s.cfg.Annotations
	for _, m := range c.Put {
		body, err := m.Encode()
		if err == nil {
			err = store.PutAnnotation(ctx, of, records.Annotation{Kind: measure.MarkKind, ID: m.ID, Body: body})
		}
		if err != nil {
			return err
		}
	}
	for _, id := range c.Gone {
		if err := store.DeleteAnnotation(ctx, of, measure.MarkKind, id); err != nil {
			return err
		}
	}
	switch {
	case !c.Calibration:
		return nil
	case now.Calibration == nil:
		return store.DeleteAnnotation(ctx, of, measure.CalibrationKind, measure.CalibrationID)
	}
	body, err := now.Calibration.Encode()
	if err != nil {
		return err
	}
	return store.PutAnnotation(ctx, of, records.Annotation{Kind: measure.CalibrationKind, ID: measure.CalibrationID, Body: body})
}

// entryOf finds what is kept of a study by its ID, nil when it was closed.
// Under the lock.
func (s *Session) entryOf(id int) *entry {
	for i := range s.state.Studies {
		if s.state.Studies[i].ID == id {
			return &s.entries[i]
		}
	}
	return nil
}

// keeperOf is the keeper of a study by its ID, nil when it was closed. Under the
// lock.
func (s *Session) keeperOf(id int) *keeper {
	if e := s.entryOf(id); e != nil {
		return e.keeper
	}
	return nil
}
