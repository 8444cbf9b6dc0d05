package dicomio

import (
	"strings"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// Oracle: PS3.3 10.7.1.3 and C.8.7.10 on what the spacings mean.
func TestSpacingProvenance(t *testing.T) {
	ds := func(tag tag.Tag, v string) dicomtest.Element { return dicomtest.Element{Tag: tag, VR: "DS", Text: v} }
	for _, c := range []struct {
		name string
		e    []dicomtest.Element
		want Spacing
	}{
		{"none", nil, Spacing{}},
		{"zero", []dicomtest.Element{ds(tag.PixelSpacing, `0\0`)}, Spacing{}},
		{"one number", []dicomtest.Element{ds(tag.PixelSpacing, `0.2`)}, Spacing{}},
		{"imager", []dicomtest.Element{ds(tag.ImagerPixelSpacing, `0.14\0.15`)}, Spacing{0.14, 0.15, SpacingDetector}},
		{"imager, the same as pixel", []dicomtest.Element{ds(tag.ImagerPixelSpacing, `0.14\0.15`),
			ds(tag.PixelSpacing, `0.14\0.15`)},
			Spacing{0.14, 0.15, SpacingDetector}},
		{"calibrated", []dicomtest.Element{ds(tag.ImagerPixelSpacing, `0.14\0.14`), ds(tag.PixelSpacing, `0.12\0.12`)},
			Spacing{0.12, 0.12, SpacingCalibrated}},
		{"calibrated by word", []dicomtest.Element{ds(tag.PixelSpacing, `0.12\0.12`),
			{Tag: tag.PixelSpacingCalibrationType, VR: "CS", Text: "FIDUCIAL"}},
			Spacing{0.12, 0.12, SpacingCalibrated}},
		{"magnified", []dicomtest.Element{ds(tag.ImagerPixelSpacing, `0.2\0.2`),
			ds(tag.EstimatedRadiographicMagnificationFactor, "1.25")},
			Spacing{0.16, 0.16, SpacingMagnified}},
		{"unknown plane", []dicomtest.Element{ds(tag.PixelSpacing, `0.2\0.2`)}, Spacing{0.2, 0.2, SpacingStated}},
		{"scanned film", []dicomtest.Element{ds(tag.NominalScannedPixelSpacing, `0.17\0.17`)},
			Spacing{0.17, 0.17, SpacingDetector}},
	} {
		o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 8, 8).Set(dicomtest.Pixels8(1, 2)).Set(c.e...)
		if got := dicomtest.Decoded(t, DecodeBytes, o.Encode(t)).Spacing; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestWarningsOfTheHeader(t *testing.T) {
	good := Header{Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA", PatientOrientation: `L\F`}
	for _, c := range []struct {
		change func(*Header)
		want   string
	}{
		{func(*Header) {}, ""},
		{func(s *Header) { *s = Header{} }, ""},
		{func(s *Header) { s.Modality = "CT" }, "modality is CT"},
		{func(s *Header) { s.BodyPart = "EXTREMITY" }, "EXTREMITY, not the chest"},
		{func(s *Header) { s.ViewPosition = "LL" }, "lateral"},
		{func(s *Header) { s.ViewPosition, s.PatientOrientation = "", `A\F` }, "lateral"},
		{func(s *Header) { s.ViewPosition = "AP" }, "AP"},
		{func(s *Header) { s.PatientOrientation = `R\F` }, "mirrored"},
		{func(s *Header) { s.PatientOrientation = `L\H` }, "upside down"},
		{func(s *Header) { s.StudyDescription = "Chest portable" }, "portable"},
	} {
		s := good
		c.change(&s)
		got := strings.Join(message.Strings(acquisitionCautions(&s).all()), " ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", s, got, c.want)
		}
	}
}

func TestAdmissionsOfTheHeader(t *testing.T) {
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 8, 8).Set(dicomtest.Pixels8(1, 2))
	if w := dicomtest.Decoded(t, DecodeBytes, o.Encode(t)).Warnings; len(w) != 0 {
		t.Errorf("a silent header gives %v", w)
	}
	o.Set(dicomtest.Element{Tag: tag.LossyImageCompression, VR: "CS", Text: "01"},
		dicomtest.Element{Tag: tag.LossyImageCompressionRatio, VR: "DS", Text: "12.5"},
		dicomtest.Element{Tag: tag.BurnedInAnnotation, VR: "CS", Text: "YES"})
	warnings := dicomtest.Decoded(t, DecodeBytes, o.Encode(t)).Warnings
	got := strings.Join(message.Strings(warnings), " ")
	if !strings.Contains(got, "with loss (12.5:1).") || !strings.Contains(got, "burnt") {
		t.Errorf("warnings %q", got)
	}
	for _, w := range warnings {
		if w.IsMinor() != strings.Contains(w.String(), "with loss") {
			t.Errorf("%q is minor: %v", w, w.IsMinor())
		}
	}
}
