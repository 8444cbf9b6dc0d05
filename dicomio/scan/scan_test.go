package scan

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/parallel"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// imageOf is a small film of a patient's study.
func imageOf(t testing.TB, patient, date string, number int) []byte {
	t.Helper()
	return encoded(t, dicomio.Header{
		PatientName: patient, PatientID: "ID-" + patient, PatientSex: "F", PatientAge: "061Y", Modality: "DX",
		StudyDate: date, StudyTime: "101500",
		BodyPart: "CHEST", ViewPosition: "PA", PatientOrientation: `L\F`,
		InstanceUID: dcm.DeriveUID(patient, date, fmt.Sprint(number)),
	})
}

// disc is a folder as a CD has it: 2 patients, one with a prior, a PNG, things
// that are no pictures, and a damaged file.
func disc(t testing.TB) map[string][]byte {
	report := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 1, 8, 8).Encode(t) // no pixel data
	return map[string][]byte{
		"IMAGES/A1": imageOf(t, "Adams", "20260101", 1), "IMAGES/A2": imageOf(t, "Adams", "20261001", 2),
		"IMAGES/A3": imageOf(t, "Adams", "20261001", 3), "images/deep/down/B1.dcm": imageOf(t, "Baker", "20250505", 4),
		"extra.png": dicomtest.PNG(t, image.NewGray(image.Rect(0, 0, 4, 4))),
		"notes.txt": []byte("no picture"), "report.dcm": report, "empty": nil,
		"broken.dcm": imageOf(t, "Cut", "20260101", 5)[:300],
	}
}

func checkCatalog(t *testing.T, c *Catalog) {
	t.Helper()
	var names []string
	for _, p := range c.Patients {
		names = append(names, p.Name)
	}
	if c.Pictures != 5 || strings.Join(names, ",") != ",Adams,Baker" {
		t.Fatalf("%d pictures of %q", c.Pictures, names)
	}
	adams := c.Patients[1]
	if len(adams.Studies) != 2 || adams.Studies[0].Date != "20261001" ||
		len(adams.Studies[0].Series[0].Instances) != 2 {
		t.Errorf("Adams has %+v", adams.Studies)
	}
	if p := adams.Priors(adams.Studies[0]); len(p) != 1 || p[0].Date != "20260101" {
		t.Errorf("priors %v", p)
	}
	if len(c.Problems) != 1 || !strings.Contains(c.Problems[0].Path, "broken.dcm") {
		t.Errorf("problems %+v", c.Problems)
	}
	for _, p := range c.Patients {
		im, err := p.Studies[0].Series[0].Instances[0].Decode(context.Background())
		if err != nil || im.Header.PatientName != p.Name {
			t.Errorf("%q decodes as %v, %v", p.Name, im, err)
		}
	}
}

func TestCollectFolder(t *testing.T) {
	root := t.TempDir()
	for name, data := range disc(t) {
		dicomtest.WriteFile(t, filepath.Join(root, name), data)
	}
	var last Progress
	c, err := Collect(context.Background(), root, func(p Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	checkCatalog(t, c)
	if last.Files != 9 || last.Pictures != 5 {
		t.Errorf("progress ended at %+v", last)
	}
}

func TestCollectArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disc.zip")
	dicomtest.WriteFile(t, path, dicomtest.Zip(t, disc(t)))
	c, err := Collect(context.Background(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkCatalog(t, c)
}

func TestArchivesThatWantOutOrTooMuchAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.zip")
	dicomtest.WriteFile(t, path, dicomtest.Zip(t, map[string][]byte{
		"../../outside.dcm": imageOf(t, "A", "20260101", 1), "bomb.dcm": make([]byte, 40<<20),
		"good.dcm": imageOf(t, "B", "20260101", 1)}))
	c, err := Collect(context.Background(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Pictures != 1 || len(c.Problems) != 2 {
		t.Errorf("%d pictures, problems %+v", c.Pictures, c.Problems)
	}
	var fe *fileio.FormatError
	if _, err := (&Instance{Origin: member{path, "bomb.dcm"}}).Decode(context.Background()); !errors.As(err, &fe) {
		t.Errorf("the bomb gives %v", err)
	}
	if _, err := (&Instance{Origin: member{path, "absent"}}).Decode(context.Background()); !errors.As(err, &fe) {
		t.Errorf("a missing member gives %v", err)
	}
}

func TestCollectDICOMDIR(t *testing.T) {
	root := t.TempDir()
	dicomtest.WriteFile(t, filepath.Join(root, "IMAGES", "A1"), imageOf(t, "Adams", "20260101", 1))
	dicomtest.WriteFile(t, filepath.Join(root, "images", "b1"),
		imageOf(t, "Baker", "20260101", 1)) // as copied by another system
	dicomtest.WriteFile(t, filepath.Join(root, "unlisted"), imageOf(t, "Unlisted", "20260101", 1))
	dicomtest.WriteFile(t, filepath.Join(filepath.Dir(root), "secret"), imageOf(t, "Outside", "20260101", 1))
	path := filepath.Join(root, "DICOMDIR")
	dicomtest.WriteFile(t, path, dicomtest.DICOMDIR(t, `IMAGES\A1`, `IMAGES\B1`, `IMAGES\GONE`, `..\secret`,
		`IMAGES\A1`))
	c, err := Collect(context.Background(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Patients) != 2 || c.Patients[0].Name != "Adams" || c.Patients[1].Name != "Baker" {
		t.Errorf("patients %+v", c.Patients)
	}
	dicomtest.WriteFile(t, path, dicomtest.DICOMDIR(t, `IMAGES\GONE`))
	var fe *fileio.FormatError
	if _, err := Collect(context.Background(), path, nil); !errors.As(err, &fe) {
		t.Errorf("nothing is there: %v", err)
	}
	if _, err := dicomio.Decode(context.Background(), path); !errors.As(err, &fe) ||
		!strings.Contains(err.Error(), "DICOMDIR") {
		t.Errorf("decoding an index: %v", err)
	}
}

func TestScanStopsWithItsContext(t *testing.T) {
	root := t.TempDir()
	for i := range 200 {
		dicomtest.WriteFile(t, filepath.Join(root, fmt.Sprint(i)), []byte("x"))
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := Find(ctx, root, func(Found) {}, func(p Progress) {
		if p.Files == 10 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestScanOfNoPicture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	dicomtest.WriteFile(t, path, []byte("some text that is no picture"))
	var fe *fileio.FormatError
	if err := Find(context.Background(), path, func(Found) {}, nil); !errors.As(err, &fe) {
		t.Errorf("error is %v", err)
	}
	if err := Find(context.Background(), path+"x", func(Found) {}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
}

// A header with a large private element needs several reads.
func TestLongHeadersAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.dcm")
	dicomtest.WriteFile(t, path,
		dicomtest.Rich(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.Tag{Group: 0x0009, Element: 0x1003},
			VR: "OB", Bytes: make([]byte, 300_000)}).Encode(t))
	c, err := Collect(context.Background(), path, nil)
	if err != nil || c.Pictures != 1 || c.Patients[0].Name != "Müller^Anne" {
		t.Errorf("%+v, %v", c, err)
	}
}

// A fault in what is told of each picture ends the scan with an error; it came
// from a goroutine that nobody guards.
func TestPanicsOfAScanAreErrors(t *testing.T) {
	dir := t.TempDir()
	for name, data := range disc(t) {
		dicomtest.WriteFile(t, filepath.Join(dir, name), data)
	}
	var p *parallel.Panic
	if err := Find(t.Context(), dir, func(Found) { panic("on purpose") }, nil); !errors.As(err, &p) ||
		p.Value != "on purpose" {
		t.Errorf("%v", err)
	}
}

// A writer that goes wrong when its file is read is an error of reading.
func TestPanicsOfAStreamAreErrors(t *testing.T) {
	calls := 0
	file, size, err := dcm.Rewritten(func(w io.Writer) error {
		if calls++; calls > 1 {
			panic("on purpose")
		}
		_, err := w.Write(make([]byte, 100))
		return err
	})
	if err != nil || size != 100 {
		t.Fatal(size, err)
	}
	var p *parallel.Panic
	if _, err := file.ReadAt(make([]byte, 10), 0); !errors.As(err, &p) || p.Value != "on purpose" {
		t.Errorf("%v", err)
	}
}
