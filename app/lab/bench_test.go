package lab

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/labtest"
	"hilum/app/lab/lesson"
	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/internal/message"
)

var square = edit.Rect{X: 0.28, Y: 0.38, W: 0.19, H: 0.19} // around the dense square of testFilm

// TestEffectAgainstControl: erasing what the class looks at lowers it, erasing
// elsewhere does not, and the sentence says both.
func TestEffectAgainstControl(t *testing.T) {
	b := testBench(t, &labtest.Engine{}, labtest.Image(128, 128))
	b.Edits.Add(edit.Edit{Kind: edit.Erase, Region: square})
	quiet(t, b)
	st := b.State()
	former, now := st.Former.Findings[0].Probability, st.Now.Findings[0].Probability
	if now > former-0.1 {
		t.Fatalf("erasing moved Mass from %.3f to %.3f", former, now)
	}
	c := st.Control
	if c == nil || len(c.Places) != effect.DefaultControls || len(c.Probability) != 3 {
		t.Fatalf("control %+v", c)
	}
	for _, p := range c.Places {
		if p.Overlaps(square) || p.X < 0 || p.Y < 0 || p.X+p.W > 1 || p.Y+p.H > 1 {
			t.Errorf("place %+v is on the region or off the film", p)
		}
	}
	mean, lo, hi := c.Interval(0)
	if math.Abs(mean-former) > 0.02 || lo > mean || hi < mean || c.AsMuch(0, former, now) != 0 {
		t.Errorf("control %.3f (%.3f to %.3f), former %.3f", mean, lo, hi, former)
	}
	s := st.Sentence()
	if !strings.HasPrefix(s.String(), "Erasing this lowered Mass by .") ||
		!strings.Contains(s.String(), "at 20 random places") ||
		!strings.HasSuffix(s.String(), "no place did as much.") {
		t.Error(s)
	}
	// A class that looks at nothing is left alone, and every place does as much.
	b.SetClass("Hernia")
	quiet(t, b)
	st = b.State()
	if s := st.Sentence(); !strings.HasPrefix(s.String(), "Erasing this left Hernia at .62") ||
		!strings.HasSuffix(s.String(), "every place did as much.") {
		t.Error(s)
	}
}

// TestNoRoomElsewhere: an edit of nearly the whole film has no control, and one
// of the whole film has no place.
func TestNoRoomElsewhere(t *testing.T) {
	b := testBench(t, &labtest.Engine{}, labtest.Image(64, 64))
	b.Edits.Add(edit.Edit{Kind: edit.Erase, Region: edit.Rect{X: 0.05, Y: 0.05, W: 0.9, H: 0.9}})
	quiet(t, b)
	st := b.State()
	if s := st.Sentence(); !strings.HasSuffix(s.String(), "the film has no room for the same edit elsewhere.") {
		t.Error(s)
	}
	b.Edits.Add(edit.Edit{Kind: edit.Exposure, Gamma: 2, Scale: 1})
	quiet(t, b)
	st = b.State()
	if s := st.Sentence(); !strings.Contains(s.String(), "acts on the whole film") || st.Control != nil {
		t.Error(s)
	}
}

// TestFormerIsWithoutTheSelected: the former score is that of all other edits.
func TestFormerIsWithoutTheSelected(t *testing.T) {
	b := testBench(t, &labtest.Engine{}, labtest.Image(96, 96))
	b.Edits.Add(edit.Edit{Kind: edit.Exposure, Gamma: 1.5, Scale: 1})
	quiet(t, b)
	st := b.State()
	exposed := st.Now.Findings[0].Logit
	b.Edits.Add(edit.Edit{Kind: edit.Erase, Region: square})
	quiet(t, b)
	if st = b.State(); st.Former.Findings[0].Logit != exposed || st.Selected != 1 {
		t.Errorf("former %v, want %v", st.Former.Findings[0].Logit, exposed)
	}
	b.Edits.Select(-1)
	quiet(t, b)
	if st = b.State(); st.Former != st.Original {
		t.Error("with nothing selected the former score is not the film's")
	}
	b.Edits.Toggle(1)
	quiet(t, b)
	if st = b.State(); st.Now.Findings[0].Logit != exposed || !st.Sentence().IsZero() {
		t.Errorf("an edit that is off acts: %v, %q", st.Now.Findings[0].Logit, st.Sentence())
	}
}

// TestNewestWins: of many changes only the last is scored to the end, and no
// result of an older one is shown after it.
func TestNewestWins(t *testing.T) {
	e := &labtest.Engine{}
	b := testBench(t, e, labtest.Image(96, 96))
	marker := edit.Edit{Kind: edit.Marker, Device: edit.Clip, Region: square}
	b.Edits.Add(marker)
	for i := range 40 {
		marker.Region.X = 0.01 * float64(i)
		b.Edits.Adjust(0, marker)
	}
	b.Edits.Settle()
	quiet(t, b)
	st := b.State()
	_, want, err := (&effect.Subject{Ops: edit.Standard(), Model: b.model, Image: st.Image,
		Images: nil}).Score(b.hub.Context(), st.Edits)
	if err != nil {
		t.Fatal(err)
	}
	if st.Now.Findings[0].Logit != want.Findings[0].Logit || st.Edits[0].Region.X != 0.39 {
		t.Error("the last change is not what is shown")
	}
	b.Edits.Undo() // the whole drag
	if got := b.State().Edits; len(got) != 1 || got[0].Region.X != square.X {
		t.Errorf("undoing a drag leaves %+v", got)
	}
	b.Edits.Undo()
	if got := b.State().Edits; len(got) != 0 {
		t.Errorf("undoing it all leaves %+v", got)
	}
	quiet(t, b)
}

// TestRandomWalk drives every command at random: undo and redo always lead back
// to exactly the same lists, nothing panics, and the end state is scored.
func TestRandomWalk(t *testing.T) {
	b := testBench(t, &labtest.Engine{}, labtest.Image(48, 48))
	rng := rand.New(rand.NewPCG(5, 6))
	var all []edit.Edit
	labtest.Edits(t, &all)
	for range 400 {
		st := b.State()
		n := max(len(st.Edits), 1)
		switch rng.IntN(14) {
		case 0, 1, 2, 3:
			b.Edits.Add(all[rng.IntN(len(all))])
		case 4:
			b.Edits.Toggle(rng.IntN(n))
		case 5:
			b.Edits.Remove(rng.IntN(n + 1))
		case 6:
			b.Edits.Replace(rng.IntN(n), all[rng.IntN(len(all))])
		case 7:
			b.Edits.Adjust(rng.IntN(n), all[rng.IntN(len(all))])
		case 8:
			b.Edits.Settle()
		case 9:
			b.Edits.AddBox(effect.Box{Label: "Mass", Rect: edit.Rect{X: rng.Float64() / 2, Y: 0.1, W: 0.2, H: 0.2}})
			b.Edits.RemoveBox(rng.IntN(4))
		case 10:
			b.Edits.Select(rng.IntN(n+1) - 1)
		case 11:
			b.SetClass(labtest.Classes()[rng.IntN(3)])
		case 12:
			b.Edits.Clear()
		case 13:
			undoAndRedo(t, b)
		}
		if st := b.State(); st.Selected >= len(st.Edits) || len(st.Edits) > 60 {
			b.Edits.Clear()
		}
	}
	b.Edits.Settle()
	quiet(t, b)
	st := wait(t, b, "the last score", idle)
	want := edit.Standard().Frame(st.Edits, 48, 48)
	if st.Frame != want || st.Edited.Width != want.W || st.Edited.Height != want.H {
		t.Errorf("frame %+v, picture %d x %d, want %+v", st.Frame, st.Edited.Width, st.Edited.Height, want)
	}
}

func undoAndRedo(t *testing.T, b *Bench) {
	before := b.State()
	if !before.CanUndo {
		return
	}
	b.Edits.Undo()
	if !b.State().CanRedo {
		t.Fatal("nothing to redo after undo")
	}
	b.Edits.Redo()
	after := b.State()
	if !reflect.DeepEqual(before.Edits, after.Edits) || !reflect.DeepEqual(before.Boxes, after.Boxes) {
		t.Fatalf("redo leads to %+v, not %+v", after.Edits, before.Edits)
	}
}

// TestErrorsAreSentences: what cannot be done is said and changes nothing.
func TestErrorsAreSentences(t *testing.T) {
	b := testBench(t, &labtest.Engine{}, labtest.Image(32, 32))
	for name, f := range map[string]func(){
		"odd edit": func() { b.Edits.Add(edit.Edit{Kind: edit.Erase}) }, "no edit": func() { b.Edits.Remove(3) },
		"no box": func() { b.Edits.RemoveBox(7) },
		"toggle": func() { b.Edits.Toggle(-1) }, "methods": func() { b.Maps.SetMethods(nil) },
		"method": func() { b.Maps.SetMethods([]string{"guess"}) },
		"forget": func() { b.Maps.SetForgetting("guess") }, "file": func() { b.Open("/nowhere.dcm"); quiet(t, b) },
		"model": func() { b.UseModel(inference.Source{Name: "x.onnx", ONNX: []byte("no model")}) },
	} {
		b.Notify(message.Of(""))
		f()
		st := wait(t, b, name, func(st State) bool { return !st.Message.IsZero() && !st.Opening })
		if len(st.Edits) != 0 || st.Model != "fake.onnx" || !strings.HasSuffix(st.Message.String(), ".") {
			t.Errorf("%s: %d edits, model %s, %q", name, len(st.Edits), st.Model, st.Message)
		}
	}
}

// TestCloseWhileBusy: closing gives up what runs and leaves nothing open; later
// calls do nothing.
func TestCloseWhileBusy(t *testing.T) {
	e := &labtest.Engine{}
	b := NewBench(Config{Engine: e, Source: labtest.Source(t)})
	wait(t, b, "the model", func(st State) bool { return st.Model != "" })
	b.Load(labtest.Image(256, 256), "film", lesson.ImageRef{}, nil)
	for range 10 {
		b.Edits.Add(edit.Edit{Kind: edit.InPaint, Region: square})
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.Edits.Add(edit.Edit{Kind: edit.Flip})
	b.UseModel(labtest.Source(t))
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// TestWords writes numbers as the program does everywhere.
func TestWords(t *testing.T) {
	for v, want := range map[float64]string{0.314: ".31", -0.314: "-.31", 0.996: "1.00", -0.001: ".00", 1.234: "1.23",
		0: ".00"} {
		if got := edit.Figure(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
	var all []edit.Edit
	labtest.Edits(t, &all)
	for _, e := range all {
		if edit.Standard().Title(e).String() == string(e.Kind) || edit.Standard().Doing(e).IsZero() {
			t.Errorf("%+v has no title", e)
		}
	}
	if slices.ContainsFunc(saliency.Methods(),
		func(m saliency.Method) bool { return m.Title == "" || m.Title == m.Name }) {
		t.Error("a saliency method has no title")
	}
}
