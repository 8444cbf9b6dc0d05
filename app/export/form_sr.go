package export

import (
	"context"
	"io"

	"hilum/dicomio/derived"
)

// StructuredReport names the findings as a DICOM object.
const StructuredReport = "sr"

func structuredForm() Form {
	return Form{
		Name: StructuredReport, Suffix: "-sr.dcm", Refers: true, Class: derived.ClassStructuredReport,
		Title: "Findings and regions (DICOM structured report, TID 1500)",
		About: "DICOM structured report (TID 1500), unverified, with the region of positive findings",
		Write: func(_ context.Context, p *Prepared, w io.Writer) error { return p.Report.WriteStructured(w) },
	}
}
