package mapcheck_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
	"hilum/inference/tensor"
)

const side = 32

// spot is a model whose logit is ten times the mean brightness in a square of 8 pixels at (8, 16):
// what a map of it must show is known.
type spot struct {
	explain func(image tensor.Tensor) []float32 // a map, side x side
	forget  func(seed uint64) []float32
}

func within(i int) bool { y, x := i/side, i%side; return y >= 16 && y < 24 && x >= 8 && x < 16 }

func (m spot) subject() mapcheck.Subject {
	rng := rand.New(rand.NewPCG(1, 1))
	image := tensor.New(1, 1, side, side)
	for i := range image.Data {
		image.Data[i] = .2 * float32(rng.Float64())
		if within(i) {
			image.Data[i] += .8
		}
	}
	as := func(v []float32) saliency.Map { return saliency.Map{H: side, W: side, Values: v} }
	return mapcheck.Subject{
		Image:   image,
		Explain: func(_ context.Context, in tensor.Tensor) (saliency.Map, error) { return as(m.explain(in)), nil },
		Scores: func(_ context.Context, in tensor.Tensor) ([]float64, error) {
			out := make([]float64, in.Shape[0])
			for n := range out {
				for i, v := range in.Element(n).Data {
					if within(i) {
						out[n] += 10 * float64(v) / 64
					}
				}
			}
			return out, nil
		},
		Forgotten: func(_ context.Context, _ tensor.Tensor, seed uint64) (saliency.Map, error) {
			return as(m.forget(seed)), nil
		},
		Boxes: []mapcheck.Box{{X0: .25, Y0: .5, X1: .5, Y1: .75}},
	}
}

// blurred is the picture smoothed: it lies where the picture is bright.
func blurred(in tensor.Tensor) []float32 {
	out := make([]float32, side*side)
	for i := range out {
		n := float32(0)
		for dy := -2; dy <= 2; dy++ {
			for dx := -2; dx <= 2; dx++ {
				if y, x := i/side+dy, i%side+dx; y >= 0 && x >= 0 && y < side && x < side {
					out[i] += in.Data[y*side+x]
					n++
				}
			}
		}
		out[i] /= n
	}
	return out
}

func noise(seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 2))
	out := make([]float32, side*side)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

func judged(t *testing.T, s mapcheck.Subject) (mapcheck.Verdict, map[string]mapcheck.Outcome) {
	t.Helper()
	v, err := mapcheck.Judge(t.Context(), s, mapcheck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]mapcheck.Outcome{}
	for _, o := range v.Outcomes {
		by[o.Check.Name] = o
		if f := o.Figure; o.Asked && !(f.Lo <= f.Value+1e-9 && f.Value <= f.Hi+1e-9) {
			t.Errorf("%s: %+v lies outside its interval", o.Check.Name, f)
		}
		if o.Passed != o.Why.IsZero() {
			t.Errorf("%s: passed %v, and why: %q", o.Check.Name, o.Passed, o.Why)
		}
	}
	return v, by
}

// A map of what the model looks at passes everything that it is asked; what is not known
// is said and is no failure.
func TestATrueMapPasses(t *testing.T) {
	v, by := judged(t, spot{blurred, noise}.subject())
	if !v.Passed() {
		t.Errorf("it fails: %v", v.Reasons())
	}
	if o := by["prior"]; o.Asked || o.Why.IsZero() {
		t.Errorf("a prior that is not known: %+v", o)
	}
	if o := by["pointing"]; !o.Asked || o.Figure.Value != 1 || math.Abs(o.Figure.Against-1./16) > 1e-3 {
		t.Errorf("pointing %+v", o)
	}
}

// Each fault of a map fails the check that asks for it, and no other of those named.
func TestFaultsAreFound(t *testing.T) {
	elsewhere := func(in tensor.Tensor) []float32 { // where the model does not look
		v := blurred(in)
		out := make([]float32, len(v))
		for i := range v {
			out[(i/side+16)%side*side+(i%side+16)%side] = v[i]
		}
		return out
	}
	calls := uint64(100)
	restless := func(tensor.Tensor) []float32 { calls++; return noise(calls) }
	s := spot{blurred, noise}.subject()
	same := saliency.Map{H: side, W: side, Values: blurred(s.Image)}
	habit := s
	habit.Prior = &same
	for name, c := range map[string]struct {
		subject      mapcheck.Subject
		fails, holds []string
	}{
		"same without weights": {spot{blurred, func(uint64) []float32 { return same.Values }}.subject(),
			[]string{"randomisation"}, []string{"deletion", "insertion", "shifts", "noise", "pointing"}},
		"another place": {spot{elsewhere, noise}.subject(),
			[]string{"deletion", "insertion", "pointing"}, []string{"randomisation", "shifts", "noise"}},
		"chance": {spot{restless, noise}.subject(), []string{"shifts", "noise", "pointing"}, []string{"randomisation"}},
		"habit":  {habit, []string{"prior"}, []string{"randomisation", "deletion", "insertion", "pointing"}},
	} {
		t.Run(name, func(t *testing.T) {
			v, by := judged(t, c.subject)
			if v.Passed() {
				t.Error("it passes")
			}
			for _, check := range c.fails {
				if !by[check].Asked || by[check].Passed {
					t.Errorf("%s: %+v", check, by[check].Figure)
				}
			}
			for _, check := range c.holds {
				if !by[check].Passed {
					t.Errorf("%s: %v", check, by[check].Why)
				}
			}
		})
	}
}

// A map without evidence is not tested, and says why.
func TestEmptyMapsFail(t *testing.T) {
	for name, value := range map[string]float32{"flat": 3, "no number": float32(math.NaN())} {
		flat := func(tensor.Tensor) []float32 {
			out := make([]float32, side*side)
			for i := range out {
				out[i] = value
			}
			return out
		}
		if v, _ := judged(t, spot{flat, noise}.subject()); v.Passed() || len(v.Reasons()) != 1 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// Weights that cannot be shuffled leave that check out; other errors are errors.
func TestErrorsOfTheModel(t *testing.T) {
	s := spot{blurred, noise}.subject()
	give := saliency.ErrNoWeights
	s.Forgotten = func(context.Context, tensor.Tensor, uint64) (saliency.Map, error) { return saliency.Map{}, give }
	if v, by := judged(t, s); by["randomisation"].Asked || !v.Passed() {
		t.Errorf("%+v", by["randomisation"])
	}
	give = context.Canceled
	if _, err := mapcheck.Judge(t.Context(), s, mapcheck.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.Image.Shape = []int64{side, side}
	if _, err := mapcheck.Judge(t.Context(), s, mapcheck.Options{}); err == nil {
		t.Error("a picture without batch and channel was judged")
	}
}

// On a network of random weights: HiResCAM, which is what the logit is made of, follows the
// weights, and the score follows it on the whole. The same seed gives the same.
func TestOnANetwork(t *testing.T) {
	s := subject(t, saliency.HiResCAM())
	v, by := judged(t, s)
	if !by["randomisation"].Passed || by["deletion"].Figure.Value <= 0 || by["insertion"].Figure.Value <= 0 {
		t.Errorf("%+v, %v", by, v.Reasons())
	}
	again, _ := judged(t, s)
	for i, o := range again.Outcomes {
		if o.Figure != v.Outcomes[i].Figure {
			t.Errorf("%s: %+v and then %+v", o.Check.Name, v.Outcomes[i].Figure, o.Figure)
		}
	}
}
