package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hilum/internal/message"
)

// Curves are what a training run measured. NaN is undefined.
type Curves struct {
	Classes []string
	Epochs  []CurveEpoch
	Steps   []CurveStep
	Best    int // epoch whose weights were kept; 0 for none yet
}

// CurveEpoch is what was measured after an epoch, the first being 1.
type CurveEpoch struct {
	Epoch              int
	TrainLoss, ValLoss float64
	AUROC              float64   // mean over classes, on the validation part
	ByClass            []float64 // in the order of Classes
}

// CurveStep is what was measured between; Epoch 2.5 is halfway through the third.
type CurveStep struct {
	Epoch, Loss, Rate float64
}

// Training draws losses, mean and single AUROC and the rate over the epochs.
func Training(c Curves, caption string) ([]byte, error) {
	loss, err := c.lossPlot()
	if err != nil {
		return nil, message.Errorf("figures: loss: %w", err)
	}
	mean, err := c.meanPlot()
	if err != nil {
		return nil, message.Errorf("figures: mean AUROC: %w", err)
	}
	single, classes, err := c.classPlot()
	if err != nil {
		return nil, message.Errorf("figures: AUROC by class: %w", err)
	}
	rate, err := c.ratePlot()
	if err != nil {
		return nil, message.Errorf("figures: rate: %w", err)
	}
	table := [][]*plot.Plot{{loss, mean}, {rate, single}}
	last := c.last()
	for _, row := range table {
		for _, p := range row {
			p.X.Min, p.X.Max = 0, last
			p.X.Tick.Marker = wholeTicks(last)
		}
	}
	s := newSheet(vg.Points(820), vg.Points(500), caption)
	width := s.body.Max.X - s.body.Min.X
	tiles := draw.Tiles{Cols: 2, Rows: 2, PadX: vg.Points(10), PadY: vg.Points(8)}
	for r, row := range plot.Align(table, tiles, draw.Crop(s.body, 0, -width*0.2, 0, 0)) {
		for i, canvas := range row {
			table[r][i].Draw(canvas)
		}
	}
	drawLegend(classes, single, draw.Crop(s.body, width*0.81, 0, 0, -(s.body.Max.Y-s.body.Min.Y)/2-vg.Points(14)))
	return s.png()
}

// last is where the axis of epochs ends.
func (c Curves) last() float64 {
	end := 1.0
	if n := len(c.Epochs); n > 0 {
		end = max(end, float64(c.Epochs[n-1].Epoch))
	}
	if n := len(c.Steps); n > 0 {
		end = max(end, math.Ceil(c.Steps[n-1].Epoch))
	}
	return end
}

// wholeTicks marks about ten epochs.
func wholeTicks(last float64) plot.ConstantTicks {
	step := 1
	for _, s := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000} {
		if step = s; last/float64(s) <= 10 {
			break
		}
	}
	var out plot.ConstantTicks
	for e := 0; float64(e) <= last; e += step {
		out = append(out, plot.Tick{Value: float64(e), Label: fmt.Sprint(e)})
	}
	return out
}

// epochs collects a figure of each epoch, leaving out what is undefined.
func (c Curves) epochs(of func(CurveEpoch) float64) plotter.XYs {
	var out plotter.XYs
	for _, e := range c.Epochs {
		if v := of(e); defined(v) {
			out = append(out, plotter.XY{X: float64(e.Epoch), Y: v})
		}
	}
	return out
}

func (c Curves) steps(of func(CurveStep) float64) plotter.XYs {
	var out plotter.XYs
	for _, s := range c.Steps {
		if v := of(s); defined(v) {
			out = append(out, plotter.XY{X: s.Epoch, Y: v})
		}
	}
	return out
}

// addMarked draws a curve with a dot an epoch, so that one epoch shows too.
func addMarked(p *plot.Plot, xy plotter.XYs, i int) error {
	if err := addLine(p, xy, lineStyle(i)); err != nil {
		return err
	}
	return addDots(p, xy, lineStyle(i).Color)
}

func (c Curves) lossPlot() (*plot.Plot, error) {
	p := newPlot("Loss", "epoch", "")
	if err := addLine(p, c.steps(func(s CurveStep) float64 { return s.Loss }), thin(false)); err != nil {
		return nil, err
	}
	for i, of := range []func(CurveEpoch) float64{func(e CurveEpoch) float64 { return e.TrainLoss },
		func(e CurveEpoch) float64 { return e.ValLoss }} {
		if err := addMarked(p, c.epochs(of), i); err != nil {
			return nil, err
		}
		p.Legend.Add([]string{"training", "validation"}[i], legendLine{lineStyle(i)})
	}
	p.Legend.Top = true
	return p, c.markBest(p)
}

func (c Curves) meanPlot() (*plot.Plot, error) {
	p := newPlot("Mean AUROC on the validation part", "epoch", "")
	xy := c.epochs(func(e CurveEpoch) float64 { return e.AUROC })
	if err := addMarked(p, xy, 0); err != nil {
		return nil, err
	}
	for _, point := range xy {
		if c.Best > 0 && point.X == float64(c.Best) {
			p.Title.Text += fmt.Sprintf(", best %s in epoch %d", label(point.Y), c.Best)
		}
	}
	return p, c.markBest(p)
}

// markBest draws a line at the epoch whose weights were kept.
func (c Curves) markBest(p *plot.Plot) error {
	if c.Best < 1 || p.Y.Min > p.Y.Max {
		return nil
	}
	lo, hi := p.Y.Min, p.Y.Max
	return addLine(p, plotter.XYs{{X: float64(c.Best), Y: lo}, {X: float64(c.Best), Y: hi}}, thin(true))
}

func (c Curves) classPlot() (*plot.Plot, plot.Legend, error) {
	p := newPlot("AUROC by class", "epoch", "")
	legend := plot.NewLegend()
	for i, name := range c.Classes {
		xy := c.epochs(func(e CurveEpoch) float64 {
			if i >= len(e.ByClass) {
				return math.NaN()
			}
			return e.ByClass[i]
		})
		if err := addLine(p, xy, lineStyle(i)); err != nil {
			return nil, legend, err
		}
		legend.Add(name, legendLine{lineStyle(i)})
	}
	return p, legend, nil
}

// ratePlot is logarithmic: rates fall over decades. A rate of 0 is left out.
func (c Curves) ratePlot() (*plot.Plot, error) {
	p := newPlot("Learning rate of the head", "epoch", "")
	xy := c.steps(func(s CurveStep) float64 {
		if s.Rate > 0 {
			return math.Log10(s.Rate)
		}
		return math.NaN()
	})
	if err := addLine(p, xy, lineStyle(2)); err != nil {
		return nil, err
	}
	if len(xy) == 0 {
		return p, nil
	}
	p.Y.Min, p.Y.Max = math.Floor(p.Y.Min), max(math.Ceil(p.Y.Max), math.Floor(p.Y.Min)+1)
	var ticks plot.ConstantTicks
	for e := p.Y.Min; e <= p.Y.Max; e++ {
		ticks = append(ticks, plot.Tick{Value: e, Label: fmt.Sprintf("1e%.0f", e)})
	}
	p.Y.Tick.Marker = ticks
	return p, nil
}
