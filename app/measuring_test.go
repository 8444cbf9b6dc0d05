package app

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"
	"time"

	"hilum/app/annotation"
	"hilum/app/apptest"
	"hilum/app/measure"
	"hilum/app/records"
	"hilum/internal/message"
)

func at(x, y float64) annotation.Point { return annotation.Point{X: x, Y: y} }

// click presses and lets go at a place, the cursor having moved there.
func click(s *Workstation, p annotation.Point) {
	s.Measure.MoveImage(p)
	s.Measure.PressImage(p, 2)
	s.Measure.ReleaseImage(p, 2)
}

// keeping is a session whose annotations are kept in a file.
func keeping(t *testing.T, path string) *Workstation {
	t.Helper()
	store := records.New(path)
	s := New(Config{Sources: apptest.Sources(decodeFake), Annotations: store})
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	s.Viewport.SetViewport(640, 480)
	return s
}

func opened(t *testing.T, s *Workstation, name string) State {
	t.Helper()
	openFake(s, name)
	return wait(t, s, "the picture", func(st State) bool { return st.Picture != nil && !st.Loading })
}

// TestEveryToolMakesItsMark clicks each tool's points and looks at the mark.
func TestEveryToolMakesItsMark(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	points := []annotation.Point{at(5, 5), at(30, 8), at(28, 30), at(6, 33)}
	for _, k := range annotation.Kinds() {
		s.Measure.SetTool(measure.Tool(k))
		least, most := k.Points()
		for i := range least {
			if s.State().Measure.Prompt == "" {
				t.Errorf("%s: nothing is said before click %d", k, i+1)
			}
			click(s, points[i])
		}
		switch {
		case k == annotation.Polygon:
			click(s, points[3])
			click(s, at(5.5, 5.5)) // the first corner closes it
		case k == annotation.Text:
			if s.State().Measure.Asking != measure.AskText {
				t.Error("the text is not asked for")
			}
			s.Measure.SetDraftText("drain")
		}
		m := s.State().Measure
		last := m.Sheet.Marks[len(m.Sheet.Marks)-1]
		want := least
		if k == annotation.Polygon {
			want = 4
		}
		if last.Kind != k || len(last.Points) != want || last.Points[0] != points[0] || m.Draft != nil ||
			m.Tool != measure.NoTool || m.Selected != last.ID {
			t.Errorf("%s (%d to %d points): %+v", k, least, most, m)
		}
	}
	if marks := s.State().Measure.Sheet.Marks; marks[len(marks)-1].Text != "drain" {
		t.Errorf("%+v", marks)
	}
}

// TestDragMakesALength: pressing, moving and letting go sets both ends.
func TestDragMakesALength(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	s.Measure.SetTool(measure.Tool(annotation.Length))
	if !s.Measure.PressImage(at(10, 10), 2) {
		t.Error("a press with a tool is left to the window")
	}
	s.Measure.MoveImage(at(20, 10))
	if d := s.State().Measure.Draft; d == nil || d.Points[1] != at(20, 10) {
		t.Errorf("while dragging: %+v", d)
	}
	s.Measure.ReleaseImage(at(40, 50), 2)
	m := s.State().Measure
	if len(m.Sheet.Marks) != 1 || m.Sheet.Marks[0].Points[1] != at(40, 50) {
		t.Errorf("%+v", m)
	}
	if r := annotation.Measure(m.Sheet.Marks[0], m.Scale, s.State().Picture); math.Abs(r.Value-50) > 1e-9 ||
		r.Source != annotation.Unknown {
		t.Errorf("%+v", r)
	}
}

// TestMarksAreMovedAndDeleted by handle and as a whole, undone and redone.
func TestMarksAreMovedAndDeleted(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	s.Measure.SetTool(measure.Tool(annotation.Length))
	click(s, at(10, 10))
	click(s, at(30, 10))
	s.Measure.SelectMark("")
	if s.Measure.PressImage(at(50, 40), 2) {
		t.Error("a press beside every mark is taken from the window")
	}
	points := func() []annotation.Point { return s.State().Measure.Sheet.Marks[0].Points }
	drag := func(from, to annotation.Point) {
		if !s.Measure.PressImage(from, 2) {
			t.Errorf("the mark is not hit at %v", from)
		}
		s.Measure.MoveImage(to)
		s.Measure.ReleaseImage(to, 2)
	}
	drag(at(30, 11), at(30, 30)) // the second end
	if p := points(); p[0] != at(10, 10) || p[1] != at(30, 30) {
		t.Errorf("a handle: %v", p)
	}
	drag(at(20, 20), at(25, 22)) // the line
	if p := points(); p[0] != at(15, 12) || p[1] != at(35, 32) {
		t.Errorf("the whole: %v", p)
	}
	s.Measure.DeleteMark()
	if len(s.State().Measure.Sheet.Marks) != 0 {
		t.Error("not deleted")
	}
	for _, want := range []annotation.Point{at(35, 32), at(30, 30), at(30, 10)} {
		s.History.Undo()
		if p := points(); p[1] != want {
			t.Errorf("undone to %v, want %v", p, want)
		}
	}
	s.History.Undo()
	if m := s.State().Measure; len(m.Sheet.Marks) != 0 || s.State().CanUndo || !s.State().CanRedo {
		t.Errorf("all undone: %+v", m)
	}
	s.History.Redo()
	if p := points(); p[1] != at(30, 10) {
		t.Errorf("redone to %v", p)
	}
}

func TestEscapeLetsGoStepByStep(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	s.Measure.SetTool(measure.Tool(annotation.Angle))
	click(s, at(1, 1))
	s.letGo()
	if m := s.State().Measure; m.Draft != nil || m.Tool != measure.Tool(annotation.Angle) {
		t.Errorf("first the draft: %+v", m)
	}
	s.letGo()
	if m := s.State().Measure; m.Tool != measure.NoTool || m.Prompt != "" {
		t.Errorf("then the tool: %+v", m)
	}
	s.Notify(message.Of("hm"))
	s.letGo()
	if !s.State().Message.IsZero() {
		t.Error("then the message")
	}
}

func TestCalibrateOnAKnownLength(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	s.Measure.SetTool(measure.Calibrate)
	click(s, at(0, 10))
	click(s, at(40, 10))
	if s.State().Measure.Asking != measure.AskLength {
		t.Fatal("the length is not asked for")
	}
	s.Measure.SetKnownLength(-3)
	if st := s.State(); st.Message.IsZero() || st.Measure.Asking != measure.AskLength {
		t.Errorf("a length that makes no sense: %q", st.Message)
	}
	s.Measure.SetKnownLength(20)
	m := s.State().Measure
	if m.Scale != (annotation.Scale{Row: 0.5, Column: 0.5, Source: annotation.Calibrated}) || m.Tool != measure.NoTool {
		t.Errorf("%+v", m)
	}
	s.History.Undo()
	if s.State().Measure.Scale.Known() {
		t.Error("a calibration cannot be undone")
	}
	s.History.Redo()
	s.Measure.Uncalibrate()
	if s.State().Measure.Scale.Known() {
		t.Error("a calibration cannot be taken away")
	}
}

// TestAnnotationsComeBack after the program was closed, on the same pixels
// under another name too, and each study keeps its own.
func TestAnnotationsComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	first := keeping(t, path)
	opened(t, first, "a")
	first.Measure.SetTool(measure.Tool(annotation.Length))
	click(first, at(1, 2))
	click(first, at(11, 2))
	first.Measure.SetTool(measure.Calibrate)
	click(first, at(0, 0))
	click(first, at(0, 10))
	first.Measure.SetKnownLength(5)
	first.Measure.SetTool(measure.Tool(annotation.Text))
	click(first, at(3, 3))
	first.Measure.SetDraftText("gone")
	first.Measure.DeleteMark()
	opened(t, first, "b")
	if n := len(first.State().Measure.Sheet.Marks); n != 0 {
		t.Errorf("the next study has %d marks", n)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := keeping(t, path)
	opened(t, again, "a")
	m := wait(t, again, "the marks", func(st State) bool { return len(st.Measure.Sheet.Marks) > 0 }).Measure
	if len(m.Sheet.Marks) != 1 || m.Sheet.Marks[0].Points[1] != at(11, 2) || m.Scale.Row != 0.5 ||
		again.State().CanUndo {
		t.Errorf("%+v", m)
	}
}

// deafStore fails at whatever is asked of it.
type deafStore struct{}

func (deafStore) PutAnnotation(context.Context, records.Picture, records.Annotation) error {
	return errors.New("the disk is full")
}
func (deafStore) DeleteAnnotation(context.Context, records.Picture, records.Annotation) error {
	return errors.New("the disk is full")
}
func (deafStore) Annotations(context.Context, records.Picture) ([]records.Annotation, error) {
	return nil, nil
}

func TestAnAnnotationThatIsNotSavedIsSaid(t *testing.T) {
	s := New(Config{Sources: apptest.Sources(decodeFake), Annotations: deafStore{}})
	defer s.Close()
	opened(t, s, "a")
	time.Sleep(10 * time.Millisecond)
	s.Measure.SetTool(measure.Tool(annotation.Length))
	click(s, at(1, 2))
	click(s, at(11, 2))
	st := wait(t, s, "the message", func(st State) bool { return !st.Message.IsZero() })
	if st.Message.String() != "The annotation is not saved: the disk is full." || len(st.Measure.Sheet.Marks) != 1 {
		t.Errorf("%q, %d marks", st.Message, len(st.Measure.Sheet.Marks))
	}
}

// TestMarksAreHidden: hidden marks stay what they are and cannot be caught; they come back
// with the key, with a tool in hand and with another study.
func TestMarksAreHidden(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	opened(t, s, "a")
	s.Measure.SetTool(measure.Tool(annotation.Length))
	click(s, at(5, 5))
	click(s, at(30, 5))
	hidden := func() bool { return s.State().Measure.Hidden }
	s.Measure.ToggleHidden()
	if !hidden() || len(s.State().Measure.Sheet.Marks) != 1 {
		t.Fatalf("hidden %v, %d marks", hidden(), len(s.State().Measure.Sheet.Marks))
	}
	if s.Measure.PressImage(at(15, 5), 2) || s.State().Measure.Selected != "" {
		t.Error("a hidden mark is caught")
	}
	s.Measure.ToggleHidden()
	if hidden() || !s.Measure.PressImage(at(15, 5), 2) {
		t.Error("a mark that is shown again is not caught")
	}
	s.Measure.ReleaseImage(at(15, 5), 2)
	s.Measure.ToggleHidden()
	s.Measure.SetTool(measure.Tool(annotation.Angle))
	if hidden() {
		t.Error("hidden with a tool in hand")
	}
	s.Measure.ToggleHidden()
	openFake(s, "b")
	wait(t, s, "the other picture",
		func(st State) bool { return len(st.Studies) == 2 && st.Current == 1 && st.Picture != nil })
	if hidden() {
		t.Error("hidden on another study")
	}
}
