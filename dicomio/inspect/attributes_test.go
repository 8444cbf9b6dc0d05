package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dicomtest"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

func TestAttributeList(t *testing.T) {
	for _, syntax := range []string{uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian,
		uid.DeflatedExplicitVRLittleEndian} {
		list, err := AttributesBytes("x", dicomtest.Rich(syntax).Encode(t))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]Attribute{}
		for _, a := range list {
			found[a.Tag+a.Value] = a
		}
		for key, depth := range map[string]int{
			"(0010,0010)Müller^Anne": 0, `(0008,0008)ORIGINAL\PRIMARY`: 0, "(0028,1050)40.5": 0, "(0028,0010)2": 0,
			"(0009,1001)kept": 0, "(0008,1155)1.2.3": 2, "(0008,1155)1.2.4": 2, "(0032,1060)deep": 4,
			"(7FE0,0010)(12 bytes)": 0,
		} {
			if a, ok := found[key]; !ok || a.Depth != depth {
				t.Errorf("%s: %s is %+v", syntax, key, a)
			}
		}
	}
}

func TestInspectionJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.dcm")
	if err := os.WriteFile(path, dicomtest.Rich(uid.ImplicitVRLittleEndian).Encode(t), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := File(context.Background(), path)
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
	if o.Attributes["PatientName"] != "Müller^Anne" || o.Attributes["Rows"] != 2.0 ||
		o.Attributes["WindowCenter"] != 40.5 {
		t.Errorf("attributes %v", o.Attributes)
	}
	items, _ := o.Attributes["ReferencedImageSequence"].([]any)
	if len(items) != 2 || items[1].(map[string]any)["ReferencedSOPInstanceUID"] != "1.2.4" {
		t.Errorf("sequence %v", items)
	}
	for key, want := range map[string]any{"rows": 2.0, "columns": 3.0, "frames": 1.0, "samples": 1.0,
		"bits_stored": 12.0, "signed": false} {
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
	o := dicomtest.Rich(uid.ExplicitVRLittleEndian)
	o.Elements = append(o.Elements, dicomtest.Element{Tag: tag.Rows, VR: "US", Words: []uint16{9}})
	in, err := Bytes(context.Background(), "x", o.Encode(t))
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
	implicit := dicomtest.Encoder{Order: binary.LittleEndian, Implicit: true}
	inner := implicit.Element(nil, dicomtest.Element{Tag: tag.ReferencedSOPInstanceUID, VR: "UI", Text: "1.2.99"})
	item := append(binary.LittleEndian.AppendUint32(implicit.Tag(nil, tag.Item), uint32(len(inner))), inner...)
	for name, o := range map[string]*dicomtest.Object{
		"UN": dicomtest.Rich(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.ReferencedImageSequence,
			VR: "UN", Bytes: item}),
		"private": dicomtest.Rich(uid.ImplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.Tag{Group: 0x0009,
			Element: 0x1002}, VR: "UN", Bytes: item}),
	} {
		list, err := AttributesBytes("x", o.Encode(t))
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
	data := dicomtest.Rich(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.WindowWidth, VR: "DS",
		Text: "wide"},
		dicomtest.Element{Tag: tag.RescaleSlope, VR: "DS", Text: "0"}).Encode(t)
	im := dicomtest.Decoded(t, dicomio.DecodeBytes, data)
	if len(im.VOI) != 0 || im.Modality.Slope != 1 || !strings.Contains(strings.Join(message.Strings(im.Warnings), " "),
		"slope") {
		t.Errorf("windows %v, slope %v, warnings %v", im.VOI, im.Modality.Slope, im.Warnings)
	}
}
