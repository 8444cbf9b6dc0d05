package app

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"hilum/app/apptest"
	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/measure"
	"hilum/app/records"
	"hilum/app/viewport"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/raster"
	"hilum/internal/store"
)

// course opens films of one patient, oldest first, and one of another.
func course(t *testing.T, s *Workstation) {
	t.Helper()
	var list []*scan.Instance
	for i, name := range []string{"a", "b", "c"} {
		in := apptest.Instance(name, decodeFake)
		in.Header.PatientName, in.Header.PatientID, in.Header.StudyDate = "DOE^JANE", "7", fmt.Sprintf("2026010%d", i+1)
		list = append(list, in)
	}
	other := apptest.Instance("d", decodeFake)
	other.Header.PatientName, other.Header.StudyDate = "ROE^RICHARD", "20250101"
	s.Studies.Add(append(list, other)...)
}

// TestChangeFromThePrior: the change of a margin is that of now less that of
// the newest film before.
func TestChangeFromThePrior(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	course(t, s)
	s.Select(2)
	wait(t, s, "findings", scored)
	s.Comparison.SetLayout(viewport.FourPictures)
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
	s.Findings.SetSort(findings.ByChange)
	rows := s.State().Rows
	if !slices.IsSortedFunc(rows,
		func(a, b findings.Row) int { return int(math.Copysign(1, math.Abs(b.Change)-math.Abs(a.Change))) }) {
		t.Errorf("not by change: %+v", rows)
	}
	s.Comparison.SetLayout(viewport.FourPictures) // again: back to one
	if st := s.State(); st.Compare.Layout != viewport.OnePicture || len(st.Compare.Priors) != 0 || st.Rows[0].Compared {
		t.Errorf("%+v", st.Compare)
	}
}

func TestPriorsAreOfThePatientAndEarlier(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	course(t, s)
	s.Select(0) // the oldest
	wait(t, s, "the picture", func(st State) bool { return st.Picture != nil })
	s.Comparison.SetLayout(viewport.TwoPictures)
	if st := s.State(); st.Compare.Layout != viewport.OnePicture || st.Message.IsZero() {
		t.Errorf("the first film has a prior: %+v, %q", st.Compare, st.Message)
	}
	s.Comparison.PinPrior() // the oldest, for all
	s.Select(3)             // another patient's
	wait(t, s, "the picture", func(st State) bool { return st.Picture != nil })
	s.Comparison.SetLayout(viewport.TwoPictures)
	if p := s.State().Compare.Priors; len(p) != 1 || p[0].StudyID != s.State().Studies[0].ID {
		t.Errorf("with a film chosen for comparison: %+v", p)
	}
	s.Comparison.SetLayout(viewport.OnePicture)
	s.Select(0)
	s.Comparison.PinPrior()
	s.Select(2)
	wait(t, s, "the picture", func(st State) bool { return st.Picture != nil })
	s.Comparison.SetLayout(viewport.TwoPictures)
	s.Comparison.OlderPrior()
	if p := s.State().Compare.Priors; len(p) != 1 || p[0].Date != "2026-01-01" {
		t.Errorf("older: %+v", p)
	}
	s.Comparison.OlderPrior() // there is none
	s.Comparison.NewerPrior()
	if p := s.State().Compare.Priors; len(p) != 1 || p[0].Date != "2026-01-02" {
		t.Errorf("newer: %+v", p)
	}
}

// TestTurningKeepsThePlace: what was in the middle stays there, four turns are
// none, and pixels read the same.
func TestTurningKeepsThePlace(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	s.Viewport.OneToOne()
	s.Viewport.ZoomAt(100, 80, 2)
	before := s.State()
	middle := func(st State) (float64, float64) { return st.View.ViewToImage(st.Picture, [2]int{640, 480}, 320, 240) }
	x, y := middle(before)
	for _, f := range []func(){func() { s.Viewport.Turn(1) }, s.Viewport.FlipLeftRight, func() { s.Viewport.Turn(-1) },
		s.Viewport.FlipUpDown} {
		f()
		if a, b := middle(s.State()); math.Abs(a-x) > 1 || math.Abs(b-y) > 1 {
			t.Errorf("%+v: %v, %v is in the middle, it was %v, %v", s.State().View.Orient, a, b, x, y)
		}
	}
	s.Viewport.ResetView()
	for range 4 {
		s.Viewport.Turn(1)
	}
	if v := s.State().View; v.Orient != (raster.Orientation{}) || !v.Fit {
		t.Errorf("%+v", v)
	}
}

// findingsKept tells whether a study's findings are in memory, by its index.
func findingsKept(s *Workstation, st State, index int) (kept bool) {
	s.hub.Look(func(tx store.Tx) { kept = s.Findings.Of(tx, st.Studies[index].ID) != nil })
	return kept
}

// rowOf is the row of a study in the worklist, by its index.
func rowOf(t *testing.T, st State, index int) worklist.Row {
	t.Helper()
	for i := range st.Listed.Len() {
		if row := st.Listed.Row(i); slices.Contains(row.Pictures, st.Studies[index].Instance) {
			return row
		}
	}
	t.Fatalf("study %d is not listed", index)
	return worklist.Row{}
}

// TestNeighboursAreFetchedAhead: the next and the previous study are decoded and
// scored without being chosen, and choosing one finds them.
func TestNeighboursAreFetchedAhead(t *testing.T) {
	e := &apptest.Engine{}
	s := testSession(t, e)
	openFake(s, "a", "b", "c")
	s.Select(1)
	st := wait(t, s, "the neighbours", func(st State) bool { return findingsKept(s, st, 0) && findingsKept(s, st, 2) })
	if st.Current != 1 || rowOf(t, st, 0).Seen || rowOf(t, st, 2).Seen {
		t.Errorf("%+v", st.Studies)
	}
	e.Mu.Lock()
	runs := e.Runs
	e.Mu.Unlock()
	s.Select(2)
	wait(t, s, "findings", scored)
	e.Mu.Lock()
	defer e.Mu.Unlock()
	if e.Runs != runs {
		t.Errorf("%d more runs for a study that was scored", e.Runs-runs)
	}
}

// TestAThousandPicturesLeaveNoMemory opens and closes them; what is in use must
// not grow.
func TestAThousandPicturesLeaveNoMemory(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	large := func(context.Context, string) (*dicomio.Image, error) {
		im := apptest.Image(700)
		im.Width, im.Height, im.Stored = 640, 480, make([]int32, 640*480) // over a megabyte each
		return im, nil
	}
	s := New(Config{})
	defer s.Close()
	inUse := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early uint64
	for i := range n {
		openBy(s, large, fmt.Sprint("film", i))
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

// TestSeveralMaps: adding and taking away in any order leaves a sensible choice.
func TestSeveralMaps(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a")
	wait(t, s, "findings", scored)
	s.Maps.AddMap("Mass")
	s.Maps.AddMap("Nodule")
	if m := s.State().Map; !slices.Equal(m.Classes(), []string{"Mass", "Nodule"}) || !m.On || !m.Layered() {
		t.Errorf("%+v", m)
	}
	o := classmap.Overlays(s.State().Result.Maps, s.State().Map)
	if len(o.Layers) != 2 || o.Layers[0].Heat == nil || *o.Layers[0].Colours == *o.Layers[1].Colours {
		t.Errorf("%+v", o)
	}
	s.Maps.AddMap("Mass")
	if m := s.State().Map; !slices.Equal(m.Classes(), []string{"Nodule"}) {
		t.Errorf("%+v", m)
	}
	s.Maps.AddMap("Nodule")
	if s.State().Map.On {
		t.Error("the last one taken away leaves a map")
	}
	s.Maps.ToggleMap("Hernia")
	s.Maps.SetContours(true)
	s.Maps.SetFloor(0.4)
	o = classmap.Overlays(s.State().Result.Maps, s.State().Map)
	if len(o.Layers) != 1 || !slices.Equal(o.Layers[0].Contours, []float64{0.4, 0.7}) {
		t.Errorf("%+v", o)
	}
	if classmap.Overlays(nil, s.State().Map) != nil {
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
	f.Add(seed[:159])
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 200 {
			data = data[:200]
		}
		e := &apptest.Engine{Classes: len(apptest.ThreeClasses)}
		var kept *records.Store
		if len(data)%2 == 1 { // readers, answers and blinded reading need records
			kept = records.New(filepath.Join(t.TempDir(), "records.db"))
			defer kept.Close()
		}
		s := New(Config{
			OpenEngine: func() (inference.Engine, error) { return e, nil },
			LoadModel:  func() (inference.Source, error) { return apptest.TinySource(t, apptest.ThreeClasses...), nil },
			Sources:    apptest.Sources(decodeFake), Records: kept, Reader: "login",
		})
		defer s.Close()
		s.Viewport.SetViewport(300, 200)
		s.Start()
		course(t, s)
		commands := s.Commands()
		for i, b := range data {
			p := at(float64(b), float64(i%50))
			switch n := int(b) % (len(commands) + 11); {
			case n < len(commands):
				if c := commands[n]; c.ID != "file.demo" && (c.Enabled == nil || c.Enabled()) {
					c.Do()
				}
			case n == len(commands):
				s.Measure.PressImage(p, 2)
			case n == len(commands)+1:
				s.Measure.MoveImage(p)
			case n == len(commands)+2:
				s.Measure.ReleaseImage(p, 2)
			case n == len(commands)+3:
				s.Measure.SetDraftText("x")
			case n == len(commands)+4:
				s.Measure.SetKnownLength(float64(b) - 10)
			case n == len(commands)+5:
				s.Select(int(b) % 5)
			case n == len(commands)+6:
				s.Maps.SetMethod(s.Maps.Methods()[int(b)%len(s.Maps.Methods())])
			case n == len(commands)+7:
				s.Readers.Add([]string{"Dr. A", "Dr. B"}[i%2])
			case n == len(commands)+8:
				s.Answers.Finish(s.Answers.Now())
			case n == len(commands)+9:
				s.Readers.TakeOff(s.State().Reader.Key)
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
	case st.Hidden && (st.Result != nil || st.ClassMaps() != nil || st.Map.On || !st.Blinded):
		t.Fatalf("a hidden film has %v, %+v", st.Result, st.Map)
	case st.Hidden && slices.ContainsFunc(st.Rows, func(r findings.Row) bool { return r.Scored }):
		t.Fatalf("a hidden film has rows %+v", st.Rows)
	case st.Current >= len(st.Studies) || st.Current < -1:
		t.Fatalf("current %d of %d", st.Current, len(st.Studies))
	case m.Asking != measure.AskNothing && m.Draft == nil:
		t.Fatal("asking about no draft")
	case st.Picture == nil && len(m.Sheet.Marks) > 0:
		t.Fatal("marks without a picture")
	case st.View.Place.Zoom < 0 || math.IsNaN(st.View.Place.CX):
		t.Fatalf("view %+v", st.View)
	case len(st.Compare.Priors) > st.Compare.Layout.Panes():
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
