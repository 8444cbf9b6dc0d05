package deidentify

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/dicomtest/stored"
	"hilum/dicomio/internal/fileio"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// secrets are values that must not survive anywhere in the output.
var secrets = []string{"Doe", "Jane", "MRN-4711", "ACC-99", "St. Elsewhere", "Dr House", "19500101", "20261120",

	"101500", "private words", "burnt", "Flat 7", "1.2.826.0.1.99", "free text", "nested name", "overlay"}

func anonymous(t *testing.T, a *Anonymiser, data []byte) ([]byte, *Report) {
	t.Helper()
	out, r, err := a.Bytes(context.Background(), "x.dcm", data)
	if err != nil {
		t.Fatal(err)
	}
	return out, r
}

func newAnonymiser(t *testing.T, o Options) *Anonymiser {
	t.Helper()
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnonymiseRemovesIdentity(t *testing.T) {
	for _, syntax := range []string{uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian,
		uid.DeflatedExplicitVRLittleEndian} {
		out, r := anonymous(t, newAnonymiser(t, Options{}), dicomtest.Secret(syntax).Encode(t))
		for _, s := range secrets {
			if bytes.Contains(out, []byte(s)) {
				t.Errorf("%s: %q is still there", syntax, s)
			}
		}
		im := dicomtest.Decoded(t, dicomio.DecodeBytes, out)
		if !slices.Equal(im.Stored, []int32{1, 2, 3, 4, 5, 4095}) || im.BitsStored != 12 {
			t.Errorf("%s: the pixels changed: %v", syntax, im.Stored)
		}
		if im.Header.ViewPosition != "PA" || im.Header.Modality != "DX" ||
			im.Spacing.Source != dicomio.SpacingDetector {
			t.Errorf("%s: what measures the film is gone: %+v, %+v", syntax, im.Header, im.Spacing)
		}
		if im.Header.PatientSex != "" || im.Header.PatientAge != "" ||
			!strings.HasPrefix(im.Header.PatientID, "ANON-") {
			t.Errorf("%s: patient %+v", syntax, im.Header)
		}
		if len(r.Removed) < 8 || len(r.Emptied) < 5 || len(r.Replaced) < 4 {
			t.Errorf("%s: report %+v", syntax, r)
		}
		if !bytes.Contains(out, []byte("113100")) || !bytes.Contains(out, []byte("Thorax")) {
			t.Errorf("%s: the method's code or the anatomy is missing", syntax)
		}
	}
}

func TestAnonymiseMapsConsistently(t *testing.T) {
	a := newAnonymiser(t, Options{KeepCharacteristics: true})
	first, _ := anonymous(t, a, dicomtest.Secret(uid.ExplicitVRLittleEndian).Encode(t))
	o := dicomtest.Secret(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.SOPInstanceUID, VR: "UI",
		Text: "1.2.826.0.1.99.7"})
	second, _ := anonymous(t, a, o.Encode(t))
	x, y := dicomtest.Decoded(t, dicomio.DecodeBytes, first).Header,
		dicomtest.Decoded(t, dicomio.DecodeBytes, second).Header
	if x.StudyUID != y.StudyUID || x.PatientID != y.PatientID || x.InstanceUID == y.InstanceUID ||
		x.SeriesUID == x.StudyUID {
		t.Errorf("%+v\n%+v", x, y)
	}
	if x.PatientSex != "F" || x.PatientAge != "076Y" {
		t.Errorf("characteristics were not kept: %+v", x)
	}
	// a reference follows its target
	if n := bytes.Count(first, []byte(x.SeriesUID)); n != 2 {
		t.Errorf("the series UID stands %d times", n)
	}
	other, _ := anonymous(t, newAnonymiser(t, Options{}), dicomtest.Secret(uid.ExplicitVRLittleEndian).Encode(t))
	if dicomtest.Decoded(t, dicomio.DecodeBytes, other).Header.StudyUID == x.StudyUID {
		t.Error("another secret gave the same UID")
	}
}

func TestAnonymiseKeepsCompressedPixels(t *testing.T) {
	data := dicomtest.Fixture(t, "lossless_sv1_12.dcm")
	out, _ := anonymous(t, newAnonymiser(t, Options{}), data)
	im := dicomtest.Decoded(t, dicomio.DecodeBytes, out)
	if !slices.Equal(im.Stored, dicomtest.GrainPicture(12)) || im.TransferSyntax != "1.2.840.10008.1.2.4.70" {
		t.Errorf("the pixels changed, syntax %s", im.TransferSyntax)
	}
	frames, _ := anonymous(t, newAnonymiser(t, Options{}), dicomtest.Fixture(t, "rle_12_frames.dcm"))
	if !slices.Equal(stored.Frames(t, "frames", frames), dicomtest.GrainFrames()) {
		t.Error("the frames changed")
	}
}

func TestAnonymiseBlanksBoxes(t *testing.T) {
	a := newAnonymiser(t, Options{Redact: []Region{{X: 3, Y: 5, Width: 10, Height: 4},
		{X: -5, Y: -5, Width: 6, Height: 6}}})
	for _, name := range []string{"lossless_sv1_12", "rle_12_frames"} {
		out, r := anonymous(t, a, dicomtest.Fixture(t, name+".dcm"))
		want := dicomtest.GrainPicture(12)
		if name == "rle_12_frames" {
			want = dicomtest.GrainFrames()
		}
		for i := range want {
			x, y := i%dicomtest.FixtureWidth, i/dicomtest.FixtureWidth%dicomtest.FixtureHeight
			if x >= 3 && x < 13 && y >= 5 && y < 9 || x == 0 && y == 0 {
				want[i] = 0
			}
		}
		if !slices.Equal(stored.Frames(t, name, out), want) || r.Blanked != 2 {
			t.Errorf("%s: the boxes were not blanked, or more than they", name)
		}
	}
}

func TestAnonymiseFilesWithoutANameOrAPicture(t *testing.T) {
	o := dicomtest.Secret(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.SOPInstanceUID, VR: "UI",
		Text: ""})
	if _, r := anonymous(t, newAnonymiser(t, Options{}), o.Encode(t)); len(r.Out) < 10 {
		t.Errorf("the instance is called %q", r.Out)
	}
	o.Set(dicomtest.Element{Tag: tag.EncapsulatedDocument, VR: "OB", Bytes: []byte("%PDF Jane Doe")})
	var ue *fileio.UnsupportedError
	if _, _, err := newAnonymiser(t, Options{}).Bytes(context.Background(), "x", o.Encode(t)); !errors.As(err, &ue) {
		t.Errorf("an encapsulated document: %v", err)
	}
}

func TestAnonymiseFolder(t *testing.T) {
	in, out := t.TempDir(), filepath.Join(t.TempDir(), "clean")
	dicomtest.WriteFile(t, filepath.Join(in, "Doe_Jane", "film.dcm"),
		dicomtest.Secret(uid.ExplicitVRLittleEndian).Encode(t))
	dicomtest.WriteFile(t, filepath.Join(in, "broken.dcm"),
		dicomtest.Secret(uid.ExplicitVRLittleEndian).Encode(t)[:200])
	dicomtest.WriteFile(t, filepath.Join(in, "notes.txt"), []byte("no film"))
	reports, err := anonymise(context.Background(), in, out, Options{})
	if err != nil || len(reports) != 2 {
		t.Fatalf("%v, %+v", err, reports)
	}
	files, err := os.ReadDir(out)
	if err != nil || len(files) != 1 || strings.Contains(files[0].Name(), "Doe") {
		t.Errorf("%v, %v", files, err)
	}
	if reports[0].Err != nil || reports[1].Err == nil {
		t.Errorf("reports %+v", reports)
	}
	if _, err := anonymise(context.Background(), in, filepath.Join(in, "sub"), Options{}); err == nil {
		t.Error("the output may lie inside the input")
	}
}

// Oracle: dcmdump of DCMTK, which names every departure from the standard.
func TestAnonymousFilesPleaseDCMTK(t *testing.T) {
	dcmdump, err := exec.LookPath("dcmdump")
	if err != nil {
		t.Skip("dcmdump (DCMTK) is not installed")
	}
	for name, data := range map[string][]byte{"native": dicomtest.Secret(uid.ExplicitVRBigEndian).Encode(t),
		"compressed": dicomtest.Fixture(t, "lossless_sv1_12.dcm")} {
		out, _ := anonymous(t, newAnonymiser(t, Options{}), data)
		path := filepath.Join(t.TempDir(), name+".dcm")
		dicomtest.WriteFile(t, path, out)
		text, err := exec.Command(dcmdump, path).CombinedOutput()
		if err != nil || bytes.Contains(text, []byte("W: ")) || bytes.Contains(text, []byte("E: ")) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// anonymise runs a job of one file or folder.
func anonymise(ctx context.Context, in, out string, o Options) ([]Report, error) {
	s, err := Job{In: in, Out: out, Options: o}.Run(ctx)
	return s.Reports, err
}
