package learner_test

import (
	"context"
	"testing"

	"hilum/inference"
	"hilum/inference/graph/grad"
	"hilum/inference/ort"
	"hilum/inference/zoo"
	"hilum/training/learner"
	"hilum/training/optim"
)

// BenchmarkStep times whole steps, forward, backward and AdamW, on all
// processors: ResNet-50 from the end of layer 3 at 224 pixels, and every layer of
// the small network at 256. testdata/peers/train_bench.py times the first in
// PyTorch.
func BenchmarkStep(b *testing.B) {
	e, err := ort.Open(ort.Options{Provider: inference.CPU})
	if err != nil {
		b.Skip("no ONNX Runtime: ", err)
	}
	defer e.Close()
	for name, c := range map[string]struct {
		arch, from string
		edge       int
	}{"resnet50 layer4": {"resnet50", "layer3.5", 224}, "small": {"resnet_small", "image", 256}} {
		b.Run(name, func(b *testing.B) {
			const n = 16
			r, err := zoo.Init(zoo.InitOptions{Arch: c.arch, Classes: 14, Input: c.edge, Seed: 1})
			if err != nil {
				b.Fatal(err)
			}
			params, err := grad.Trainable(r.Model, c.from, "logits")
			if err != nil {
				b.Fatal(err)
			}
			l, err := learner.New(e, r.Model, learner.Options{From: c.from, Logits: "logits", Params: params,
				Classes: 14,
				Loss:    learner.Loss{Kind: learner.Cross}, BatchStats: true, Momentum: .1})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			x := batch(b, l, n, 1)
			opt := optim.NewAdamW(len(l.Params.Data), []optim.Group{{To: len(l.Params.Data), Rate: 1e-4, Decay: 1e-4}})
			once := func() {
				if _, err := l.Step(context.Background(), x); err != nil {
					b.Fatal(err)
				}
				opt.Step(l.Params.Data, l.Grads.Data, 1, func(g optim.Group) float64 { return g.Rate })
			}
			once() // the engine plans its memory
			for b.Loop() {
				once()
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
