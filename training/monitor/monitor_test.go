package monitor

import (
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hilum/inference/calib"
	"hilum/training/scores"
)

// samples are n films of d normal features.
func samples(seed uint64, n, d int) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 99))
	out := make([][]float32, n)
	for i := range out {
		for range d {
			out[i] = append(out[i], float32(r.NormFloat64()))
		}
	}
	return out
}

// drift is what changes in a simulated site after a year's first three months.
type drift struct {
	name       string
	prevalence float64 // of the finding afterwards
	contrast   float64 // by which logits are multiplied: another machine's films are flatter
	lost       float64 // what positive films lose of their logit: a marker that the model had leant on
	features   float64 // by which features move
}

const (
	simulatedPerMonth   = 200
	simulatedPrevalence = 0.15
	simulatedMonths     = referenceMonths + yearMonths
)

// simulate is a site of fifteen months, three of them the reference. The scores are calibrated:
// logits of two normal distributions of the same width, d apart, with the prevalence's log odds.
func simulate(seed uint64, d drift, features bool) *scores.Table {
	r := rand.New(rand.NewPCG(seed, 7))
	t := &scores.Table{Classes: []scores.Class{{Name: "Mass", IsLogit: true}}}
	c := &t.Classes[0]
	const apart = 2.0
	for month := range simulatedMonths {
		p, contrast, lost := simulatedPrevalence, 1.0, 0.0
		if month >= referenceMonths {
			p, contrast, lost = d.prevalence, d.contrast, d.lost
		}
		for range simulatedPerMonth {
			positive := r.Float64() < p
			x := r.NormFloat64() - apart/2
			if positive {
				x += apart - lost
			}
			logit := contrast*apart*x + calib.Logit(simulatedPrevalence)
			c.Row, c.Score, c.Positive = append(c.Row, int32(t.Rows)), append(c.Score, logit), append(c.Positive, positive)
			t.Patient = append(t.Patient, t.Rows)
			t.Dates = append(t.Dates, time.Date(2026, time.Month(1+month), 1+r.IntN(28), 0, 0, 0, 0, time.UTC))
			if features {
				f := []float32{float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())}
				if month >= referenceMonths {
					f[0] += float32(d.features)
				}
				t.Features = append(t.Features, f)
			}
			t.Rows++
		}
	}
	t.Patients = t.Rows
	return t
}

// threshold calls about a fifth of the simulated films.
func threshold() *calib.Calibration {
	return &calib.Calibration{Classes: []calib.Class{{Name: "Mass", Threshold: 0.25}}}
}

// firstAlarm is the month of monitoring, from 1, in which something is said; 0 where nothing is.
func firstAlarm(t *testing.T, table *scores.Table) (month int, reason string) {
	t.Helper()
	months, err := Watch(table, threshold(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if len(months) != simulatedMonths {
		t.Fatalf("%d months", len(months))
	}
	for i, m := range months {
		if m.Reference != (i < referenceMonths) || m.Reference && m.Alarm {
			t.Fatalf("month %d: %+v", i, m)
		}
		if m.Alarm {
			return i - referenceMonths + 1, m.Reason.String()
		}
	}
	return 0, ""
}

func stable() drift { return drift{name: "stable", prevalence: simulatedPrevalence, contrast: 1} }

var years = flag.Int("years", 250, "stable years that are simulated")

// TestStableYearsRaiseFewAlarms: of many years in which nothing changes at most as many have an
// alarm as were allowed, but for chance (one in a thousand by the binomial distribution).
func TestStableYearsRaiseFewAlarms(t *testing.T) {
	alarms := 0
	for year := range *years {
		if month, _ := firstAlarm(t, simulate(uint64(year), stable(), false)); month > 0 {
			alarms++
		}
	}
	t.Logf("%d of %d stable years have an alarm", alarms, *years)
	mean := DefaultFalseAlarms * float64(*years)
	if float64(alarms) > mean+3.1*math.Sqrt(mean*(1-DefaultFalseAlarms)) {
		t.Errorf("%d of %d stable years have an alarm; %v of them may", alarms, *years, DefaultFalseAlarms)
	}
}

// TestDriftsAreFound: each planted drift is found in nearly every site, and how soon is logged.
func TestDriftsAreFound(t *testing.T) {
	for _, d := range []drift{
		{name: "prevalence doubles", prevalence: 0.3, contrast: 1},
		{name: "a new machine's films are flatter", prevalence: simulatedPrevalence, contrast: 0.6},
		{name: "a marker is lost", prevalence: simulatedPrevalence, contrast: 1, lost: 1},
	} {
		const sites = 100
		found, sum := 0, 0
		reasons := map[string]int{}
		for site := range sites {
			if month, reason := firstAlarm(t, simulate(uint64(site), d, false)); month > 0 {
				found++
				sum += month
				reasons[strings.SplitN(reason, " (", 2)[0]]++
			}
		}
		t.Logf("%s: found in %d of %d sites, on average in month %.1f: %v", d.name, found, sites,
			float64(sum)/float64(found), reasons)
		if found < 90 {
			t.Errorf("%s is found in %d of %d sites", d.name, found, sites)
		}
	}
}

// Features that move are found in the month they do so; those that do not are not.
func TestMovedFeaturesAreFound(t *testing.T) {
	moved := stable()
	moved.features = 1
	if month, reason := firstAlarm(t, simulate(3, moved, true)); month != 1 || !strings.Contains(reason,
		"look different") {
		t.Errorf("month %d: %s", month, reason)
	}
	if month, reason := firstAlarm(t, simulate(3, stable(), true)); month != 0 {
		t.Errorf("month %d: %s", month, reason)
	}
}

// What a table says of scoring is counted by month, and a new model is marked (by hand).
func TestScoringIsDescribed(t *testing.T) {
	table, err := scores.Read(strings.NewReader("date,patient_id,prob_A,y_A,model,latency_ms,withheld\n" +
		"2026-01-05,1,0.2,0,first,100,0\n2026-01-09,2,0.7,1,first,300,1\n" +
		"2026-02-01,3,0.9,,second,50,0\nsoon,4,0.9,1,second,50,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := &calib.Calibration{Classes: []calib.Class{{Name: "A", Threshold: 0.5}}}
	months, err := Watch(table, c, Config{ReferenceEnd: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil || len(months) != 2 {
		t.Fatalf("%v, %+v", err, months)
	}
	m := months[0]
	if m.Films != 2 || m.Labelled != 2 || m.Called != 0.5 || m.Positive != 0.5 || m.Agreement != 1 || m.Withheld != 0.5 ||
		m.Latency != 200 || m.Changed || math.Abs(float64(m.Mean)-0.45) > 1e-12 {
		t.Errorf("%+v", m)
	}
	if m = months[1]; m.Films != 1 || m.Labelled != 0 || m.Called != 1 || m.Positive.Defined() || !m.Changed ||
		m.Latency != 50 || m.Alarm {
		t.Errorf("%+v", m)
	}
	line, err := json.Marshal(m)
	if err != nil || !strings.Contains(string(line), `"alarm":false,"reason":""`) ||
		!strings.Contains(string(line), `"positive_rate":null`) {
		t.Errorf("%s, %v", line, err)
	}
	only, err := Watch(table, c, Config{From: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil || len(only) != 1 || only[0].Month != "2026-02" {
		t.Errorf("%v, %+v", err, only)
	}
	for _, bad := range []Config{{FalseAlarms: 1}, {FalseAlarms: -1}} {
		if _, err := Watch(table, c, bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	table.Dates = nil
	if _, err := Watch(table, c, Config{}); err == nil || !strings.Contains(err.Error(), "date") {
		t.Errorf("without days: %v", err)
	}
}
