package derived

import (
	"bytes"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/deidentify"
	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// Burned In Annotation is what the film says, and nothing where nobody knows; Patient
// Identity Removed is of the pixels too (PS3.3 C.7.1.1, C.7.6.1).
func TestBurnedInTextIsNotDenied(t *testing.T) {
	box := []deidentify.Region{{X: 1, Width: 1, Height: 1}}
	for _, c := range []struct {
		said    string
		options deidentify.Options
		burned  string
		removed string
	}{
		{"YES", deidentify.Options{}, "YES", "NO"},
		{"YES", deidentify.Options{Redact: box}, "YES", "NO"},
		{"YES", deidentify.Options{Redact: box, NoTextLeft: true}, "NO", "YES"},
		{"NO", deidentify.Options{Redact: box}, "NO", "YES"},
		{"NO", deidentify.Options{}, "NO", "YES"},
		{"", deidentify.Options{}, "", "YES"},
		{"", deidentify.Options{Redact: box}, "", "YES"},
		{"", deidentify.Options{NoTextLeft: true}, "NO", "YES"},
	} {
		o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 2, 3, 8, 8).Set(dicomtest.Pixels8(1, 2, 3, 4, 5, 6))
		if c.said != "" {
			o.Set(dicomtest.Element{Tag: tag.BurnedInAnnotation, VR: "CS", Text: c.said})
		}
		data := o.Encode(t)
		out, r := anonymous(t, newAnonymiser(t, c.options), data)
		if got, removed := dicomtest.TextOf(t, out, tag.BurnedInAnnotation),
			dicomtest.TextOf(t, out, tag.PatientIdentityRemoved); got != c.burned || removed != c.removed {
			t.Errorf("%q with %+v: burnt in %q, removed %q; want %q, %q", c.said, c.options, got, removed, c.burned,
				c.removed)
		}
		if bytes.Contains(out, []byte("113101")) != c.options.NoTextLeft || c.removed == "NO" && len(r.Warnings) == 0 {
			t.Errorf("%q with %+v: the method or the warning is wrong: %q", c.said, c.options, r.Warnings)
		}
		// a copy and a capture say what the film says
		im := dicomtest.Decoded(t, dicomio.DecodeBytes, data)
		im.Header.Modality = "DX"
		var copied, captured bytes.Buffer
		capture := testCapture()
		capture.Assurance, capture.Source.Anonymous = im.Assurance, true
		if err := WriteImage(&copied, im); err != nil {
			t.Fatal(err)
		}
		if err := WriteSecondaryCapture(&captured, capture); err != nil {
			t.Fatal(err)
		}
		removed := map[bool]string{true: "NO", false: "YES"}[c.said == "YES"]
		if dicomtest.TextOf(t, copied.Bytes(), tag.BurnedInAnnotation) != c.said ||
			dicomtest.TextOf(t, captured.Bytes(), tag.BurnedInAnnotation) != c.said ||
			dicomtest.TextOf(t, captured.Bytes(), tag.PatientIdentityRemoved) != removed {
			t.Errorf("%q: the copy says %q, the capture %q and %q", c.said,
				dicomtest.TextOf(t, copied.Bytes(), tag.BurnedInAnnotation),
				dicomtest.TextOf(t, captured.Bytes(), tag.BurnedInAnnotation),
				dicomtest.TextOf(t, captured.Bytes(), tag.PatientIdentityRemoved))
		}
	}
}
