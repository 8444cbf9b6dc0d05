package app

import (
	"context"
	"testing"

	"hilum/app/apptest"
	"hilum/app/records"
	"hilum/dicomio"
	"hilum/internal/message"
)

// unsuited decodes films of which one, "lateral", says that it is no frontal one.
func unsuited(ctx context.Context, path string) (*dicomio.Image, error) {
	if path != "lateral" {
		return decodeFake(ctx, path)
	}
	im := apptest.Image(300)
	im.Unsuited = []message.Message{message.Of("The view is lateral and the model expects a frontal one: open the frontal film of this study.")}
	im.Warnings = im.Unsuited
	return im, nil
}

// A film that is not for the model is scored but not read in public: no order by margin,
// no map, no answer; until the reader insists, for this film alone.
func TestFindingsOfAnUnsuitedImageAreWithheld(t *testing.T) {
	store := records.New(t.TempDir() + "/records.db")
	t.Cleanup(func() { _ = store.Close() })
	s := testSession(t, &apptest.Engine{}, func(c *Config) {
		c.Records, c.Reader, c.Sources = store, "Dr A", apptest.Sources(unsuited)
	})
	openBy(s, unsuited, "a", "lateral")
	st := wait(t, s, "findings", scored)
	if st.Withheld != nil || !st.Shown() {
		t.Fatalf("a frontal film is withheld: %v", st.Withheld)
	}
	var positive string
	for _, f := range st.Result.Findings {
		if f.Positive {
			positive = f.Class
		}
	}
	if positive == "" {
		t.Fatal("the fake engine calls nothing")
	}
	s.Maps.ToggleMap(positive)
	if st := wait(t, s, "the map", func(st State) bool { return st.Map.Shown() }); st.Map.Class != positive {
		t.Fatalf("map of %s", st.Map.Class)
	}

	s.Select(1)
	st = wait(t, s, "the lateral film", func(st State) bool { return scored(st) && st.Current == 1 })
	if len(st.Withheld) != 1 || st.Shown() || st.Map.Shown() {
		t.Errorf("withheld %v, shown %v, map %v", st.Withheld, st.Shown(), st.Map.Shown())
	}
	for i, r := range st.Rows {
		if r.Class != apptest.ThreeClasses[i] {
			t.Errorf("rows in the order of margins: %d is %s", i, r.Class)
		}
	}
	s.Answers.Answer(positive, records.Agree, "")
	if st := wait(t, s, "a refusal", func(st State) bool { return !st.Message.IsZero() }); len(st.Answers) != 0 ||
		st.Last != nil {
		t.Errorf("an answer to what is withheld: %+v", st.Answers)
	}

	s.Findings.Insist(true)
	if st := wait(t, s, "insisting", func(st State) bool { return st.Shown() }); len(st.Rows) != 3 ||
		st.Withheld == nil {
		t.Errorf("rows %v, reason %v", st.Rows, st.Withheld)
	}
	s.Answers.Answer(positive, records.Agree, "")
	wait(t, s, "the answer", answered(positive))
	s.Select(0)
	wait(t, s, "the first film", func(st State) bool { return scored(st) && st.Current == 0 && st.Map.Shown() })
	s.Select(1)
	wait(t, s, "the lateral film as it was left", func(st State) bool { return st.Current == 1 && st.Shown() })
}

// A map stays with the films where its class is called; one that was asked for comes
// anyway.
func TestAMapDoesNotFollowToANegativeImage(t *testing.T) {
	bright := func(ctx context.Context, path string) (*dicomio.Image, error) {
		if path == "bright" {
			return apptest.Image(4000), nil // the fake engine calls less the brighter a film is
		}
		return decodeFake(ctx, path)
	}
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Sources = apptest.Sources(bright) })
	openBy(s, bright, "a", "bright", "b")
	wait(t, s, "findings", scored)
	s.Maps.ToggleMap("Mass")
	for i, positive := range []bool{true, false, true} {
		s.Select(i)
		st := wait(t, s, "the film", func(st State) bool { return scored(st) && st.Current == i })
		if f, _ := st.Result.Finding("Mass"); f.Positive != positive || st.Map.Shown() != positive {
			t.Errorf("film %d: positive %v, map shown %v, want %v", i, f.Positive, st.Map.Shown(), positive)
		}
	}
	s.Select(1)
	wait(t, s, "the bright film", func(st State) bool { return scored(st) && st.Current == 1 && !st.Map.Shown() })
	s.Maps.ToggleMapOn()
	wait(t, s, "the map that was asked for", func(st State) bool { return st.Map.Shown() })
	s.OpenFinding("bright", "Mass")
	wait(t, s, "the map of a finding that was opened",
		func(st State) bool { return scored(st) && st.Map.Shown() && st.Map.Class == "Mass" })
}

// The same verdict twice changes nothing; a class without a threshold has nothing to
// agree with; an answer can be undone where it was given.
func TestAnswersAreNotGivenByAccident(t *testing.T) {
	s, _ := readingSession(t, t.TempDir()+"/records.db")
	openFake(s, "a")
	wait(t, s, "findings", scored)
	wait(t, s, "the identity", func(st State) bool { return st.Identity != nil })
	s.Answers.Choose("Mass")
	s.Answers.AnswerChosen(records.Agree)
	first := wait(t, s, "the answer", answered("Mass")).Answers["Mass"]
	s.Answers.AnswerChosen(records.Agree)
	s.Answers.AnswerChosen(records.Disagree)
	st := wait(t, s, "another answer", func(st State) bool { return st.Answers["Mass"].Verdict == records.Disagree })
	if st.Answers["Mass"].ID == first.ID || st.Last == nil || st.Last.Class != "Mass" ||
		st.Last.Before.Verdict != records.Agree {
		t.Errorf("answer %+v after %+v, last %+v", st.Answers["Mass"], first, st.Last)
	}
	s.Answers.UndoLast()
	wait(t, s, "the answer of before", func(st State) bool {
		return st.Answers["Mass"].Verdict == records.Agree &&
			st.Last == nil
	})
	s.Answers.AnswerChosen(records.Withdrawn)
	wait(t, s, "no answer", func(st State) bool { return !answered("Mass")(st) })
}

// Digits belong to classes: their order is that of the names, whatever the rows' is.
func TestDigitsBelongToClasses(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a")
	wait(t, s, "findings", scored)
	for i, want := range []string{"Hernia", "Mass", "Nodule"} {
		st := s.State()
		if got, ok := st.KeyedClass(i); !ok || got != want {
			t.Errorf("key %d has %s, want %s", i+1, got, want)
		}
	}
	st := s.State()
	if _, ok := st.KeyedClass(3); ok {
		t.Error("a key of no class")
	}
}

// Down makes the picture darker on the screen, whichever values are black.
func TestWindowDragFeelsTheSameForBothPolarities(t *testing.T) {
	decode := func(ctx context.Context, path string) (*dicomio.Image, error) {
		im := apptest.Image(2000)
		im.Inverted = path == "mono1"
		return im, nil
	}
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Sources = apptest.Sources(decode) })
	openBy(s, decode, "mono2", "mono1")
	for i := range 2 {
		s.Select(i)
		st := wait(t, s, "the film", func(st State) bool { return st.Picture != nil && st.Current == i })
		grey := func(st State) (sum int) {
			table := st.Picture.Image.DisplayTable(st.View.Window, st.View.Invert)
			for _, v := range st.Picture.Image.Stored {
				sum += int(table.At(v))
			}
			return sum
		}
		before := grey(st)
		s.Viewport.DragWindow(0, 4000)
		if after := grey(s.State()); after >= before {
			t.Errorf("film %d: %d became %d", i, before, after)
		}
	}
}
