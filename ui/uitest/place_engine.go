package uitest

import (
	"context"
	"math"
	"testing"

	"hilum/inference"
	"hilum/inference/prep"
	"hilum/internal/tinynet"
)

// PlaceEngine scores without a runtime: class c looks at the brightness of a
// place of its own, so that edits there move its bar.
type PlaceEngine struct{}

// Info implements inference.Engine.
func (PlaceEngine) Info() inference.EngineInfo {
	return inference.EngineInfo{Name: "Test engine", Version: "1.0", Provider: inference.CPU}
}

// Close implements inference.Engine.
func (PlaceEngine) Close() error { return nil }

// NewSession implements inference.Engine.
func (PlaceEngine) NewSession([]byte, inference.SessionOptions) (inference.Session, error) {
	return placeSession{}, nil
}

type placeSession struct{}

func (placeSession) Close() error { return nil }

const placeSide = 32

func (placeSession) Run(ctx context.Context, in []inference.Tensor) ([]inference.Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	const n = 14
	logits, maps := inference.NewTensor(1, n), inference.NewTensor(1, n, 7, 7)
	for c := range n {
		var sum, count float32
		for i, v := range in[0].Data[:placeSide*placeSide] {
			x, y := float64(i%placeSide)/placeSide, float64(i/placeSide)/placeSide
			if math.Hypot(x-0.15-0.05*float64(c), y-0.5) < 0.12 {
				sum, count = sum+v, count+1
			}
		}
		logits.Data[c] = 9*sum/count - 4
		for i := range 49 {
			dx, dy := float64(i%7-c%7), float64(i/7-(c/2)%7)
			maps.Data[c*49+i] = float32(math.Exp(-(dx*dx+dy*dy)/3) - 0.15)
		}
	}
	return []inference.Tensor{logits, maps, inference.NewTensor(1, 3)}, nil
}

// PlaceModel is of such an engine: a network of the right shape: pooling and one linear layer.
func PlaceModel(t testing.TB) inference.Source {
	t.Helper()
	classes := inference.ChestXray14()
	onnx, err := tinynet.Encode(len(classes), placeSide)
	if err != nil {
		t.Fatal(err)
	}
	prep := prep.ImageNetPrep(placeSide, placeSide)
	prep.Mean, prep.Std = []float64{0, 0, 0}, []float64{1, 1, 1}
	return inference.Source{Name: "fake.onnx", ONNX: onnx, Spec: inference.Spec{Classes: classes, Prep: prep}}
}
