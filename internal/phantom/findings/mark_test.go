package findings

import (
	"slices"
	"testing"
)

// Parts touch along sides only, and not from the end of a row to the start of
// the next.
func TestTakeApart(t *testing.T) {
	const picture = "" +
		"#..##" +
		"#...." +
		".#..#" +
		"#..##"
	mask := make([]bool, len(picture))
	for i := range picture {
		mask[i] = picture[i] == '#'
	}
	var got [][]int32
	for _, p := range takeApart(mask, 5) {
		got = append(got, slices.Sorted(slices.Values(p)))
	}
	want := [][]int32{{0, 5}, {3, 4}, {11}, {14, 18, 19}, {15}}
	if !slices.EqualFunc(got, want, slices.Equal[[]int32]) {
		t.Errorf("got %v, want %v", got, want)
	}
	if slices.Contains(mask, true) {
		t.Error("the mask is not empty afterwards")
	}
}
