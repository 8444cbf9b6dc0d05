// Package monitor watches a model in use: by class and month how many films came, what
// was said of them, how that differs from a reference period, and when the difference is more than
// chance. Its core type is [Month]. It imports training, training/scores and inference/calib.
//
// Every chart may be looked at every day: the chance of an alarm within a year in which
// nothing changes, of all charts together, is at most Config.FalseAlarms (see charts.go for why).
package monitor

import (
	"cmp"
	"slices"
	"time"

	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/scores"
)

// Config says what is watched.
type Config struct {
	From, To time.Time // days to report, both included; zero is without end

	// ReferenceEnd is the first day after the reference period, which begins with the
	// first film. Zero takes the first three months that have films.
	ReferenceEnd time.Time

	// FalseAlarms is the chance, within 0..1, of any alarm in a year in which nothing changes; 0
	// is DefaultFalseAlarms.
	FalseAlarms float64
}

// DefaultFalseAlarms is one year in twenty with a false alarm.
const DefaultFalseAlarms = 0.05

// referenceMonths is how many months with films make the reference where none is named.
const referenceMonths = 3

// yearMonths is how often a year a month is judged.
const yearMonths = 12

// Month is one class in one month. Shares are within 0..1; what cannot be said is NaN, null
// in JSON. Of a patient with several films in a month the first counts for the charts.
type Month struct {
	Class     string `json:"class"`
	Month     string `json:"month"`     // 2026-03
	Reference bool   `json:"reference"` // it is part of the reference; nothing is judged

	Films    int             `json:"films"`
	Patients int             `json:"patients"`
	Labelled int             `json:"labelled"` // films that a reader has answered
	Positive training.Metric `json:"positive_rate"`
	Called   training.Metric `json:"called_rate"`
	Mean     training.Metric `json:"mean_probability"`

	PSI    training.Metric `json:"psi"`     // of the scores against the reference
	ShiftP training.Metric `json:"shift_p"` // two-sample Kolmogorov-Smirnov

	Agreement training.Metric `json:"agreement"` // of call and answer
	Withheld  training.Metric `json:"withheld_rate"`
	Latency   training.Metric `json:"latency_ms"` // median

	// Calibration is what was observed less what was predicted, in the mean of all
	// answered films since the reference; its interval holds at all times at once.
	Calibration   training.Metric `json:"calibration"`
	CalibrationCI *training.Range `json:"calibration_ci"`

	EmbeddingMMD training.Metric `json:"embedding_mmd"` // squared, of all films of the month, whatever the class
	EmbeddingP   training.Metric `json:"embedding_p"`

	Models  []string `json:"models,omitempty"` // that scored, by name
	Changed bool     `json:"model_changed"`    // other models than in the month before

	// Charts are the largest share of its limit that each chart of shares reached in the month, in the
	// order of [Charts]; an alarm is at 1. NaN in the reference and where there is no chart.
	Charts [charts]training.Metric `json:"charts"`

	Alarm  bool            `json:"alarm"`
	Kinds  []Kind          `json:"kinds,omitempty"` // of an alarm's reasons, each once
	Reason message.Message `json:"reason"`          // "" without an alarm
}

// Kind is a kind of alarm, by what is to be done.
type Kind string

// The kinds.
const (
	Calls       Kind = "calls"       // more or fewer films are called
	Found       Kind = "found"       // readers find it more or less often
	Right       Kind = "right"       // fewer of the films with it are called, or of those without it not
	Scores      Kind = "scores"      // they are spread otherwise
	Calibration Kind = "calibration" // probabilities do not fit
	Site        Kind = "site"        // of all films: refused ones, features
)

// Advice is what to do about a kind of alarm.
func (k Kind) Advice() message.Message {
	switch k {
	case Found:
		return message.Of("The population changed, and with it PPV and NPV: calibrate again with the new frequency.")
	case Right:
		return message.Of("Stop relying on the threshold, put the model before back into use, and validate.")
	case Calibration:
		return message.Of("Calibrate again on the films answered since.")
	}
	return message.Of("Look at the films of the month by machine and view: a new machine or protocol wants a validation on its own films before the model goes on.")
}

// charts is how many charts of shares a class has.
const charts = 6

// Charts names the charts of shares.
func Charts() []message.Message {
	return []message.Message{message.Of("more called"), message.Of("fewer called"), message.Of("found more often"),
		message.Of("found less often"), message.Of("fewer of those with it called"),
		message.Of("fewer of those without it cleared")}
}

// film is one film of one class, in the order of days.
type film struct {
	row         int
	day         time.Time
	patient     int
	probability float64
	called      bool
	known       bool // a reader answered
	positive    bool
}

func (f film) month() string { return f.day.Format("2006-01") }

// Watch judges a table with days month by month, by class in the order of the table. Rows
// without a day are left out. c has a class for each of the table's.
func Watch(t *scores.Table, c *calib.Calibration, conf Config) ([]Month, error) {
	if t.Dates == nil {
		return nil, message.New("the table has no column with the date of each film; name one \"date\"")
	}
	conf.FalseAlarms = cmp.Or(conf.FalseAlarms, DefaultFalseAlarms)
	if !(conf.FalseAlarms > 0 && conf.FalseAlarms < 1) {
		return nil, message.Errorf("the chance of a false alarm %v is not within 0..1", conf.FalseAlarms)
	}
	end, err := conf.referenceEnd(t.Dates)
	if err != nil {
		return nil, err
	}
	conf.ReferenceEnd = end
	site := newSiteWatch(t, conf)
	var out []Month
	for i := range t.Classes {
		w := newClassWatch(t, i, c.Classes[i], conf)
		out = append(out, w.months(site)...)
	}
	return conf.within(out), nil
}

// referenceEnd is the first day after the reference.
func (c Config) referenceEnd(days []time.Time) (time.Time, error) {
	months := map[time.Time]bool{}
	for _, d := range days {
		if !d.IsZero() {
			months[time.Date(d.Year(), d.Month(), 1, 0, 0, 0, 0, time.UTC)] = true
		}
	}
	if len(months) == 0 {
		return time.Time{}, message.New("no film of the table has a date that can be read; write them as 2026-03-31")
	}
	if !c.ReferenceEnd.IsZero() {
		return c.ReferenceEnd, nil
	}
	all := make([]time.Time, 0, len(months))
	for m := range months {
		all = append(all, m)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all[min(referenceMonths, len(all))-1].AddDate(0, 1, 0), nil
}

// within keeps the months that were asked for.
func (c Config) within(all []Month) []Month {
	return slices.DeleteFunc(all, func(m Month) bool {
		return !c.From.IsZero() && m.Month < c.From.Format("2006-01") || !c.To.IsZero() && m.Month > c.To.Format("2006-01")
	})
}

// chartsPerClass are calls up and down, positives up and down, sensitivity, specificity, scores,
// calibration.
const chartsPerClass = 8

// siteCharts are withheld films and features.
const siteCharts = 2

// alpha is the share of the false alarms that one chart has.
func (c Config) alpha(classes int) float64 {
	return c.FalseAlarms / float64(classes*chartsPerClass+siteCharts)
}

// filmsOf are the films of a class that have a day, in its order; later days than To are not known yet.
func filmsOf(t *scores.Table, i int, k calib.Class, conf Config) []film {
	all, known := t.Classes[i].Whole()
	p := all.Probabilities(k.Calibrator)
	out := make([]film, 0, len(p))
	for n, row := range all.Row {
		day := t.Dates[row]
		if day.IsZero() || !conf.To.IsZero() && day.After(conf.To) {
			continue
		}
		out = append(out, film{row: int(row), day: day, patient: t.Patient[row], probability: p[n],
			called: p[n] >= k.Threshold, known: known[n], positive: all.Positive[n]})
	}
	slices.SortStableFunc(out, func(a, b film) int { return a.day.Compare(b.day) })
	return out
}

// once keeps the first film of each patient in each month: films of a person are not
// independent.
func once(films []film) []film {
	type seen struct {
		patient int
		month   string
	}
	had := map[seen]bool{}
	var out []film
	for _, f := range films {
		if k := (seen{f.patient, f.month()}); !had[k] {
			had[k] = true
			out = append(out, f)
		}
	}
	return out
}
