package lab

import (
	"testing"
	"time"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/labtest"
	"hilum/app/lab/lesson"
	"hilum/dicomio"
	"hilum/internal/store"
)

// testBench is a bench on the fake engine with testFilm on it.
func testBench(t testing.TB, e *labtest.Engine, image *dicomio.Image) *Bench {
	t.Helper()
	b := NewBench(Config{Engine: e, Source: labtest.Source(t)})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	wait(t, b, "the model", func(st State) bool { return st.Model != "" })
	if image != nil {
		b.Load(image, "film", lesson.ImageRef{Path: "film.dcm"},
			[]effect.Box{{Label: "Mass", Rect: edit.Rect{X: 0.3, Y: 0.4, W: 0.15, H: 0.15}}})
		wait(t, b, "the first score", idle)
	}
	return b
}

// wait polls the state; a condition that does not come fails the test.
func wait(t testing.TB, b *Bench, what string, ok func(State) bool) State {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		if st := b.State(); ok(st) {
			return st
		} else if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s; %d edits, message %q, scoring %v", what, len(st.Edits), st.Message,
				st.Scoring)
		}
		time.Sleep(time.Millisecond)
	}
}

// idle tells that everything asked for is there.
func idle(st State) bool {
	return st.Now != nil && !st.Scoring && st.Controlling == [2]int{} && !st.Strip.Drawing && !st.Opening
}

// quiet waits until no request is being worked on.
func quiet(t testing.TB, b *Bench) State {
	t.Helper()
	var done chan struct{}
	b.hub.Look(func(store.Tx) { done = b.done })
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("a request does not end")
	}
	return b.State()
}
