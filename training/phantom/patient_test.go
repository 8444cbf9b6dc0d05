package phantom

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestChange(t *testing.T) {
	for _, c := range []struct {
		before, now float64
		want        Trend
	}{{-1, -1, ""}, {-1, 0.3, New}, {0.3, -1, Resolved}, {0.3, 0.5, Larger}, {0.5, 0.3, Smaller}, {0.5, 0.52, Unchanged}, {0.5, 0.48, Unchanged}} {
		if got := Change(c.before, c.now); got != c.want {
			t.Errorf("from %v to %v: %q, want %q", c.before, c.now, got, c.want)
		}
	}
}

// More films leave the earlier ones as they are; days go forward; every course
// occurs among a hundred patients.
func TestPatients(t *testing.T) {
	seen := map[Trend]int{}
	for seed := range uint64(100) {
		p, short := NewPatient(seed, 5), NewPatient(seed, 2)
		for k, v := range short.Visits {
			if !v.Date.Equal(p.Visits[k].Date) || !slices.Equal(v.Findings, p.Visits[k].Findings) {
				t.Errorf("seed %d: visit %d depends on how many follow", seed, k)
			}
		}
		for k := 1; k < len(p.Visits); k++ {
			if !p.Visits[k].Date.After(p.Visits[k-1].Date) {
				t.Errorf("seed %d: visit %d is on %v after %v", seed, k, p.Visits[k].Date, p.Visits[k-1].Date)
			}
			for _, f := range Findings() {
				seen[Change(severityAt(p, k-1, f), severityAt(p, k, f))]++
			}
		}
	}
	for _, trend := range []Trend{New, Larger, Unchanged, Smaller, Resolved} {
		if seen[trend] < 10 {
			t.Errorf("%s occurs %d times", trend, seen[trend])
		}
	}
}

func severityAt(p *Patient, k int, f Finding) float64 {
	for _, l := range p.Visits[k].Findings {
		if l.Finding == f {
			return l.Severity
		}
	}
	return -1
}

// Films of one patient are dated, aged and labelled by visit.
func TestPatientFilms(t *testing.T) {
	p := &Patient{Seed: 9, Visits: []Visit{
		{Date: time.Date(2015, 3, 1, 0, 0, 0, 0, time.UTC), Findings: []Lesion{{Mass, 0.3}}},
		{Date: time.Date(2017, 3, 2, 0, 0, 0, 0, time.UTC), Findings: []Lesion{{Mass, 0.9}}},
		{Date: time.Date(2017, 6, 2, 0, 0, 0, 0, time.UTC), Drain: true},
	}}
	var films []*Film
	for k := range p.Visits {
		f, err := p.Film(k, 128)
		if err != nil {
			t.Fatal(err)
		}
		films = append(films, f)
	}
	if films[1].Age != films[0].Age+2 || films[1].Sex != films[0].Sex || len(films[0].Marks) != 1 || len(films[2].Marks) != 0 || len(films[2].Confounders) != 1 {
		t.Errorf("ages %d and %d, marks %d and %d", films[0].Age, films[1].Age, len(films[0].Marks), len(films[2].Marks))
	}
	if _, err := p.Film(3, 128); err == nil {
		t.Error("a fourth film was drawn")
	}
}

// Every patient of a data set has the follow-ups asked for, numbered from 0, and
// the table of courses agrees with the labels.
func TestDatasetFollowUps(t *testing.T) {
	dir := t.TempDir()
	if err := WriteDataset(t.Context(), Dataset{Dir: dir, N: 30, Seed: 8, Size: 64, FollowUps: 4}, nil); err != nil {
		t.Fatal(err)
	}
	files := readAll(t, dir)
	labels := map[string]string{}
	for i, r := range records(t, files["Data_Entry_2017_v2020.csv"])[1:] {
		labels[r[0]] = r[1]
		if r[2] != strconv.Itoa(i%5) || r[3] != strconv.Itoa(i/5+1) {
			t.Errorf("row %d is follow-up %s of patient %s", i, r[2], r[3])
		}
	}
	date := map[string]string{}
	present := map[string][]string{}
	for _, r := range records(t, files["follow_ups.csv"])[1:] {
		if _, err := time.Parse(time.DateOnly, r[3]); err != nil {
			t.Error(err)
		}
		if last := date[r[1]]; r[3] < last {
			t.Errorf("%s of %s comes after %s", r[0], r[3], last)
		}
		date[r[1]] = r[3]
		if r[6] != string(Resolved) {
			present[r[0]] = append(present[r[0]], r[4])
		} else if r[2] == "0" || strings.Contains(labels[r[0]], r[4]) {
			t.Errorf("%s: %s has resolved but the label is %s", r[0], r[4], labels[r[0]])
		}
	}
	for name, l := range labels {
		if got := strings.Join(present[name], "|"); got != l && (l != noFinding || got != "") {
			t.Errorf("%s is labelled %s, its course says %s", name, l, got)
		}
	}
}
