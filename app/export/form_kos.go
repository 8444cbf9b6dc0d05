package export

import (
	"context"
	"io"

	"hilum/dicomio/derived"
)

// KeyObject marks the film as a key image, as a DICOM object.
const KeyObject = "kos"

func keyObjectForm() Form {
	return Form{
		Name: KeyObject, Suffix: "-kos.dcm", Refers: true, Class: derived.ClassKeyObject,
		Title: "Key image with its note (DICOM key object selection, TID 2010)",
		About: "DICOM key object selection (TID 2010) of a film that a reader made a key image",
		Write: func(_ context.Context, p *Prepared, w io.Writer) error { return p.Report.WriteKeyObject(w) },
	}
}
