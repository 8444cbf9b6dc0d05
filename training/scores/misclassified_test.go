package scores

import (
	"math"
	"slices"
	"testing"

	"hilum/inference/calib"
	"hilum/training/internal/fixture"
)

func TestMistakes(t *testing.T) {
	s := &Table{Rows: 4, Classes: []Class{
		{Name: "Mass", Row: []int32{0, 1, 2, 3}, Score: []float64{0.9, 0.1, 0.6, 0.2},
			Positive: []bool{false, true, true, false}},
		{Name: "Edema", Row: []int32{0}, Score: []float64{0.9}, Positive: []bool{false}},
	}}
	c := &calib.Calibration{Classes: []calib.Class{{Name: "Mass", Threshold: 0.5},
		{Name: "Edema", Threshold: 0.5, NoValid: "too few"}}}
	got := s.Misclassified(c, 9)
	// By hand: row 0 is called at (0.9-0.5)/0.5 = +0.8, row 1 missed at (0.1-0.5)/0.5 = -0.8.
	if len(got) != 2 || got[0].Row != 0 || got[0].Missed || got[1].Row != 1 || !got[1].Missed {
		t.Fatalf("%+v", got)
	}
	if math.Abs(got[0].Margin-0.8) > 1e-12 || math.Abs(got[1].Margin+0.8) > 1e-12 {
		t.Errorf("margins %v and %v", got[0].Margin, got[1].Margin)
	}
	if n := len(s.Misclassified(c, 1)); n != 1 {
		t.Errorf("%d mistakes where 1 was wanted", n)
	}
}

// Scores as spreadsheets write them have the figures of the plain table.
func TestScoresAsSpreadsheetsWriteThem(t *testing.T) {
	plain := "patient_id,prob_Mass,y_Mass\n1,0.25,1\n2,0.5,0\n3,0.125,\n"
	want, err := Load(fixture.Put(t, t.TempDir(), "s.csv", plain))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"German": "Patienten-ID;prob_Mass;y_Mass\n1;0,25;ja\n2;0,5;nein\n3;0,125;\n",
		"tabs":   "PatientID\tProb_Mass\tY_Raumforderung\n1\t0.25\tTRUE\n2\t0.5\tFALSE\n3\t0.125\t-1\n",
		"marks":  "patient_id,prob_Mass,y_Mass\n1,0.25,+\n2,0.5,-\n3,0.125,\n",
		"sep=":   "sep=;\r\npatient;prob_Mass;y_Mass;ward\r\n1;0,25;1;A\r\n2;0,5;0;B\r\n3;0,125;;C\r\n",
	} {
		got, err := Load(fixture.Put(t, t.TempDir(), "s.csv", text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		a, b := got.Classes[0], want.Classes[0]
		if !slices.Equal(a.Score, b.Score) || !slices.Equal(a.Positive, b.Positive) || a.Unknown != 1 ||
			got.Patients != 3 {
			t.Errorf("%s: %+v", name, a)
		}
		if name == "sep=" && !slices.Equal(got.Table.Dropped, []string{"ward"}) {
			t.Errorf("%s: %+v", name, got.Table)
		}
	}
}

// Prevalences come in the same ways.
func TestPrevalencesAsSpreadsheetsWriteThem(t *testing.T) {
	for _, text := range []string{"Mass;0,02\nEdema;0,1\n", "class\tprevalence\nMass\t2%\nEdema\t10 %\n",
		"{\"Mass\": 0.02, \"Edema\": 0.1}", "\ufeffKlasse;Anteil\r\nMass;2%\r\nEdema;10%\r\n"} {
		p, err := LoadPrevalences(fixture.Put(t, t.TempDir(), "p.csv", text))
		if err != nil || p["Mass"] != .02 || p["Edema"] != .1 {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
}
