package checkpoint_test

import (
	"slices"
	"testing"

	"hilum/inference/zoo/checkpoint"
)

// Oracle: the rows as they were written down.
func TestRowsAreAPartOfTheTensor(t *testing.T) {
	all := checkpoint.FromFloats("w", []float32{1, 2, 3, 4, 5, 6}, 3, 2)
	part := all.Rows(1, 2)
	v, err := part.Floats()
	if err != nil || !slices.Equal(v, []float32{3, 4, 5, 6}) || !slices.Equal(part.Shape, []int64{2, 2}) {
		t.Errorf("rows 1 and 2 are %v of %v, %v", v, part.Shape, err)
	}
	if v, err := all.Floats(); err != nil || len(v) != 6 || !slices.Equal(all.Shape, []int64{3, 2}) {
		t.Errorf("the whole became %v of %v, %v", v, all.Shape, err)
	}
}

func TestSameIsOfElementsAndShape(t *testing.T) {
	a := checkpoint.FromFloats("a", []float32{1, 2, 3, 4}, 2, 2)
	for _, c := range []struct {
		other *checkpoint.Tensor
		want  bool
	}{
		{a, true}, {checkpoint.FromFloats("b", []float32{1, 2, 3, 4}, 2, 2), true},
		{checkpoint.FromFloats("b", []float32{1, 2, 3, 5}, 2, 2), false},
		{checkpoint.FromFloats("b", []float32{1, 2, 3, 4}, 4), false}, {a.Rows(0, 1), false}, {nil, false},
	} {
		if got, err := a.Same(c.other); err != nil || got != c.want {
			t.Errorf("%+v: %v, %v", c.other, got, err)
		}
	}
}
