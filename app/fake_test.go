package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/tinynet"
)

// fakeEngine scores without a runtime: the logit of class c is c minus the mean
// of the picture. gate, when not nil, holds every score until it is closed.
type fakeEngine struct {
	classes int
	gate    chan struct{}
	fail    error

	mu       sync.Mutex
	sessions int
	closed   bool
	runs     int
}

func (e *fakeEngine) Info() inference.EngineInfo {
	return inference.EngineInfo{Name: "fake", Version: "1", Provider: inference.CPU}
}

func (e *fakeEngine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.sessions != 0 {
		return fmt.Errorf("%d sessions left open", e.sessions)
	}
	return nil
}

func (e *fakeEngine) NewSession([]byte, inference.SessionOptions) (inference.Session, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sessions++
	return &fakeSession{e: e}, nil
}

type fakeSession struct {
	e      *fakeEngine
	probed atomic.Bool
}

func (s *fakeSession) Run(ctx context.Context, in []inference.Tensor) ([]inference.Tensor, error) {
	if s.probed.Swap(true) {
		if s.e.gate != nil {
			select {
			case <-s.e.gate:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if s.e.fail != nil {
			return nil, s.e.fail
		}
	}
	s.e.mu.Lock()
	s.e.runs++
	s.e.mu.Unlock()
	var mean float32
	for _, v := range in[0].Data {
		mean += v / float32(len(in[0].Data))
	}
	n := int64(s.e.classes)
	logits, maps := inference.NewTensor(1, n), inference.NewTensor(1, n, 2, 2)
	for c := range int(n) {
		logits.Data[c] = float32(c) - mean
		maps.Data[c*4] = float32(c + 1)
		maps.Data[c*4+3] = -1
	}
	return []inference.Tensor{logits, maps, inference.NewTensor(1, 1)}, nil
}

func (s *fakeSession) Close() error {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	s.e.sessions--
	return nil
}

// tinySource is a model of global average pooling and one linear layer.
func tinySource(t testing.TB, classes ...string) inference.Source {
	t.Helper()
	b, err := tinynet.Encode(len(classes), 8)
	if err != nil {
		t.Fatal(err)
	}
	return inference.Source{Name: "tiny.onnx", ONNX: b, Spec: inference.Spec{Classes: classes}}
}

var threeClasses = []string{"Mass", "Nodule", "Hernia"}

// film is a 12-bit picture of one value with a corner of another.
func film(value int32) *dicomio.Image {
	im := &dicomio.Image{Format: dicomio.DICOM, Width: 64, Height: 48, Frames: 1, Samples: 1, BitsStored: 12, Modality: dicomio.Modality{Slope: 1}}
	im.VOI = []dicomio.Window{{Name: "header", Center: 2000, Width: 3000, Function: dicomio.Linear}}
	im.Study.PatientName = "DOE^JANE"
	im.Stored = make([]int32, 64*48)
	for i := range im.Stored {
		im.Stored[i] = value
	}
	im.Stored[0] = 4095 - value
	return im
}

var errDamaged = errors.New("cannot read the film: it is damaged; export it again")

// testSession opens a session on the fake engine whose decoder knows "a", "b",
// "c" and the damaged "x".
func testSession(t *testing.T, e *fakeEngine, change ...func(*Config)) *Session {
	t.Helper()
	e.classes = len(threeClasses)
	cfg := Config{
		OpenEngine: func() (inference.Engine, error) { return e, nil },
		LoadModel:  func() (inference.Source, error) { return tinySource(t, threeClasses...), nil },
		Decode:     decodeFake,
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
		e.mu.Lock()
		defer e.mu.Unlock()
		if !e.closed {
			t.Error("the engine was left open")
		}
	})
	s.SetViewport(640, 480)
	s.Start()
	wait(t, s, "the engine", func(st State) bool { return st.Model.Open })
	return s
}

func decodeFake(ctx context.Context, path string) (*dicomio.Image, error) {
	switch path {
	case "a", "b", "c", "d":
		return film(int32(path[0]-'a') * 500), nil
	case "panic":
		panic("a decoder gone wrong")
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, errDamaged
}

// openFake adds studies by the fake decoder's names, past the file system.
func openFake(s *Session, names ...string) {
	var list []*dicomio.Instance
	for _, n := range names {
		list = append(list, &dicomio.Instance{Path: n})
	}
	s.add(s.fileStudies(list))
}

// wait polls the state; a condition that does not come fails the test.
func wait(t *testing.T, s *Session, what string, ok func(State) bool) State {
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
