package viewer

import (
	"context"
	"image/color"
	"path/filepath"
	"strings"
	"testing"

	"hilum/app"
	"hilum/app/apptest"
	"hilum/app/viewport"
	"hilum/dicomio"
	"hilum/ui/uitest"
)

// people opens two films, of which the second is shown beside the first.
func people(t *testing.T, first, second dicomio.Header) *harness {
	t.Helper()
	c := uitest.ScoringConfig()
	c.Sources = apptest.Sources(func(_ context.Context, path string) (*dicomio.Image, error) {
		im := uitest.Image(320, 400)
		im.Header = first
		if filepath.Base(path) == "second.dcm" {
			im.Header = second
		}
		return im, nil
	})
	h := newHarness(t, c)
	h.StartScoring()
	h.open("first.dcm", "second.dcm")
	h.Select(1)
	h.Settle()
	h.Comparison.PinPrior()
	h.Select(0)
	h.Settle()
	h.Comparison.SetLayout(viewport.TwoPictures)
	h.Wait("the picture beside", func(st app.State) bool {
		return len(st.Compare.Priors) == 1 && st.Compare.Priors[0].Picture != nil
	})
	return h
}

// TestTwoPatientsSideBySideAreSaid: in words and with a frame in a colour, whatever the state
// of the corner text; two films of one patient carry neither, and a film that tells nobody is
// never taken for the same patient's.
func TestTwoPatientsSideBySideAreSaid(t *testing.T) {
	doe := dicomio.Header{PatientName: "DOE^JOHN", PatientID: "1", StudyDate: "20260102"}
	roe := dicomio.Header{PatientName: "ROE^JANE", PatientID: "2", StudyDate: "20260101"}
	earlier := doe
	earlier.StudyDate = "20250102"
	for _, c := range []struct {
		what          string
		beside        dicomio.Header
		left, right   string // of the first line over each
		framed        bool
		withoutCorner string // of the right, where the corner text is taken away
	}{
		{"another patient", roe, "This patient: DOE, JOHN", "Another patient: ROE, JANE", true, "Another patient"},
		{"nobody", dicomio.Header{StudyDate: "20260101"}, "This patient: DOE, JOHN",
			"Perhaps another patient: Patient unknown", true, "Perhaps another patient"},
		{"the same", earlier, "Now  2026-01-02", "Prior  2025-01-02", false, "Prior  2025-01-02"},
	} {
		h := people(t, doe, c.beside)
		left, right := h.panes.viewers[0], h.panes.viewers[1]
		if got := left.over.caption.lines[0]; got != c.left {
			t.Errorf("%s: over the left it says %q, want %q", c.what, got, c.left)
		}
		if got := right.over.caption.lines[0]; got != c.right {
			t.Errorf("%s: over the right it says %q, want %q", c.what, got, c.right)
		}
		img := h.frame()
		for i, v := range []*Viewer{left, right} {
			at := v.Position()
			r, g, b, _ := img.At(int(at.X)+1, int(at.Y+v.Size().Height/2)).RGBA()
			if coloured := r != g || g != b; coloured != c.framed {
				t.Errorf("%s: picture %d is framed: %v, want %v", c.what, i, coloured, c.framed)
			}
		}
		if c.framed && left.over.frame.lines[0].FillColor == right.over.frame.lines[0].FillColor {
			t.Errorf("%s: both frames have one colour", c.what)
		}
		for h.State().Corners != viewport.NoCorners {
			h.Viewport.NextCorners()
		}
		h.Run()
		if got := right.over.caption.lines[0]; !strings.HasPrefix(got, c.withoutCorner) || strings.Contains(got, "ROE") {
			t.Errorf("%s: without corner text it says %q", c.what, got)
		}
		if row := h.State().Rows[0]; c.framed && row.Compared {
			t.Errorf("%s: findings change by %v from one patient to another", c.what, row.Change)
		}
	}
}

// TestAFrameIsDrawnInItsColour at the edges of its field, and nowhere else.
func TestAFrameIsDrawnInItsColour(t *testing.T) {
	h := people(t, dicomio.Header{PatientName: "A"}, dicomio.Header{PatientName: "B"})
	img, v := h.frame(), h.panes.viewers[1]
	want := color.NRGBAModel.Convert(h.Env.Colours.Error)
	at, size := v.Position(), v.Size()
	for _, p := range [][2]float32{{1, size.Height / 3}, {size.Width - 2, size.Height / 3}, {size.Width / 4, 1},
		{size.Width / 4, size.Height - 2}} {
		if got := color.NRGBAModel.Convert(img.At(int(at.X+p[0]), int(at.Y+p[1]))); got != want {
			t.Errorf("at %v: %v, want %v", p, got, want)
		}
	}
	if got := color.NRGBAModel.Convert(img.At(int(at.X+size.Width/4), int(at.Y+size.Height/3))); got == want {
		t.Error("the film itself is covered")
	}
}
