package export

import (
	"context"
	"errors"
	"io"

	"hilum/app/records"
	"hilum/app/report"
	"hilum/app/worklist"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
)

// tableJob says which findings become a table.
type tableJob struct {
	Path       string
	List       *worklist.List
	Records    *records.Store
	Model      *inference.Model
	Identified bool // otherwise pseudonyms, and hashes of pixels instead of paths
}

// writeTable writes the findings of every picture of a list that the model has
// scored.
func writeTable(ctx context.Context, j tableJob) error {
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
		err = j.List.EachScore(ctx, func(i *scan.Instance, p records.Picture, s worklist.Score) error {
			rows++
			row := report.TableRow{Path: p.Pixels, View: i.Header.ViewPosition, Findings: s.Findings,
				Withheld: s.Withheld, Origin: origin(j.Model)}
			p.Patient = i.Header.PatientID
			row.Patient = alias(p)
			if j.Identified {
				row.Path, row.Patient, row.Date = i.Location(), i.Header.PatientID, i.Header.StudyDate
			}
			return table.Add(row)
		})
		if err == nil && rows == 0 {
			err = message.New("nothing in the worklist is scored yet")
		}
		return errors.Join(err, table.End())
	})
}
