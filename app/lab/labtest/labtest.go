// Package labtest is what tests of the lab share: an engine that scores without a
// runtime, a tiny model, a film, an edit of every kind. It imports inference, dicomio
// and internal/tinynet, and nothing of the lab.
package labtest

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/ort"
	"hilum/inference/prep"
	"hilum/internal/tinynet"
)

// Engine scores without a runtime: class 0 looks at the brightness of the
// dense square of Film, class 1 at that of the whole film, class 2 at nothing.
type Engine struct {
	mu       sync.Mutex
	sessions int
}

// Info implements inference.Engine.
func (e *Engine) Info() inference.EngineInfo {
	return inference.EngineInfo{Name: "fake", Version: "1", Provider: inference.CPU, Threads: 1}
}

// Close implements inference.Engine.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sessions != 0 {
		return fmt.Errorf("%d sessions left open", e.sessions)
	}
	return nil
}

// NewSession implements inference.Engine.
func (e *Engine) NewSession([]byte, inference.SessionOptions) (inference.Session, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sessions++
	return &session{e}, nil
}

type session struct{ e *Engine }

func (s *session) Close() error {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	s.e.sessions--
	return nil
}

const side = 32

func (s *session) Run(ctx context.Context, in []inference.Tensor) ([]inference.Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var square, all float32
	n := 0
	for i, v := range in[0].Data[:side*side] {
		x, y := float64(i%side)/side, float64(i/side)/side
		all += v / (side * side)
		if x > 0.3 && x < 0.45 && y > 0.4 && y < 0.55 {
			square, n = square+v, n+1
		}
	}
	logits, maps := inference.NewTensor(1, 3), inference.NewTensor(1, 3, 4, 4)
	logits.Data[0], logits.Data[1], logits.Data[2] = 10*square/float32(n)-5, 4*all-1, 0.5
	maps.Data[1*4+1], maps.Data[15] = 2, -1 // class 0: on the square, against at the corner
	return []inference.Tensor{logits, maps, inference.NewTensor(1, 3)}, nil
}

// Classes are the classes of the model.
func Classes() []string { return []string{"Mass", "Edema", "Hernia"} }

// Source is a network of the right shape: pooling and one linear layer.
func Source(t testing.TB) inference.Source {
	t.Helper()
	onnx, err := tinynet.Encode(len(Classes()), side)
	if err != nil {
		t.Fatal(err)
	}
	prep := prep.ImageNetPrep(side, side)
	prep.Mean, prep.Std = []float64{0, 0, 0}, []float64{1, 1, 1}
	return inference.Source{Name: "fake.onnx", ONNX: onnx, Spec: inference.Spec{Classes: Classes(), Prep: prep}}
}

// Runtime opens the real runtime or skips the test.
func Runtime(t testing.TB) inference.Engine {
	t.Helper()
	e, err := ort.Open(ort.Options{Threads: 1, Provider: inference.CPU})
	if err != nil {
		t.Skip("no ONNX Runtime: ", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// Image is a smooth 12-bit film with some texture and a dense square.
func Image(w, h int) *dicomio.Image {
	im := &dicomio.Image{Format: dicomio.DICOM, Width: w, Height: h, Frames: 1, Samples: 1, BitsStored: 12,
		Modality: dicomio.Modality{Slope: 1}}
	im.Stored = make([]int32, w*h)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range im.Stored {
		x, y := float64(i%w)/float64(w), float64(i/w)/float64(h)
		v := 1500 + 900*math.Sin(5*x)*math.Cos(4*y) + 60*rng.NormFloat64()
		if x > 0.3 && x < 0.45 && y > 0.4 && y < 0.55 {
			v += 900
		}
		im.Stored[i] = int32(min(max(v, 0), 4095))
	}
	return im
}

// WritePNG writes a Film as an 8-bit picture.
func WritePNG(t testing.TB, path string, w, h int) {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i, v := range Image(w, h).Stored {
		img.Set(i%w, i/w, color.Gray{Y: uint8(v / 16)})
	}
	f, err := os.Create(path)
	if err == nil {
		err = png.Encode(f, img)
		_ = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// edits is an edit of every kind and device, as lessons write them.
const edits = `[
	{"kind":"erase","region":{"x":0.3,"y":0.35,"w":0.3,"h":0.3},"soft":0.2},{"kind":"inpaint","region":{"x":0.3,"y":0.35,"w":0.3,"h":0.3},"shape":"ellipse","seed":4},{"kind":"blur","region":{"x":0.3,"y":0.35,"w":0.3,"h":0.3},"radius":0.05},
	{"kind":"paste","region":{"x":0.3,"y":0.35,"w":0.3,"h":0.3},"from":{"x":0.02,"y":0.05}},{"kind":"paste","region":{"x":0.3,"y":0.35,"w":0.3,"h":0.3},"from":{"x":0.6,"y":0.6,"blend":true},"soft":0.3},
	{"kind":"exposure","gamma":1.6,"scale":0.9,"shift":0.05},{"kind":"noise","amount":0.03,"seed":3},
	{"kind":"crop","region":{"x":0.1,"y":0.2,"w":0.7,"h":0.5}},{"kind":"rotate","degrees":12},{"kind":"flip"},{"kind":"flip","upright":true},
	{"kind":"marker","device":"L","region":{"x":0.1,"y":0.1,"w":0.4,"h":0.35},"degrees":7},{"kind":"marker","device":"R","region":{"x":0.1,"y":0.1,"w":0.4,"h":0.35},"degrees":7},
	{"kind":"marker","device":"tag","region":{"x":0.1,"y":0.1,"w":0.4,"h":0.35},"degrees":7},{"kind":"marker","device":"leads","region":{"x":0.1,"y":0.1,"w":0.4,"h":0.35},"degrees":7},
	{"kind":"marker","device":"drain","region":{"x":0.1,"y":0.1,"w":0.4,"h":0.35},"degrees":7},{"kind":"marker","device":"pacemaker","region":{"x":0.1,"y":0.1,"w":0.4,"h":0.35},"degrees":7},
	{"kind":"marker","device":"clip","region":{"x":0.1,"y":0.1,"w":0.4,"h":0.35},"degrees":7}
]`

// Edits gives a list of edits one of every kind and device.
func Edits(t testing.TB, list any) {
	t.Helper()
	if err := json.Unmarshal([]byte(edits), list); err != nil {
		t.Fatal(err)
	}
}
