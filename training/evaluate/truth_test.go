package evaluate

import (
	"math"
	"testing"

	"hilum/inference/calib"
	"hilum/inference/saliency/mapcheck"
	"hilum/training/dataset"
	"hilum/training/report"
)

// What is known of a film are its own boxes and those of other patients; of a film that the
// set does not have only the latter, and of two files of one name none is taken for it.
func TestTruthOfAFilm(t *testing.T) {
	left, right := dataset.Box{Class: "A", X: 0, Y: 0, W: .5, H: 1}, dataset.Box{Class: "A", X: .5, Y: 0, W: .5, H: 1}
	d := &dataset.Dataset{Images: []dataset.Image{
		{Path: "/d/1.png", Patient: "p", Boxes: []dataset.Box{left}}, {Path: "/d/2.png", Patient: "q", Boxes: []dataset.Box{right}},
		{Path: "/e/3.png", Patient: "r"}, {Path: "/f/3.png", Patient: "s"},
	}}
	truth := newTruth(d, []string{"A", "B"})
	k := truth.Of("/elsewhere/1.png", "A")
	if len(k.Boxes) != 1 || k.Boxes[0] != (mapcheck.Box{X1: .5, Y1: 1}) || k.Prior == nil {
		t.Fatalf("%+v", k)
	}
	if m := k.Prior; m.Values[0] != 0 || m.Values[m.Width-1] != 1 {
		t.Errorf("the prior counts the film's own patient: %v at the left, %v at the right", m.Values[0], m.Values[m.Width-1])
	}
	for _, path := range []string{"/g/3.png", "/g/4.png"} {
		if k := truth.Of(path, "A"); k.Boxes != nil || k.Prior == nil || k.Prior.Values[0] != 1 {
			t.Errorf("%s: %+v", path, k)
		}
	}
	if k := truth.Of("/d/1.png", "B"); k.Boxes != nil || k.Prior != nil {
		t.Errorf("a class without boxes: %+v", k)
	}
}

// Shares and means over maps, with Wilson's interval over patients: three maps of two
// patients, of which two passed.
func TestVerdictsAreSummed(t *testing.T) {
	checks := mapcheck.Checks()
	of := func(patient string, passed bool, figure float64) judgedMap {
		o := mapcheck.Outcome{Check: checks[0], Asked: true, Passed: passed, Figure: mapcheck.Figure{Value: figure}}
		v := mapcheck.Verdict{Outcomes: []mapcheck.Outcome{o}}
		return judgedMap{image: &dataset.Image{Path: patient, Patient: patient}, class: "A", verdict: v}
	}
	r := &report.MapVerdicts{}
	job := JudgeMaps{Films: LocaliseConfig{Rounds: 200, Seed: 1}}
	maps := []judgedMap{of("p", true, .1), of("p", false, .4), of("q", true, .1)}
	if err := job.sum(t.Context(), r, maps); err != nil {
		t.Fatal(err)
	}
	w := calib.WilsonShare(2.0/3, 2)
	if r.Maps != 3 || r.Films != 2 || r.Patients != 2 || math.Abs(float64(r.Passed)-2.0/3) > 1e-9 ||
		r.PassedCI[0] != w.Lo || r.PassedCI[1] != w.Hi {
		t.Errorf("%+v", r)
	}
	if len(r.Checks) != 1 || r.Checks[0].Name != checks[0].Name || math.Abs(float64(r.Checks[0].Mean)-.2) > 1e-9 ||
		r.Checks[0].MeanCI == nil || r.Checks[0].MeanCI[0] < .1-1e-9 || r.Checks[0].MeanCI[1] > .25+1e-9 {
		t.Errorf("%+v", r.Checks)
	}
}
