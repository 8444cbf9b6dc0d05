package dicomio

import (
	"strings"
	"testing"

	"hilum/internal/message"
)

// TestAnOrientationThatContradictsItsView: PS3.3 C.7.6.1.1.1 gives the directions
// of rows and columns; one to the front or the back is no frontal film's.
func TestAnOrientationThatContradictsItsView(t *testing.T) {
	for _, c := range []struct {
		view, orientation string
		warned            bool
	}{{"PA", `A\F`, true}, {"AP", `P\F`, true}, {"PA", `L\F`, false}, {"PA", "", false}, {"LL", `A\F`, false}} {
		got := strings.Join(message.Strings(acquisitionCautions(&Header{ViewPosition: c.view,
			PatientOrientation: c.orientation, BodyPart: "CHEST", Modality: "DX"}).all()), " ")
		if strings.Contains(got, "its orientation is that of a lateral film") != c.warned {
			t.Errorf("%s with %s: %q", c.view, c.orientation, got)
		}
	}
}
