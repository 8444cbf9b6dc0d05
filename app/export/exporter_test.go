package export

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/app/annotation"
	"hilum/app/apptest"
	"hilum/app/classmap"
	"hilum/app/records"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/dicomio/inspect"
	"hilum/inference"
)

// subject is a DICOM film of a patient with everything about it.
func subject(t *testing.T) Subject {
	t.Helper()
	drawn := apptest.Image(700)
	drawn.Header = dicomio.Header{PatientName: "Müller^Jörg", PatientID: "SECRET7", StudyUID: "1.2.826.1",
		SeriesUID: "1.2.826.2", InstanceUID: "1.2.826.3",
		StudyDate: "20260102", Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA", Accession: "ACC9"}
	var b bytes.Buffer
	if err := derived.WriteImage(&b, drawn); err != nil {
		t.Fatal(err)
	}
	im, err := dicomio.DecodeBytes(t.Context(), "/films/mueller.dcm", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	e := &apptest.Engine{Classes: len(apptest.ThreeClasses)}
	m, err := inference.OpenModel(e, apptest.TinySource(t, apptest.ThreeClasses...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	r, err := m.Score(t.Context(), im)
	if err != nil {
		t.Fatal(err)
	}
	return Subject{
		Image: im, File: func(_ context.Context, use func(io.ReaderAt, int64) error) error {
			return use(bytes.NewReader(b.Bytes()), int64(b.Len()))
		}, Result: r, Model: m, Window: im.DefaultWindow(),
		Map: classmap.Map{Class: "Hernia", On: true, Opacity: 0.5},
		Marks: []annotation.Mark{
			{ID: "1", Kind: annotation.Length, Points: []annotation.Point{{X: 1, Y: 2}, {X: 30, Y: 40}},
				Text: "as told by Dr Secretive"},
			{ID: "2", Kind: annotation.Text, Points: []annotation.Point{{X: 1, Y: 2}}, Text: "Mrs Secretive"},
		},
		KeyImage:   records.Remark{Held: true, Text: "Secretive key"},
		Conclusion: records.Remark{Held: true, Text: "Secretive conclusion"},
		Answers: []records.Answer{{Reader: "Dr Secretive", Class: "Hernia", Verdict: records.Agree,
			Note:    "Secretive note",
			Regions: []records.Region{{Kind: records.BoxRegion, Points: [][2]float64{{0.25, 0.25}, {0.5, 0.75}}}}}},
	}
}

func exported(t *testing.T, e *Exporter, s Subject, forms ...string) map[string][]byte {
	t.Helper()
	files, err := e.Export(t.Context(), s, t.TempDir(), forms...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f)
		if strings.Contains(name, "mueller") {
			t.Errorf("the file name %s tells the patient", name)
		}
		out[name[hashName:]] = data
	}
	return out
}

func TestExportsWithoutIdentityTellNobody(t *testing.T) {
	files := exported(t, &Exporter{}, subject(t), Standard().Names()...)
	if len(files) != len(Standard()) {
		t.Errorf("%d files", len(files))
	}
	var study []string
	for name, data := range files {
		for _, secret := range []string{"ller", "SECRET7", "ACC9", "20260102", "2026-01-02", "1.2.826", "Secretive",
			"mueller"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s has %q", name, secret)
			}
		}
		if list, err := inspect.AttributesBytes(name, data); err == nil && list != nil {
			for _, a := range list {
				if a.Keyword == "StudyInstanceUID" && a.Depth == 0 {
					study = append(study, a.Value)
				}
			}
		}
	}
	if len(study) != 5 || len(slices.Compact(study)) != 1 {
		t.Errorf("the DICOM files are of the studies %v, want 5 of one", study)
	}
	im, err := dicomio.DecodeBytes(t.Context(), "film", files["-film.dcm"])
	if err != nil {
		t.Fatal(err)
	}
	r, err := derived.ReadStructuredReport("sr", files["-sr.dcm"])
	if err != nil || r.Source.Header.InstanceUID != im.Header.InstanceUID || len(r.Findings) != 3 {
		t.Errorf("%v: the report is about %+v, the film is %s", err, r, im.Header.InstanceUID)
	}
	p, err := derived.ReadPresentationState("gsps", files["-gsps.dcm"])
	if err != nil || p.Source.Header.InstanceUID != im.Header.InstanceUID {
		t.Errorf("%v: the state is about %+v", err, p)
	}
	if last := p.Layers[len(p.Layers)-1]; last.Name != "REGIONS" ||
		!reflect.DeepEqual(last.Graphics[0].Points, [][2]float32{{16, 12}, {32, 12}, {32, 36}, {16, 36}, {16, 12}}) {
		t.Errorf("regions %+v", last)
	}
}

func TestIdentifiedExportsKeepIdentity(t *testing.T) {
	e := &Exporter{Identified: true, Now: func() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }}
	files := exported(t, e, subject(t), StructuredReport, Capture)
	if len(files) != 2 {
		t.Errorf("%d files; the film is there already under its own identity", len(files))
	}
	r, err := derived.ReadStructuredReport("sr", files["-sr.dcm"])
	if err != nil || r.Source.Header.PatientName != "Müller^Jörg" || r.Source.Header.InstanceUID != "1.2.826.3" ||
		r.Source.Header.StudyUID != "1.2.826.1" {
		t.Errorf("%v, %+v", err, r)
	}
	if !slices.ContainsFunc(r.Comments, func(c string) bool { return strings.Contains(c, "Secretive note") }) {
		t.Errorf("comments %q", r.Comments)
	}
	again := exported(t, e, subject(t), StructuredReport, Capture)
	if !reflect.DeepEqual(files, again) {
		t.Error("the same export twice differs")
	}
}

func TestPicturesWithoutDICOMGetAImage(t *testing.T) {
	s := subject(t)
	plain := *s.Image
	plain.Format, plain.Header, plain.SOPClass, plain.Path = dicomio.PNG, dicomio.Header{}, "", "a.png"
	s.Image, s.File = &plain, nil
	for _, identified := range []bool{false, true} {
		files := exported(t, &Exporter{Identified: identified}, s, StructuredReport)
		im, err := dicomio.DecodeBytes(t.Context(), "film", files["-film.dcm"])
		if err != nil {
			t.Fatal(err)
		}
		r, err := derived.ReadStructuredReport("sr", files["-sr.dcm"])
		if err != nil || r.Source.Header.InstanceUID != im.Header.InstanceUID ||
			!reflect.DeepEqual(im.Stored, plain.Stored) {
			t.Errorf("identified %v, %v: the report is about %s, the film is %s", identified, err,
				r.Source.Header.InstanceUID, im.Header.InstanceUID)
		}
	}
}

func TestExportsOfAnUnscoredPicture(t *testing.T) {
	s := subject(t)
	s.Result, s.Model = nil, nil
	exported(t, &Exporter{}, s, PDF, PNG, PNG16, PresentationState, Capture)
	if _, err := (&Exporter{}).Export(t.Context(), s, t.TempDir(), StructuredReport); err == nil ||
		!strings.Contains(err.Error(), "score the picture first") {
		t.Errorf("a report without findings: %v", err)
	}
	if _, err := (&Exporter{}).Export(t.Context(), s, t.TempDir(), "docx"); err == nil ||
		!strings.Contains(err.Error(), "docx") {
		t.Errorf("an unknown form: %v", err)
	}
}

// TestExportsShowSeveralClasses: page and capture hold the same picture.
func TestExportsShowSeveralClasses(t *testing.T) {
	s := subject(t)
	s.Map.More = s.Map.More.With("Mass").With("Nodule")
	dir := t.TempDir()
	files, err := new(Exporter).Export(t.Context(), s, dir, PDF, Capture, PNG)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if st, err := os.Stat(f); err != nil || st.Size() < 1000 {
			t.Errorf("%s: %v", filepath.Base(f), err)
		}
	}
}
