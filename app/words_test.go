package app

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/inference"
	"hilum/inference/calib"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{PersonName("DOE^JANE^^DR"), "DOE, JANE DR"},
		{PersonName("Yamada^Tarou=山田^太郎"), "Yamada, Tarou"},
		{PersonName("^Solo"), "Solo"},
		{PersonName("ONLY"), "ONLY"},
		{PersonName(""), ""},
		{Date("20261123"), "2026-11-23"},
		{Date("2026.11"), "2026.11"},
		{Age("061Y"), "61 years"},
		{Age("003M"), "3 months"},
		{Age("old"), "old"},
		{inference.ClassName("Pleural_Thickening"), "Pleural thickening"},
		{Sentence(errors.New("cannot read x.dcm: cut off")), "Cannot read x.dcm: cut off."},
		{Sentence(errors.New("x.dcm: cut\noff.")), "x.dcm: cut; off."},
		{Sentence(errors.New(" ")), "Something failed without saying why."},
		{Provenance(calib.Default(nil)), "not calibrated: every threshold is 0.5"},
		{Provenance(&calib.Calibration{Method: "f1", Split: "val", Data: "1,204 films", Date: time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC)}), "f1 on val, 1,204 films, 2026-10-02"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	var film bytes.Buffer
	if err := png.Encode(&film, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"b.png": film.Bytes(), "a.png": film.Bytes(), "empty.png": nil, "lies.dcm": []byte("text"), "table.csv": []byte("a,b"),
		"sub/IM0001": film.Bytes(), "sub/notes": []byte("text"), "sub/deep/c.JPG": film.Bytes(),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, bad := Find(context.Background(), []string{dir, filepath.Join(dir, "table.csv"), filepath.Join(dir, "absent")})
	relative := func(path string) string {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		return rel
	}
	var names, problems []string
	for _, i := range found {
		names = append(names, relative(i.Location()))
	}
	for _, p := range bad {
		problems = append(problems, relative(p.Path))
		if strings.Contains(Sentence(p.Err), "\n") {
			t.Errorf("%s: more than a sentence: %v", p.Path, p.Err)
		}
	}
	if want := []string{"a.png", "b.png", "sub/IM0001", "sub/deep/c.JPG"}; !slices.Equal(names, want) {
		t.Errorf("found %v, want %v", names, want)
	}
	if want := []string{"empty.png", "lies.dcm", "table.csv", "absent"}; !slices.Equal(problems, want) {
		t.Errorf("problems %v, want %v", problems, want)
	}
	if _, bad := Find(context.Background(), []string{t.TempDir()}); len(bad) != 1 {
		t.Errorf("an empty folder gives %v", bad)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, bad := Find(ctx, []string{dir}); len(bad) == 0 || !errors.Is(bad[len(bad)-1].Err, context.Canceled) && !errors.Is(bad[0].Err, context.Canceled) {
		t.Errorf("cancelled: %v", bad)
	}
}

func TestModelChoice(t *testing.T) {
	dir := t.TempDir()
	labels := filepath.Join(dir, "labels.txt")
	if err := os.WriteFile(labels, []byte("Mass\n\n Nodule \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := (ModelChoice{Labels: labels}).ReadLabels(); err != nil || !slices.Equal(got, []string{"Mass", "Nodule"}) {
		t.Errorf("labels %q, %v", got, err)
	}
	if err := os.WriteFile(labels, []byte(`["A","B"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := (ModelChoice{Labels: labels}).ReadLabels(); err != nil || !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("labels %q, %v", got, err)
	}
	if s, err := (ModelChoice{Input: "320x256", Normalise: "xrv", Contract: "probs:softmax"}).Statement(); err != nil || s.Width != 320 || s.Height != 256 || s.Normalise.Lo != -1024 ||
		s.Output != "probs" || s.Meaning != inference.Softmax {
		t.Errorf("statement %+v, %v", s, err)
	}
	if s, err := (ModelChoice{Normalise: "0.5,0.25"}).Statement(); err != nil || s.Width != 0 || s.Normalise.Mean[0] != 0.5 || s.Normalise.Std[0] != 0.25 {
		t.Errorf("statement %+v, %v", s, err)
	}
	for _, bad := range []ModelChoice{{Input: "wide"}, {Input: "0"}, {Normalise: "mine"}, {Normalise: "0.5,0"}, {Contract: "probs:odds"}} {
		if _, err := bad.Statement(); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	for _, c := range []ModelChoice{{Path: filepath.Join(dir, "no.onnx")}, {Thresholds: filepath.Join(dir, "no.json")}} {
		if _, err := c.Source(); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
