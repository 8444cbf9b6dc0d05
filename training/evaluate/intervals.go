package evaluate

import (
	"fmt"

	"hilum/inference/calib"
	"hilum/training"
	"hilum/training/report"
)

// patientCounts are how many patients stand behind the figures of a class.
type patientCounts struct {
	positive, negative int // with a film of that outcome
	called, left       int // with a film that was called, and with one that was not
	mattering          int // with a film that was called or should have been
}

// patients counts them; of says for each row of the table of whom it is.
func (e *evaluation) patients(of []int) patientCounts {
	var sets [5]map[int]bool
	for i := range sets {
		sets[i] = map[int]bool{}
	}
	for i, row := range e.scores.Row {
		p := of[row]
		positive, called := e.scores.Positive[i], e.called[i]
		for k, in := range [5]bool{positive, !positive, called, !called, positive || called} {
			if in {
				sets[k][p] = true
			}
		}
	}
	return patientCounts{len(sets[0]), len(sets[1]), len(sets[2]), len(sets[3]), len(sets[4])}
}

// classIntervals fills in the intervals of a class from a bootstrap by patient. Shares
// that draws of patients leave without width, or that few patients stand behind,
// have Wilson's by patients; figures of ranking have none then.
func classIntervals(r *report.Class, v [][]float64, n patientCounts) {
	r.AUROCCI, r.AUPRCCI = training.NewRange(v[0]), training.NewRange(v[1])
	if why := rankingGap(n, r.AUROC.Defined()); why != "" {
		r.AUROCCI, r.AUPRCCI = nil, nil
		missing(r, "auroc_ci", why)
		missing(r, "auprc_ci", why)
	}
	const same = "every draw of patients gives the same"
	if r.AUROCCI == nil {
		missing(r, "auroc_ci", same)
	}
	if r.AUPRCCI == nil {
		missing(r, "auprc_ci", same)
	}
	r.SensitivityCI = shareRange(v[3], r.Sensitivity, n.positive)
	r.SpecificityCI = shareRange(v[4], r.Specificity, n.negative)
	r.PPVCI = shareRange(v[5], r.PPV, n.called)
	r.NPVCI = shareRange(v[6], r.NPV, n.left)
	r.F1CI = f1Range(v[2], r.F1, n.mattering)
}

// rankingGap says why figures of ranking have no interval; "" where they have one.
func rankingGap(n patientCounts, defined bool) string {
	switch {
	case !defined:
		return "only one outcome occurs"
	case min(n.positive, n.negative) < calib.FewestPatients:
		return fmt.Sprintf("too few patients: %d with the finding and %d without, at least %d of each are needed",
			n.positive,
			n.negative, calib.FewestPatients)
	}
	return ""
}

// fewPatients are so few that their bootstrap is held against Wilson's interval,
// which knows that none of few is not never.
const fewPatients = 10

// shareRange is the interval of a share: of the bootstrap, and Wilson's by patients
// where that has no width, at 0 and 1, and of few patients the wider of both.
func shareRange(values []float64, share training.Metric, patients int) *training.Range {
	if !share.Defined() {
		return nil
	}
	drawn := training.NewRange(values)
	if drawn != nil && share > 0 && share < 1 && patients >= fewPatients {
		return drawn
	}
	w := calib.WilsonShare(float64(share), float64(patients))
	if drawn == nil {
		return &training.Range{w.Lo, w.Hi}
	}
	return &training.Range{min(w.Lo, drawn[0]), max(w.Hi, drawn[1])}
}

// f1Range goes through the share J of right calls among the films that were called
// or should have been: F1 is 2J/(1+J), which rises with J.
func f1Range(values []float64, f1 training.Metric, patients int) *training.Range {
	if !f1.Defined() {
		return nil
	}
	f := func(j float64) float64 { return 2 * j / (1 + j) }
	shares := make([]float64, len(values))
	for i, v := range values {
		shares[i] = v / (2 - v)
	}
	r := shareRange(shares, f1/(2-f1), patients)
	return &training.Range{f(r[0]), f(r[1])}
}

// noteMacro takes the intervals of the means away where they say nothing, and says
// why there are none.
func noteMacro(m *report.Macro, all []*evaluation, of []int) {
	people := map[int]bool{}
	for _, e := range all {
		for _, row := range e.scores.Row {
			people[of[row]] = true
		}
	}
	why := "every draw of patients gives the same"
	if len(people) < fewPatients {
		m.AUROCCI, m.AUPRCCI = nil, nil
		why = fmt.Sprintf("too few patients: %d, at least %d are needed", len(people), fewPatients)
	}
	if !m.AUROC.Defined() {
		why = "no class has both outcomes"
	}
	for key, ci := range map[string]*training.Range{"auroc_ci": m.AUROCCI, "auprc_ci": m.AUPRCCI} {
		if ci == nil {
			if m.NoInterval == nil {
				m.NoInterval = map[string]string{}
			}
			m.NoInterval[key] = why
		}
	}
}

// noteIntervals says which figures have no interval, and why.
func noteIntervals(r *report.Report, add func(string, ...any)) {
	if r.Rounds < 1 {
		return
	}
	for _, k := range r.Classes {
		if why := k.NoInterval["auroc_ci"]; why != "" && k.AUROC.Defined() {
			add("The AUROC of %s has no interval: %s.", k.Name, why)
		}
	}
	if why := r.Macro.NoInterval["auroc_ci"]; why != "" && r.Macro.AUROC.Defined() {
		add("The mean AUROC has no interval: %s.", why)
	}
}

// missing notes why there is no interval; the first reason counts.
func missing(r *report.Class, key, why string) {
	if r.NoInterval == nil {
		r.NoInterval = map[string]string{}
	}
	if r.NoInterval[key] == "" {
		r.NoInterval[key] = why
	}
}
