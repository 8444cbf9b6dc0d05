package monitor

import (
	"math"
	"slices"

	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/scores"
)

// tally counts a share.
type tally struct{ k, n int }

func (t *tally) add(yes bool) {
	t.n++
	if yes {
		t.k++
	}
}

func (t tally) share() training.Metric { return training.Metric(float64(t.k) / float64(t.n)) }

// classWatch are the charts of one class.
type classWatch struct {
	class  string
	conf   Config
	alpha  float64
	films  []film    // all, by day
	scored []float64 // probabilities of the reference

	calls, positives [2]*cusum // rising, falling
	found, cleared   *cusum    // of films with the finding those called, of films without it those not
	before, since    *sequence // observed less predicted, mapped to 0..1
	offset           tally     // films of since
	difference       float64   // sum of observed less predicted in since
	drifted          bool      // the sequences have parted; said once
}

func newClassWatch(t *scores.Table, i int, k calib.Class, conf Config) *classWatch {
	w := &classWatch{class: t.Classes[i].Name, conf: conf, alpha: conf.alpha(len(t.Classes)),
		films: filmsOf(t, i, k, conf)}
	w.before, w.since = newSequence(w.alpha/2), newSequence(w.alpha/2)
	var called, positive, found, cleared tally
	months := map[string]bool{}
	for _, f := range once(w.films) {
		if !f.day.Before(conf.ReferenceEnd) {
			break
		}
		months[f.month()] = true
		w.scored = append(w.scored, f.probability)
		called.add(f.called)
		if f.known {
			positive.add(f.positive)
			split(f, &found, &cleared)
			w.before.add(residual(f))
		}
	}
	for side, rising := range []bool{true, false} {
		w.calls[side] = newCusum(called.k, called.n, ofAYear(called.n, len(months)), rising, w.alpha)
		w.positives[side] = newCusum(positive.k, positive.n, ofAYear(positive.n, len(months)), rising, w.alpha)
	}
	w.found = newCusum(found.k, found.n, ofAYear(found.n, len(months)), false, w.alpha)
	w.cleared = newCusum(cleared.k, cleared.n, ofAYear(cleared.n, len(months)), false, w.alpha)
	return w
}

// split counts a film that a reader has answered on its side.
func split(f film, found, cleared *tally) {
	if f.positive {
		found.add(f.called)
	} else {
		cleared.add(!f.called)
	}
}

// ofAYear is how many films a year brings at the pace of the reference.
func ofAYear(films, months int) int {
	if months == 0 {
		return 0
	}
	return (films*yearMonths + months - 1) / months
}

// residual is observed less predicted, mapped from -1..1 to 0..1.
func residual(f film) float64 {
	y := 0.0
	if f.positive {
		y = 1
	}
	return (y - f.probability + 1) / 2
}

// months judges the class month by month.
func (w *classWatch) months(site *siteWatch) []Month {
	var out []Month
	for start := 0; start < len(w.films); {
		end := start
		for end < len(w.films) && w.films[end].month() == w.films[start].month() {
			end++
		}
		month := w.films[start:end]
		m := w.describe(month)
		site.describe(&m)
		var reasons []any
		if m.Reference = month[0].day.Before(w.conf.ReferenceEnd); !m.Reference {
			reasons = w.judge(&m, once(month))
			if of := site.reasons(m.Month); len(of) > 0 {
				reasons, m.Kinds = append(reasons, of...), append(m.Kinds, Site)
			}
		}
		if m.Alarm = len(reasons) > 0; m.Alarm {
			m.Reason = message.List("; ", reasons...)
		}
		out = append(out, m)
		start = end
	}
	return out
}

// describe fills in what needs no chart.
func (w *classWatch) describe(films []film) Month {
	m := Month{Class: w.class, Month: films[0].month(), Films: len(films)}
	people := map[int]bool{}
	var called, positive, agreed tally
	sum := 0.0
	for _, f := range films {
		people[f.patient] = true
		called.add(f.called)
		sum += f.probability
		if f.known {
			positive.add(f.positive)
			agreed.add(f.positive == f.called)
		}
	}
	m.Patients, m.Labelled = len(people), positive.n
	m.Called, m.Positive, m.Agreement = called.share(), positive.share(), agreed.share()
	m.Mean = training.Metric(sum / float64(len(films)))
	nan := training.Metric(math.NaN())
	m.PSI, m.ShiftP, m.Calibration = nan, nan, nan
	for i := range m.Charts {
		m.Charts[i] = nan
	}
	return m
}

// judge shows the month's films to the charts and says what they found.
func (w *classWatch) judge(m *Month, films []film) (reasons []any) {
	now := make([]float64, len(films))
	for i, f := range films {
		now[i] = f.probability
	}
	m.PSI, m.ShiftP = training.Metric(psi(w.scored, now)), training.Metric(kolmogorov(w.scored, now))
	if p := float64(m.ShiftP); p <= w.alpha/yearMonths {
		reasons = append(reasons, message.Of("the scores are spread differently than in the reference (PSI %.2f, p = %.2g)",
			float64(m.PSI), p))
		m.Kinds = append(m.Kinds, Scores)
	}
	var hit [charts]bool // calls more and less, positives more and less, of both outcomes fewer right
	for _, f := range films {
		for side := range w.calls {
			hit[side] = w.calls[side].add(f.called) || hit[side]
		}
		if !f.known {
			continue
		}
		for side := range w.positives {
			hit[2+side] = w.positives[side].add(f.positive) || hit[2+side]
		}
		if f.positive {
			hit[4] = w.found.add(f.called) || hit[4]
		} else {
			hit[5] = w.cleared.add(!f.called) || hit[5]
		}
		r := residual(f)
		w.since.add(r)
		w.offset.n++
		w.difference += 2*r - 1
	}
	for i, what := range changes() {
		if hit[i] {
			reasons = append(reasons, what)
			if k := [...]Kind{Calls, Found, Right}[i/2]; !slices.Contains(m.Kinds, k) {
				m.Kinds = append(m.Kinds, k)
			}
		}
	}
	for i, c := range []*cusum{w.calls[0], w.calls[1], w.positives[0], w.positives[1], w.found, w.cleared} {
		m.Charts[i] = training.Metric(c.reached())
	}
	off := w.calibration(m)
	if len(off) > 0 {
		m.Kinds = append(m.Kinds, Calibration)
	}
	return append(reasons, off...)
}

// calibration holds the films since the reference against it.
func (w *classWatch) calibration(m *Month) []any {
	if w.offset.n == 0 {
		return nil
	}
	m.Calibration = training.Metric(w.difference / float64(w.offset.n))
	m.CalibrationCI = &training.Range{2*w.since.lo - 1, 2*w.since.hi - 1}
	apart := w.since.lo > w.before.hi || w.since.hi < w.before.lo
	if w.before.n == 0 || !apart || w.drifted {
		return nil
	}
	w.drifted = true
	return []any{message.Of("the probabilities no longer fit what readers find: observed less predicted is %+.3f since the reference",
		float64(m.Calibration))}
}

// changes are what the charts of shares say, in the order of judge.
func changes() [charts]message.Message {
	return [...]message.Message{
		message.Of("more films are called positive than in the reference"),
		message.Of("fewer films are called positive than in the reference"),
		message.Of("readers find the finding more often than in the reference"),
		message.Of("readers find the finding less often than in the reference"),
		message.Of("of the films in which readers find it fewer are called positive than in the reference"),
		message.Of("of the films in which readers do not find it fewer are called negative than in the reference"),
	}
}
