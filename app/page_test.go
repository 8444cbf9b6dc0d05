package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/app/apptest"
	"hilum/app/export"
	"hilum/app/tour"
	"hilum/app/viewport"
	"hilum/internal/message"
	"hilum/internal/raster"
)

// programs answers for lpstat and lp and remembers what they were asked.
type programs struct {
	asked   [][]string
	printer string // what lpstat says
	fails   error  // of lp
}

func (p *programs) run(_ context.Context, name string, args ...string) (string, error) {
	p.asked = append(p.asked, append([]string{name}, args...))
	if name == "lpstat" {
		if p.printer == "" {
			return "", errors.New("executable file not found")
		}
		return p.printer, nil
	}
	return "lp: paper is out\n", p.fails
}

// TestPrintingSaysWhereThePageIs: with a printer, without lp, without a default
// printer, and with one that fails; the page is a PDF in every case.
func TestPrintingSaysWhereThePageIs(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("HILUM_HOME", "")
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a")
	wait(t, s, "a score", func(st State) bool { return st.Result != nil })
	for _, c := range []struct {
		p     programs
		want  string
		asked int
	}{
		{programs{printer: "system default destination: office\n"}, "sent to the printer", 2},
		{programs{}, "No printer was found", 1},
		{programs{printer: "no system default destination\n"}, "No printer was found", 1},
		{programs{printer: "system default destination: office\n", fails: errors.New("exit status 1")}, "paper is out",
			2},
	} {
		said, err := s.Exports.PrintPage(context.Background(), export.Printer{Run: c.p.run})
		if err != nil {
			said = message.Of("%v", err)
		}
		if !strings.Contains(said.String(), c.want) || len(c.p.asked) != c.asked {
			t.Errorf("%q, want %q; asked %q", said, c.want, c.p.asked)
		}
		pages, _ := filepath.Glob(filepath.Join(home, "Hilum", "*.pdf"))
		if len(pages) != 1 || !strings.Contains(said.String(), pages[0]) {
			t.Fatalf("the page is not where %q says: %q", said, pages)
		}
		data, err := os.ReadFile(pages[0])
		if err != nil || !bytes.HasPrefix(data, []byte("%PDF-")) {
			t.Errorf("%s is no PDF: %v", pages[0], err)
		}
		if c.asked == 2 && !slices.Contains(c.p.asked[1], pages[0]) {
			t.Errorf("lp was given %q", c.p.asked[1])
		}
	}
	if _, err := New(Config{}).Exports.Page(context.Background(), home); !errors.Is(err, export.ErrNoPicture) {
		t.Errorf("nothing was printed with the error %v", err)
	}
}

// TestFollowerSeesTheSamePart with its own viewport, follows the window, and
// moves nothing.
func TestFollowerSeesTheSamePart(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a")
	wait(t, s, "a picture", func(st State) bool { return st.Picture != nil })
	f := NewSecondLook(s)
	f.SetViewport(1280, 960) // twice the session's
	if got, want := f.State().View.Place, raster.Fit(64, 48, 1280, 960); got != want {
		t.Errorf("fitted at %+v, want %+v", got, want)
	}
	s.Viewport.OneToOne()
	s.Viewport.Pan(5, 3)
	one, two := s.State().View.Place, f.State().View.Place
	if two.Zoom != 2*one.Zoom {
		t.Errorf("zoom %v beside %v on a viewport of twice the size", two.Zoom, one.Zoom)
	}
	f.Pan(100, 100)
	f.ZoomAt(0, 0, 9)
	if s.State().View.Place != one {
		t.Error("the second look moved the first")
	}
	f.DragWindow(10, 10)
	if got := f.State().View.Window; got != s.State().View.Window || got.Name != "manual" {
		t.Errorf("window %+v", got)
	}
	if st := f.State(); st.Corners != viewport.NoCorners || len(st.Measure.Sheet.Marks) != 0 {
		t.Error("text or marks lie over the second look")
	}
}

// TestTour is offered once, goes on and back, and is remembered however it ends.
func TestTour(t *testing.T) {
	dir := t.TempDir()
	s, st := resumed(t, dir, 5)
	if st.Tour != 1 {
		t.Fatalf("at the first start the tour is at %d", st.Tour)
	}
	s.Tour.TourBack()
	s.Tour.TourNext()
	s.Tour.TourNext()
	s.Tour.TourBack()
	if got := s.State().Tour; got != 2 {
		t.Errorf("at step %d, want 2", got)
	}
	for range tour.Steps() {
		s.Tour.TourNext()
	}
	if got := s.State().Tour; got != 0 {
		t.Errorf("after its last step the tour is at %d", got)
	}
	s.Tour.TourNext()
	if s.State().Tour != 0 {
		t.Error("it begins again by itself")
	}
	closeSession(t, s)
	s, st = resumed(t, dir, 5)
	if st.Tour != 0 {
		t.Error("it is offered twice")
	}
	s.Tour.StartTour()
	if s.State().Tour != 1 {
		t.Error("it cannot be asked for")
	}
	closeSession(t, s)
}
