package phantom

import (
	"slices"
	"time"

	"hilum/internal/phantom/canvas"
)

// Share of patients who are healthy on their first film, and what comes later.
const (
	healthyShare = 0.38
	freshShare   = 0.22 // of follow-ups bring a new finding
	drainShare   = 0.35 // of films with a pneumothorax
	strayDrains  = 0.01 // of the others
	recruitDays  = 5 * 365
)

// firstDay is when the first patient may come.
var firstDay = time.Date(2015, time.January, 5, 0, 0, 0, 0, time.UTC)

// acute findings come and go within days or weeks.
var acute = map[Finding]bool{Atelectasis: true, Effusion: true, Infiltration: true, Pneumonia: true, Pneumothorax: true,
	Consolidation: true, Edema: true}

// frequency is how often a finding is drawn among the ill: flatter than in the
// NIH release, so that rare findings can be learnt from a few thousand films.
var frequency = map[Finding]float64{
	Atelectasis: 1.2, Cardiomegaly: 0.9, Effusion: 1.2, Infiltration: 1.4, Mass: 1.1, Nodule: 1.3, Pneumonia: 1,
	Pneumothorax: 1, Consolidation: 1, Edema: 0.8, Emphysema: 0.9, Fibrosis: 0.9, PleuralThickening: 1, Hernia: 0.6,
}

// visit is one film to draw and how it will be named.
type visit struct {
	patient, number int
	date            time.Time
	options         Options
}

// plan draws the patients of a data set and their films: as many follow-ups as
// asked for, or none to three.
func plan(d Dataset) []visit {
	var out []visit
	for patient := 1; len(out) < d.N; patient++ {
		r := canvas.NewSource(d.Seed, uint64(canvas.StreamPlan)<<32|uint64(patient))
		images := 1 + min(r.IntN(4), r.IntN(4))
		if d.FollowUps > 0 {
			images = 1 + d.FollowUps
		}
		p := newPatient(canvas.Mix64(d.Seed)+uint64(patient), min(images, d.N-len(out)), r)
		for k, v := range p.Visits {
			o := p.Options(k, d.Size)
			o.Height = d.Height
			if slices.ContainsFunc(d.Confounders, func(c Confounder) bool { return c.Kind == ChestDrain }) {
				o.Confounders = nil // the rule decides, not the patient
			}
			out = append(out, visit{patient: patient, number: k, date: v.Date, options: o})
		}
	}
	return out
}

// newPatient draws a course visit by visit, so that later ones change nothing
// about earlier ones.
func newPatient(seed uint64, n int, r *canvas.Source) *Patient {
	p := &Patient{Seed: seed}
	date := firstDay.AddDate(0, 0, r.IntN(recruitDays))
	lesions := drawLesions(r)
	for k := range n {
		if k > 0 {
			days := drawInterval(r, lesions)
			date = date.AddDate(0, 0, days)
			lesions = evolve(r, lesions)
		}
		v := Visit{Date: date, Findings: slices.Clone(lesions), Drain: r.Chance(strayDrains)}
		for _, l := range lesions {
			v.Drain = v.Drain || l.Finding == Pneumothorax && r.Chance(drainShare)
		}
		p.Visits = append(p.Visits, v)
	}
	return p
}

// drawInterval is the number of days to the next film: days to weeks while
// something acute goes on, months to years otherwise.
func drawInterval(r *canvas.Source, ls []Lesion) int {
	lo, hi := 60.0, 900.0
	if slices.ContainsFunc(ls, func(l Lesion) bool { return acute[l.Finding] }) {
		lo, hi = 1, 40
	}
	return int(lo * canvas.Pow(hi/lo, r.Float64()))
}

// evolve is what a course does between two films: acute findings grow, shrink or
// go, lasting ones stay or grow slowly, and now and then something new comes.
func evolve(r *canvas.Source, ls []Lesion) []Lesion {
	var out []Lesion
	for _, l := range ls {
		x, step := r.Float64(), r.Between(0.12, 0.4)
		switch {
		case acute[l.Finding] && x < 0.22:
			continue
		case acute[l.Finding] && x < 0.5:
			l.Severity -= step
		case x > 0.7:
			l.Severity += step
		}
		l.Severity = min(max(l.Severity+r.Normal(0, 0.02), 0.1), 1)
		out = append(out, l)
	}
	fresh := Lesion{Finding: drawFinding(r), Severity: r.Between(0.2, 0.8)}
	if r.Chance(freshShare) && len(out) < 3 && !has(out, fresh.Finding) {
		out = append(out, fresh)
	}
	return out
}

func has(ls []Lesion, f Finding) bool {
	return slices.ContainsFunc(ls, func(l Lesion) bool { return l.Finding == f })
}

// drawLesions gives a patient none, one or up to three findings.
func drawLesions(r *canvas.Source) []Lesion {
	if r.Chance(healthyShare) {
		return nil
	}
	n := 1
	for n < 3 && r.Chance(0.35) {
		n++
	}
	var out []Lesion
	for len(out) < n {
		f := drawFinding(r)
		if !has(out, f) {
			out = append(out, Lesion{Finding: f, Severity: r.Between(0.2, 1)})
		}
	}
	return out
}

func drawFinding(r *canvas.Source) Finding {
	all := Findings()
	var total float64
	for _, f := range all {
		total += frequency[f]
	}
	x := r.Between(0, total)
	for _, f := range all {
		if x -= frequency[f]; x < 0 {
			return f
		}
	}
	return all[len(all)-1]
}
