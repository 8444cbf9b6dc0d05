package radiograph

import (
	"strings"

	"hilum/internal/raster"
)

// Sides are the letters at the edges of a picture as it is seen, after Patient Orientation
// (PS3.3 C.7.6.1.1.1): R and L for the patient's right and left, H and F for head and feet,
// A and P for front and back; "" where the file does not tell.
type Sides struct{ Left, Right, Top, Bottom string }

// SidesOf are those of a picture that is seen in an orientation. patientOrientation is the
// attribute: where its rows and where its columns lead, as in L\F, where the right edge is
// the patient's left and the lower one towards the feet. Of a direction with several letters
// the first counts, which the standard has for the principal one.
func SidesOf(patientOrientation string, o raster.Orientation) Sides {
	right, bottom := directions(patientOrientation)
	if o.Mirror {
		right = opposite(right)
	}
	for range o.Turns { // clockwise: what points right points down, what points down points left
		right, bottom = opposite(bottom), right
	}
	return Sides{Left: opposite(right), Right: right, Top: opposite(bottom), Bottom: bottom}
}

// directions are the first letters of both halves of Patient Orientation; ""
// for what says no side.
func directions(orientation string) (row, column string) {
	rows, columns, _ := strings.Cut(orientation, `\`)
	columns, _, _ = strings.Cut(columns, `\`)
	first := func(s string) string {
		if s = strings.TrimSpace(s); s == "" || opposite(s[:1]) == "" {
			return ""
		}
		return s[:1]
	}
	return first(rows), first(columns)
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
