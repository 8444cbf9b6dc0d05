package page

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"hilum/dicomio/inspect"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

var someAttributes = []inspect.Attribute{
	{Tag: "(0010,0010)", VR: "PN", Keyword: "PatientName", Name: "Patient's Name", Value: "DOE^JANE"},
	{Tag: "(0008,1140)", VR: "SQ", Keyword: "ReferencedImageSequence", Name: "Referenced Image Sequence"},
	{
		Tag: "(0008,1155)", VR: "UI", Keyword: "ReferencedSOPInstanceUID", Name: "Referenced SOP Instance UID",
		Value: "1.2.3", Depth: 1,
	},
	{Tag: "(0029,1010)", VR: "OB", Value: "(4 bytes)"},
}

func TestAttributesAreFound(t *testing.T) {
	for text, want := range map[string]int{"": 4, "jane": 1, "PatientName": 1, "0008": 2, "referenced": 2, "zebra": 0} {
		if got := len(matching(someAttributes, text)); got != want {
			t.Errorf("%q finds %d, want %d", text, got, want)
		}
	}
}

func TestAttributesPage(t *testing.T) {
	test.NewTempApp(t)
	page, search := attributesPage(uitest.Environment(t), "film.dcm", someAttributes)
	test.NewTempWindow(t, page)
	test.Type(search, "sop")
	golden.Check(t, "attributes", uitest.Picture(t, page, 760, 300))
}
