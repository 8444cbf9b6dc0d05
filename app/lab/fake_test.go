package lab

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/tinynet"
)

// fakeEngine scores without a runtime: class 0 looks at the brightness of the
// dense square of testFilm, class 1 at that of the whole film, class 2 at nothing.
type fakeEngine struct {
	mu       sync.Mutex
	sessions int
}

func (e *fakeEngine) Info() inference.EngineInfo {
	return inference.EngineInfo{Name: "fake", Version: "1", Provider: inference.CPU, Threads: 1}
}

func (e *fakeEngine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sessions != 0 {
		return fmt.Errorf("%d sessions left open", e.sessions)
	}
	return nil
}

func (e *fakeEngine) NewSession([]byte, inference.SessionOptions) (inference.Session, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sessions++
	return &fakeSession{e}, nil
}

type fakeSession struct{ e *fakeEngine }

func (s *fakeSession) Close() error {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	s.e.sessions--
	return nil
}

const fakeSide = 32

func (s *fakeSession) Run(ctx context.Context, in []inference.Tensor) ([]inference.Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var square, all float32
	n := 0
	for i, v := range in[0].Data[:fakeSide*fakeSide] {
		x, y := float64(i%fakeSide)/fakeSide, float64(i/fakeSide)/fakeSide
		all += v / (fakeSide * fakeSide)
		if x > 0.3 && x < 0.45 && y > 0.4 && y < 0.55 {
			square, n = square+v, n+1
		}
	}
	logits, maps := inference.NewTensor(1, 3), inference.NewTensor(1, 3, 4, 4)
	logits.Data[0], logits.Data[1], logits.Data[2] = 10*square/float32(n)-5, 4*all-1, 0.5
	maps.Data[1*4+1], maps.Data[15] = 2, -1 // class 0: on the square, against at the corner
	return []inference.Tensor{logits, maps, inference.NewTensor(1, 3)}, nil
}

var fakeClasses = []string{"Mass", "Edema", "Hernia"}

// fakeSource is a network of the right shape: pooling and one linear layer.
func fakeSource(t testing.TB) inference.Source {
	t.Helper()
	onnx, err := tinynet.Encode(len(fakeClasses), fakeSide)
	if err != nil {
		t.Fatal(err)
	}
	prep := inference.ImageNetPrep(fakeSide, fakeSide)
	prep.Mean, prep.Std = []float64{0, 0, 0}, []float64{1, 1, 1}
	return inference.Source{Name: "fake.onnx", ONNX: onnx, Spec: inference.Spec{Classes: fakeClasses, Prep: prep}}
}

// testBench is a bench on the fake engine with testFilm on it.
func testBench(t testing.TB, e *fakeEngine, film *dicomio.Image) *Bench {
	t.Helper()
	b := NewBench(Config{Engine: e, Source: fakeSource(t)})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	wait(t, b, "the model", func(st State) bool { return st.Model != "" })
	if film != nil {
		b.Load(film, "film", FilmRef{Path: "film.dcm"}, []Box{{"Mass", Rect{0.3, 0.4, 0.15, 0.15}}})
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
			t.Fatalf("waited in vain for %s; %d edits, message %q, scoring %v", what, len(st.Edits), st.Message, st.Scoring)
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
	b.mu.Lock()
	done := b.done
	b.mu.Unlock()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("a request does not end")
	}
	return b.State()
}
