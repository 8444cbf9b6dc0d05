package effect

import (
	"context"

	"hilum/inference"
	"hilum/inference/calib"
)

// Means are the means of columns of figures, one a film, with intervals by patient. NaN
// figures do not count; the mean of a column that has no other is NaN.
func Means(ctx context.Context, b calib.Bootstrap, columns [][]float64) ([]inference.Measured, error) {
	rounds, err := b.Figures(ctx, len(columns), func(w, out []float64) {
		for k := range out {
			out[k] = calib.Mean(columns[k], w)
		}
	})
	if err != nil {
		return nil, err
	}
	out := make([]inference.Measured, len(columns))
	for k, c := range columns {
		out[k] = Measured(calib.Mean(c, nil), rounds[k])
	}
	return out, nil
}

// Measured is a figure with the interval of the rounds of a bootstrap; one of no width
// where there was nothing to draw from.
func Measured(value float64, rounds []float64) inference.Measured {
	ci, ok := calib.Spread(rounds)
	if !ok {
		ci = calib.Interval{Lo: value, Hi: value}
	}
	return inference.Measured{Value: value, Lo: ci.Lo, Hi: ci.Hi}
}
