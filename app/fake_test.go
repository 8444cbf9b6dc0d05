package app

import (
	"context"
	"testing"
	"time"

	"hilum/app/apptest"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/inference"
)

// testSession opens a session on the fake engine whose decoder knows "a", "b",
// "c" and the damaged "x".
func testSession(t *testing.T, e *apptest.Engine, change ...func(*Config)) *Workstation {
	t.Helper()
	e.Classes = len(apptest.ThreeClasses)
	cfg := Config{
		OpenEngine: func() (inference.Engine, error) { return e, nil },
		LoadModel:  func() (inference.Source, error) { return apptest.TinySource(t, apptest.ThreeClasses...), nil },
		Sources:    apptest.Sources(decodeFake),
		Dir:        t.TempDir(),
	}
	for _, f := range change {
		f(&cfg)
	}
	s := New(cfg)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		e.Mu.Lock()
		defer e.Mu.Unlock()
		if !e.Closed {
			t.Error("the engine was left open")
		}
	})
	s.Viewport.SetViewport(640, 480)
	s.Start()
	wait(t, s, "the engine", func(st State) bool { return st.Model.Open })
	return s
}

func decodeFake(ctx context.Context, path string) (*dicomio.Image, error) {
	switch path {
	case "a", "b", "c", "d":
		return apptest.Image(int32(path[0]-'a') * 500), nil
	case "panic":
		panic("a decoder gone wrong")
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, apptest.ErrDamaged
}

// openFake adds studies by the fake decoder's names, past the file system.
func openFake(s *Workstation, names ...string) { openBy(s, decodeFake, names...) }

// openBy adds studies that are decoded as the test wants.
func openBy(s *Workstation, read apptest.Decode, names ...string) {
	var list []*scan.Instance
	for _, n := range names {
		list = append(list, apptest.Instance(n, read))
	}
	s.Studies.Add(list...)
}

// wait polls the state; a condition that does not come fails the test.
func wait(t *testing.T, s *Workstation, what string, ok func(State) bool) State {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		if st := s.State(); ok(st) {
			return st
		} else if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s; state %+v", what, st)
		}
		time.Sleep(time.Millisecond)
	}
}

func scored(st State) bool { return st.Result != nil && !st.Scoring }
