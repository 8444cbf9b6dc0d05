package viewer

import (
	"bytes"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/viewport"
	"hilum/dicomio/scan"
	"hilum/ui/uitest"
)

// withForeign shows a film of dicomio/evidence with objects of others beside it.
func withForeign(t *testing.T, names ...string) *harness {
	t.Helper()
	folder := t.TempDir()
	for _, n := range names {
		data, err := os.ReadFile(filepath.Join("..", "..", "dicomio", "evidence", "testdata", n))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, n), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := uitest.ScoringConfig()
	c.Sources = scan.Sources()
	h := newHarness(t, c)
	h.StartScoring()
	h.Studies.Open(folder)
	deadline := time.Now().Add(10 * time.Second)
	for len(h.State().Foreign.Objects) < len(names)-1 {
		if time.Now().After(deadline) {
			t.Fatalf("%d objects are there", len(h.State().Foreign.Objects))
		}
		time.Sleep(time.Millisecond)
	}
	h.Run()
	h.frame()
	return h
}

// at is what the window shows of the middle of a pixel of the film.
func (h *harness) at(column, row int) color.RGBA { return h.atIn(h.viewer, column, row) }

// atIn is that of a pane.
func (h *harness) atIn(v *Viewer, column, row int) color.RGBA {
	x, y := v.scene.view.ImageToView(v.scene.picture, [2]int{v.w, v.h}, float64(column)+0.5, float64(row)+0.5)
	origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(v)
	return color.RGBAModel.Convert(h.frame().At(int(origin.X+float32(x)), int(origin.Y+float32(y)))).(color.RGBA)
}

func coloured(c color.RGBA) bool { return max(c.R, c.G, c.B)-min(c.R, c.G, c.B) > 20 }

// TestWhatOthersDrewLiesOnTheFilm: a segmentation colours what its maker marked (rows 10 to 19,
// columns 12 to 29, see testdata/peers/dicom_evidence.py) and nothing else, however the film
// lies; one command hides it, and its maker is named.
func TestWhatOthersDrewLiesOnTheFilm(t *testing.T) {
	h := withForeign(t, "mono2.dcm", "seg_binary.dcm")
	named := func() (out []string) {
		for _, b := range h.viewer.over.makers.lines {
			out = append(out, b.lines...)
		}
		return out
	}
	if got := named(); len(got) != 1 || !strings.Contains(got[0], "Highdicom makers") {
		t.Errorf("the legend says %q", got)
	}
	for _, move := range []func(){
		func() {}, func() { h.Viewport.Turn(1) }, h.Viewport.FlipLeftRight, func() { h.Viewport.ZoomAt(200, 200, 1.3) },
	} {
		move()
		h.Run()
		for _, p := range [][2]int{{13, 11}, {20, 15}, {28, 18}} {
			if c := h.at(p[0], p[1]); !coloured(c) {
				t.Errorf("%v is marked and shown as %v", p, c)
			}
		}
		for _, p := range [][2]int{{10, 15}, {31, 15}, {20, 8}, {20, 21}} {
			if c := h.at(p[0], p[1]); coloured(c) {
				t.Errorf("%v is not marked and shown as %v", p, c)
			}
		}
	}
	h.Foreign.Toggle()
	h.Run()
	if c := h.at(20, 15); coloured(c) || len(named()) != 0 {
		t.Errorf("hidden it is shown as %v and named %q", c, named())
	}
}

// TestShuttersLastAsLongAsTheSavedView: the state's shutter (columns 4 to 43, rows 2 to 35, and a
// circle) hides the corner in the state's grey, 0x8000 of 0xFFFF, until the view is reset.
func TestShuttersLastAsLongAsTheSavedView(t *testing.T) {
	h := withForeign(t, "mono2.dcm", "gsps_shutter.dcm")
	before := h.at(1, 1)
	st := h.State()
	h.Foreign.ShowAs(st.Foreign.Objects[0])
	h.Foreign.Toggle() // drawings go, the saved view stays
	h.Run()
	if c := h.at(1, 1); c.R != 0x80 || c.G != 0x80 || c.B != 0x80 {
		t.Errorf("behind the shutter is %v", c)
	}
	h.Viewport.ResetView()
	h.Run()
	if c := h.at(1, 1); c != before {
		t.Errorf("reset it is %v, before %v", c, before)
	}
}

// TestWhatOthersDrewLiesOnThePrior: on the prior's pane, with its maker, and on no other; beside
// itself the film stays bare. Where the mask lies is known as above.
func TestWhatOthersDrewLiesOnThePrior(t *testing.T) {
	evidenceFile := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("..", "..", "dicomio", "evidence", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	folder := t.TempDir()
	later := bytes.ReplaceAll(evidenceFile("mono2.dcm"), []byte("2.25.7318349394477701."), []byte("2.25.7318349394477702."))
	later = bytes.ReplaceAll(later, []byte("20250102"), []byte("20250302"))
	for name, data := range map[string][]byte{
		"prior.dcm": evidenceFile("mono2.dcm"), "seg.dcm": evidenceFile("seg_binary.dcm"), "later.dcm": later,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := uitest.ScoringConfig()
	c.Sources = scan.Sources()
	h := newHarness(t, c)
	h.StartScoring()
	h.Studies.Open(folder)
	h.Wait("both films", func(st app.State) bool { return len(st.Studies) == 2 })
	h.Studies.SelectPath(filepath.Join(folder, "later.dcm"))
	h.Wait("the later film", func(st app.State) bool {
		return st.Picture != nil && st.Picture.Image.Header.StudyDate == "20250302"
	})
	h.Comparison.SetLayout(viewport.TwoPictures)
	h.Wait("what others say of the prior", func(st app.State) bool { return len(st.Foreign.Beside) == 1 })
	h.Run()
	h.frame()
	now, prior := h.panes.viewers[0], h.panes.viewers[1]
	if c := h.atIn(prior, 20, 15); !coloured(c) {
		t.Errorf("the prior is marked and shown as %v", c)
	}
	if c := h.atIn(prior, 20, 21); coloured(c) {
		t.Errorf("the prior is not marked and shown as %v", c)
	}
	if c := h.atIn(now, 20, 15); coloured(c) {
		t.Errorf("the current film is not marked and shown as %v", c)
	}
	if lines := prior.over.makers.lines; len(lines) == 0 || !strings.Contains(strings.Join(lines[0].lines, " "), "Highdicom makers") {
		t.Error("the maker of what lies on the prior is not named")
	}
	h.Foreign.Toggle()
	h.Run()
	if c := h.atIn(prior, 20, 15); coloured(c) {
		t.Errorf("hidden the prior is shown as %v", c)
	}
	h.Foreign.Toggle()
	h.Comparison.SetLayout(viewport.BesideItself)
	h.Run()
	h.frame()
	if c := h.atIn(h.panes.viewers[1], 20, 15); coloured(c) {
		t.Errorf("the bare picture is shown as %v", c)
	}
}
