package edit

import (
	"fmt"
	"math"
	"strings"
)

// Figure writes .31 and -.31, and 1.20 from one on.
func Figure(v float64) string {
	s := strings.TrimPrefix(fmt.Sprintf("%.2f", math.Abs(v)), "0")
	if v < 0 && s != ".00" {
		s = "-" + s
	}
	return s
}

// Signed writes +.02 and -.01.
func Signed(v float64) string {
	s := Figure(v)
	if !strings.HasPrefix(s, "-") {
		s = "+" + s
	}
	return s
}
