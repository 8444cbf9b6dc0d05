package dicomio

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

func richObject(syntax string) *testObject {
	return picture(syntax, 2, 3, 16, 12).set(pixels16(1, 2, 3, 4, 5, 4095),
		element{tag: tagCharset, vr: "CS", text: "ISO_IR 100"}, element{tag: tagPatientName, vr: "PN", text: "M\xfcller^Anne"},
		element{tag: tagImageType, vr: "CS", text: `ORIGINAL\PRIMARY`}, element{tag: tagWindowCenter, vr: "DS", text: "40.5"},
		element{tag: 0x00090010, vr: "LO", text: "ACME"}, element{tag: 0x00091001, vr: "LO", text: "kept"},
		element{tag: 0x00081140, vr: "SQ", undef: true, items: [][]element{
			{{tag: 0x00081155, vr: "UI", text: "1.2.3"}, {tag: 0x00400275, vr: "SQ", items: [][]element{{{tag: 0x00321060, vr: "LO", text: "deep"}}}}},
			{{tag: 0x00081155, vr: "UI", text: "1.2.4"}}}})
}

func TestAttributeList(t *testing.T) {
	for _, syntax := range []string{dcm.ExplicitLE, dcm.ImplicitLE, dcm.ExplicitBE, dcm.Deflated} {
		list, err := AttributesBytes("x", richObject(syntax).encode(t))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]Attribute{}
		for _, a := range list {
			found[a.Tag+a.Value] = a
		}
		for key, depth := range map[string]int{
			"(0010,0010)Müller^Anne": 0, `(0008,0008)ORIGINAL\PRIMARY`: 0, "(0028,1050)40.5": 0, "(0028,0010)2": 0,
			"(0009,1001)kept": 0, "(0008,1155)1.2.3": 2, "(0008,1155)1.2.4": 2, "(0032,1060)deep": 4, "(7FE0,0010)(12 bytes)": 0,
		} {
			if a, ok := found[key]; !ok || a.Depth != depth {
				t.Errorf("%s: %s is %+v", syntax, key, a)
			}
		}
	}
}

func TestInspectionJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.dcm")
	if err := os.WriteFile(path, richObject(dcm.ImplicitLE).encode(t), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := Inspect(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		Attributes map[string]any
		Pixels     map[string]any
	}
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	if o.Attributes["PatientName"] != "Müller^Anne" || o.Attributes["Rows"] != 2.0 || o.Attributes["WindowCenter"] != 40.5 {
		t.Errorf("attributes %v", o.Attributes)
	}
	items, _ := o.Attributes["ReferencedImageSequence"].([]any)
	if len(items) != 2 || items[1].(map[string]any)["ReferencedSOPInstanceUID"] != "1.2.4" {
		t.Errorf("sequence %v", items)
	}
	for key, want := range map[string]any{"rows": 2.0, "columns": 3.0, "frames": 1.0, "samples": 1.0, "bits_stored": 12.0, "signed": false} {
		if o.Pixels[key] != want {
			t.Errorf("%s is %v, want %v", key, o.Pixels[key], want)
		}
	}
	if o.Pixels["sha256"] != pixelHash {
		t.Errorf("sha256 %v", o.Pixels["sha256"])
	}
}

// pixelHash is sha256sum of the bytes 01 00 02 00 03 00 04 00 05 00 ff 0f.
const pixelHash = "1d21b9e33093f9795770657783f87bbec8e441729d438845ad1441148cd0c121"

func TestAttributesOfDuplicateElementsAreJSON(t *testing.T) {
	o := richObject(dcm.ExplicitLE)
	o.elements = append(o.elements, element{tag: tagRows, vr: "US", words: []uint16{9}})
	in, err := InspectBytes(context.Background(), "x", o.encode(t))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(in)
	if err != nil || !json.Valid(text) || bytes.Count(text, []byte(`"Rows"`)) != 1 {
		t.Errorf("%v: %s", err, text)
	}
}

// Sequences that other writers hide: of VR UN (PS3.5 6.2.2), and private ones
// in implicit files.
func TestHiddenSequences(t *testing.T) {
	implicit := encoder{order: binary.LittleEndian, implicit: true}
	inner := implicit.element(nil, element{tag: 0x00081155, vr: "UI", text: "1.2.99"})
	item := append(binary.LittleEndian.AppendUint32(implicit.tag(nil, dcm.Item), uint32(len(inner))), inner...)
	for name, o := range map[string]*testObject{
		"UN":      richObject(dcm.ExplicitLE).set(element{tag: 0x00081140, vr: "UN", bytes: item}),
		"private": richObject(dcm.ImplicitLE).set(element{tag: 0x00091002, vr: "UN", bytes: item}),
	} {
		list, err := AttributesBytes("x", o.encode(t))
		if err != nil {
			t.Fatal(err)
		}
		ok := false
		for _, a := range list {
			ok = ok || a.Value == "1.2.99" && a.Depth == 2
		}
		if !ok {
			t.Errorf("%s: the nested UID was not found", name)
		}
	}
}

func TestStrayTextStaysText(t *testing.T) {
	data := richObject(dcm.ExplicitLE).set(element{tag: tagWindowWidth, vr: "DS", text: "wide"},
		element{tag: tagRescaleSlope, vr: "DS", text: "0"}).encode(t)
	im := mustDecode(t, data)
	if len(im.VOI) != 0 || im.Modality.Slope != 1 || !strings.Contains(strings.Join(message.Strings(im.Warnings), " "), "slope") {
		t.Errorf("windows %v, slope %v, warnings %v", im.VOI, im.Modality.Slope, im.Warnings)
	}
}
