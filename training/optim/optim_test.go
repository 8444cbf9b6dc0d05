package optim

import (
	"encoding/json"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"

	"hilum/internal/parallel"
)

// reference comes from PyTorch: testdata/peers/train_reference.py.
type reference struct {
	AdamW struct {
		Start []float32   `json:"start"`
		Grads [][]float32 `json:"grads"`
		Norms []float64   `json:"norms"`
		After [][]float32 `json:"after"`
	} `json:"adamw"`
	Schedules map[string][]float64 `json:"schedules"`
}

func load(t *testing.T) reference {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// Thirty steps with two groups and clipping, against torch.optim.AdamW and
// clip_grad_norm_, to 2e-6.
func TestAdamWIsPyTorchs(t *testing.T) {
	r := load(t).AdamW
	p := slices.Clone(r.Start)
	a := NewAdamW(len(p), []Group{{From: 0, To: 6, Rate: 1e-2, Decay: .1}, {From: 6, To: 10, Rate: 1e-3}})
	a.Beta2, a.Epsilon = .99, 1e-7
	for n, g := range r.Grads {
		norm := Norm(g)
		if math.Abs(norm/r.Norms[n]-1) > 1e-6 {
			t.Errorf("step %d: norm %g, want %g", n, norm, r.Norms[n])
		}
		a.Step(p, g, ClipScale(norm, 5), func(g Group) float64 { return g.Rate })
		for i, want := range r.After[n] {
			if math.Abs(float64(p[i]-want)) > 2e-6 {
				t.Fatalf("step %d: parameter %d is %g, want %g", n, i, p[i], want)
			}
		}
	}
}

// The pass over a large vector does not depend on the number of processors.
func TestProcessorsDoNotMatter(t *testing.T) {
	run := func(procs int) ([]float32, float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		p, g := make([]float32, 5*block+77), make([]float32, 5*block+77)
		for i := range p {
			p[i], g[i] = float32(math.Sin(float64(i))), float32(math.Cos(float64(3*i)))
		}
		a := NewAdamW(len(p), []Group{{From: 0, To: 3*block + 5, Rate: .1, Decay: .2},
			{From: 3*block + 5, To: len(p), Rate: .01}})
		mean := slices.Clone(p)
		for n := range 3 {
			a.Step(p, g, .5, func(g Group) float64 { return g.Rate })
			Average(mean, p, .9, n)
		}
		Add(mean, p)
		return mean, Norm(p)
	}
	one, norm1 := run(1)
	many, norm4 := run(4)
	if !slices.Equal(one, many) || norm1 != norm4 {
		t.Error("another number of processors gives other parameters")
	}
}

func TestWhatNoGroupCoversStays(t *testing.T) {
	p := []float32{1, 2, 3}
	NewAdamW(3, []Group{{From: 1, To: 2, Rate: 1}}).Step(p, []float32{1, 1, 1}, 1,
		func(g Group) float64 { return g.Rate })
	if p[0] != 1 || p[1] == 2 || p[2] != 3 {
		t.Errorf("parameters %v", p)
	}
}

// Every unit of PyTorch's schedulers, to 1e-9 of the largest rate (they
// accumulate rounding).
func TestSchedulesArePyTorchs(t *testing.T) {
	r := load(t).Schedules
	for name, s := range map[string]Schedule{
		"restarts":  {Form: Restarts, Floor: 1e-6, Period: 5, Factor: 2},
		"one-cycle": {Form: OneCycle, Total: 50, Warmup: .3, Start: 1. / 25, Floor: 1e-4},
		"cosine":    {Form: Cosine, Total: 20, Floor: 1e-6},
		"warmup":    {Form: Constant, Total: 20, Warmup: .5, Start: .04},
	} {
		if len(r[name]) < 20 {
			t.Fatalf("no reference for %s", name)
		}
		for n, want := range r[name] {
			if got := s.At(float64(n), 1e-3); !(math.Abs(got-want) <= 1e-12) {
				t.Errorf("%s at %d: %g, want %g", name, n, got, want)
			}
		}
	}
	if v := (Schedule{Form: OneCycle, Total: 1, Warmup: 1, Start: .1}).At(0, 1); math.IsNaN(v) {
		t.Error("a run of one step has no rate")
	}
}

// The average follows (1+n)/(10+n) until the decay is lower.
func TestAverageForgetsTheBeginning(t *testing.T) {
	mean := []float32{0}
	Average(mean, []float32{1}, .99, 0)
	if math.Abs(float64(mean[0])-.9) > 1e-6 {
		t.Errorf("after one step %v, want 0.9", mean[0])
	}
	mean[0] = 0
	Average(mean, []float32{1}, .75, 1000)
	if mean[0] != .25 {
		t.Errorf("late: %v, want 0.25", mean[0])
	}
}

func BenchmarkAdamW(b *testing.B) {
	const n = 15 << 20 // ResNet-50's layer 4 and head
	p, g := make([]float32, n), make([]float32, n)
	a := NewAdamW(n, []Group{{From: 0, To: n, Rate: 1e-4, Decay: 1e-4}})
	for b.Loop() {
		a.Step(p, g, 1, func(g Group) float64 { return g.Rate })
	}
}

// Gradients that are too few are a fault of the program; it reaches the caller.
func TestPanicsReachTheCaller(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var got *parallel.Panic
	func() {
		defer parallel.Recover(func(p *parallel.Panic) { got = p })
		const n = 8 * block
		a := NewAdamW(n, []Group{{From: 0, To: n, Rate: 1}})
		a.Step(make([]float32, n), make([]float32, n/2), 1, func(g Group) float64 { return g.Rate })
	}()
	if got == nil {
		t.Error("nothing was raised")
	}
}
