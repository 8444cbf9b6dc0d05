package export

import (
	"context"
	"errors"
	"io"

	"hilum/dicomio/derived"
)

// Capture names the picture as it is shown, as a DICOM object.
const Capture = "sc"

func captureForm() Form {
	return Form{
		Name: Capture, Suffix: "-sc.dcm", Refers: true, Class: derived.ClassSecondaryCapture,
		Title: "Picture with map and marks (DICOM Secondary Capture)",
		About: "DICOM Secondary Capture of the picture as in png",
		Draw: func(p *Prepared) error {
			_, err := p.Captured()
			return err
		},
		Write: func(_ context.Context, p *Prepared, w io.Writer) error {
			captured, err := p.Captured()
			if err != nil {
				return err
			}
			return errors.Join(p.Report.WriteCapture(w, captured), captured.Err)
		},
	}
}
