package report

import (
	"math"

	"hilum/inference"
	"hilum/training"
)

// Measure gives a model's card the figures of a report: AUROC of each class, of
// their mean and of the mean on each subgroup, with intervals by patient. Figures that the card had are
// dropped, for they were measured on other films.
func (r *Report) Measure(c *inference.Card) {
	c.AUC, c.MacroAUC, c.Subgroups = map[string]inference.Measured{}, nil, nil
	c.ECE, c.Pointing, c.PointingPrior = r.calibrationError(), nil, nil
	for _, k := range r.Classes {
		if k.AUROC.Defined() {
			c.AUC[k.Name] = Measured(k.AUROC, k.AUROCCI, k.Positive, k.Negative)
		}
	}
	if m := r.Macro; m.AUROC.Defined() {
		macro := Measured(m.AUROC, m.AUROCCI, 0, 0)
		c.MacroAUC = &macro
	}
	for _, g := range r.Subgroups {
		if g.Macro.AUROC.Defined() {
			c.Subgroups = append(c.Subgroups, inference.Subgroup{By: g.By, Name: g.Name, Images: g.Rows,
				MacroAUC: Measured(g.Macro.AUROC, g.Macro.AUROCCI, 0, 0)})
		}
	}
	c.Maps = r.Maps.card()
	if b := r.Boxes; b != nil && b.Pooled.Pointing.Defined() {
		hit := Measured(b.Pooled.Pointing, b.Pooled.PointingCI, 0, 0)
		c.Pointing = &hit
		if b.Pooled.PriorPointing.Defined() {
			prior := Measured(b.Pooled.PriorPointing, b.Pooled.PriorPointingCI, 0, 0)
			c.PointingPrior = &prior
		}
	}
}

// calibrationError is the mean of the classes' calibration errors; nil for scores
// that were not calibrated.
func (r *Report) calibrationError() *float64 {
	sum, n := 0.0, 0
	for _, k := range r.Classes {
		if k.ECE.Defined() {
			sum += float64(k.ECE)
			n++
		}
	}
	if r.Thresholds == "" || n == 0 {
		return nil
	}
	mean := rounded(sum / float64(n))
	return &mean
}

// Measured is a figure as a card shows it. Without an interval the figure is
// its own, of no width.
func Measured(v training.Metric, ci *training.Range, positive, negative int) inference.Measured {
	out := inference.Measured{Value: rounded(float64(v)), Positive: positive, Negative: negative}
	out.Lo, out.Hi = out.Value, out.Value
	if ci != nil {
		out.Lo, out.Hi = rounded(ci[0]), rounded(ci[1])
	}
	return out
}

// rounded keeps as many digits as a card shows.
func rounded(v float64) float64 { return math.Round(v*1e4) / 1e4 }
