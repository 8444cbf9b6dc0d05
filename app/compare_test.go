package app

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/ui/raster"
)

// course opens films of one patient, oldest first, and one of another.
func course(t *testing.T, s *Session) {
	t.Helper()
	var list []*dicomio.Instance
	for i, name := range []string{"a", "b", "c"} {
		in := &dicomio.Instance{Path: name}
		in.Study.PatientName, in.Study.PatientID, in.Study.StudyDate = "DOE^JANE", "7", fmt.Sprintf("2026010%d", i+1)
		list = append(list, in)
	}
	other := &dicomio.Instance{Path: "d"}
	other.Study.PatientName, other.Study.StudyDate = "ROE^RICHARD", "20250101"
	s.add(s.fileStudies(append(list, other)))
}

// TestChangeFromThePrior: the change of a margin is that of now less that of
// the newest film before.
func TestChangeFromThePrior(t *testing.T) {
	s := testSession(t, &fakeEngine{})
	course(t, s)
	s.Select(2)
	wait(t, s, "findings", scored)
	s.SetLayout(FourPictures)
	st := wait(t, s, "priors", func(st State) bool {
		return len(st.Compare.Priors) == 2 && st.Compare.Priors[0].Result != nil && st.Compare.Priors[1].Result != nil
	})
	if p := st.Compare.Priors; p[0].Date != "2026-01-02" || p[1].Date != "2026-01-01" || p[0].Picture == nil {
		t.Errorf("priors %+v", p)
	}
	for _, r := range st.Rows {
		then, _ := st.Compare.Priors[0].Result.Finding(r.Class)
		if !r.Compared || r.Then != then.RelMargin || math.Abs(r.Change-(r.Finding.RelMargin-then.RelMargin)) > 1e-12 {
			t.Errorf("%+v, then %v", r, then.RelMargin)
		}
	}
	s.SetSort(ByChange)
	rows := s.State().Rows
	if !slices.IsSortedFunc(rows, func(a, b Row) int { return int(math.Copysign(1, math.Abs(b.Change)-math.Abs(a.Change))) }) {
		t.Errorf("not by change: %+v", rows)
	}
	s.SetLayout(FourPictures) // again: back to one
	if st := s.State(); st.Compare.Layout != OnePicture || len(st.Compare.Priors) != 0 || st.Rows[0].Compared {
		t.Errorf("%+v", st.Compare)
	}
}

func TestPriorsAreOfThePatientAndEarlier(t *testing.T) {
	s := testSession(t, &fakeEngine{})
	course(t, s)
	s.Select(0) // the oldest
	wait(t, s, "the picture", func(st State) bool { return st.Picture != nil })
	s.SetLayout(TwoPictures)
	if st := s.State(); st.Compare.Layout != OnePicture || st.Message == "" {
		t.Errorf("the first film has a prior: %+v, %q", st.Compare, st.Message)
	}
	s.PinPrior() // the oldest, for all
	s.Select(3)  // another patient's
	wait(t, s, "the picture", func(st State) bool { return st.Picture != nil })
	s.SetLayout(TwoPictures)
	if p := s.State().Compare.Priors; len(p) != 1 || p[0].StudyID != s.State().Studies[0].ID {
		t.Errorf("with a film chosen for comparison: %+v", p)
	}
	s.SetLayout(OnePicture)
	s.Select(0)
	s.PinPrior()
	s.Select(2)
	wait(t, s, "the picture", func(st State) bool { return st.Picture != nil })
	s.SetLayout(TwoPictures)
	s.OlderPrior()
	if p := s.State().Compare.Priors; len(p) != 1 || p[0].Date != "2026-01-01" {
		t.Errorf("older: %+v", p)
	}
	s.OlderPrior() // there is none
	s.NewerPrior()
	if p := s.State().Compare.Priors; len(p) != 1 || p[0].Date != "2026-01-02" {
		t.Errorf("newer: %+v", p)
	}
}

func TestWhose(t *testing.T) {
	var named dicomio.Study
	named.PatientID, named.StudyDate, named.StudyTime = "7", "20260102", "0912"
	for _, c := range []struct {
		path          string
		st            dicomio.Study
		patient, when string
	}{
		{"x/00000013_004.png", dicomio.Study{}, "x\x0000000013", "004"},
		{"x/00000013_004.PNG", dicomio.Study{}, "x\x0000000013", "004"},
		{"x/film.png", dicomio.Study{}, "", ""},
		{"x/00000013_004.png", named, "\x007", "202601020912"},
		{"x/film.dcm", dicomio.Study{PatientID: "7", PatientName: "Doe^Jane^^"}, "DOE^JANE\x007", ""}, // no date, so no prior of any
	} {
		if p, w := whose(c.path, &c.st); p != c.patient || w != c.when {
			t.Errorf("%s: %q, %q", c.path, p, w)
		}
	}
	for when, want := range map[string]string{"": "", "004": "visit 004", "202601020912": "2026-01-02"} {
		if got := whenWords(when); got != want {
			t.Errorf("%q is %q", when, got)
		}
	}
}

// TestLinkedViewShowsTheSamePart: a point at a share of one film lies where the
// same share of the other does, whatever their sizes.
func TestLinkedViewShowsTheSamePart(t *testing.T) {
	sized := func(w, h int, window dicomio.Window) *Picture {
		return newPicture(&dicomio.Image{Width: w, Height: h, Samples: 1, BitsStored: 12, Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, w*h), VOI: []dicomio.Window{window}})
	}
	a := sized(60, 80, dicomio.Window{Center: 100, Width: 50, Function: dicomio.Linear})
	b := sized(120, 160, dicomio.Window{Center: 1000, Width: 500, Function: dicomio.Linear})
	for turns := range 4 {
		v := View{Orient: raster.Orientation{Turns: turns}, Window: dicomio.Window{Center: 110, Width: 25}}
		w, h := a.SeenSize(v.Orient)
		v.Place = raster.Fit(w, h, 300, 200).ZoomAt(300, 200, 10, 20, 1.7)
		l := LinkedView(v, a, b)
		for _, p := range [][2]float64{{0.1, 0.2}, {0.9, 0.5}} {
			x0, y0 := v.FilmToView(a, [2]int{300, 200}, p[0]*60, p[1]*80)
			x1, y1 := l.FilmToView(b, [2]int{300, 200}, p[0]*120, p[1]*160)
			if math.Abs(x0-x1) > 1 || math.Abs(y0-y1) > 1 { // corners are rounded to pixels
				t.Errorf("%d turns: %v, %v and %v, %v", turns, x0, y0, x1, y1)
			}
		}
		if l.Window.Center != 1100 || l.Window.Width != 250 {
			t.Errorf("window %+v", l.Window)
		}
	}
	if l := LinkedView(View{Window: a.Image.DefaultWindow()}, a, b); l.Window != b.Image.DefaultWindow() {
		t.Errorf("each picture's own window: %+v", l.Window)
	}
}

// TestSidesFollowTheTurning: the letters of a PA film, L\F, as it is turned.
func TestSidesFollowTheTurning(t *testing.T) {
	for _, c := range []struct {
		orientation string
		o           raster.Orientation
		left, right string
	}{
		{`L\F`, raster.Orientation{}, "R", "L"},
		{`L\F`, raster.Orientation{}.FlipLeftRight(), "L", "R"},
		{`L\F`, raster.Orientation{}.FlipUpDown(), "R", "L"},
		{`L\F`, raster.Orientation{Turns: 2}, "L", "R"},
		{`L\F`, raster.Orientation{Turns: 1}, "F", "H"}, // clockwise: the feet go left
		{`L\F`, raster.Orientation{Turns: 3}, "H", "F"},
		{`R\F`, raster.Orientation{}, "L", "R"},
		{`P\F`, raster.Orientation{}, "A", "P"},
		{`LA\FP`, raster.Orientation{}, "R", "L"},
		{``, raster.Orientation{Turns: 1}, "", ""},
		{`X\Y\Z`, raster.Orientation{}, "", ""},
	} {
		if l, r := Sides(c.orientation, c.o); l != c.left || r != c.right {
			t.Errorf("%s %+v: %q and %q", c.orientation, c.o, l, r)
		}
	}
}

// TestTurningKeepsThePlace: what was in the middle stays there, four turns are
// none, and pixels read the same.
func TestTurningKeepsThePlace(t *testing.T) {
	s := testSession(t, &fakeEngine{})
	opened(t, s, "a")
	s.OneToOne()
	s.ZoomAt(100, 80, 2)
	before := s.State()
	middle := func(st State) (float64, float64) { return st.View.ViewToFilm(st.Picture, [2]int{640, 480}, 320, 240) }
	x, y := middle(before)
	for _, f := range []func(){func() { s.Turn(1) }, s.FlipLeftRight, func() { s.Turn(-1) }, s.FlipUpDown} {
		f()
		if a, b := middle(s.State()); math.Abs(a-x) > 1 || math.Abs(b-y) > 1 {
			t.Errorf("%+v: %v, %v is in the middle, it was %v, %v", s.State().View.Orient, a, b, x, y)
		}
	}
	s.ResetView()
	for range 4 {
		s.Turn(1)
	}
	if v := s.State().View; v.Orient != (raster.Orientation{}) || !v.Fit {
		t.Errorf("%+v", v)
	}
}

// TestNeighboursAreFetchedAhead: the next and the previous study are decoded and
// scored without being chosen, and choosing one finds them.
func TestNeighboursAreFetchedAhead(t *testing.T) {
	e := &fakeEngine{}
	s := testSession(t, e)
	openFake(s, "a", "b", "c")
	s.Select(1)
	st := wait(t, s, "the neighbours", func(st State) bool { return st.Studies[0].Scored && st.Studies[2].Scored })
	if st.Current != 1 || st.Studies[0].Seen && st.Studies[2].Seen {
		t.Errorf("%+v", st.Studies)
	}
	e.mu.Lock()
	runs := e.runs
	e.mu.Unlock()
	s.Select(2)
	wait(t, s, "findings", scored)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.runs != runs {
		t.Errorf("%d more runs for a study that was scored", e.runs-runs)
	}
}

// TestAThousandPicturesLeaveNoMemory opens and closes them; what is in use must
// not grow.
func TestAThousandPicturesLeaveNoMemory(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	s := New(Config{Decode: func(context.Context, string) (*dicomio.Image, error) {
		im := film(700)
		im.Width, im.Height, im.Stored = 640, 480, make([]int32, 640*480) // over a megabyte each
		return im, nil
	}})
	defer s.Close()
	inUse := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early uint64
	for i := range n {
		openFake(s, fmt.Sprint("film", i))
		wait(t, s, "the picture", func(st State) bool { return st.Picture != nil })
		s.CloseStudy(0)
		if i == n/10 {
			early = inUse()
		}
	}
	if late := inUse(); late > early+8<<20 {
		t.Errorf("%d bytes in use after %d pictures, %d after %d", late, n, early, n/10)
	}
}

// TestVOITablesStretch: a dragged table keeps its shape; twice the width and the
// same centre reads the table at half the distance.
func TestVOITablesStretch(t *testing.T) {
	lut := &dicomio.LUT{First: 0, Bits: 8, Data: make([]uint16, 101)}
	for i := range lut.Data {
		lut.Data[i] = uint16(i * i / 40)
	}
	w := dicomio.Window{Name: "curve", LUT: lut}
	own := lut.Span()
	for _, x := range []float64{0, 20, 50, 77, 100} {
		if w.Apply(x) != (dicomio.Window{LUT: lut, Center: own.Center, Width: own.Width}).Apply(x) {
			t.Errorf("its own width changes the table at %v", x)
		}
		wide := dicomio.Window{LUT: lut, Center: own.Center, Width: 2 * own.Width}
		if got, want := wide.Apply(50+2*(x-50)), w.Apply(x); got != want {
			t.Errorf("stretched at %v: %v, want %v", x, got, want)
		}
	}
	if d := adjusted(w, 40, 30); d.LUT != lut || d.Width != 30 {
		t.Errorf("%+v", d)
	}
}

func TestClassSet(t *testing.T) {
	s := ClassSet("").With("Mass").With("Nodule").With("Mass").With("").With("a\nb")
	if !slices.Equal(s.List(), []string{"Mass", "Nodule"}) || !s.Has("Mass") || s.Has("") || s.Without("Mass") != "Nodule" || s.Without("Mass").Without("Nodule") != "" {
		t.Errorf("%q", s)
	}
}

// TestSeveralMaps: adding and taking away in any order leaves a sensible choice.
func TestSeveralMaps(t *testing.T) {
	s := testSession(t, &fakeEngine{})
	openFake(s, "a")
	wait(t, s, "findings", scored)
	s.AddMap("Mass")
	s.AddMap("Nodule")
	if m := s.State().Map; !slices.Equal(m.Classes(), []string{"Mass", "Nodule"}) || !m.On || !m.Layered() {
		t.Errorf("%+v", m)
	}
	o := Overlays(s.State().Result.Maps, s.State().Map)
	if len(o.Layers) != 2 || o.Layers[0].Heat == nil || *o.Layers[0].Colours == *o.Layers[1].Colours {
		t.Errorf("%+v", o)
	}
	s.AddMap("Mass")
	if m := s.State().Map; !slices.Equal(m.Classes(), []string{"Nodule"}) {
		t.Errorf("%+v", m)
	}
	s.AddMap("Nodule")
	if s.State().Map.On {
		t.Error("the last one taken away leaves a map")
	}
	s.ToggleMap("Hernia")
	s.SetContours(true)
	s.SetFloor(0.4)
	o = Overlays(s.State().Result.Maps, s.State().Map)
	if len(o.Layers) != 1 || !slices.Equal(o.Layers[0].Contours, []float64{0.4, 0.7}) {
		t.Errorf("%+v", o)
	}
	if Overlays(nil, s.State().Map) != nil {
		t.Error("layers without maps")
	}
}

// FuzzSession drives every command and the mouse on the film, headless, in the
// order that the input says: nothing may break, and the state stays sensible.
func FuzzSession(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 40, 41, 42, 43, 44, 45, 46, 80, 81, 82, 90, 91, 92})
	seed := make([]byte, 160)
	for i := range seed {
		seed[i] = byte(rand.New(rand.NewPCG(uint64(i), 7)).IntN(256))
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 200 {
			data = data[:200]
		}
		e := &fakeEngine{classes: len(threeClasses)}
		s := New(Config{
			OpenEngine: func() (inference.Engine, error) { return e, nil },
			LoadModel:  func() (inference.Source, error) { return tinySource(t, threeClasses...), nil },
			Decode:     decodeFake,
		})
		defer s.Close()
		s.SetViewport(300, 200)
		s.Start()
		course(t, s)
		commands := s.Commands()
		for i, b := range data {
			p := at(float64(b), float64(i%50))
			switch n := int(b) % (len(commands) + 8); {
			case n < len(commands):
				if c := commands[n]; c.ID != "file.demo" && (c.Enabled == nil || c.Enabled()) {
					c.Do()
				}
			case n == len(commands):
				s.PressFilm(p, 2)
			case n == len(commands)+1:
				s.MoveFilm(p)
			case n == len(commands)+2:
				s.ReleaseFilm(p, 2)
			case n == len(commands)+3:
				s.SetDraftText("x")
			case n == len(commands)+4:
				s.SetKnownLength(float64(b) - 10)
			case n == len(commands)+5:
				s.Select(int(b) % 5)
			case n == len(commands)+6:
				s.SetMethod(s.Methods()[int(b)%len(s.Methods())])
			default:
				time.Sleep(time.Millisecond)
			}
			sensible(t, s.State())
		}
	})
}

// sensible holds a state against what must always be true.
func sensible(t *testing.T, st State) {
	t.Helper()
	m := st.Measure
	switch {
	case st.Current >= len(st.Studies) || st.Current < -1:
		t.Fatalf("current %d of %d", st.Current, len(st.Studies))
	case m.Asking != AskNothing && m.Draft == nil:
		t.Fatal("asking about no draft")
	case st.Picture == nil && len(m.Sheet.Marks) > 0:
		t.Fatal("marks without a picture")
	case st.View.Place.Zoom < 0 || math.IsNaN(st.View.Place.CX):
		t.Fatalf("view %+v", st.View)
	case len(st.Compare.Priors) > st.Compare.Layout.panes():
		t.Fatalf("%d priors in layout %d", len(st.Compare.Priors), st.Compare.Layout)
	}
	if _, ok := m.Sheet.Mark(m.Selected); m.Selected != "" && !ok {
		t.Fatal("a mark is chosen that is not there")
	}
	for _, mark := range m.Sheet.Marks {
		if err := mark.Check(); err != nil {
			t.Fatal(err)
		}
	}
}
