package app

import (
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hilum/app/annotation"
	"hilum/app/answers"
	"hilum/app/apptest"
	"hilum/app/findings"
	"hilum/app/history"
	"hilum/app/measure"
	"hilum/app/records"
	"hilum/app/settings"
	"hilum/app/viewport"
	"hilum/app/worklist"
	"hilum/internal/store"
)

// everything is what undoing must bring back exactly: how the study is looked at,
// what is drawn, and what is answered, the times of the answers apart.
type everything struct {
	aspect  history.Aspect
	sheet   annotation.Sheet
	answers map[string]answers.Opinion
}

func everythingOf(s *Workstation) everything {
	var e everything
	s.hub.Look(func(tx store.Tx) {
		e = everything{historyLink{now{s}}.Aspect(tx).Lasting(), s.Measure.In(tx).Measure.Sheet,
			map[string]answers.Opinion{}}
		for class, a := range s.Answers.In(tx).Answers {
			e.answers[class] = answers.Opinion{Verdict: a.Verdict, Note: a.Note, Regions: a.Regions}
		}
	})
	return e
}

func (e everything) equal(o everything) bool {
	return e.aspect == o.aspect && annotation.Changes(e.sheet, o.sheet).Nothing() &&
		reflect.DeepEqual(e.answers, o.answers)
}

// answering is a session with records, the newest of three films of a patient on
// the screen, scored, its answers looked up.
func answering(t *testing.T) *Workstation {
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
func settled(t *testing.T, s *Workstation) {
	t.Helper()
	wait(t, s, "the disk", func(State) bool {
		return s.Measure.Loaded()
	})
	s.Answers.Settle()
	wait(t, s, "the maps", func(st State) bool { return !st.Mapping })
	wait(t, s, "the window from the lungs", func(st State) bool { return !st.Seeking })
}

// TestALateWindowBelongsToItsStep: a window from the lungs that is found only after the
// reader has undone something, or has chosen another window, changes nothing, and what was
// undone can still be redone.
func TestALateWindowBelongsToItsStep(t *testing.T) {
	s := answering(t)
	s.Viewport.ToggleInvert()
	s.Viewport.Turn(1)
	for name, then := range map[string]func(){
		"an undo": s.History.Undo, "another window": func() { s.Viewport.SetWindow(100, 50) },
	} {
		s.Viewport.AutoWindow()
		then()
		before := s.State()
		settled(t, s)
		before.Picture.LungField() // what comes late comes now
		time.Sleep(20 * time.Millisecond)
		after := s.State()
		if after.View != before.View || after.CanRedo != before.CanRedo {
			t.Errorf("after %s a late window changed %+v to %+v, redo %v to %v", name, before.View, after.View,
				before.CanRedo, after.CanRedo)
		}
	}
}

// drag turns the window as a hand does, in many small moves.
func drag(s *Workstation, moves int) {
	s.History.Hold(true)
	for range moves {
		s.Viewport.DragWindow(3, -1)
	}
	s.History.Hold(false)
}

// TestEachThingIsOneStep: whatever the reader does is taken back exactly by one
// Undo, and done again by one Redo.
func TestEachThingIsOneStep(t *testing.T) {
	s := answering(t)
	s.Measure.SetTool(measure.Tool(annotation.Length))
	click(s, at(4, 4))
	click(s, at(30, 20))
	mark := s.State().Measure.Selected
	for name, do := range map[string]func(){
		"drag the window": func() { drag(s, 40) },
		"next window":     s.Viewport.NextWindow, "straight or S-shaped": s.Viewport.ToggleShape,
		"set a window": func() { s.Viewport.SetWindow(700, 300) },
		"invert":       s.Viewport.ToggleInvert, "turn": func() { s.Viewport.Turn(1) },
		"mirror": s.Viewport.FlipLeftRight,
		"filter": s.Viewport.NextFilter,
		"turn the wheel": func() {
			s.Viewport.ZoomAt(50, 60, 1.3)
			s.Viewport.ZoomAt(55, 60,
				1.2)
			s.Viewport.ZoomAt(60, 60, 1.1)
		},
		"pan": func() {
			s.History.Hold(true)
			s.Viewport.Pan(4, 5)
			s.Viewport.Pan(9,
				-2)
			s.History.Hold(false)
		}, "one to one": s.Viewport.OneToOne, "fit": func() { s.Viewport.FitView() },
		"a map": func() { s.Maps.ToggleMap("Mass") }, "two maps": func() { s.Maps.AddMap("Hernia") },
		"opacity": func() { s.Maps.SetOpacity(0.3); s.Maps.SetOpacity(0.2) },
		"floor":   func() { s.Maps.SetFloor(0.4) }, "contours": func() { s.Maps.SetContours(true) },
		"colours": func() { s.Maps.SetColours("viridis") }, "signed": func() { s.Maps.SetSigned(true) },
		"own scale":   func() { s.Maps.SetPerMap(!s.State().Map.PerMap) },
		"compare":     func() { s.Comparison.SetLayout(viewport.TwoPictures) },
		"swipe":       func() { s.Comparison.SetLayout(viewport.SwipePictures) },
		"corner text": s.Viewport.NextCorners, "magnifier": s.Viewport.ToggleLens,
		"order of the findings": func() { s.Findings.SetSort(findings.ByClass) },
		"only positive":         func() { s.Findings.SetOnly(true) },
		"figures":               func() { s.Findings.SetScale(findings.OperatingScale) },
		"order of the list":     s.Studies.Worklist.NextOrder,
		"new studies":           func() { s.Studies.Worklist.SetQuery(func(q *worklist.Query) { q.Unseen = true }) },
		"type into the search": func() {
			for _, text := range []string{"d", "do", "doe"} {
				s.Studies.Worklist.SetQuery(func(q *worklist.Query) { q.Text = text })
			}
		},
		"agree":  func() { s.Answers.Answer("Mass", records.Agree, "") },
		"a note": func() { s.Answers.Answer("Nodule", records.Unsure, "behind the heart") },
		"a region": func() {
			s.Answers.Answer("Hernia", records.Disagree, "",
				records.Region{Kind: records.BoxRegion, Points: [][2]float64{{.1, .1}, {.3, .4}}})
		},
		"delete a mark": func() { s.Measure.SelectMark(mark); s.Measure.DeleteMark() },
		"calibrate": func() {
			s.Measure.SetTool(measure.Calibrate)
			click(s, at(0, 10))
			click(s, at(40, 10))
			s.Measure.SetKnownLength(20)
		},
	} {
		s.Viewport.FitView()
		s.History.Hold(false) // whatever comes is a step of its own
		if name == "fit" {
			s.Viewport.OneToOne()
			s.History.Hold(false)
		}
		before, depth := everythingOf(s), s.History.Depth(s.State().Studies[2].ID)
		do()
		settled(t, s)
		after := everythingOf(s)
		if name != "fit" && before.equal(after) {
			t.Errorf("%s changes nothing", name)
		}
		if n := s.History.Depth(s.State().Studies[2].ID); n != depth+1 {
			t.Errorf("%s is %d steps", name, n-depth)
		}
		s.History.Undo()
		settled(t, s)
		if now := everythingOf(s); !now.equal(before) {
			t.Errorf("%s undone: %+v\nwant %+v", name, now, before)
		}
		s.History.Redo()
		settled(t, s)
		if now := everythingOf(s); !now.equal(after) {
			t.Errorf("%s redone: %+v\nwant %+v", name, now, after)
		}
		s.History.Undo()
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
	s.History.Undo()
	if got := s.State().View.Window; got != middle {
		t.Errorf("the second drag undone: %+v, want %+v", got, middle)
	}
	s.History.Undo()
	if st := s.State(); st.View.Window != first || st.CanUndo || !st.CanRedo {
		t.Errorf("both undone: %+v, undo %v, redo %v", st.View.Window, st.CanUndo, st.CanRedo)
	}
	s.History.Hold(true)
	s.Maps.SetOpacity(0.3)
	s.Maps.SetOpacity(0.9)
	s.Maps.SetOpacity(settings.Default().Opacity)
	s.History.Hold(false)
	if s.State().CanUndo {
		t.Error("what came back to where it began can be undone")
	}
}

// TestStepsAreBounded: what is older than history.MaxSteps is forgotten.
func TestStepsAreBounded(t *testing.T) {
	s := answering(t)
	for range 3 * history.MaxSteps {
		s.Viewport.ToggleInvert()
	}
	n := 0
	for ; s.State().CanUndo; n++ {
		s.History.Undo()
	}
	if n != history.MaxSteps {
		t.Errorf("%d steps can be undone", n)
	}
}

// TestEachStudyHasItsHistory: what is done to one study is not undone with
// another on the screen, and what was done elsewhere meanwhile stays.
func TestEachStudyHasItsHistory(t *testing.T) {
	s := answering(t)
	s.Viewport.ToggleInvert()
	s.Select(1)
	wait(t, s, "the other", func(st State) bool { return st.Current == 1 && scored(st) })
	if s.State().CanUndo {
		t.Error("the other study begins with something to undo")
	}
	s.Maps.ToggleMap("Mass")
	s.Select(2)
	wait(t, s, "the first", func(st State) bool { return st.Current == 2 && scored(st) && st.Picture != nil })
	s.History.Undo()
	if st := s.State(); st.View.Invert || !st.Map.On || st.CanUndo {
		t.Errorf("inverted %v, map %v, more to undo %v", st.View.Invert, st.Map.On, st.CanUndo)
	}
}

// TestAnswersAreUndoneByFurtherOnes: the records keep what was said and that it
// was taken back.
func TestAnswersAreUndoneByFurtherOnes(t *testing.T) {
	s := answering(t)
	s.Answers.Answer("Mass", records.Agree, "large")
	s.Answers.Answer("Mass", records.Disagree, "none")
	s.History.Undo() // before the first is on the disk
	settled(t, s)
	if a := s.State().Answers["Mass"]; a.Verdict != records.Agree || a.Note != "large" {
		t.Errorf("undone to %+v", a)
	}
	s.History.Undo()
	settled(t, s)
	if _, ok := s.State().Answers["Mass"]; ok {
		t.Error("an answer is left")
	}
	list, err := s.Answers.Records().Answers(t.Context(), records.AnswerFilter{History: true})
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
		for range 150 { // fewer than history.MaxSteps
			randomAct(s, r)
		}
		s.Measure.SetTool(measure.NoTool)
		for s.State().CanRedo { // the reader may have ended with something undone
			s.History.Redo()
		}
		settled(t, s)
		end := everythingOf(s)
		n := 0
		for ; s.State().CanUndo; n++ {
			s.History.Undo()
		}
		settled(t, s)
		if now := everythingOf(s); !now.equal(start) {
			t.Fatalf("seed %d, %d steps undone: %+v\nwant %+v", seed, n, now, start)
		}
		for s.State().CanRedo {
			s.History.Redo()
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
func randomAct(s *Workstation, r *rand.Rand) {
	p := at(r.Float64()*64, r.Float64()*48)
	class := apptest.ThreeClasses[r.IntN(3)]
	verdicts := []records.Verdict{records.Agree, records.Disagree, records.Unsure, records.Withdrawn}
	acts := []func(){
		func() { drag(s, 1+r.IntN(9)) },
		func() { s.Viewport.ZoomAt(r.Float64()*640, r.Float64()*480, 0.5+r.Float64()) },
		func() { s.Viewport.Pan(r.NormFloat64()*40, 3) },
		func() { s.Maps.ToggleMap(class) }, func() { s.Maps.AddMap(class) }, func() { s.Maps.SetOpacity(r.Float64()) },
		func() { s.Maps.SetFloor(r.Float64()) },
		func() { s.Comparison.SetSwipe(r.Float64()) }, func() { s.Maps.SetColours("cividis") },
		func() { s.Answers.Answer(class, verdicts[r.IntN(4)], "seen") },
		func() { click(s, p) }, func() { s.Measure.PressImage(p, 9); s.Measure.MoveImage(at(9, 9)) },
		func() { s.Measure.ReleaseImage(p, 2) }, func() { s.Measure.SetKnownLength(5) },
		func() { s.Measure.SetDraftText("x") },
		func() { s.Viewport.SetViewport(500+r.IntN(200), 480) }, func() { s.History.Hold(r.IntN(2) == 0) },
		s.History.Undo, s.History.Redo,
	}
	if list := s.Commands(); r.IntN(2) == 0 {
		c := list[r.IntN(len(list))]
		stays := !strings.HasPrefix(c.ID, "file.") && !strings.HasPrefix(c.ID, "study.") &&
			!strings.HasPrefix(c.ID, "list.") && !strings.HasPrefix(c.ID, "model.") &&
			!strings.HasPrefix(c.ID, "blinded.") // what was done in sight of findings goes with them
		if stays && c.ID != "answer.region" && c.ID != "compare.pin" &&
			c.Enabled() { // a region is answered in the background, see TestEachThingIsOneStep
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
	s.Studies.Worklist.SetQuery(func(q *worklist.Query) { q.Text = "nobody of that name" })
	wait(t, s, "an empty list", func(st State) bool { return st.Listed.Len() == 0 })
	s.History.Undo()
	wait(t, s, "the whole list", func(st State) bool { return st.Listed.Len() == all })
	rows := s.State().Rows
	s.Findings.SetSort(findings.ByClass)
	s.Findings.SetOnly(true)
	s.History.Undo()
	s.History.Undo()
	if got := s.State().Rows; !reflect.DeepEqual(got, rows) {
		t.Errorf("the findings stand as %+v, before as %+v", got, rows)
	}
}
