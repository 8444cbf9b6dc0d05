package dicomio

import (
	"strings"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

func concept(value, scheme, meaning string, more ...dicomtest.Element) []dicomtest.Element {
	return append([]dicomtest.Element{{Tag: tag.CodeValue, VR: "SH", Text: value},
		{Tag: tag.CodingSchemeDesignator, VR: "SH", Text: scheme}, {Tag: tag.CodeMeaning, VR: "LO", Text: meaning}},
		more...)
}

// Oracle: PS3.16 CID 4009, 4010 and 4011, in SNOMED CT and SNOMED-RT.
func TestPartsAndViewsInCodes(t *testing.T) {
	for _, c := range []struct {
		name   string
		region []dicomtest.Element
		view   []dicomtest.Element
		says   string // "" for no warning
	}{
		{"chest AP", concept("816094009", "SCT", "Chest"), concept("399348003", "SCT", "antero-posterior"), "AP"},
		{"chest PA", concept("T-D3000", "SRT", "Chest"), concept("R-40888", "SRT", "postero-anterior"), ""},
		{"the older chest", concept("51185008", "SCT", "Thoracic structure"), nil, ""},
		{"a word of another language", concept("816094009", "SCT", "Brustkorb"), nil, ""},
		{"lateral", concept("816094009", "SCT", "Chest"), concept("399067008", "SCT", "lateral"), "lateral"},
		{"left lateral", concept("T-D3000", "SRT", "Chest"), concept("R-10236", "SNM3", ""), "lateral"},
		{"oblique", nil, concept("399135007", "SCT", "left anterior oblique"), "oblique"},
		{"an unknown code with words", nil, concept("X1", "99MAKER", "Lateral erect"), "lateral"},
		{"crosstable", nil, concept("399348003", "SCT", "antero-posterior",
			dicomtest.Element{Tag: tag.ViewModifierCodeSequence, VR: "SQ",
				Items: [][]dicomtest.Element{concept("111069", "DCM", "Crosstable")}}), "lateral"},
		{"knee", concept("72696002", "SCT", "Knee"), nil, "Knee, not the chest"},
		{"knee without words", concept("T-D9200", "SRT", ""), nil, "Knee, not the chest"},
		{"skull", concept("T-11100", "SRT", "Skull"), nil, "Skull, not the chest"},
	} {
		o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 8, 8).Set(dicomtest.Pixels8(1, 2))
		if c.region != nil {
			o.Set(dicomtest.Element{Tag: tag.AnatomicRegionSequence, VR: "SQ", Items: [][]dicomtest.Element{c.region}})
		}
		if c.view != nil {
			o.Set(dicomtest.Element{Tag: tag.ViewCodeSequence, VR: "SQ", Items: [][]dicomtest.Element{c.view}})
		}
		got := said(dicomtest.Decoded(t, DecodeBytes, o.Encode(t)))
		if c.says == "" && got != "" || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q, want %q", c.name, got, c.says)
		}
	}
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 8, 8).Set(dicomtest.Pixels8(1, 2),
		dicomtest.Element{Tag: tag.BodyPartExamined, VR: "CS", Text: "CHEST"},
		dicomtest.Element{Tag: tag.ViewPosition, VR: "CS", Text: "PA"},
		dicomtest.Element{Tag: tag.ViewCodeSequence, VR: "SQ",
			Items: [][]dicomtest.Element{concept("399067008", "SCT", "lateral")}})
	if s := dicomtest.Decoded(t, DecodeBytes, o.Encode(t)).Header; s.BodyPart != "CHEST" || s.ViewPosition != "PA" {
		t.Errorf("words of the header gave way to codes: %+v", s)
	}
}

// Oracle: the defined terms of View Position, PS3.3 C.8.7.1.1.2 and C.8.11.7.
func TestKindsOfViews(t *testing.T) {
	for kind, views := range map[Projection][]string{
		ProjectionPA: {"PA", "pa", "P.A.", "Erect PA"}, ProjectionAP: {"AP", "AP SUPINE", "ap erect"},
		ProjectionLateral:   {"LL", "RL", "LATERAL", "L LAT", "LLAT"},
		ProjectionOblique:   {"LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "OBLIQUE", "AP OBLIQUE", "LATERAL OBLIQUE"},
		ProjectionDecubitus: {"LLD", "RLD", "LEFT LATERAL DECUBITUS"},
		ProjectionUnknown:   {"", "XYZ", "FRONTAL"},
	} {
		for _, v := range views {
			if v == "P.A." {
				continue // letters apart are no term
			}
			if got := projectionOf(v); got != kind {
				t.Errorf("%q is of kind %d, want %d", v, got, kind)
			}
		}
	}
}

// All poses of a frontal film: the eight with its plane, by PS3.3 C.7.6.1.1.1.
func TestOrientationsOfFrontalImages(t *testing.T) {
	for orientation, want := range map[string][2]string{ // what is said, and what not
		`L\F`: {"", "stored"}, `R\F`: {"stored mirrored", "upside"}, `R\H`: {"upside down", "mirror"},
		`L\H`: {"upside down and mirrored", "side and"},
		`F\R`: {"on its side", "mirror"}, `H\L`: {"on its side", "mirror"}, `F\L`: {"side and mirrored", "upside"},
		`H\R`:  {"side and mirrored", "upside"},
		`LF\F`: {"", "stored"}, `RH\HL`: {"upside down", "mirror"}, `A\F`: {"", "stored"},
		`A\H`: {"upside down", "mirror"}, `P\F`: {"", "stored"}, ``: {"", "stored"},
	} {
		s := Header{Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA", PatientOrientation: orientation}
		got := strings.Join(message.Strings(acquisitionCautions(&s).all()), " ")
		if !strings.Contains(got, want[0]) || strings.Contains(got, want[1]) {
			t.Errorf("%s: %q, want %q and not %q", orientation, got, want[0], want[1])
		}
	}
}
