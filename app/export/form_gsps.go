package export

import (
	"context"
	"io"

	"hilum/dicomio/derived"
)

// PresentationState names window and marks as a DICOM object.
const PresentationState = "gsps"

func stateForm() Form {
	return Form{
		Name: PresentationState, Suffix: "-gsps.dcm", Refers: true, Class: derived.ClassPresentationState,
		Title: "Window and marks (DICOM presentation state)",
		About: "DICOM presentation state: window, annotations, the reader's regions",
		Write: func(_ context.Context, p *Prepared, w io.Writer) error { return p.Report.WriteState(w) },
	}
}
