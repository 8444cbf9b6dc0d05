package dicomio

import (
	"strings"
	"testing"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// Oracle: PS3.3 10.7.1.3 and C.8.7.10 on what the spacings mean.
func TestSpacingProvenance(t *testing.T) {
	ds := func(tag dcm.Tag, v string) element { return element{tag: tag, vr: "DS", text: v} }
	for _, c := range []struct {
		name string
		e    []element
		want Spacing
	}{
		{"none", nil, Spacing{}},
		{"zero", []element{ds(tagPixelSpacing, `0\0`)}, Spacing{}},
		{"one number", []element{ds(tagPixelSpacing, `0.2`)}, Spacing{}},
		{"imager", []element{ds(tagImagerSpacing, `0.14\0.15`)}, Spacing{0.14, 0.15, SpacingDetector}},
		{"imager, the same as pixel", []element{ds(tagImagerSpacing, `0.14\0.15`), ds(tagPixelSpacing, `0.14\0.15`)},
			Spacing{0.14, 0.15, SpacingDetector}},
		{"calibrated", []element{ds(tagImagerSpacing, `0.14\0.14`), ds(tagPixelSpacing, `0.12\0.12`)},
			Spacing{0.12, 0.12, SpacingCalibrated}},
		{"calibrated by word", []element{ds(tagPixelSpacing, `0.12\0.12`), {tag: tagCalibrationType, vr: "CS", text: "FIDUCIAL"}},
			Spacing{0.12, 0.12, SpacingCalibrated}},
		{"magnified", []element{ds(tagImagerSpacing, `0.2\0.2`), ds(tagMagnification, "1.25")},
			Spacing{0.16, 0.16, SpacingMagnified}},
		{"unknown plane", []element{ds(tagPixelSpacing, `0.2\0.2`)}, Spacing{0.2, 0.2, SpacingStated}},
		{"scanned film", []element{ds(tagNominalSpacing, `0.17\0.17`)}, Spacing{0.17, 0.17, SpacingDetector}},
	} {
		o := picture(dcm.ExplicitLE, 1, 2, 8, 8).set(pixels8(1, 2)).set(c.e...)
		if got := mustDecode(t, o.encode(t)).Spacing; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestDoubts(t *testing.T) {
	good := Study{Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA", PatientOrientation: `L\F`}
	for _, c := range []struct {
		change func(*Study)
		want   string
	}{
		{func(*Study) {}, ""},
		{func(s *Study) { *s = Study{} }, ""},
		{func(s *Study) { s.Modality = "CT" }, "modality is CT"},
		{func(s *Study) { s.BodyPart = "EXTREMITY" }, "EXTREMITY, not the chest"},
		{func(s *Study) { s.ViewPosition = "LL" }, "lateral"},
		{func(s *Study) { s.ViewPosition, s.PatientOrientation = "", `A\F` }, "lateral"},
		{func(s *Study) { s.ViewPosition = "AP" }, "AP"},
		{func(s *Study) { s.PatientOrientation = `R\F` }, "mirrored"},
		{func(s *Study) { s.PatientOrientation = `L\H` }, "upside down"},
		{func(s *Study) { s.StudyDescription = "Chest portable" }, "portable"},
	} {
		s := good
		c.change(&s)
		got := strings.Join(message.Strings(studyDoubts(&s)), " ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", s, got, c.want)
		}
	}
}

func TestAdmissionsOfTheHeader(t *testing.T) {
	o := picture(dcm.ExplicitLE, 1, 2, 8, 8).set(pixels8(1, 2))
	if w := mustDecode(t, o.encode(t)).Warnings; len(w) != 0 {
		t.Errorf("a silent header gives %v", w)
	}
	o.set(element{tag: tagLossy, vr: "CS", text: "01"}, element{tag: tagLossyRatio, vr: "DS", text: "12.5"},
		element{tag: tagBurnedIn, vr: "CS", text: "YES"})
	got := strings.Join(message.Strings(mustDecode(t, o.encode(t)).Warnings), " ")
	if !strings.Contains(got, "with loss (12.5:1).") || !strings.Contains(got, "burnt") {
		t.Errorf("warnings %q", got)
	}
}
