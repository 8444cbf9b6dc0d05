package phantom

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
)

func TestChange(t *testing.T) {
	for _, c := range []struct {
		before, now float64
		want        Trend
	}{{-1, -1, ""}, {-1, 0.3, New}, {0.3, -1, Resolved}, {0.3, 0.5, Larger}, {0.5, 0.3, Smaller},
		{0.5, 0.52, Unchanged},
		{0.5, 0.48, Unchanged}} {
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
		course := func(n int) *Patient {
			return newPatient(seed, n, canvas.NewSource(seed, uint64(canvas.StreamPlan)<<32))
		}
		p, short := course(5), course(2)
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
func TestPatientImages(t *testing.T) {
	p := &Patient{Seed: 9, Visits: []Visit{
		{Date: time.Date(2015, 3, 1, 0, 0, 0, 0, time.UTC), Findings: []Lesion{{Finding: Mass, Severity: 0.3}}},
		{Date: time.Date(2017, 3, 2, 0, 0, 0, 0, time.UTC), Findings: []Lesion{{Finding: Mass, Severity: 0.9}}},
		{Date: time.Date(2017, 6, 2, 0, 0, 0, 0, time.UTC), Drain: true},
	}}
	var images []*Image
	for k := range p.Visits {
		f, err := p.Image(k, 128)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, f)
	}
	if images[1].Age != images[0].Age+2 || images[1].Sex != images[0].Sex || len(images[0].Marks) != 1 ||
		len(images[2].Marks) != 0 || len(images[2].Confounders) != 1 {
		t.Errorf("ages %d and %d, marks %d and %d", images[0].Age, images[1].Age, len(images[0].Marks),
			len(images[2].Marks))
	}
	if _, err := p.Image(3, 128); err == nil {
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

// A finding stays where it is in the patient from visit to visit, whatever the
// breath, the position and its size, while different patients have theirs
// anywhere: the spread of its centre, on the film's own scale back in the
// patient's frame, is far under that among patients.
func TestFindingsStayInPlace(t *testing.T) {
	if testing.Short() {
		t.Skip("160 films; drawn by the full suite")
	}
	for _, k := range []Finding{Nodule, Mass, Consolidation, Pneumonia, Infiltration} {
		var within, among spread2
		for seed := range uint64(8) {
			var visits spread2
			for visit := range uint64(4) {
				o := Options{Seed: 60 + seed, Visit: visit, Size: 128, View: []View{PA, AP}[visit%2],
					Findings: []Lesion{{Finding: k, Severity: 0.3 + 0.2*float64(visit)}}}
				f, ls, err := draw(&o)
				if err != nil {
					t.Fatal(err)
				}
				m, ok := ls[0].Mark()
				if !ok {
					continue
				}
				b := m.Boxes[0]
				x, y := f.Cam.Unproject(float64(b.X0+b.X1)/2, float64(b.Y0+b.Y1)/2)
				root := chest.Hilum(f.Well.Build, 0)
				if y > root { // back to a usual breath
					y = root + (y-root)*(f.Home.Domes[0].Top-root)/(f.Well.Domes[0].Top-root)
				}
				visits.add(x, y)
				among.add(x, y)
			}
			within.sum += visits.variance()
			within.n++
		}
		if a, b := within.sum/within.n, among.variance(); a > b/8 {
			t.Errorf("%s: variance within a patient %.1f square cm, among patients %.1f", k, a, b)
		}
	}
}

// spread2 measures the scatter of points in a plane.
type spread2 struct{ n, x, y, xx, yy, sum float64 }

func (s *spread2) add(x, y float64) {
	s.n++
	s.x, s.y, s.xx, s.yy = s.x+x, s.y+y, s.xx+x*x, s.yy+y*y
}

func (s *spread2) variance() float64 {
	return s.xx/s.n - s.x*s.x/s.n/s.n + s.yy/s.n - s.y*s.y/s.n/s.n
}

// What a person is, and what was implanted, is the same on every visit; the
// breath is not.
func TestAnatomyStays(t *testing.T) {
	for seed := range uint64(4) {
		sheets := make([]*chest.Sheet, 3)
		for visit := range sheets {
			o := Options{Seed: seed, Visit: uint64(visit), Size: 64}
			f, _, err := draw(&o)
			if err != nil {
				t.Fatal(err)
			}
			sheets[visit] = f
		}
		for _, f := range sheets[1:] {
			if !slices.Equal(f.Home.Levels, sheets[0].Home.Levels) || f.Well.Heart != sheets[0].Well.Heart ||
				f.Well.Ribs != sheets[0].Well.Ribs {
				t.Errorf("seed %d: another person came", seed)
			}
			if f.Well.Insp == sheets[0].Well.Insp {
				t.Errorf("seed %d: the same breath twice", seed)
			}
		}
	}
}
