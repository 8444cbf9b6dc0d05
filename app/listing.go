package app

import (
	"context"
	"errors"
	"io"

	"hilum/app/records"
	"hilum/app/report"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/atomicfile"
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
	return WriteTable(ctx, TableJob{Path: path, List: s.list, Records: s.cfg.Records, Model: m, Identified: identified})
}

// TableJob says which findings become a table.
type TableJob struct {
	Path       string
	List       *worklist.List
	Records    *records.Store
	Model      *inference.Model
	Identified bool // otherwise pseudonyms, and hashes of pixels instead of paths
}

// WriteTable writes the findings of every picture of a list that the model has
// scored.
func WriteTable(ctx context.Context, j TableJob) error {
	alias, err := j.Records.Pseudonyms(ctx)
	if err != nil {
		return err
	}
	return atomicfile.Write(j.Path, func(w io.Writer) error {
		table, err := report.NewTable(w)
		if err != nil {
			return err
		}
		rows := 0
		err = j.List.EachScore(ctx, func(i *dicomio.Instance, p records.Picture, findings []inference.Finding) error {
			rows++
			row := report.TableRow{Path: p.Pixels, View: i.Study.ViewPosition, Findings: findings, Origin: origin(j.Model)}
			p.Patient = i.Study.PatientID
			row.Patient = alias(p)
			if j.Identified {
				row.Path, row.Patient, row.Date = i.Location(), i.Study.PatientID, i.Study.StudyDate
			}
			return table.Add(row)
		})
		if err == nil && rows == 0 {
			err = errors.New("nothing in the worklist is scored yet")
		}
		return errors.Join(err, table.End())
	})
}
