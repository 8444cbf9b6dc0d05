package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio/evidence"
)

// evidenceData are objects of other makers with the films that they speak of.
var evidenceData = filepath.Join("..", "..", "..", "dicomio", "evidence", "testdata")

// TestExportWithEvidence: what other programs say is drawn on the film that it speaks of and
// on no other; what is no such object is refused with its name.
func TestExportWithEvidence(t *testing.T) {
	needEngine(t)
	film, other := filepath.Join(evidenceData, "mono2.dcm"), filepath.Join(evidenceData, "mono1.dcm")
	export := func(with string, films ...string) (int, []string, string) {
		out := t.TempDir()
		args := append([]string{"export", "--as", "png", "--out", out, "--provider", "cpu", "--class", "Mass"}, films...)
		if with != "" {
			args = append(args, "--with", filepath.Join(evidenceData, with))
		}
		code, _, errs := cxr(t, args...)
		files, err := filepath.Glob(filepath.Join(out, "*.png"))
		if err != nil {
			t.Fatal(err)
		}
		return code, files, errs
	}
	pixels := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var out []byte
		for y := range 40 { // the film, without the caption
			for x := range 48 {
				r, g, b, _ := img.At(x, y).RGBA()
				out = append(out, byte(r>>8), byte(g>>8), byte(b>>8))
			}
		}
		return out
	}
	code, bare, errs := export("", film)
	if code != exitOK || len(bare) != 1 {
		t.Fatal(code, errs)
	}
	for _, object := range []string{"gsps_layers.dcm", "sr.dcm", "cad.dcm", "seg_binary.dcm", "pm.dcm"} {
		code, drawn, errs := export(object, film)
		if code != exitOK || len(drawn) != 1 || bytes.Equal(pixels(drawn[0]), pixels(bare[0])) {
			t.Errorf("%s: exit %d, %d pictures, %q; or nothing was drawn", object, code, len(drawn), errs)
		}
	}
	code, drawn, errs := export("sr.dcm", other)
	if code != exitOK || len(drawn) != 1 || !strings.Contains(errs, "speaks of another picture") {
		t.Errorf("another film: exit %d, %q", code, errs)
	}
	if _, plain, _ := export("", other); !bytes.Equal(pixels(drawn[0]), pixels(plain[0])) {
		t.Error("a report of another film was drawn")
	}
	if code, _, errs := export("mono1.dcm", film); code != exitFailed || !strings.Contains(errs, "mono1.dcm") {
		t.Errorf("a picture without overlays: exit %d, %q", code, errs)
	}
}

// TestEvidenceIsNoPicture: objects of other makers that lie beside films are no pictures, and
// no fault of the folder.
func TestEvidenceIsNoPicture(t *testing.T) {
	o, err := evidence.Read(t.Context(), filepath.Join(evidenceData, "kos.dcm"))
	if err != nil || o.Kind != evidence.KeyObjects {
		t.Fatal(o, err)
	}
	code, out, errs := cxr(t, "worklist", evidenceData, "--json", "--provider", "cpu")
	if code != exitOK || strings.Contains(out+errs, "gsps_plain.dcm") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
