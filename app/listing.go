package app

import (
	"context"
	"errors"

	"hilum/app/export"
)

// ExportTable writes the findings of everything in the worklist that the model
// in use has scored, as CSV. It reads the disk: call it outside the window's
// goroutine.
func (s *Session) ExportTable(ctx context.Context, path string, identified bool) error {
	s.mu.Lock()
	m := s.model
	s.mu.Unlock()
	if m == nil || s.cfg.Records == nil {
		return errors.New("there are no scores to write: no model is open, or no records are kept")
	}
	return export.WriteTable(ctx, export.TableJob{Path: path, List: s.list, Records: s.cfg.Records, Model: m, Identified: identified})
}
