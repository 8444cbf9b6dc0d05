package dicomio

import (
	"strings"
	"testing"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

func concept(value, scheme, meaning string, more ...element) []element {
	return append([]element{{tag: tagCodeValue, vr: "SH", text: value}, {tag: 0x00080102, vr: "SH", text: scheme}, {tag: tagCodeMeaning, vr: "LO", text: meaning}}, more...)
}

// Oracle: PS3.16 CID 4009, 4010 and 4011, in SNOMED CT and SNOMED-RT.
func TestPartsAndViewsInCodes(t *testing.T) {
	for _, c := range []struct {
		name   string
		region []element
		view   []element
		says   string // "" for no doubt
	}{
		{"chest AP", concept("816094009", "SCT", "Chest"), concept("399348003", "SCT", "antero-posterior"), "AP"},
		{"chest PA", concept("T-D3000", "SRT", "Chest"), concept("R-40888", "SRT", "postero-anterior"), ""},
		{"the older chest", concept("51185008", "SCT", "Thoracic structure"), nil, ""},
		{"a word of another language", concept("816094009", "SCT", "Brustkorb"), nil, ""},
		{"lateral", concept("816094009", "SCT", "Chest"), concept("399067008", "SCT", "lateral"), "lateral"},
		{"left lateral", concept("T-D3000", "SRT", "Chest"), concept("R-10236", "SNM3", ""), "lateral"},
		{"oblique", nil, concept("399135007", "SCT", "left anterior oblique"), "oblique"},
		{"an unknown code with words", nil, concept("X1", "99MAKER", "Lateral erect"), "lateral"},
		{"crosstable", nil, concept("399348003", "SCT", "antero-posterior", element{tag: tagViewModifier, vr: "SQ", items: [][]element{concept("111069", "DCM", "Crosstable")}}), "lateral"},
		{"knee", concept("72696002", "SCT", "Knee"), nil, "Knee, not the chest"},
		{"knee without words", concept("T-D9200", "SRT", ""), nil, "Knee, not the chest"},
		{"skull", concept("T-11100", "SRT", "Skull"), nil, "Skull, not the chest"},
	} {
		o := picture(dcm.ExplicitLE, 1, 2, 8, 8).set(pixels8(1, 2))
		if c.region != nil {
			o.set(element{tag: tagAnatomicRegion, vr: "SQ", items: [][]element{c.region}})
		}
		if c.view != nil {
			o.set(element{tag: tagViewCode, vr: "SQ", items: [][]element{c.view}})
		}
		got := said(mustDecode(t, o.encode(t)))
		if c.says == "" && got != "" || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q, want %q", c.name, got, c.says)
		}
	}
	o := picture(dcm.ExplicitLE, 1, 2, 8, 8).set(pixels8(1, 2), element{tag: tagBodyPart, vr: "CS", text: "CHEST"}, element{tag: tagViewPosition, vr: "CS", text: "PA"},
		element{tag: tagViewCode, vr: "SQ", items: [][]element{concept("399067008", "SCT", "lateral")}})
	if s := mustDecode(t, o.encode(t)).Study; s.BodyPart != "CHEST" || s.ViewPosition != "PA" {
		t.Errorf("words of the header gave way to codes: %+v", s)
	}
}

// Oracle: the defined terms of View Position, PS3.3 C.8.7.1.1.2 and C.8.11.7.
func TestKindsOfViews(t *testing.T) {
	for kind, views := range map[viewKind][]string{
		viewPA: {"PA", "pa", "P.A.", "Erect PA"}, viewAP: {"AP", "AP SUPINE", "ap erect"}, viewLateral: {"LL", "RL", "LATERAL", "L LAT", "LLAT"},
		viewOblique: {"LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "OBLIQUE", "AP OBLIQUE", "LATERAL OBLIQUE"}, viewDecubitus: {"LLD", "RLD", "LEFT LATERAL DECUBITUS"},
		viewUnknown: {"", "XYZ", "FRONTAL"},
	} {
		for _, v := range views {
			if v == "P.A." {
				continue // letters apart are no term
			}
			if got := kindOfView(v); got != kind {
				t.Errorf("%q is of kind %d, want %d", v, got, kind)
			}
		}
	}
}

// All poses of a frontal film: the eight with its plane, by PS3.3 C.7.6.1.1.1.
func TestOrientationsOfFrontalFilms(t *testing.T) {
	for orientation, want := range map[string][2]string{ // what is said, and what not
		`L\F`: {"", "stored"}, `R\F`: {"stored mirrored", "upside"}, `R\H`: {"upside down", "mirror"}, `L\H`: {"upside down and mirrored", "side and"},
		`F\R`: {"on its side", "mirror"}, `H\L`: {"on its side", "mirror"}, `F\L`: {"side and mirrored", "upside"}, `H\R`: {"side and mirrored", "upside"},
		`LF\F`: {"", "stored"}, `RH\HL`: {"upside down", "mirror"}, `A\F`: {"", "stored"}, `A\H`: {"upside down", "mirror"}, `P\F`: {"", "stored"}, ``: {"", "stored"},
	} {
		s := Study{Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA", PatientOrientation: orientation}
		got := strings.Join(message.Strings(studyDoubts(&s)), " ")
		if !strings.Contains(got, want[0]) || strings.Contains(got, want[1]) {
			t.Errorf("%s: %q, want %q and not %q", orientation, got, want[0], want[1])
		}
	}
}
