package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/internal/phantom"
)

// Films of one patient, written as DICOM, come back as one patient with
// increasing dates, tall and inverted as asked for.
func TestPhantomDICOM(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := cxr(t, "phantom", "--out", dir, "--n", "3", "--followups", "2", "--size", "80", "--height", "100",
		"--dicom=mono1")
	if code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	names, err := filepath.Glob(filepath.Join(dir, "images", "*.dcm"))
	if err != nil || len(names) != 3 {
		t.Fatalf("%v, %v", names, err)
	}
	var last dicomio.Header
	for i, name := range names {
		im, err := dicomio.Decode(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if im.Width != 80 || im.Height != 100 || im.BitsStored != 12 || im.Photometric != "MONOCHROME1" ||
			im.Spacing.Source != dicomio.SpacingDetector {
			t.Errorf("%s: %d x %d of %d bits, %s, spacing %+v", name, im.Width, im.Height, im.BitsStored,
				im.Photometric, im.Spacing)
		}
		s := im.Header
		if i > 0 && (s.PatientID != last.PatientID || s.StudyDate <= last.StudyDate || s.StudyUID == last.StudyUID) {
			t.Errorf("after %+v comes %+v", last, s)
		}
		last = s
	}
	table, err := os.ReadFile(filepath.Join(dir, "Data_Entry_2017_v2020.csv"))
	if err != nil || !strings.Contains(string(table), "00000001_002.dcm,") ||
		!strings.Contains(string(table), ",80,100,") {
		t.Errorf("%v, table %s", err, table)
	}
}

func TestPhantomConfounders(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := cxr(t, "phantom", "--out", dir, "--n", "4", "--size", "64", "--confounder", "text:Mass:1:1",
		"--confounder", "drain:Pneumothorax:0:0")
	if code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	table, err := os.ReadFile(filepath.Join(dir, "confounders.csv"))
	if err != nil || strings.Count(string(table), ","+string(phantom.TextTag)+",") != 4 ||
		strings.Contains(string(table), string(phantom.ChestDrain)) {
		t.Errorf("%v, table %s", err, table)
	}
}

func TestPhantomUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"photometric": {"--dicom=rgb"}, "rule": {"--confounder", "text:Mass"}, "kind": {"--confounder", "ink:Mass:1:0"},
		"rule twice": {"--confounder", "text:Mass:1:0", "--confounder", "text:Nodule:1:0"},
		"follow-ups": {"--followups", "-1"},
		"size":       {"--size", "5"}, "height": {"--height", "5000"},
	} {
		code, out, errs := cxr(t, append([]string{"phantom", "--n", "1", "--out", filepath.Join(t.TempDir(), "films")},
			args...)...)
		if code != exitUsage || errs == "" || out != "" {
			t.Errorf("%s: exit %d, out %q, errors %q; want 2 and a sentence", name, code, out, errs)
		}
	}
}
