package monitor

import (
	"math"
	"slices"

	"hilum/internal/message"
	"hilum/training"
	"hilum/training/scores"
)

// siteWatch are the charts of all films, whatever the class.
type siteWatch struct {
	byMonth map[string]*siteMonth
}

// The test of features: enough draws that the least p-value is below what one month
// may have of the false alarms, and as many films as a kernel of a few megabytes takes.
const (
	mostRounds   = 20_000
	mostFeatures = 150 // films of either side
)

// newSiteWatch goes through all films by day.
func newSiteWatch(t *scores.Table, conf Config) *siteWatch {
	s := &siteWatch{byMonth: map[string]*siteMonth{}}
	var all []film
	for row, day := range t.Dates {
		if !day.IsZero() && (conf.To.IsZero() || !day.After(conf.To)) {
			all = append(all, film{row: row, day: day, patient: t.Patient[row]})
		}
	}
	slices.SortStableFunc(all, func(a, b film) int { return a.day.Compare(b.day) })
	months := s.count(t, all)
	alpha := conf.alpha(len(t.Classes))
	s.withheld(t, once(all), conf, alpha)
	s.features(t, once(all), conf, alpha)
	for i, name := range months {
		m := s.byMonth[name]
		m.changed = i > 0 && len(m.models) > 0 && !slices.Equal(m.models, s.byMonth[months[i-1]].models)
	}
	return s
}

// count describes the months and gives their names in order.
func (s *siteWatch) count(t *scores.Table, all []film) (months []string) {
	for _, f := range all {
		m := s.byMonth[f.month()]
		if m == nil {
			m = &siteMonth{mmd: math.NaN(), p: math.NaN()}
			s.byMonth[f.month()] = m
			months = append(months, f.month())
		}
		if t.Watched == nil {
			continue
		}
		w := t.Watched[f.row]
		m.withheld.add(w.Withheld)
		if !math.IsNaN(w.Latency) {
			m.latency = append(m.latency, w.Latency)
		}
		if w.Model != "" && !slices.Contains(m.models, w.Model) {
			m.models = append(m.models, w.Model)
			slices.Sort(m.models)
		}
	}
	return months
}

// withheld watches the share of films whose findings are not to be believed.
func (s *siteWatch) withheld(t *scores.Table, films []film, conf Config, alpha float64) {
	if t.Watched == nil {
		return
	}
	var before tally
	months := map[string]bool{}
	for _, f := range films {
		if f.day.Before(conf.ReferenceEnd) {
			before.add(t.Watched[f.row].Withheld)
			months[f.month()] = true
		}
	}
	chart := newCusum(before.k, before.n, ofAYear(before.n, len(months)), true, alpha)
	said := "" // the month of the last alarm
	for _, f := range films {
		if f.day.Before(conf.ReferenceEnd) || !chart.add(t.Watched[f.row].Withheld) || said == f.month() {
			continue
		}
		said = f.month()
		m := s.byMonth[said]
		m.alarms = append(m.alarms, message.Of("more films are refused or doubted than in the reference"))
	}
}

// features holds each month's features against those of the reference.
func (s *siteWatch) features(t *scores.Table, films []film, conf Config, alpha float64) {
	if t.Features == nil {
		return
	}
	var before [][]float32
	after := map[string][][]float32{}
	for _, f := range films {
		if f.day.Before(conf.ReferenceEnd) {
			before = append(before, t.Features[f.row])
		} else {
			after[f.month()] = append(after[f.month()], t.Features[f.row])
		}
	}
	limit := alpha / yearMonths
	rounds := min(int(math.Ceil(2/limit)), mostRounds)
	for name, now := range after {
		m := s.byMonth[name]
		m.mmd, m.p = mmd(spread(before), spread(now), rounds, 1)
		if m.p <= limit {
			m.alarms = append(m.alarms,
				message.Of("the films look different to the model than in the reference (MMD %.3g, p = %.2g)",
					m.mmd, m.p))
		}
	}
}

// spread takes at most mostFeatures films, evenly over the period.
func spread(v [][]float32) [][]float32 {
	if len(v) <= mostFeatures {
		return v
	}
	out := make([][]float32, mostFeatures)
	for i := range out {
		out[i] = v[i*len(v)/mostFeatures]
	}
	return out
}

// siteMonth is what is said of one month.
type siteMonth struct {
	withheld tally
	latency  []float64
	models   []string
	changed  bool
	mmd, p   float64
	alarms   []any
}

// reasons are the alarms of a month; a line of every class tells them.
func (s *siteWatch) reasons(month string) []any {
	if m := s.byMonth[month]; m != nil {
		return m.alarms
	}
	return nil
}

// describe fills in what is said of all films of the month.
func (s *siteWatch) describe(m *Month) {
	nan := training.Metric(math.NaN())
	m.Withheld, m.Latency, m.EmbeddingMMD, m.EmbeddingP = nan, nan, nan, nan
	at := s.byMonth[m.Month]
	if at == nil {
		return
	}
	m.EmbeddingMMD, m.EmbeddingP = training.Metric(at.mmd), training.Metric(at.p)
	m.Models, m.Changed = at.models, at.changed
	if at.withheld.n > 0 {
		m.Withheld = at.withheld.share()
	}
	if n := len(at.latency); n > 0 {
		slices.Sort(at.latency)
		m.Latency = training.Metric((at.latency[(n-1)/2] + at.latency[n/2]) / 2)
	}
}
