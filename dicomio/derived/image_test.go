package derived

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/deidentify"
	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

func image(bits int, signed bool) *dicomio.Image {
	im := &dicomio.Image{Width: 37, Height: 21, Samples: 1, BitsStored: bits, Signed: signed,
		Modality: dicomio.Modality{Slope: 1},
		VOI: []dicomio.Window{{Name: "STANDARD", Center: 100, Width: 180, Function: dicomio.Linear},
			{Name: "LUNG", Center: 60.5, Width: 90, Function: dicomio.Linear}},
		Spacing: dicomio.Spacing{Row: 0.143, Column: 0.144, Source: dicomio.SpacingDetector},
		Header: dicomio.Header{PatientName: "Müller^Änne", PatientID: "P-1", PatientSex: "F", PatientAge: "061Y",
			Modality:  "DX",
			StudyDate: "20261120", StudyTime: "101500", BodyPart: "CHEST", ViewPosition: "PA",
			PatientOrientation: `L\F`}}
	for i := range 37 * 21 {
		v := int32(i*i*7) & (1<<bits - 1)
		if signed {
			v = v << (32 - bits) >> (32 - bits)
		}
		im.Stored = append(im.Stored, v)
	}
	return im
}

func encodeDICOM(t testing.TB, im *dicomio.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteImage(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWrittenDICOMReadsBack(t *testing.T) {
	for _, bits := range []int{8, 10, 12, 15, 16} {
		for _, signed := range []bool{false, true} {
			want := image(bits, signed)
			got := dicomtest.Decoded(t, dicomio.DecodeBytes, encodeDICOM(t, want))
			if !slices.Equal(got.Stored, want.Stored) || got.BitsStored != bits || got.Signed != signed {
				t.Errorf("%d bits, signed %v: pixels differ", bits, signed)
			}
			if got.Header.PatientName != "Müller^Änne" || got.Header.ViewPosition != "PA" ||
				got.Header.PatientOrientation != `L\F` {
				t.Errorf("study is %+v", got.Header)
			}
			if got.Spacing != want.Spacing || len(got.VOI) != 2 || got.VOI[1].Center != 60.5 ||
				got.VOI[1].Name != "LUNG" {
				t.Errorf("spacing %+v, windows %+v", got.Spacing, got.VOI)
			}
		}
	}
}

func TestWrittenDICOMIsReproducible(t *testing.T) {
	if !bytes.Equal(encodeDICOM(t, image(12, false)), encodeDICOM(t, image(12, false))) {
		t.Error("the same picture gave different bytes")
	}
}

// Oracle: an independent reader.
func TestWrittenDICOMByAnotherReader(t *testing.T) {
	data := encodeDICOM(t, image(12, false))
	ds, err := dicom.Parse(bytes.NewReader(data), int64(len(data)), nil, dicom.SkipPixelData())
	if err != nil {
		t.Fatal(err)
	}
	name, err := ds.FindElementByTag(tag.PatientName)
	if err != nil || dicom.MustGetStrings(name.Value)[0] != "Müller^Änne" {
		t.Errorf("patient name: %v, %v", name, err)
	}
	rows, err := ds.FindElementByTag(tag.Rows)
	if err != nil || dicom.MustGetInts(rows.Value)[0] != 21 {
		t.Errorf("rows: %v, %v", rows, err)
	}
}

// Oracle: dcmdump of DCMTK, which names every departure from the standard.
func TestWrittenDICOMPleasesDCMTK(t *testing.T) {
	dcmdump, err := exec.LookPath("dcmdump")
	if err != nil {
		t.Skip("dcmdump (DCMTK) is not installed")
	}
	for _, modality := range []string{"DX", "OT"} {
		im := image(12, false)
		im.Header.Modality = modality
		path := filepath.Join(t.TempDir(), "x.dcm")
		if err := os.WriteFile(path, encodeDICOM(t, im), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(dcmdump, path).CombinedOutput()
		if err != nil || bytes.Contains(out, []byte("W: ")) || bytes.Contains(out, []byte("E: ")) {
			t.Errorf("%s: %v\n%s", modality, err, out)
		}
		if !strings.Contains(string(out), "=LittleEndianExplicit") {
			t.Errorf("%s: dcmdump says\n%s", modality, out)
		}
	}
}

// Oracle: dciodvfy of dicom3tools, which knows what each class of objects must have.
func TestWrittenDICOMHasWhatItsClassAsksFor(t *testing.T) {
	dciodvfy, err := exec.LookPath("dciodvfy")
	if err != nil {
		t.Skip("dciodvfy (dicom3tools) is not installed")
	}
	for _, modality := range []string{"DX", "OT"} {
		im := image(12, false)
		im.Header.Modality, im.Header.BodyPart, im.Header.ViewPosition = modality, "CHEST", "PA"
		im.Header.PatientOrientation = "L\\F"
		im.Assurance = dicomio.Assurance{BurnedIn: "NO", Lossy: dicomio.Compression{State: "00"}}
		path := filepath.Join(t.TempDir(), "x.dcm")
		if err := os.WriteFile(path, encodeDICOM(t, im), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command(dciodvfy, path).CombinedOutput() // it fails for warnings too
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "Error") {
				t.Errorf("%s: %s", modality, line)
			}
		}
	}
}

func TestUnwritablePicturesAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*dicomio.Image){
		"colour":     func(im *dicomio.Image) { im.Samples = 3 },
		"too short":  func(im *dicomio.Image) { im.Stored = im.Stored[1:] },
		"too large":  func(im *dicomio.Image) { im.Stored[5] = 4096 },
		"bits":       func(im *dicomio.Image) { im.BitsStored = 17 },
		"size":       func(im *dicomio.Image) { im.Width = 70000 },
		"negative":   func(im *dicomio.Image) { im.Stored[5] = -1 },
		"long value": func(im *dicomio.Image) { im.Header.StudyDescription = strings.Repeat("x", 70000) },
	} {
		im := image(12, false)
		spoil(im)
		if err := WriteImage(&bytes.Buffer{}, im); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func TestCutDICOMIsRefused(t *testing.T) {
	data := encodeDICOM(t, image(12, false))
	for n := range len(data) {
		if _, err := dicomio.DecodeBytes(context.Background(), "cut", data[:n]); err == nil {
			t.Fatalf("%d of %d bytes were accepted", n, len(data))
		}
	}
}

// TestWriteForPeers leaves files in HILUM_WRITE_DIR for
// testdata/peers/dicom_read.py, which reads them with pydicom, GDCM and DCMTK.
func TestWriteForPeers(t *testing.T) {
	dir := os.Getenv("HILUM_WRITE_DIR")
	if dir == "" {
		t.Skip("HILUM_WRITE_DIR names no folder to write to")
	}
	for _, bits := range []int{8, 12, 16} {
		for _, modality := range []string{"DX", "OT"} {
			im := image(bits, false)
			im.Header.Modality = modality
			im.Width, im.Height, im.Stored = dicomtest.FixtureWidth, dicomtest.FixtureHeight,
				dicomtest.GrainPicture(bits)
			dicomtest.WriteFile(t, filepath.Join(dir, fmt.Sprintf("%s_%d.dcm", modality, bits)), encodeDICOM(t, im))
		}
	}
	a, err := deidentify.New(deidentify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lossless_sv1_12", "rle_12", "extended_12"} {
		out, _ := anonymous(t, a, dicomtest.Fixture(t, name+".dcm"))
		dicomtest.WriteFile(t, filepath.Join(dir, "anonymous_"+name+".dcm"), out)
	}
	blank, err := deidentify.New(deidentify.Options{Redact: []deidentify.Region{{Width: 1, Height: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := anonymous(t, blank, dicomtest.Fixture(t, "rle_rgb.dcm"))
	dicomtest.WriteFile(t, filepath.Join(dir, "blanked_rgb.dcm"), out)
	big, _ := anonymous(t, a, dicomtest.Secret("1.2.840.10008.1.2.2").Encode(t))
	dicomtest.WriteFile(t, filepath.Join(dir, "anonymous_big_endian.dcm"), big)
}

func anonymous(t *testing.T, a *deidentify.Anonymiser, data []byte) ([]byte, *deidentify.Report) {
	t.Helper()
	out, r, err := a.Bytes(t.Context(), "x.dcm", data)
	if err != nil {
		t.Fatal(err)
	}
	return out, r
}

func newAnonymiser(t *testing.T, o deidentify.Options) *deidentify.Anonymiser {
	t.Helper()
	a, err := deidentify.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
