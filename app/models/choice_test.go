package models

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hilum/inference"
)

func TestModelChoice(t *testing.T) {
	dir := t.TempDir()
	labels := filepath.Join(dir, "labels.txt")
	if err := os.WriteFile(labels, []byte("Mass\n\n Nodule \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := (Choice{Labels: labels}).ReadLabels(); err != nil || !slices.Equal(got, []string{"Mass", "Nodule"}) {
		t.Errorf("labels %q, %v", got, err)
	}
	if err := os.WriteFile(labels, []byte(`["A","B"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := (Choice{Labels: labels}).ReadLabels(); err != nil || !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("labels %q, %v", got, err)
	}
	if s, err := (Choice{Input: "320x256", Normalise: "xrv", Contract: "probs:softmax"}).Statement(); err != nil ||
		s.Width != 320 || s.Height != 256 || s.Normalise.Lo != -1024 ||
		s.Output != "probs" || s.Meaning != inference.Softmax {
		t.Errorf("statement %+v, %v", s, err)
	}
	if s, err := (Choice{Normalise: "0.5,0.25"}).Statement(); err != nil || s.Width != 0 ||
		s.Normalise.Mean[0] != 0.5 || s.Normalise.Std[0] != 0.25 {
		t.Errorf("statement %+v, %v", s, err)
	}
	for _, bad := range []Choice{{Input: "wide"}, {Input: "0"}, {Normalise: "mine"}, {Normalise: "0.5,0"},
		{Contract: "probs:odds"}} {
		if _, err := bad.Statement(); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	for _, c := range []Choice{{Path: filepath.Join(dir, "no.onnx")}, {Thresholds: filepath.Join(dir, "no.json")}} {
		if _, err := c.Source(); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
