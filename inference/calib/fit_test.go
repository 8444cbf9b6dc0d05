package calib

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hilum/internal/parallel"
)

// sample draws logits whose true probability is the sigmoid of 0.5 l - 1.
func sample(n int, seed uint64) Labelled {
	r := rand.New(rand.NewPCG(seed, 1))
	var d Labelled
	for i := range n {
		l := r.NormFloat64() * 3
		d.Logits = append(d.Logits, l)
		d.Positive = append(d.Positive, r.Float64() < Sigmoid(0.5*l-1))
		d.Patient = append(d.Patient, i/2)
	}
	return d
}

// With many films the fit finds the rule the labels were drawn by; 0.05 is
// three standard errors at 20,000 films.
func TestFitRecoversTheRule(t *testing.T) {
	d := sample(20000, 3)
	c, err := Calibrators().Fit(KindPlatt, d.Logits, d.Positive)
	if err != nil {
		t.Fatal(err)
	}
	p := c.(Platt)
	near(t, "a", p.A, 0.5, 0.05)
	near(t, "b", p.B, -1, 0.08)
	b, err := Calibrators().Fit(KindBeta, d.Logits, d.Positive)
	if err != nil {
		t.Fatal(err)
	}
	for l := -6.0; l <= 6; l++ {
		near(t, "beta", b.Probability(l), Sigmoid(0.5*l-1), 0.02)
	}
}

func TestFitEdgeCases(t *testing.T) {
	y := []bool{false, false, true, true}
	for _, kind := range []string{KindTemperature, KindPlatt, KindBeta} {
		if _, err := Calibrators().Fit(kind, []float64{3, 2, -1, -4}, y); !errors.Is(err, ErrNotRising) {
			t.Errorf("%s of falling scores: %v, want ErrNotRising", kind, err)
		}
		if _, err := Calibrators().Fit(kind, []float64{1, 2, 3, 4}, []bool{true, true, true, true}); !errors.Is(err,
			ErrOneOutcome) {
			t.Errorf("%s of one outcome: %v", kind, err)
		}
		if _, err := Calibrators().Fit(kind, []float64{1, 2, 3, math.NaN()}, y); err == nil {
			t.Errorf("%s of NaN was fitted", kind)
		}
	}
	if _, err := Calibrators().Fit("magic", []float64{1, 2, 3, 4}, y); err == nil {
		t.Error("an unknown kind was fitted")
	}
	// Separated classes: the slope stays finite and the order right.
	for _, kind := range []string{KindTemperature, KindPlatt, KindBeta, KindIsotonic} {
		c, err := Calibrators().Fit(kind, []float64{-5, -3, 2, 4}, y)
		if err != nil {
			t.Errorf("%s of separated classes: %v", kind, err)
		} else if c.Probability(-5) >= c.Probability(4) {
			t.Errorf("%s of separated classes does not rise", kind)
		}
	}
	// Constant scores: isotonic gives the prevalence, a slope does not exist.
	c, err := Calibrators().Fit(KindIsotonic, []float64{1, 1, 1, 1}, y)
	if err != nil || c.Probability(7) != 0.5 {
		t.Errorf("isotonic of constant scores: %v, %v", c, err)
	}
	for _, kind := range []string{KindTemperature, KindPlatt, KindBeta} {
		if c, err := Calibrators().Fit(kind, []float64{1, 1, 1, 1}, []bool{false, false, false, true}); !errors.Is(err,
			ErrNotRising) {
			t.Errorf("%s of constant scores: %v, %v, want ErrNotRising", kind, c, err)
		}
	}
}

func TestRankingEdgeCases(t *testing.T) {
	r, err := NewRanking([]float64{0.2, 0.2, 0.2}, []bool{true, false, false})
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Tally(nil, nil).AUROC(); a != 0.5 {
		t.Errorf("AUROC of constant scores %v, want 0.5", a)
	}
	one, err := NewRanking([]float64{0.1, 0.9}, []bool{true, true})
	if err != nil {
		t.Fatal(err)
	}
	if a := one.Tally(nil, nil).AUROC(); !math.IsNaN(a) {
		t.Errorf("AUROC of one outcome %v, want not a number", a)
	}
	if _, err := NewRanking([]float64{math.NaN()}, []bool{true}); err == nil {
		t.Error("NaN was ranked")
	}
	if _, _, err := DeLong([]float64{1, 2}, []bool{true, true}); !errors.Is(err, ErrOneOutcome) {
		t.Errorf("DeLong of one outcome: %v", err)
	}
}

// Every policy against trying all thresholds one after the other.
func TestPoliciesAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 40 {
		n := 5 + r.IntN(60)
		p, y := make([]float64, n), make([]bool, n)
		for i := range p {
			p[i] = float64(r.IntN(30)+1) / 40
			y[i] = r.Float64() < p[i]
		}
		y[0], y[1] = true, false
		ranking, err := NewRanking(p, y)
		if err != nil {
			t.Fatal(err)
		}
		tally := ranking.Tally(nil, nil)
		for _, text := range []string{"f1", "youden", "sensitivity=0.9", "specificity=0.8", "ppv=0.3", "cost=5:1"} {
			policy, err := ParsePolicy(text)
			if err != nil || policy.String() != text {
				t.Fatalf("%s: %v, %v", text, policy, err)
			}
			want := math.Inf(-1)
			for k := range 82 { // between all possible scores, and above them
				want = max(want, policy.worth(tally.At(float64(k)/80+0.003)))
			}
			got, err := tally.Threshold(policy)
			if math.IsInf(want, -1) {
				if !errors.Is(err, errNoThreshold) {
					t.Errorf("%s: %v, want no threshold", text, err)
				}
				continue
			}
			if err != nil || policy.worth(tally.At(got)) != want {
				t.Errorf("%s: threshold %v is worth %v, the best is %v (%v)", text, got, policy.worth(tally.At(got)),
					want, err)
			}
		}
	}
}

func TestPoliciesRefused(t *testing.T) {
	for _, text := range []string{"", "f2", "f1=3", "ppv", "ppv=2", "ppv=x", "sensitivity=0", "cost=1", "cost=-1:2",
		"cost=1:Inf", "fixed", "fixed=0", "fixed=1.5"} {
		if p, err := ParsePolicy(text); err == nil {
			t.Errorf("%q was read as %+v", text, p)
		}
	}
}

func TestThresholdOnGrid(t *testing.T) {
	r, err := NewRanking([]float64{0.114, 0.236, 0.238, 0.7}, []bool{false, false, true, true})
	if err != nil {
		t.Fatal(err)
	}
	tally := r.Tally(nil, nil)
	// By hand: 0.24 and up lose the third film, 0.23 and below gain the second.
	if got, err := tally.ThresholdOnGrid(Policy{Kind: F1Max}, 0.01); err != nil || math.Abs(got-0.12) > 1e-12 {
		t.Errorf("grid threshold %v, %v; want 0.12", got, err)
	}
	if got, err := tally.Threshold(Policy{Kind: F1Max}); err != nil || math.Abs(got-0.237) > 1e-12 {
		t.Errorf("exact threshold %v, %v; want 0.237", got, err)
	}
	if _, err := tally.ThresholdOnGrid(Policy{Kind: F1Max}, 0); err == nil {
		t.Error("a grid without a step was accepted")
	}
}

// Patients are drawn whole, each round has as many as there are, and neither
// workers nor order change a draw.
func TestBootstrapDrawsPatients(t *testing.T) {
	b := Bootstrap{Patient: GroupPatients([]string{"a", "b", "a", "", "", "c"}), Rounds: 64, Seed: 5}
	if slices.Compare(b.Patient, []int{0, 1, 0, 2, 3, 4}) != 0 {
		t.Fatalf("patients %v", b.Patient)
	}
	run := func(workers int) [][]float64 {
		b.Workers = workers
		out := make([][]float64, b.Rounds)
		if err := b.Each(t.Context(), func(round int, w []float64) { out[round] = slices.Clone(w) }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	one, many := run(1), run(7)
	var mean float64
	for i, w := range one {
		if !slices.Equal(w, many[i]) {
			t.Fatalf("round %d differs between 1 and 7 workers", i)
		}
		if w[0] != w[2] || w[0]+w[1]+w[3]+w[4]+w[5] != 5 {
			t.Fatalf("round %d drew %v", i, w)
		}
		mean += w[1] / float64(b.Rounds)
	}
	near(t, "mean draws of a patient", mean, 1, 0.4) // 3 standard errors at 64 rounds
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Each(ctx, func(int, []float64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled bootstrap: %v", err)
	}
}

// The patient bootstrap of an AUROC agrees with DeLong where films are
// independent: 15% is the Monte Carlo error of 400 rounds and the tail.
func TestBootstrapAgreesWithDeLong(t *testing.T) {
	d := sample(1500, 8)
	for i := range d.Patient {
		d.Patient[i] = i
	}
	r, err := NewRanking(d.Logits, d.Positive)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Bootstrap{Patient: d.Patient, Rounds: 400, Seed: 2}.Figures(t.Context(), 1, func(w, out []float64) {
		out[0] = r.Tally(w, nil).AUROC()
	})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := Percentiles(v[0], 0.95)
	want, err := DeLongInterval(d.Logits, d.Positive)
	if err != nil {
		t.Fatal(err)
	}
	if ratio := (got.Hi - got.Lo) / (want.Hi - want.Lo); math.Abs(ratio-1) > 0.15 {
		t.Errorf("bootstrap %v, DeLong %v: widths differ by a factor %v", got, want, ratio)
	}
}

func TestRecipe(t *testing.T) {
	d := sample(3000, 4)
	r := Recipe{Calibrator: KindAuto, Policy: Policy{Kind: F1Max}, Rounds: 100, Seed: 1}
	o, err := r.Fit(t.Context(), "Mass", d)
	if err != nil {
		t.Fatal(err)
	}
	k := o.Class
	if k.Calibrator == nil || k.Calibrator.Kind() != KindPlatt { // the rule has a slope and an intercept
		t.Errorf("auto chose %v", k.Calibrator)
	}
	if k.CI == nil || k.Threshold < k.CI.Lo || k.Threshold > k.CI.Hi || k.CI.Lo == k.CI.Hi || len(o.Warnings) > 0 {
		t.Errorf("class %+v, warnings %v", k, o.Warnings)
	}
	// Written and read again it scores the same.
	c := &Calibration{Method: "f1", Classes: []Class{k}}
	data, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(data, []string{"Mass"})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := c.Score([]float32{0.7})
	b, _ := back.Score([]float32{0.7})
	if a[0].Probability != b[0].Probability || a[0].Threshold != b[0].Threshold {
		t.Errorf("scored %+v before and %+v after", a[0], b[0])
	}
}

// At a fifth of the prevalence the mean probability falls to it: the correction
// is exact when the calibrator is the true rule; 15% is sampling error.
func TestRecipeCorrectsPrevalence(t *testing.T) {
	d := sample(20000, 6)
	share := prevalence(d.Positive)
	r := Recipe{Calibrator: KindPlatt, Policy: Policy{Kind: PPV, Value: 0.2}, Prevalence: share / 5}
	o, err := r.Fit(t.Context(), "Mass", d)
	if err != nil {
		t.Fatal(err)
	}
	var pos, neg, np, nn float64
	for i, l := range d.Logits {
		p := o.Class.Calibrator.Probability(l)
		if d.Positive[i] {
			pos, np = pos+p, np+1
		} else {
			neg, nn = neg+p, nn+1
		}
	}
	mean := share/5*pos/np + (1-share/5)*neg/nn
	near(t, "mean probability at the new prevalence", mean, share/5, 0.15*share/5)
}

func TestRecipeRefuses(t *testing.T) {
	d := sample(200, 7)
	few := Labelled{Logits: d.Logits, Positive: make([]bool, 200), Patient: d.Patient}
	for i := range 9 {
		few.Positive[i] = true
	}
	r := Recipe{Calibrator: KindPlatt, Policy: Policy{Kind: F1Max}}
	if _, err := r.Fit(t.Context(), "Hernia", few); !errors.Is(err, ErrTooFewEvents) ||
		!strings.Contains(err.Error(), "Hernia") {
		t.Errorf("9 positives: %v", err)
	}
	o, err := r.Fit(t.Context(), "Mass", d)
	if err != nil || len(o.Warnings) != 1 { // 200 films hold under 100 positives
		t.Errorf("%d warnings, %v; want one", len(o.Warnings), err)
	}
	r.Prevalence = 1.2
	if _, err := r.Fit(t.Context(), "Mass", d); err == nil {
		t.Error("a prevalence of 1.2 was accepted")
	}
	if _, err := r.Fit(t.Context(), "Mass", Labelled{Logits: d.Logits}); err == nil {
		t.Error("logits without labels were accepted")
	}
}

// By hand: two bins of two films.
func TestReliability(t *testing.T) {
	p, y := []float64{0.1, 0.3, 0.6, 1}, []bool{false, true, true, true}
	bins, err := Bins(p, y, 2, false)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ECE", ECE(bins), (0.3+0.2)/2, 1e-12)
	near(t, "Brier", Brier(p, y), (0.01+0.49+0.16+0)/4, 1e-12)
	near(t, "Brier skill", BrierSkill(p, y), 1-0.165/0.1875, 1e-12)
	mass, err := Bins(p, y, 4, true)
	if err != nil || len(mass) != 4 {
		t.Fatalf("%v, %v", mass, err)
	}
	near(t, "net benefit", Confusion{TP: 3, FP: 2, FN: 1, TN: 4}.NetBenefit(0.2), 0.3-0.2*0.25, 1e-12)
	near(t, "prior shift", Sigmoid(Logit(0.3)+priorShift(0.3, 0.05)), 0.05, 1e-12)
	if _, err := Bins([]float64{1.5}, []bool{true}, 2, false); err == nil {
		t.Error("a probability of 1.5 was binned")
	}
}

// All of it on 11,205 films, the size of the published table: one class with
// 1,000 patient bootstraps of threshold and AUROC.
func BenchmarkCalibrateWithBootstrap(b *testing.B) {
	d := sample(11205, 1)
	r := Recipe{Calibrator: KindPlatt, Policy: Policy{Kind: F1Max}, Rounds: 1000}
	for b.Loop() {
		if _, err := r.Fit(b.Context(), "Mass", d); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPanicsOfABootstrapAreErrors(t *testing.T) {
	b := Bootstrap{Patient: []int{0, 1, 2}, Rounds: 64, Workers: 2}
	var p *parallel.Panic
	err := b.Each(t.Context(), func(round int, _ []float64) {
		if round == 9 {
			panic("on purpose")
		}
	})
	if !errors.As(err, &p) || p.Value != "on purpose" {
		t.Errorf("%v", err)
	}
}
