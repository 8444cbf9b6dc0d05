package figures

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"hilum/inference/calib"
)

// reliabilityBins is fewer than the bins of the ECE so that a dot stands on
// enough films.
const reliabilityBins = 10

// Reliability draws for each class how often what was predicted came true, in
// bins of equal size.
func Reliability(classes []Class, caption string) ([]byte, error) {
	return small(classes, caption, func(c Class) (*plot.Plot, error) { return c.reliability(c.Name) })
}

// reliability has axes that end where the probabilities do: a finding that is
// rare lives in a corner.
func (c Class) reliability(title string) (*plot.Plot, error) {
	p := newPlot(title, "predicted", "observed")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 0.1, 0, 0.1
	bins, err := calib.Bins(c.Probability, c.Positive, reliabilityBins, true)
	if err != nil { // no labelled film: an empty frame
		return p, nil
	}
	xy := make(plotter.XYs, len(bins))
	top := 0.0
	for i, b := range bins {
		xy[i] = plotter.XY{X: b.Mean, Y: b.Observed}
		top = max(top, b.Mean, b.Observed)
	}
	if err := addLine(p, plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, thin(true)); err != nil {
		return nil, err
	}
	if err := addLine(p, xy, lineStyle(0)); err != nil {
		return nil, err
	}
	if err := addDots(p, xy, palette()[0]); err != nil {
		return nil, err
	}
	top = min(max(top*1.1, 0.01), 1)
	p.X.Max, p.Y.Max = top, top
	return p, nil
}

// sweepSteps is the number of thresholds a sweep shows.
const sweepSteps = 200

// sweep counts the calls on an even grid of thresholds from 0 to top.
func (c Class) sweep(f func(threshold float64, c calib.Confusion)) error {
	t, err := c.tally(c.Probability)
	if err != nil {
		return err
	}
	top := c.top()
	for i := range sweepSteps {
		x := float64(i) / sweepSteps * top
		f(x, t.At(x))
	}
	return nil
}

// top is where the axis of thresholds ends: a finding that is rare has its
// probabilities in a corner of 0..1.
func (c Class) top() float64 {
	top := max(c.Threshold, 0.01)
	for _, p := range c.Probability {
		top = max(top, p)
	}
	return min(top*1.05, 1)
}

// sweepLine names a figure of the sweep and how it is drawn.
type sweepLine struct {
	name string
	of   func(calib.Confusion) float64
}

func sweepLines() []sweepLine {
	return []sweepLine{{"F1", calib.Confusion.F1}, {"sensitivity", calib.Confusion.Sensitivity},
		{"specificity", calib.Confusion.Specificity}, {"PPV", calib.Confusion.PPV}}
}

// Sweep draws F1, sensitivity, specificity and PPV over the threshold.
func Sweep(classes []Class, caption string) ([]byte, error) {
	caption = "Blue F1, orange sensitivity, green specificity, pink PPV; grey: the threshold in use. " + caption
	return small(classes, caption, func(c Class) (*plot.Plot, error) { return c.sweepPlot(c.Name) })
}

func (c Class) sweepPlot(title string) (*plot.Plot, error) {
	p := newPlot(title, "threshold", "")
	lines := sweepLines()
	xy := make([]plotter.XYs, len(lines))
	err := c.sweep(func(x float64, n calib.Confusion) {
		for i, l := range lines {
			if v := l.of(n); defined(v) {
				xy[i] = append(xy[i], plotter.XY{X: x, Y: v})
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if err := addLine(p, plotter.XYs{{X: c.Threshold, Y: 0}, {X: c.Threshold, Y: 1}}, thin(false)); err != nil {
		return nil, err
	}
	for i := range lines {
		if err := addLine(p, xy[i], lineStyle(i)); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max = 0, c.top()
	unit(&p.Y)
	return p, nil
}

// Decision draws net benefit (Vickers and Elkin 2006) of acting on the model, on
// everyone and on no one.
func Decision(classes []Class, caption string) ([]byte, error) {
	caption = "Net benefit: blue the model, orange everyone positive, grey no one. " + caption
	return small(classes, caption, func(c Class) (*plot.Plot, error) { return c.decision(c.Name) })
}

func (c Class) decision(title string) (*plot.Plot, error) {
	p := newPlot(title, "threshold probability", "net benefit")
	var model, everyone plotter.XYs
	best := 0.0
	err := c.sweep(func(x float64, n calib.Confusion) {
		all := calib.Confusion{TP: n.TP + n.FN, FP: n.FP + n.TN}
		if v := n.NetBenefit(x); defined(v) {
			model, best = append(model, plotter.XY{X: x, Y: v}), max(best, v)
		}
		if v := all.NetBenefit(x); defined(v) {
			everyone = append(everyone, plotter.XY{X: x, Y: v})
		}
	})
	if err != nil {
		return nil, err
	}
	for i, xy := range []plotter.XYs{model, everyone} {
		// Below a quarter of the best the curves are losses of no interest.
		if err := addLine(p, above(xy, -best/4), lineStyle(i)); err != nil {
			return nil, err
		}
	}
	if err := addLine(p, plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 0}}, thin(false)); err != nil {
		return nil, err
	}
	p.X.Min, p.X.Max = 0, c.top()
	p.Y.Min, p.Y.Max = -best/4-1e-6, best*1.1+1e-6
	return p, nil
}

// above keeps the head of a curve until it falls through a bound.
func above(xy plotter.XYs, bound float64) plotter.XYs {
	for i := range xy {
		if xy[i].Y < bound {
			return xy[:i+1]
		}
	}
	return xy
}
