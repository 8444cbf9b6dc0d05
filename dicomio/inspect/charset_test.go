package inspect

import (
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// A backslash inside a two-byte character is no delimiter (GB18030), and a
// delimiter brings the first set back (PS3.5 6.1.2.5.3).
func TestCharacterSetDelimiters(t *testing.T) {
	data := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 8, 8).Set(dicomtest.Pixels8(1, 2),
		dicomtest.Element{Tag: tag.SpecificCharacterSet, VR: "CS", Text: "GB18030"},
		dicomtest.Element{Tag: tag.PatientName, VR: "PN", Text: "\x81\x5c^A"}).Encode(t)
	if got := dicomtest.Decoded(t, dicomio.DecodeBytes, data).Header.PatientName; got != "乗^A" {
		t.Errorf("GB18030 with 5C as second byte gives %q", got)
	}
	list, err := AttributesBytes("x", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Keyword == "PatientName" && len(a.values) != 1 {
			t.Errorf("the name was split into %q", a.values)
		}
	}
	got := charset.New(`\ISO 2022 IR 149`).Decode([]byte("\x1b$)C\xb1\xe6^\xb1\xe6"), true)
	if got != "길^\ufffd\ufffd" {
		t.Errorf("behind the delimiter: %q", got)
	}
}
