package radiograph

import (
	"hilum/internal/raster"
)

// Sides are the letters at the left and right edge of the picture as it is seen:
// R and L for the patient's sides, H and F for head and feet where the picture
// lies on its side, "" where the file does not tell. orientation is Patient
// Orientation (PS3.3 C.7.6.1.1.1): the directions of rows and of columns, as in
// L\F, where the right edge is the patient's left.
func Sides(orientation string, o raster.Orientation) (left, right string) {
	row, column := directions(orientation)
	if o.Mirror {
		row = opposite(row)
	}
	for range o.Turns { // clockwise: what points down points left, what points right points down
		row, column = opposite(column), row
	}
	return opposite(row), row
}

// directions are the first letters of both halves of Patient Orientation; ""
// for what says no side.
func directions(orientation string) (row, column string) {
	letters := [2]string{}
	half := 0
	for i, r := range orientation {
		if r == '\\' {
			half++
			continue
		}
		if half < 2 && letters[half] == "" && (i == 0 || orientation[i-1] == '\\') && opposite(string(r)) != "" {
			letters[half] = string(r)
		}
	}
	return letters[0], letters[1]
}

// opposite is the other side of the patient, "" for none.
func opposite(side string) string {
	switch side {
	case "L":
		return "R"
	case "R":
		return "L"
	case "H":
		return "F"
	case "F":
		return "H"
	case "A":
		return "P"
	case "P":
		return "A"
	}
	return ""
}
