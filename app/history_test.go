package app

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hilum/app/annotation"
	"hilum/app/apptest"
	"hilum/app/findings"
	"hilum/app/measure"
	"hilum/app/records"
	"hilum/app/viewport"
	"hilum/app/worklist"
)

// everything is what undoing must bring back exactly: how the study is looked at,
// what is drawn, and what is answered, the times of the answers apart.
type everything struct {
	aspect  aspect
	sheet   annotation.Sheet
	answers map[string]opinion
}

func everythingOf(s *Session) everything {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := everything{s.aspectNow(), s.state.Measure.Sheet, map[string]opinion{}}
	for class, a := range s.state.Answers {
		e.answers[class] = opinion{a.Verdict, a.Note, a.Regions}
	}
	return e
}

func (e everything) equal(o everything) bool {
	return e.aspect == o.aspect && annotation.Changes(e.sheet, o.sheet).Nothing() && reflect.DeepEqual(e.answers, o.answers)
}

// answering is a session with records, the newest of three films of a patient on
// the screen, scored, its answers looked up.
func answering(t *testing.T) *Session {
	t.Helper()
	store := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Records, c.Reader = store, "Dr. Test" })
	course(t, s)
	s.Select(2)
	wait(t, s, "the score", func(st State) bool { return scored(st) && st.Identity != nil })
	settled(t, s)
	return s
}

// settled waits until what is read and kept in the background is done.
func settled(t *testing.T, s *Session) {
	t.Helper()
	wait(t, s, "the disk", func(State) bool {
		s.mu.Lock()
		k := s.entries[s.state.Current].keeper
		s.mu.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.loaded
	})
	done := make(chan struct{})
	s.diary.later(func(context.Context) error { close(done); return nil })
	<-done
	wait(t, s, "the maps", func(st State) bool { return !st.Mapping })
}

// drag turns the window as a hand does, in many small moves.
func drag(s *Session, moves int) {
	s.Hold(true)
	for range moves {
		s.DragWindow(3, -1)
	}
	s.Hold(false)
}

// TestEachThingIsOneStep: whatever the reader does is taken back exactly by one
// Undo, and done again by one Redo.
func TestEachThingIsOneStep(t *testing.T) {
	s := answering(t)
	s.SetTool(measure.Tool(annotation.Length))
	click(s, at(4, 4))
	click(s, at(30, 20))
	mark := s.State().Measure.Selected
	for name, do := range map[string]func(){
		"drag the window": func() { drag(s, 40) },
		"next window":     s.NextWindow, "straight or S-shaped": s.ToggleShape, "set a window": func() { s.SetWindow(700, 300) },
		"invert": s.ToggleInvert, "turn": func() { s.Turn(1) }, "mirror": s.FlipLeftRight, "filter": s.NextFilter,
		"turn the wheel": func() { s.ZoomAt(50, 60, 1.3); s.ZoomAt(55, 60, 1.2); s.ZoomAt(60, 60, 1.1) },
		"pan":            func() { s.Hold(true); s.Pan(4, 5); s.Pan(9, -2); s.Hold(false) }, "one to one": s.OneToOne, "fit": func() { s.FitView() },
		"a map": func() { s.ToggleMap("Mass") }, "two maps": func() { s.AddMap("Hernia") }, "opacity": func() { s.SetOpacity(0.3); s.SetOpacity(0.2) },
		"floor": func() { s.SetFloor(0.4) }, "contours": func() { s.SetContours(true) }, "colours": func() { s.SetColours("viridis") }, "signed": func() { s.SetSigned(true) },
		"own scale": func() { s.SetPerMap(!s.State().Map.PerMap) }, "compare": func() { s.SetLayout(viewport.TwoPictures) }, "swipe": func() { s.SetLayout(viewport.SwipePictures) },
		"corner text": s.NextCorners, "magnifier": s.ToggleLens, "order of the findings": func() { s.SetSort(findings.ByClass) }, "only positive": func() { s.SetOnly(true) },
		"figures": func() { s.SetScale(findings.OperatingScale) }, "order of the list": s.nextOrder, "new studies": func() { s.SetQuery(func(q *worklist.Query) { q.Unseen = true }) },
		"type into the search": func() {
			for _, text := range []string{"d", "do", "doe"} {
				s.SetQuery(func(q *worklist.Query) { q.Text = text })
			}
		},
		"agree":  func() { s.Answer("Mass", records.Agree, "") },
		"a note": func() { s.Answer("Nodule", records.Unsure, "behind the heart") },
		"a region": func() {
			s.Answer("Hernia", records.Disagree, "", records.Region{Kind: records.BoxRegion, Points: [][2]float64{{.1, .1}, {.3, .4}}})
		},
		"delete a mark": func() { s.SelectMark(mark); s.DeleteMark() },
		"calibrate":     func() { s.SetTool(measure.Calibrate); click(s, at(0, 10)); click(s, at(40, 10)); s.SetKnownLength(20) },
	} {
		s.FitView()
		s.Hold(false) // whatever comes is a step of its own
		if name == "fit" {
			s.OneToOne()
			s.Hold(false)
		}
		before, depth := everythingOf(s), len(s.entries[2].history.past)
		do()
		settled(t, s)
		after := everythingOf(s)
		if name != "fit" && before.equal(after) {
			t.Errorf("%s changes nothing", name)
		}
		if n := len(s.entries[2].history.past); n != depth+1 {
			t.Errorf("%s is %d steps", name, n-depth)
		}
		s.Undo()
		settled(t, s)
		if now := everythingOf(s); !now.equal(before) {
			t.Errorf("%s undone: %+v\nwant %+v", name, now, before)
		}
		s.Redo()
		settled(t, s)
		if now := everythingOf(s); !now.equal(after) {
			t.Errorf("%s redone: %+v\nwant %+v", name, now, after)
		}
		s.Undo()
		settled(t, s)
	}
}

// TestADragIsOneStep, two drags are two, and one that ends where it began is
// none.
func TestADragIsOneStep(t *testing.T) {
	s := answering(t)
	first := s.State().View.Window
	drag(s, 50)
	middle := s.State().View.Window
	drag(s, 50)
	s.Undo()
	if got := s.State().View.Window; got != middle {
		t.Errorf("the second drag undone: %+v, want %+v", got, middle)
	}
	s.Undo()
	if st := s.State(); st.View.Window != first || st.CanUndo || !st.CanRedo {
		t.Errorf("both undone: %+v, undo %v, redo %v", st.View.Window, st.CanUndo, st.CanRedo)
	}
	s.Hold(true)
	s.SetOpacity(0.3)
	s.SetOpacity(0.9)
	s.SetOpacity(s.prefs.Opacity)
	s.Hold(false)
	if s.State().CanUndo {
		t.Error("what came back to where it began can be undone")
	}
}

// TestStepsAreBounded: what is older than maxSteps is forgotten.
func TestStepsAreBounded(t *testing.T) {
	s := answering(t)
	for range 3 * maxSteps {
		s.ToggleInvert()
	}
	n := 0
	for ; s.State().CanUndo; n++ {
		s.Undo()
	}
	if n != maxSteps {
		t.Errorf("%d steps can be undone", n)
	}
}

// TestEachStudyHasItsHistory: what is done to one study is not undone with
// another on the screen, and what was done elsewhere meanwhile stays.
func TestEachStudyHasItsHistory(t *testing.T) {
	s := answering(t)
	s.ToggleInvert()
	s.Select(1)
	wait(t, s, "the other", func(st State) bool { return st.Current == 1 && scored(st) })
	if s.State().CanUndo {
		t.Error("the other study begins with something to undo")
	}
	s.ToggleMap("Mass")
	s.Select(2)
	wait(t, s, "the first", func(st State) bool { return st.Current == 2 && scored(st) })
	s.Undo()
	if st := s.State(); st.View.Invert || !st.Map.On || st.CanUndo {
		t.Errorf("inverted %v, map %v, more to undo %v", st.View.Invert, st.Map.On, st.CanUndo)
	}
}

// TestAnswersAreUndoneByFurtherOnes: the records keep what was said and that it
// was taken back.
func TestAnswersAreUndoneByFurtherOnes(t *testing.T) {
	s := answering(t)
	s.Answer("Mass", records.Agree, "large")
	s.Answer("Mass", records.Disagree, "none")
	s.Undo() // before the first is on the disk
	settled(t, s)
	if a := s.State().Answers["Mass"]; a.Verdict != records.Agree || a.Note != "large" {
		t.Errorf("undone to %+v", a)
	}
	s.Undo()
	settled(t, s)
	if _, ok := s.State().Answers["Mass"]; ok {
		t.Error("an answer is left")
	}
	list, err := s.Records().Answers(t.Context(), records.AnswerFilter{History: true})
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []string
	for _, a := range list {
		verdicts = append(verdicts, string(a.Verdict))
	}
	if got, want := strings.Join(verdicts, " "), "agree disagree agree withdrawn"; got != want {
		t.Errorf("the records hold %q, want %q", got, want)
	}
}

// TestUndoingEverything: a random reader works on a study; undoing all of it
// leads back to the start exactly, and redoing all of it to the end.
func TestUndoingEverything(t *testing.T) {
	for seed := range uint64(12) {
		s := answering(t)
		start := everythingOf(s)
		r := rand.New(rand.NewPCG(seed, 8))
		for range 150 { // fewer than maxSteps
			randomAct(s, r)
		}
		s.SetTool(measure.NoTool)
		for s.State().CanRedo { // the reader may have ended with something undone
			s.Redo()
		}
		settled(t, s)
		end := everythingOf(s)
		n := 0
		for ; s.State().CanUndo; n++ {
			s.Undo()
		}
		settled(t, s)
		if now := everythingOf(s); !now.equal(start) {
			t.Fatalf("seed %d, %d steps undone: %+v\nwant %+v", seed, n, now, start)
		}
		for s.State().CanRedo {
			s.Redo()
		}
		settled(t, s)
		if now := everythingOf(s); !now.equal(end) {
			t.Fatalf("seed %d, %d steps redone: %+v\nwant %+v", seed, n, now, end)
		}
		if n < 20 {
			t.Errorf("seed %d: only %d steps", seed, n)
		}
	}
}

// randomAct does one thing to the study on the screen.
func randomAct(s *Session, r *rand.Rand) {
	p := at(r.Float64()*64, r.Float64()*48)
	class := apptest.ThreeClasses[r.IntN(3)]
	verdicts := []records.Verdict{records.Agree, records.Disagree, records.Unsure, records.Withdrawn}
	acts := []func(){
		func() { drag(s, 1+r.IntN(9)) }, func() { s.ZoomAt(r.Float64()*640, r.Float64()*480, 0.5+r.Float64()) }, func() { s.Pan(r.NormFloat64()*40, 3) },
		func() { s.ToggleMap(class) }, func() { s.AddMap(class) }, func() { s.SetOpacity(r.Float64()) }, func() { s.SetFloor(r.Float64()) },
		func() { s.SetSwipe(r.Float64()) }, func() { s.SetColours("cividis") }, func() { s.Answer(class, verdicts[r.IntN(4)], "seen") },
		func() { click(s, p) }, func() { s.PressFilm(p, 9); s.MoveFilm(at(9, 9)) }, func() { s.ReleaseFilm(p, 2) }, func() { s.SetKnownLength(5) }, func() { s.SetDraftText("x") },
		func() { s.SetViewport(500+r.IntN(200), 480) }, func() { s.Hold(r.IntN(2) == 0) }, s.Undo, s.Redo,
	}
	if list := s.Commands(); r.IntN(2) == 0 {
		c := list[r.IntN(len(list))]
		stays := !strings.HasPrefix(c.ID, "file.") && !strings.HasPrefix(c.ID, "study.") && !strings.HasPrefix(c.ID, "list.") && !strings.HasPrefix(c.ID, "model.")
		if stays && c.ID != "answer.region" && c.ID != "compare.pin" && c.Enabled() { // a region is answered in the background, see TestEachThingIsOneStep
			c.Do()
		}
		return
	}
	acts[r.IntN(len(acts))]()
}

// TestUndoReachesTheLists: what is undone of filter and order is seen in the rows,
// not only in the choice.
func TestUndoReachesTheLists(t *testing.T) {
	s := answering(t)
	all := s.State().Listed.Len()
	s.SetQuery(func(q *worklist.Query) { q.Text = "nobody of that name" })
	wait(t, s, "an empty list", func(st State) bool { return st.Listed.Len() == 0 })
	s.Undo()
	wait(t, s, "the whole list", func(st State) bool { return st.Listed.Len() == all })
	rows := s.State().Rows
	s.SetSort(findings.ByClass)
	s.SetOnly(true)
	s.Undo()
	s.Undo()
	if got := s.State().Rows; !reflect.DeepEqual(got, rows) {
		t.Errorf("the findings stand as %+v, before as %+v", got, rows)
	}
}
