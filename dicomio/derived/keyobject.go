package derived

import (
	"io"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// KeyObject says that a picture is of interest, and why (PS3.3 A.35.4, PS3.16 TID 2010).
type KeyObject struct {
	Common
	Note string // "" for none
}

// The concepts of a key object selection (PS3.16 CID 7010, TID 2010).
var (
	conceptOfInterest     = Code{"113000", "DCM", "Of Interest"}
	conceptKeyDescription = Code{"113012", "DCM", "Key Object Description"}
)

// WriteKeyObject writes the selection as Explicit VR Little Endian.
func WriteKeyObject(w io.Writer, k *KeyObject) error {
	if err := k.check(); err != nil {
		return message.Errorf("writing a key object selection: %w", err)
	}
	var ds dataset
	k.put(&ds, dcm.ClassKeyObject, "KO")
	k.putDate(&ds, tag.ContentDate, tag.ContentTime)
	ds.texts([]textElement{{tag.ValueType, "CONTAINER"}, {tag.ContinuityOfContent, "SEPARATE"}})
	ds.sequence(tag.ReferencedPerformedProcedureStepSequence) // unknown
	evidence := &dataset{}
	evidence.text(tag.StudyInstanceUID, k.Source.Header.StudyUID)
	evidence.sequence(tag.ReferencedSeriesSequence, k.Source.series(tag.ReferencedSOPSequence))
	ds.sequence(tag.CurrentRequestedProcedureEvidenceSequence, evidence)
	ds.sequence(tag.ConceptNameCodeSequence, conceptOfInterest.item())
	ds.template("2010")
	ds.sequence(tag.ContentSequence, k.content()...)
	if err := k.finish(w, &ds, dcm.ClassKeyObject); err != nil {
		return message.Errorf("writing a key object selection: %w", err)
	}
	return nil
}

// content is what stands under the root, in the order of TID 2010.
func (k *KeyObject) content() []*dataset {
	list := []*dataset{
		codeContent("HAS OBS CONTEXT", conceptObserverType, conceptDevice),
		valueContent("HAS OBS CONTEXT", "UIDREF", conceptObserverUID, dcm.ImplementationUID),
		valueContent("HAS OBS CONTEXT", "TEXT", conceptObserverName, maker),
	}
	if k.Note != "" {
		list = append(list, valueContent("CONTAINS", "TEXT", conceptKeyDescription, k.Note))
	}
	picture := contentItem("CONTAINS", "IMAGE", Code{})
	picture.sequence(tag.ReferencedSOPSequence, k.Source.reference())
	return append(list, picture)
}
