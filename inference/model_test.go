package inference

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/inference/graph"
	"hilum/inference/prep"
)

var twoClasses = []string{"Mass", "Nodule"}

func sourceOf(t testing.TB) Source {
	return Source{Name: "tiny.onnx", ONNX: tinyModel(t, twoClasses, nil), Spec: Spec{Classes: twoClasses}}
}

func openTiny(t *testing.T, e *fakeEngine, src Source) *Model {
	t.Helper()
	m, err := OpenModel(e, src)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func TestOneForwardPassGivesEverything(t *testing.T) {
	e := &fakeEngine{outputs: meanOutputs(2)}
	src := sourceOf(t)
	src.Thresholds = []byte(`{"thresholds":{"Mass":0.4,"Nodule":0.6}}`)
	m := openTiny(t, e, src)
	im := random8(20, 10)
	r, err := m.Score(context.Background(), im)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != 2 || len(r.Maps) != 2 || len(r.Embedding) != 1 {
		t.Fatalf("%d findings, %d maps, embedding of %d; want 2, 2, 1", len(r.Findings), len(r.Maps), len(r.Embedding))
	}
	if f, ok := r.Finding("Nodule"); !ok || f.Threshold != 0.6 {
		t.Errorf("Nodule: %+v, %v", f, ok)
	}
	if h := r.Maps[1]; h.Class != "Nodule" || h.Width != 2 || h.X1 != 1 {
		t.Errorf("map %+v", h)
	}
}

func TestModelKnowsWhatItHasNot(t *testing.T) {
	m := openTiny(t, &fakeEngine{outputs: meanOutputs(2)}, sourceOf(t))
	if !m.Calibration.Uncalibrated || len(m.Warnings) == 0 {
		t.Errorf("no thresholds, but warnings %v", m.Warnings)
	}
	src := sourceOf(t)
	src.Spec.Prep = prep.ImageNetPrep(8, 8)
	src.Thresholds = []byte(`{"model_sha256":"00","prep_sha256":"11","thresholds":{"Mass":0.4,"Nodule":0.6}}`)
	m = openTiny(t, &fakeEngine{outputs: meanOutputs(2)}, src)
	if len(m.Warnings) != 2 || !strings.Contains(m.Warnings[0].String(), "another model") ||
		!strings.Contains(m.Warnings[1].String(), "preprocessing") {
		t.Errorf("foreign hashes give warnings %q", m.Warnings)
	}
}

func TestBadModelsAreExplained(t *testing.T) {
	ok := meanOutputs(2)
	for name, c := range map[string]struct {
		change  func(*Source)
		outputs func(Tensor) ([]Tensor, error)
		want    string
	}{
		"no ONNX":       {change: func(s *Source) { s.ONNX = []byte("PNG?") }, want: "no ONNX model"},
		"empty":         {change: func(s *Source) { s.ONNX = nil }, want: "tiny.onnx"},
		"no labels":     {change: func(s *Source) { s.Spec.Classes = nil }, want: "--labels"},
		"double labels": {change: func(s *Source) { s.Spec.Classes = []string{"Mass", "Mass"} }, want: "twice"},
		"more labels": {change: func(s *Source) { s.Spec.Classes = []string{"A", "B", "C"} },
			want: "2 classes and has 3 labels"},
		"wrong size": {change: func(s *Source) { s.Spec.Prep = prep.ImageNetPrep(224, 224) },
			want: "is 8 and the preprocessing gives 224"},
		"thresholds": {change: func(s *Source) { s.Thresholds = []byte(`{"thresholds":{"Mass":0.4}}`) },
			want: "no threshold for Nodule"},
		"schema":          {change: withProp("hilum.schema", "99"), want: "newer"},
		"bad labels":      {change: withProp("hilum.labels", "[1,2]"), want: "hilum.labels"},
		"bad scale":       {change: withProp("hilum.normalise", `{"scale":"dark"}`), want: "scale"},
		"too many logits": {outputs: meanOutputs(3), want: "3 classes and has 2 labels"},
		"broken maps": {outputs: func(in Tensor) ([]Tensor, error) {
			out, err := ok(in)
			out[1].Shape = []int64{1, 4, 2, 1}
			return out, err
		}, want: "class maps of shape"},
	} {
		src := sourceOf(t)
		if c.change != nil {
			c.change(&src)
		}
		e := &fakeEngine{outputs: c.outputs}
		if e.outputs == nil {
			e.outputs = ok
		}
		_, err := OpenModel(e, src)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if n := e.open.Load(); n != 0 {
			t.Errorf("%s: %d sessions left open", name, n)
		}
	}
	if _, err := OpenModel(&fakeEngine{refuse: errRefused}, sourceOf(t)); !errors.Is(err, errRefused) {
		t.Errorf("a refusing engine gives %v", err)
	}
	if _, err := OpenModel(nil, sourceOf(t)); err == nil {
		t.Error("no engine, no error")
	}
}

func withProp(key, value string) func(*Source) {
	return func(s *Source) {
		m, err := graph.Decode(s.ONNX)
		if err != nil {
			panic(err)
		}
		m.SetMetadata(key, value)
		if s.ONNX, err = m.Encode(); err != nil {
			panic(err)
		}
	}
}

func TestMetadataRoundTrip(t *testing.T) {
	want := Spec{Classes: twoClasses, Prep: prep.ImageNetPrep(8, 8),
		Card: Card{Name: "n", AUC: map[string]Measured{"Mass": {0.9, 0.8, 0.95, 3, 4}}, NotForDiagnosis: true}}
	want.Prep.Lo, want.Prep.Hi, want.Prep.Resize = -1024, 1024, prep.CentreCrop
	meta, err := want.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	got, has, err := specFromMetadata(meta, Spec{})
	if err != nil || !has {
		t.Fatal(has, err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || got.Prep.Hash() != want.Prep.Hash() {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got.Card.Worst() != "Mass" {
		t.Errorf("worst class %q", got.Card.Worst())
	}
}

func TestReadSource(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "m.onnx")
	if _, err := ReadSource(model, ""); err == nil || !strings.Contains(err.Error(), model) {
		t.Errorf("absent model: %v", err)
	}
	if _, err := ReadSource(dir, ""); err == nil {
		t.Error("a folder was read as a model")
	}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(model, "onnx")
	if src, err := ReadSource(model, ""); err != nil || src.Thresholds != nil {
		t.Errorf("alone: %+v, %v", src, err)
	}
	if _, err := ReadSource(model, filepath.Join(dir, "absent.json")); err == nil {
		t.Error("absent thresholds gave no error")
	}
	write(filepath.Join(dir, "thresholds.json"), "{}")
	if src, err := ReadSource(model, ""); err != nil || string(src.Thresholds) != "{}" {
		t.Errorf("with thresholds beside it: %+v, %v", src, err)
	}
}

func TestBatchKeepsOrderAndGoesOnAfterBadFiles(t *testing.T) {
	m := openTiny(t, &fakeEngine{outputs: meanOutputs(2)}, sourceOf(t))
	var files []File
	for i := range 40 {
		files = append(files, File{fmt.Sprintf("film-%02d", i), func(context.Context) (*dicomio.Image, error) {
			switch i {
			case 3:
				return nil, errRefused
			case 7:
				panic("a decoder gone wrong")
			case 11:
				return &dicomio.Image{}, nil
			}
			return random8(9, 9), nil
		}})
	}
	next, failed := 0, 0
	err := m.ScoreFiles(context.Background(), files, func(s Scored) error {
		if s.Index != next || s.Path != files[next].Path {
			t.Errorf("got %d %s, want %d", s.Index, s.Path, next)
		}
		next++
		if s.Err != nil {
			failed++
		} else if s.Result == nil || s.Image == nil {
			t.Errorf("%s has neither error nor result", s.Path)
		}
		return nil
	})
	if err != nil || next != 40 || failed != 3 {
		t.Errorf("%d files, %d failed, %v; want 40, 3, nil", next, failed, err)
	}
}

func TestBatchStops(t *testing.T) {
	m := openTiny(t, &fakeEngine{outputs: meanOutputs(2)}, sourceOf(t))
	files := make([]File, 100)
	for i := range files {
		files[i].Decode = func(context.Context) (*dicomio.Image, error) { return random8(4, 4), nil }
	}
	ctx, cancel := context.WithCancel(context.Background())
	seen := 0
	err := m.ScoreFiles(ctx, files, func(Scored) error {
		if seen++; seen == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || seen > 4 {
		t.Errorf("cancelled after 3: %d seen, %v", seen, err)
	}
	if err := m.ScoreFiles(context.Background(), files, func(Scored) error { return errRefused }); !errors.Is(err,
		errRefused) {
		t.Errorf("emit failed, but %v", err)
	}
	if err := m.ScoreFiles(context.Background(), nil, nil); err != nil {
		t.Errorf("no files: %v", err)
	}
}
