package radiograph

import (
	"testing"

	"hilum/internal/raster"
)

// TestLettersOfAllEightOrientations holds the letters against matrices that are written down
// here by hand: where the unit vectors of the stored picture, right and down, are seen in
// each orientation. An edge has the letter of the stored direction that is seen there.
func TestLettersOfAllEightOrientations(t *testing.T) {
	type vector [2]int // right, down
	seen := map[raster.Orientation][2]vector{
		{}:                       {{1, 0}, {0, 1}},
		{Turns: 1}:               {{0, 1}, {-1, 0}}, // clockwise: right is seen below, down at the left
		{Turns: 2}:               {{-1, 0}, {0, -1}},
		{Turns: 3}:               {{0, -1}, {1, 0}},
		{Mirror: true}:           {{-1, 0}, {0, 1}},
		{Mirror: true, Turns: 1}: {{0, -1}, {-1, 0}},
		{Mirror: true, Turns: 2}: {{1, 0}, {0, -1}},
		{Mirror: true, Turns: 3}: {{0, 1}, {1, 0}},
	}
	films := map[string][4]string{ // the stored picture's right, left, lower and upper edge
		`L\F`:    {"L", "R", "F", "H"}, // PA and AP
		`P\F`:    {"P", "A", "F", "H"}, // lateral, the patient looks to the left
		`A\F`:    {"A", "P", "F", "H"},
		`H\R`:    {"H", "F", "R", "L"},
		`LP\FA`:  {"L", "R", "F", "H"}, // the principal direction is named first
		`P\`:     {"P", "A", "", ""},
		`\F`:     {"", "", "F", "H"},
		``:       {},
		`CR\CAU`: {},
	}
	for o, at := range seen {
		for i, unit := range [2]vector{{1, 0}, {0, 1}} { // the table is that of the picture itself
			x, y := o.Apply(50+float64(unit[0]), 50+float64(unit[1]), 100, 100)
			if got := (vector{int(x) - 50, int(y) - 50}); got != at[i] {
				t.Fatalf("%+v: direction %v is seen at %v, the table has %v", o, unit, got, at[i])
			}
		}
		for attribute, edge := range films {
			letters := map[vector]string{}
			for i, direction := range at {
				letters[direction] = edge[2*i]
				letters[vector{-direction[0], -direction[1]}] = edge[2*i+1]
			}
			want := Sides{Left: letters[vector{-1, 0}], Right: letters[vector{1, 0}], Top: letters[vector{0, -1}],
				Bottom: letters[vector{0, 1}]}
			if got := SidesOf(attribute, o); got != want {
				t.Errorf("%s %+v: %+v, want %+v", attribute, o, got, want)
			}
		}
	}
}
