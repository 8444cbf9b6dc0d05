package tinynet

import (
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
)

func TestEncode(t *testing.T) {
	b, err := Encode(3, 8)
	if err != nil {
		t.Fatal(err)
	}
	m, err := graph.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := classifier.FindHead(m); err != nil || !h.Linear || h.Classes != 3 {
		t.Errorf("head %+v, %v", h, err)
	}
}
