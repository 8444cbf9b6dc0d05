// Package apptest is what tests of the program without its window share: an engine
// that scores without a runtime, a tiny model, films of a few pixels. It imports
// inference, dicomio and internal/tinynet.
package apptest

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"sync"
	"sync/atomic"
	"testing"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/tinynet"
)

// Engine scores without a runtime: the logit of class c is c minus the mean
// of the picture. Gate, when not nil, holds every score until it is closed.
type Engine struct {
	Classes int
	// Opposite has the engine say the contrary of each class.
	Opposite bool
	Gate     chan struct{}
	Fail     error

	Mu       sync.Mutex
	sessions int
	Closed   bool
	Runs     int
}

// Info implements inference.Engine.
func (e *Engine) Info() inference.EngineInfo {
	return inference.EngineInfo{Name: "fake", Version: "1", Provider: inference.CPU}
}

// Close implements inference.Engine; sessions that were left open are an error.
func (e *Engine) Close() error {
	e.Mu.Lock()
	defer e.Mu.Unlock()
	e.Closed = true
	if e.sessions != 0 {
		return fmt.Errorf("%d sessions left open", e.sessions)
	}
	return nil
}

// NewSession implements inference.Engine.
func (e *Engine) NewSession([]byte, inference.SessionOptions) (inference.Session, error) {
	e.Mu.Lock()
	defer e.Mu.Unlock()
	e.sessions++
	return &fakeSession{e: e}, nil
}

type fakeSession struct {
	e      *Engine
	probed atomic.Bool
}

func (s *fakeSession) Run(ctx context.Context, in []inference.Tensor) ([]inference.Tensor, error) {
	if s.probed.Swap(true) {
		if s.e.Gate != nil {
			select {
			case <-s.e.Gate:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if s.e.Fail != nil {
			return nil, s.e.Fail
		}
	}
	s.e.Mu.Lock()
	s.e.Runs++
	s.e.Mu.Unlock()
	var mean float32
	for _, v := range in[0].Data {
		mean += v / float32(len(in[0].Data))
	}
	n := int64(s.e.Classes)
	logits, maps := inference.NewTensor(1, n), inference.NewTensor(1, n, 2, 2)
	for c := range int(n) {
		logits.Data[c] = float32(c) - mean
		if s.e.Opposite {
			logits.Data[c] = -logits.Data[c]
		}
		maps.Data[c*4] = float32(c + 1)
		maps.Data[c*4+3] = -1
	}
	return []inference.Tensor{logits, maps, inference.NewTensor(1, 1)}, nil
}

func (s *fakeSession) Close() error {
	s.e.Mu.Lock()
	defer s.e.Mu.Unlock()
	s.e.sessions--
	return nil
}

// TinySource is a model of global average pooling and one linear layer.
func TinySource(t testing.TB, classes ...string) inference.Source {
	t.Helper()
	b, err := tinynet.Encode(len(classes), 8)
	if err != nil {
		t.Fatal(err)
	}
	return inference.Source{Name: "tiny.onnx", ONNX: b, Spec: inference.Spec{Classes: classes}}
}

// ThreeClasses are those of most fakes.
var ThreeClasses = []string{"Mass", "Nodule", "Hernia"}

// Image is a 12-bit picture of one value with a corner of another.
func Image(value int32) *dicomio.Image {
	im := &dicomio.Image{Format: dicomio.DICOM, Width: 64, Height: 48, Frames: 1, Samples: 1, BitsStored: 12,
		Modality: dicomio.Modality{Slope: 1}}
	im.VOI = []dicomio.Window{{Name: "header", Center: 2000, Width: 3000, Function: dicomio.Linear}}
	im.Header.PatientName = "DOE^JANE"
	im.Stored = make([]int32, 64*48)
	for i := range im.Stored {
		im.Stored[i] = value
	}
	im.Stored[0] = 4095 - value
	return im
}

// ErrDamaged is what reading a damaged fake says.
var ErrDamaged = errors.New("cannot read the film: it is damaged; export it again")

// Hue tells whether a pixel is coloured, and by which channel most.
func Hue(img image.Image, x, y int) string {
	c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
	r, g, b := int(c.R), int(c.G), int(c.B)
	switch {
	case max(r, g, b)-min(r, g, b) < 12:
		return "grey"
	case b > r && b >= g:
		return "blue"
	case g > r:
		return "green"
	}
	return "warm"
}

// ScoredImage is a film with the result of three classes, each with evidence in a
// quarter of its own.
func ScoredImage() (*dicomio.Image, *inference.Result) {
	im := Image(1200)
	im.Width, im.Height = 320, 240
	im.Stored = make([]int32, 320*240)
	for i := range im.Stored {
		im.Stored[i] = 1200
	}
	r := &inference.Result{}
	for c, name := range ThreeClasses {
		h := inference.Heatmap{Class: name, Width: 8, Height: 6, Values: make([]float32, 48), X1: 1, Y1: 1}
		for i := range h.Values {
			x, y := i%8, i/8
			if x/4 == c%2 && y/3 == c/2 {
				h.Values[i] = 1
			} else if c == 0 && x >= 4 && y >= 3 {
				h.Values[i] = -1
			}
		}
		r.Maps = append(r.Maps, h)
		r.Findings = append(r.Findings, inference.Finding{Class: name, Probability: 0.9 - 0.3*float64(c),
			Threshold: 0.5,
			Positive:  c < 2})
	}
	return im, r
}
