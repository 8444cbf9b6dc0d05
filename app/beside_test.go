package app

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"hilum/app/annotation"
	"hilum/app/apptest"
	"hilum/app/measure"
	"hilum/app/records"
	"hilum/app/viewport"
	"hilum/dicomio"
)

// besides is a session with records and a picture beside the current one, whose studies it
// gives. The films have pixels of different sizes.
func besides(t *testing.T) (s *Workstation, current, beside int) {
	t.Helper()
	store := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() { _ = store.Close() })
	s = testSession(t, &apptest.Engine{}, func(c *Config) { c.Annotations = store })
	openBy(s, func(ctx context.Context, path string) (*dicomio.Image, error) {
		im, err := decodeFake(ctx, path)
		if err == nil {
			im.Spacing = dicomio.Spacing{Row: 0.5, Column: 0.5, Source: dicomio.SpacingDetector}
			if path == "b" {
				im.Spacing.Row, im.Spacing.Column = 0.2, 0.2
			}
		}
		return im, err
	}, "a", "b")
	wait(t, s, "two films", func(st State) bool { return len(st.Studies) == 2 })
	for i, name := range []string{"b", "a"} {
		st := s.State()
		for at := range st.Studies {
			if st.Studies[at].Name() == name {
				s.Select(at)
			}
		}
		wait(t, s, "the picture", func(st State) bool { return st.Picture != nil && !st.Loading })
		if i == 0 {
			s.Comparison.PinPrior()
		}
	}
	s.Comparison.SetLayout(viewport.TwoPictures)
	st := wait(t, s, "the picture beside", func(st State) bool {
		return len(st.Compare.Priors) == 1 && st.Compare.Priors[0].Picture != nil && len(st.Measure.Beside) == 1
	})
	return s, st.Studies[st.Current].ID, st.Compare.Priors[0].StudyID
}

// TestMeasuringOnThePictureBeside: marks made there stand on its sheet with its own
// millimetres (a length of 20 pixels of 0.2 mm is 4 mm, the current film's are of 0.5 mm), are
// undone and redone, calibrated for themselves, and are there when that study is selected.
func TestMeasuringOnThePictureBeside(t *testing.T) {
	s, current, beside := besides(t)
	length := func(study int) float64 {
		d := s.State().Measure.Of(study)
		return annotation.Measure(d.Sheet.Marks[0], d.Scale, nil).Value
	}
	draw := func(study int) {
		s.Measure.SetTool(measure.Tool(annotation.Length))
		if !s.Measure.TurnTo(study) {
			t.Fatalf("the hand does not go to study %d", study)
		}
		click(s, at(10, 10))
		click(s, at(30, 10))
	}
	draw(beside)
	draw(current)
	if a, b := length(current), length(beside); math.Abs(a-10) > 1e-9 || math.Abs(b-4) > 1e-9 {
		t.Errorf("20 pixels are %v mm on the current film and %v mm on the one beside; want 10 and 4", a, b)
	}
	if n := len(exportsLink{s}.Subject().Marks); n != 1 {
		t.Errorf("%d marks leave with the current picture, want its own", n)
	}
	s.History.Undo()
	s.History.Undo()
	if m := s.State().Measure; len(m.Sheet.Marks)+len(m.Beside[0].Sheet.Marks) != 0 {
		t.Errorf("after undoing both: %+v", m)
	}
	s.History.Redo()
	s.History.Redo()
	s.Measure.SetTool(measure.Calibrate)
	s.Measure.TurnTo(beside)
	click(s, at(10, 10))
	click(s, at(30, 10))
	s.Measure.SetKnownLength(100)
	if a, b := length(current), length(beside); math.Abs(a-10) > 1e-9 || math.Abs(b-100) > 1e-9 {
		t.Errorf("calibrated to 100 mm beside: %v and %v mm", a, b)
	}
	if n := s.State().Measure.Selected; n != "" {
		t.Errorf("%q is chosen", n)
	}
	if s.Measure.TurnTo(12345) {
		t.Error("the hand goes to a study that is not in sight")
	}
	s.Measure.SetTool(measure.RegionTool)
	if s.Measure.TurnTo(beside) {
		t.Error("a region of the current findings is drawn on another film")
	}
	s.Measure.SetTool(measure.NoTool)
	s.Comparison.SetLayout(viewport.OnePicture)
	st := s.State()
	for i := range st.Studies {
		if st.Studies[i].ID == beside {
			s.Select(i)
		}
	}
	wait(t, s, "the mark of the other film", func(st State) bool {
		return st.Picture != nil && st.Measure.StudyID == beside && len(st.Measure.Sheet.Marks) == 1
	})
}

// TestUndoLeavesWhatWasDrawnMeanwhile: only what led from one sheet to the other goes.
func TestUndoLeavesWhatWasDrawnMeanwhile(t *testing.T) {
	mark := func(id string, x float64) annotation.Mark {
		return annotation.Mark{ID: id, Kind: annotation.Text, Points: []annotation.Point{at(x, 1)}, Text: id}
	}
	empty := annotation.Sheet{}
	one := empty.With(mark("one", 1))
	two := one.With(mark("two", 2))
	if got := two.Changed(one, empty); len(got.Marks) != 1 || got.Marks[0].ID != "two" {
		t.Errorf("the first mark taken back from under the second: %+v", got)
	}
	if got := two.Changed(two, one); !annotation.Changes(got, one).Nothing() {
		t.Errorf("the second mark taken back: %+v", got)
	}
}

// TestWordsOfAMarkAreMoved: they stay where they were put, go with their mark, and come back
// from the disk.
func TestWordsOfAMarkAreMoved(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	s.Measure.SetTool(measure.Tool(annotation.Length))
	click(s, at(10, 10))
	click(s, at(30, 10))
	id := s.State().Measure.Selected
	if !s.Measure.GraspLabel(id, at(31, 12), at(30, 11)) {
		t.Fatal("the words are not grasped")
	}
	s.Measure.MoveImage(at(41, 32))
	s.Measure.ReleaseImage(at(41, 32), 2)
	m := s.State().Measure.Sheet.Marks[0]
	if m.Label == nil || *m.Label != at(40, 31) || m.Points[0] != at(10, 10) {
		t.Errorf("moved by 10, 20 from 30, 11: %+v", m)
	}
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := annotation.DecodeMark(data); err != nil || back.Label == nil || *back.Label != *m.Label {
		t.Errorf("from the disk: %+v, %v", back, err)
	}
	if moved := m.Moved(5, 0); *moved.Label != at(45, 31) || *m.Label != at(40, 31) {
		t.Errorf("with its mark: %+v", moved.Label)
	}
	s.History.Undo()
	if m := s.State().Measure.Sheet.Marks[0]; m.Label != nil {
		t.Errorf("undone: %+v", m.Label)
	}
	far := annotation.Point{X: math.NaN()}
	m.Label = &far
	if m.Check() == nil {
		t.Error("words that stand nowhere are no error")
	}
}

// TestAFingerReachesHandles: those of the chosen mark from three times as far as a line.
func TestAFingerReachesHandles(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	s.Measure.SetTool(measure.Tool(annotation.Length))
	click(s, at(10, 10))
	click(s, at(30, 10))
	s.Measure.PressImage(at(34, 13), 2) // five pixels away
	s.Measure.ReleaseImage(at(50, 40), 2)
	if p := s.State().Measure.Sheet.Marks[0].Points; p[1] != at(50, 40) || p[0] != at(10, 10) {
		t.Errorf("%v", p)
	}
	s.Measure.SelectMark("")
	if s.Measure.PressImage(at(54, 43), 2) {
		t.Error("a mark that is not chosen is reached from as far")
	}
}
