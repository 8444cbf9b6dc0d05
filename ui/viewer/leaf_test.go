package viewer

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/apptest"
	"hilum/dicomio/scan"
	"hilum/ui/uitest"
)

// TestTheWheelLeafsThroughAStudy: with Ctrl one picture a notch, however finely the wheel
// tells of it, and nothing zooms.
func TestTheWheelLeafsThroughAStudy(t *testing.T) {
	h := looking(t)
	var list []*scan.Instance
	for i := range 3 {
		in := apptest.Instance("ap.dcm", uitest.Decode)
		in.Header.StudyUID, in.InstanceNumber = "1.2.3", i
		in.Origin = apptest.Origin{Origin: scan.File(fmt.Sprintf("%d/ap.dcm", i)), Read: uitest.Decode}
		list = append(list, in)
	}
	h.Studies.Add(list...)
	first := h.State().Current
	zoom := h.State().View.Place.Zoom
	turn := func(units float32) {
		h.viewer.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, units)})
	}
	h.Held = fyne.KeyModifierControl
	for i, c := range []struct {
		units float32
		want  int
	}{{-10, 1}, {-4, 1}, {-6, 2}, {-10, 2}, {9, 2}, {1, 1}, {20, 0}} {
		turn(c.units)
		if got := h.State().Current - first; got != c.want {
			t.Errorf("turn %d: picture %d, want %d", i, got, c.want)
		}
	}
	h.Settle()
	h.Wait("the first picture", func(st app.State) bool { return st.Picture != nil })
	if now := h.State(); now.View.Place.Zoom != zoom || !now.View.Fit {
		t.Errorf("the wheel with Ctrl zooms: %v, was %v", now.View.Place.Zoom, zoom)
	}
}
