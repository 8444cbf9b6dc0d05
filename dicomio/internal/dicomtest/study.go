package dicomtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio/internal/dcm"
)

// StudyFilm writes film n of a study of the patient Erika Muster (P-1), of 29 February
// 2024, into a folder, and gives its path: the SOP Instance UID, STUDY.1.N, with .dcm.
func StudyFilm(t testing.TB, dir, study string, n int) string {
	t.Helper()
	var b dcm.Builder
	instance := fmt.Sprintf("%s.1.%d", study, n)
	for _, e := range []struct {
		tag  tag.Tag
		vr   dcm.VR
		text string
	}{
		{tag.SOPClassUID, "UI", dcm.ClassDigitalXRay}, {tag.SOPInstanceUID, "UI", instance},
		{tag.StudyInstanceUID, "UI", study}, {tag.SeriesInstanceUID, "UI", study + ".1"},
		{tag.StudyDate, "DA", "20240229"}, {tag.StudyTime, "TM", "120000"}, {tag.Modality, "CS", "DX"},
		{tag.PatientName, "PN", "Muster^Erika"}, {tag.PatientID, "LO", "P-1"}, {tag.PatientBirthDate, "DA", "19500102"},
		{tag.BodyPartExamined, "CS", "CHEST"}, {tag.ViewPosition, "CS", "PA"}, {tag.AccessionNumber, "SH", "A-1"},
		{tag.StudyDescription, "LO", "Thorax"}, {tag.StudyID, "SH", "1"}, {tag.SeriesNumber, "IS", "1"},
		{tag.InstanceNumber, "IS", fmt.Sprint(n)}, {tag.PhotometricInterpretation, "CS", "MONOCHROME2"},
	} {
		b.Text(e.tag, e.vr, e.text)
	}
	const rows, columns = 200, 300
	for _, e := range []struct {
		tag  tag.Tag
		word uint16
	}{{tag.Rows, rows}, {tag.Columns, columns}, {tag.BitsAllocated, 16}, {tag.BitsStored, 12}, {tag.HighBit, 11},
		{tag.PixelRepresentation, 0}, {tag.SamplesPerPixel, 1}} {
		b.Uint16(e.tag, "US", e.word)
	}
	b.Bytes(tag.PixelData, "OW", []byte(strings.Repeat(string([]byte{byte(n), 2}), rows*columns)))
	path := filepath.Join(dir, instance+".dcm")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const explicit = dcm.StandardRoot + "1.2.1"
	if err := (dcm.Head{Class: dcm.ClassDigitalXRay, Instance: instance, Syntax: explicit}).WriteTo(f, &b); err != nil {
		t.Fatal(err)
	}
	return path
}
