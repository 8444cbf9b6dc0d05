package graph

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func joined(fields ...[]byte) []byte { return slices.Concat(fields...) }

func nested(num protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), b)
}

// Weights by hand: places in the flat tensor, and places by axis.
func TestSparseWeightsAreWrittenOut(t *testing.T) {
	for name, indices := range map[string]*Tensor{
		"flat": NewInts("", []int64{1, 5}, 2), "by axis": NewInts("", []int64{0, 1, 1, 2}, 2, 2),
	} {
		values := NewFloats("w", []float32{7, -2}, 2)
		raw := joined(nested(sparseValues, values.encode().join()), nested(sparseIndices, indices.encode().join()),
			nested(sparseDims, protowire.AppendVarint(protowire.AppendVarint(nil, 2), 3)))
		got, err := denseOf(raw)
		if err != nil {
			t.Fatal(name, err)
		}
		v, err := got.Floats()
		if err != nil || got.Name != "w" || !slices.Equal(v, []float32{0, 7, 0, 0, 0, -2}) ||
			!slices.Equal(got.Dims, []int64{2, 3}) {
			t.Errorf("%s: %q %v %v, %v", name, got.Name, got.Dims, v, err)
		}
	}
	for name, at := range map[string][]int64{"beyond": {1, 6}, "before": {-1, 0}, "too many": {1, 2, 3}} {
		if scatter(make([]float32, 6), []float32{7, -2}, at, []int64{2, 3}) == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
