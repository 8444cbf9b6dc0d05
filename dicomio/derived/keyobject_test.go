package derived

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func testKeyObject() *KeyObject {
	r := testReport()
	return &KeyObject{Common: r.Common, Note: "Dränage liegt zu tief; see the tip"}
}

// TestPeersReadKeyObjects holds the object, and a report with a conclusion, against what pydicom and highdicom read from
// the same bytes, and against the verdicts of dicom3tools and dcmtk where the peer script
// had them, see testdata/peers/dicom_keyobject.py.
func TestPeersReadKeyObjects(t *testing.T) {
	k := testKeyObject()
	r := testReport()
	r.Conclusion = "No change; drain in place. Rücksprache erbeten."
	r.Readers = []string{"Dr. Weber", `  Müller^A=B\C `, "^"}
	for name, data := range map[string][]byte{
		"kos":        written(t, func(b *bytes.Buffer) error { return WriteKeyObject(b, k) }),
		"conclusion": written(t, func(b *bytes.Buffer) error { return WriteStructuredReport(b, r) }),
	} {
		path := filepath.Join("testdata", name+".dcm")
		if *update {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if stored, err := os.ReadFile(path); err != nil || !bytes.Equal(stored, data) {
			t.Fatalf("%s is not what is written now (%v); run with -update-derived, then the peer script", path, err)
		}
		if name == "conclusion" {
			if back, err := ReadStructuredReport(name, data); err != nil || back.Conclusion != r.Conclusion ||
				len(back.Comments) != len(r.Comments) {
				t.Errorf("read back: %+v, %v", back, err)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join("testdata", "kos.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Class, Modality, Patient, Study, Title, Template string
		Images, Notes, Resolved, Evidence, Conclusions   []string
		Observers                                        []string
		Errors                                           map[string][]string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	h := k.Source.Header
	if got.Class != "1.2.840.10008.5.1.4.1.1.88.59" || got.Modality != "KO" || got.Title != "113000" ||
		got.Template != "2010" {
		t.Errorf("%+v", got)
	}
	if got.Patient != h.PatientName || got.Study != h.StudyUID || !reflect.DeepEqual(got.Notes, []string{k.Note}) {
		t.Errorf("%+v", got)
	}
	refers := []string{h.StudyUID, h.SeriesUID, h.InstanceUID}
	if !reflect.DeepEqual(got.Images, refers[2:]) || !reflect.DeepEqual(got.Resolved, refers) ||
		!reflect.DeepEqual(got.Evidence, refers) {
		t.Errorf("it refers to %q, %q, %q, want %q", got.Images, got.Resolved, got.Evidence, refers)
	}
	if !reflect.DeepEqual(got.Conclusions, []string{r.Conclusion}) {
		t.Errorf("conclusions %q", got.Conclusions)
	}
	// what parts person names is none of a name's own
	if want := []string{"Dr. Weber", "Müller A B C"}; !reflect.DeepEqual(got.Observers, want) {
		t.Errorf("observers %q, want %q", got.Observers, want)
	}
	for tool, list := range got.Errors {
		if len(list) > 0 {
			t.Errorf("%s finds %q", tool, list)
		}
	}
}

// TestAKeyObjectNeedsAPicture: one that refers to nothing is refused, and one without a
// note has no description.
func TestAKeyObjectNeedsAPicture(t *testing.T) {
	k := testKeyObject()
	k.Source = Source{}
	if err := WriteKeyObject(&bytes.Buffer{}, k); err == nil {
		t.Error("a selection of nothing was written")
	}
	k = testKeyObject()
	k.Note = ""
	if data := written(t, func(b *bytes.Buffer) error { return WriteKeyObject(b, k) }); bytes.Contains(data,
		[]byte("113012")) {
		t.Error("it describes itself without a note")
	}
}
