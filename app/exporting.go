package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"hilum/app/export"
	"hilum/app/records"
	"hilum/internal/atomicfile"
	"hilum/internal/wording"
)

// Export writes the current picture in several forms into a folder, as it is
// shown now, and notes in the audit log what left. It returns when the files are
// there; call it outside the window's goroutine.
func (s *Session) Export(ctx context.Context, j export.Job) ([]string, error) {
	s.mu.Lock()
	st, m := s.state, s.model
	var subject export.Subject
	if st.Picture != nil && st.Current >= 0 {
		subject = export.Subject{
			Image: st.Picture.Image, Result: st.Result, Window: st.View.Window, Invert: st.View.Invert, Orient: st.View.Orient, Map: st.Map, Maps: st.ClassMaps(),
			Marks: st.Measure.Sheet.Marks, Scale: st.Measure.Scale, Answers: st.sortedAnswers(),
		}
		if i := s.entries[st.Current].instance; i != nil {
			subject.File = i.File
		}
	}
	exporter := &s.exporters[0]
	if j.Identified {
		exporter = &s.exporters[1]
	}
	s.mu.Unlock()
	switch {
	case subject.Image == nil:
		return nil, export.ErrNoPicture
	case len(j.Kinds) == 0:
		return nil, errors.New("nothing is chosen to export; tick a form")
	case j.Dir == "":
		return nil, errors.New("no folder to write into was named; choose one")
	}
	if subject.Result != nil {
		subject.Model = m
	}
	s.exporting.Lock() // one at a time shares pseudonyms
	defer s.exporting.Unlock()
	exporter.Identified, exporter.Words = j.Identified, s.words()
	files, err := exporter.Export(ctx, subject, j.Dir, j.Kinds...)
	s.logExport(subject, files, j.Identified)
	return files, err
}

// SetWords says how texts that leave the program get into the reader's language:
// captions and pages for people. nil leaves English.
func (s *Session) SetWords(words wording.Words) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = words
}

// words is what SetWords set.
func (s *Session) words() wording.Words {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said
}

// ExportAudit writes the audit log, as CSV or as lines of JSON that prove
// themselves. It reads the disk: call it outside the window's goroutine.
func (s *Session) ExportAudit(ctx context.Context, path string, asCSV bool) (records.AuditState, error) {
	var state records.AuditState
	store := s.Records()
	if store == nil {
		return state, errNoRecords
	}
	err := atomicfile.Write(path, func(w io.Writer) (err error) {
		state, err = store.ExportAudit(ctx, w, asCSV)
		return err
	})
	return state, err
}

// VerifyAudit checks the chain of the audit log on the disk.
func (s *Session) VerifyAudit(ctx context.Context) (records.AuditState, error) {
	store := s.Records()
	if store == nil {
		return records.AuditState{}, errNoRecords
	}
	state, err := store.VerifyAudit(ctx, "")
	if err != nil {
		return state, fmt.Errorf("the audit log does not hold: %w", err)
	}
	return state, nil
}

// ExportLabels writes this reader's answers as a label table that calibration and
// training read.
func (s *Session) ExportLabels(ctx context.Context, path string, identified bool) (*records.LabelReport, error) {
	store := s.Records()
	if store == nil {
		return nil, errNoRecords
	}
	var r *records.LabelReport
	err := atomicfile.Write(path, func(w io.Writer) (err error) {
		r, err = store.ExportLabels(ctx, w, records.LabelOptions{Reader: s.diary.reader, Identified: identified})
		return err
	})
	return r, err
}

var errNoRecords = errors.New("nothing is kept: this program was started without records")
