package labelaudit

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"hilum/training/scores"
)

// reference is made by testdata/peers/label_audit.py.
type reference struct {
	Logit      []float64   `json:"logit"`
	Given      []int       `json:"given"`
	Flipped    []bool      `json:"flipped"`
	Issues     []int       `json:"issues"`  // cleanlab's, the worst first
	Quality    []float64   `json:"quality"` // cleanlab's of every film
	Features   [][]float32 `json:"features"`
	Neighbours []float64   `json:"neighbours"` // scikit-learn's
}

func load(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// table is the reference as a table of scores, every film of another patient.
func (r reference) table(t *testing.T, features bool) *scores.Table {
	t.Helper()
	var b strings.Builder
	b.WriteString("image,patient_id,logit_Mass,y_Mass")
	if features {
		for i := range r.Features[0] {
			fmt.Fprintf(&b, ",emb_%d", i+1)
		}
	}
	for i, l := range r.Logit {
		fmt.Fprintf(&b, "\n%03d.png,p%d,%v,%d", i, i, l, r.Given[i])
		if features {
			for _, v := range r.Features[i] {
				fmt.Fprintf(&b, ",%v", v)
			}
		}
	}
	out, err := scores.Read(strings.NewReader(b.String() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Mistakes, their order and the quality of every label are cleanlab's on the same scores.
func TestMistakesAreCleanlabs(t *testing.T) {
	r := load(t)
	var mistakes []int
	for _, s := range Find(r.table(t, false)) {
		if s.Given != s.Suggested {
			mistakes = append(mistakes, s.Row)
		}
		if math.Abs(s.Quality-r.Quality[s.Row]) > 1e-12 {
			t.Errorf("film %d has quality %v, cleanlab says %v", s.Row, s.Quality, r.Quality[s.Row])
		}
		if s.Neighbours != -1 || s.Image != fmt.Sprintf("%03d.png", s.Row) {
			t.Errorf("%+v", s)
		}
	}
	if !slices.Equal(mistakes, r.Issues) {
		t.Errorf("mistakes %v, cleanlab says %v", mistakes, r.Issues)
	}
}

// Neighbours are scikit-learn's, and with them more of the planted mistakes are among as many
// of the first films as there are mistakes.
func TestNeighboursAreScikitLearnsAndHelp(t *testing.T) {
	r := load(t)
	with := Find(r.table(t, true))
	for _, s := range with {
		if math.Abs(s.Neighbours-r.Neighbours[s.Row]) > 1e-12 {
			t.Errorf("film %d has %v like it, scikit-learn says %v", s.Row, s.Neighbours, r.Neighbours[s.Row])
		}
	}
	planted := 0
	for _, f := range r.Flipped {
		if f {
			planted++
		}
	}
	found := func(list []Suspect) (n int) {
		for _, s := range list[:planted] {
			if r.Flipped[s.Row] {
				n++
			}
		}
		return n
	}
	plain, near := found(Find(r.table(t, false))), found(with)
	t.Logf("of %d planted mistakes %d are found by scores, %d with neighbours", planted, plain, near)
	if near < plain || plain*2 < planted {
		t.Errorf("of %d planted mistakes %d are found by scores and %d with neighbours", planted, plain, near)
	}
}

// One outcome alone contradicts nothing, and films of the same patient do not vouch for each other.
func TestNothingSpeaksAgainstLoneLabels(t *testing.T) {
	one, err := scores.Read(strings.NewReader("patient_id,prob_A,y_A,emb_1\n1,0.1,1,1\n1,0.9,1,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Find(one) {
		if s.Given != s.Suggested || s.Neighbours != -1 || s.Image != "" {
			t.Errorf("%+v", s)
		}
	}
}
