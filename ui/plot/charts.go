package plot

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"hilum/inference/calib"
	"hilum/ui/kit"
)

// Palette gives the colour of the i-th of several series, from the set of Okabe
// and Ito (2008).
func Palette(env *kit.Environment, i int) color.NRGBA {
	colours := []color.NRGBA{
		env.Colours.Positive, env.Colours.Negative, env.Colours.Good, {0xCC, 0x79, 0xA7, 255}, env.Colours.Warning,
		{0x00, 0x72, 0xB2, 255}, env.Colours.Error,
	}
	return colours[i%len(colours)]
}

// Scores are the scores of the labelled films of a class, which the charts here
// are made from.
type Scores struct {
	Name        string
	Probability []float64 // calibrated
	Positive    []bool
	Threshold   float64
}

// steps gives the operating points of a class, from calling nothing (at a
// threshold above every score) to calling all; none where an outcome is missing.
func (s Scores) steps() (thresholds []float64, points []calib.Confusion) {
	r, err := calib.NewRanking(s.Probability, s.Positive)
	if err != nil {
		return nil, nil
	}
	t := r.Tally(nil, nil)
	if t.P == 0 || t.N == 0 {
		return nil, nil
	}
	thresholds, points = []float64{1}, []calib.Confusion{{FN: t.P, TN: t.N}}
	t.Steps(func(score float64, c calib.Confusion) {
		thresholds = append(thresholds, score)
		points = append(points, c)
	})
	return thresholds, points
}

// Confusion counts the calls at the threshold.
func (s Scores) Confusion() calib.Confusion {
	var c calib.Confusion
	for i, p := range s.Probability {
		switch called := p >= s.Threshold; {
		case called && s.Positive[i]:
			c.TP++
		case called:
			c.FP++
		case s.Positive[i]:
			c.FN++
		default:
			c.TN++
		}
	}
	return c
}

func unit(label string) Axis { return Axis{Label: label, Lo: 0, Hi: 1} }

// ROC is sensitivity over the false-positive rate, the operating point marked.
// What a click on the curve means is at At.
func ROC(env *kit.Environment, s Scores) Diagram {
	at, points := s.steps()
	curve := Series{Colour: env.Colours.Positive}
	for _, c := range points {
		curve.X = append(curve.X, 1-c.Specificity())
		curve.Y = append(curve.Y, c.Sensitivity())
	}
	curve.Tip = func(i int) string {
		return env.T(
			"threshold %s\nsensitivity %s\nspecificity %s", env.Figure(at[i]), env.Figure(points[i].Sensitivity()),
			env.Figure(points[i].Specificity()),
		)
	}
	c := s.Confusion()
	mark := Series{
		Name: env.T("at the threshold"), Colour: env.Colours.Selected, Style: Dots, X: []float64{1 - c.Specificity()},
		Y: []float64{c.Sensitivity()},
	}
	chance := Series{Colour: env.Colours.Faint, Style: Dashed, X: []float64{0, 1}, Y: []float64{0, 1}}
	return Diagram{
		Title: env.T("ROC: %s", s.Name), X: unit(env.T("1 \u2212 specificity")), Y: unit(env.T("sensitivity")),
		Series: []Series{chance, curve, mark}, Empty: env.T("Only one outcome: no curve"),
	}
}

// ThresholdAt is the threshold of a point of the curve of ROC or PR.
func ThresholdAt(s Scores, index int) (float64, bool) {
	at, _ := s.steps()
	if index < 0 || index >= len(at) {
		return 0, false
	}
	return at[index], true
}

// PR is precision over recall, beside what calling at random gives.
func PR(env *kit.Environment, s Scores) Diagram {
	at, points := s.steps()
	curve := Series{Colour: env.Colours.Negative}
	for _, c := range points {
		curve.X = append(curve.X, c.Sensitivity())
		curve.Y = append(curve.Y, c.PPV())
	}
	curve.Tip = func(i int) string {
		return env.T(
			"threshold %s\nrecall %s\nprecision %s", env.Figure(at[i]), env.Figure(points[i].Sensitivity()),
			env.Figure(points[i].PPV()),
		)
	}
	c := s.Confusion()
	share := (c.TP + c.FN) / max(1, c.TP+c.FN+c.FP+c.TN)
	mark := Series{
		Name: env.T("at the threshold"), Colour: env.Colours.Selected, Style: Dots, X: []float64{c.Sensitivity()},
		Y: []float64{c.PPV()},
	}
	chance := Series{Colour: env.Colours.Faint, Style: Dashed, X: []float64{0, 1}, Y: []float64{share, share}}
	return Diagram{
		Title: env.T("Precision and recall: %s", s.Name), X: unit(env.T("recall (sensitivity)")),
		Y: unit(env.T("precision (PPV)")), Series: []Series{chance, curve, mark},
		Empty: env.T("Only one outcome: no curve"),
	}
}

// reliabilityBins is few enough that bins of a few hundred films hold some.
const reliabilityBins = 10

// Reliability is how often the finding was there over what probability was
// said, with Wilson's intervals.
func Reliability(env *kit.Environment, s Scores) Diagram {
	d := Diagram{
		Title: env.T("Reliability: %s", s.Name), X: unit(env.T("probability said")),
		Y:     unit(env.T("share with the finding")),
		Empty: env.T("No labelled film"),
	}
	d.Series = append(d.Series, Series{Colour: env.Colours.Faint, Style: Dashed, X: []float64{0, 1},
		Y: []float64{0, 1}})
	bins, err := calib.Bins(s.Probability, s.Positive, reliabilityBins, true)
	if err != nil {
		return d
	}
	dots := Series{Colour: env.Colours.Good, Style: Dots}
	for _, b := range bins {
		ci := calib.Wilson(int(math.Round(b.Observed*float64(b.Films))), b.Films)
		dots.X, dots.Y = append(dots.X, b.Mean), append(dots.Y, b.Observed)
		dots.Low, dots.High = append(dots.Low, ci.Lo), append(dots.High, ci.Hi)
	}
	dots.Tip = func(i int) string {
		return env.T(
			"said %s\nseen %s (%s\u2013%s)\nin %d films", env.Figure(dots.X[i]), env.Figure(dots.Y[i]), env.Figure(dots.Low[i]),
			env.Figure(dots.High[i]), bins[i].Films,
		)
	}
	d.Series = append(d.Series, dots)
	return d
}

// distributionBins across 0..1.
const distributionBins = 40

// Distribution is where the films with the finding (up) and without (down) lie,
// each as a share of its own, with the threshold to drag.
func Distribution(env *kit.Environment, s Scores, label string) Diagram {
	var count [2][distributionBins]float64
	var total [2]float64
	for i, p := range s.Probability {
		side := 0
		if !s.Positive[i] {
			side = 1
		}
		count[side][min(int(p*distributionBins), distributionBins-1)]++
		total[side]++
	}
	d := Diagram{
		Title: env.T("%s: drag the threshold", s.Name), X: unit(env.T("calibrated probability")),
		Y:     Axis{Label: env.T("share of films"), Format: func(v float64) string { return share(math.Abs(v)) }},
		Guide: &Guide{X: s.Threshold, Label: label, Colour: env.Colours.Selected}, Empty: env.T("No labelled film"),
	}
	most := 0.05
	for side, name := range []string{env.T("with the finding"), env.T("without")} {
		sign := 1 - 2*float64(side)
		b := Series{
			Name:   fmt.Sprintf("%s (%.0f)", name, total[side]),
			Colour: []color.NRGBA{env.Colours.Positive, env.Colours.Negative}[side], Style: Bars,
			Width: 1.0 / distributionBins,
		}
		for i, n := range count[side] {
			share := n / max(1, total[side])
			most = max(most, share)
			b.X, b.Y = append(b.X, (float64(i)+0.5)/distributionBins), append(b.Y, sign*share)
		}
		b.Tip = func(i int) string {
			return env.T(
				"%s\u2013%s: %.0f films %s", env.Figure(float64(i)/distributionBins), env.Figure(float64(i+1)/distributionBins),
				count[side][i], name,
			)
		}
		d.Series = append(d.Series, b)
	}
	d.Y.Lo, d.Y.Hi = -most*1.08, most*1.08
	return d
}

// Curve is one line over epochs.
type Curve struct {
	Name   string
	Colour color.NRGBA
	Values []float64 // by epoch, from 1
}

// Epochs draws lines over epochs; the axis fits what there is.
func Epochs(env *kit.Environment, title, what string, curves []Curve) Diagram {
	lo, hi, n := math.Inf(1), math.Inf(-1), 2
	d := Diagram{Title: title, Empty: env.T("No epoch is over yet")}
	for _, c := range curves {
		s := Series{Name: c.Name, Colour: c.Colour}
		for i, v := range c.Values {
			s.X, s.Y = append(s.X, float64(i+1)), append(s.Y, v)
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		n = max(n, len(c.Values))
		s.Tip = func(i int) string {
			return env.T("epoch %d\n%s %.3f", i+1, strings.TrimSpace(c.Name+" "+what), c.Values[i])
		}
		d.Series = append(d.Series, s)
	}
	if lo > hi {
		lo, hi = 0, 1
	}
	pad := max((hi-lo)*0.08, 0.005)
	d.X, d.Y = Axis{
		Label: env.T("epoch"), Lo: 1, Hi: float64(n), Whole: true,
	}, Axis{Label: what, Lo: lo - pad, Hi: hi + pad}
	return d
}
