package graph_test

import (
	"testing"

	"hilum/inference/graph/classifier"
)

// The residual net halves its picture of 16x16 twice: maps of 8x8 and 4x4.
func TestFeatures(t *testing.T) {
	m := readHead(t, "adaptive_dynamo")
	h, err := classifier.FindHead(m)
	if err != nil {
		t.Fatal(err)
	}
	f, err := classifier.Features(m, h)
	if err != nil {
		t.Fatal(err)
	}
	if len(f) != 2 || f[0].Name != h.Feature || f[0].Type.String() != "float[batch,6,4,4]" ||
		f[1].Type.String() != "float[batch,6,8,8]" {
		t.Errorf("%+v", f)
	}
}
