package novelty

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDistanceEqualsScikitLearn: mean, axes, variances, the rest and the
// distances against sklearn.decomposition.PCA (testdata/peers/novelty.py).
func TestDistanceEqualsScikitLearn(t *testing.T) {
	data, err := os.ReadFile("testdata/pca.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Train, Probe                    [][]float32
		Distances, Variances, Quantiles []float64
		Rest                            float64
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	r, err := describe(want.Train)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want float64) {
		if !(math.Abs(got-want) <= 1e-5*math.Abs(want)) {
			t.Errorf("%s: %.8g, scikit-learn has %.8g", what, got, want)
		}
	}
	near("rest", r.Rest, want.Rest)
	for i, v := range want.Variances {
		near(fmt.Sprint("variance ", i), r.Variances[i], v)
	}
	for i, x := range want.Probe {
		near(fmt.Sprint("distance ", i), r.Distance(x), want.Distances[i])
	}
	slices.Sort(want.Distances)
	for i, level := range Levels() {
		near(fmt.Sprint("quantile ", level), quantile(want.Distances, level), want.Quantiles[i])
	}
}

// clouds draws features of patients with several films each, which resemble
// each other.
func clouds(n, d, images int, seed uint64) (rows [][]float32, groups []string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		centre := make([]float64, d)
		for j := range centre {
			centre[j] = rng.NormFloat64() * (1 + 3/float64(j+1))
		}
		for range images {
			row := make([]float32, d)
			for j := range row {
				row[j] = float32(centre[j] + 0.3*rng.NormFloat64())
			}
			rows, groups = append(rows, row), append(groups, fmt.Sprint("patient ", i))
		}
	}
	return rows, groups
}

// TestOneIn200NewPicturesIsUnusual: on pictures of new patients the share that
// is called unusual is what the level promises, and pictures of another kind are.
func TestOneIn200NewPicturesIsUnusual(t *testing.T) {
	rows, groups := clouds(600, 40, 3, 1)
	r, err := Fit(rows, groups)
	if err != nil {
		t.Fatal(err)
	}
	fresh, _ := clouds(4000, 40, 1, 2)
	unusual, other := 0, 0
	for _, x := range fresh {
		if v, ok := r.Judge(x); !ok || v.Unusual {
			unusual++
		}
		y := slices.Clone(x)
		slices.Reverse(y) // another spread
		for j := range y {
			y[j] *= 2
		}
		if v, _ := r.Judge(y); v.Unusual && v.Within == 1 {
			other++
		}
	}
	if share := float64(unusual) / float64(len(fresh)); share > 0.02 {
		t.Errorf("%.2f%% of new pictures of the same kind are unusual", 100*share)
	}
	if share := float64(other) / float64(len(fresh)); share < 0.9 {
		t.Errorf("only %.2f%% of another kind are unusual", 100*share)
	}
	again, err := Fit(rows, groups)
	if err != nil || again.Distances != r.Distances {
		t.Errorf("another run has other distances: %v, %v; %v", again.Distances, r.Distances, err)
	}
}

// TestPatientsAreLeftOutWhole: when the films of a patient are alike, leaving out
// films instead of patients would promise distances that new patients exceed.
func TestPatientsAreLeftOutWhole(t *testing.T) {
	rows, groups := clouds(60, 40, 8, 3)
	byPatient, err := Fit(rows, groups)
	if err != nil {
		t.Fatal(err)
	}
	byImage, err := Fit(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	if byPatient.Distances[0] <= byImage.Distances[0] {
		t.Errorf("median distance %.3f by patient, %.3f by film", byPatient.Distances[0], byImage.Distances[0])
	}
}

func TestFitRefuses(t *testing.T) {
	rows, groups := clouds(60, 8, 1, 4)
	same := make([][]float32, 60)
	for i := range same {
		same[i] = []float32{1, 2}
	}
	nan := slices.Clone(rows)
	nan[7] = slices.Repeat([]float32{float32(math.NaN())}, 8)
	short := slices.Clone(rows)
	short[3] = short[3][:5]
	for want, c := range map[string]struct {
		rows   [][]float32
		groups []string
	}{"too few": {rows[:20], nil}, "the same features": {same, nil}, "no number": {nan, nil},
		"features and the first": {short, nil}, "do not go together": {rows, groups[:4]}} {
		if _, err := Fit(c.rows, c.groups); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestTextAndBack(t *testing.T) {
	rows, groups := clouds(80, 12, 1, 5)
	r, err := Fit(rows, groups)
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back Reference
	if err := back.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	for _, x := range rows[:5] {
		if back.Distance(x) != r.Distance(x) {
			t.Fatal("the distance changed")
		}
	}
	if _, ok := back.Judge(rows[0][:3]); ok {
		t.Error("features of another model were judged")
	}
	for what, damaged := range map[string]string{
		"schema":   strings.Replace(string(text), `"schema":1`, `"schema":2`, 1),
		"features": strings.Replace(string(text), `"features":12`, `"features":13`, 1),
		"none":     "{}", "order": strings.Replace(string(text), `"distances":[`, `"distances":[99,`, 1),
		"half": string(text[:len(text)/2]), "rest": strings.Replace(string(text), `"rest":`, `"rest":-`, 1),
	} {
		if err := new(Reference).UnmarshalText([]byte(damaged)); err == nil {
			t.Errorf("%s: damaged text was read", what)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	rows, _ := clouds(60, 3, 1, 6)
	r, err := Fit(rows, nil)
	if err != nil {
		f.Fatal(err)
	}
	text, _ := r.MarshalText()
	f.Add(text)
	f.Add([]byte(`{"schema":1,"n":1,"features":1,"mean":"AACAPw==","variances":[],"rest":1,"distances":[1,2,3,4,5]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r Reference
		if r.UnmarshalText(text) != nil {
			return
		}
		if d := r.Distance(r.Mean); d != 0 {
			t.Fatalf("the mean lies %v from itself", d)
		}
		r.Judge(make([]float32, len(r.Mean)))
	})
}
