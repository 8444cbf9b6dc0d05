package figures

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hilum/internal/message"
)

// Confusion draws the four outcomes of every class at its threshold as cells
// with counts; the shade is the share among films with, or without, the finding.
func Confusion(classes []Class, caption string) ([]byte, error) {
	p := newPlot("Calls at the threshold", "", "")
	names := make([]string, len(classes))
	for i, c := range classes {
		row := len(classes) - 1 - i // the first at the top
		names[row] = c.Name
		n := c.Confusion
		for col, cell := range []struct{ count, of float64 }{{n.TP, n.TP + n.FN}, {n.FN, n.TP + n.FN},
			{n.FP, n.FP + n.TN},
			{n.TN, n.FP + n.TN}} {
			if err := addCell(p, col, row, cell.count, cell.of); err != nil {
				return nil, err
			}
		}
	}
	p.NominalX("true positive", "missed", "false alarm", "true negative")
	if len(names) > 0 {
		p.NominalY(names...)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, 3.5, -0.5, float64(max(len(classes), 1))-0.5
	s := newSheet(vg.Points(560), vg.Points(80+20*float64(len(classes))), caption)
	p.Draw(s.body)
	return s.png()
}

func addCell(p *plot.Plot, col, row int, count, of float64) error {
	x, y := float64(col), float64(row)
	share := 0.0
	text := fmt.Sprintf("%.0f", count)
	if of > 0 {
		share = count / of
		text = fmt.Sprintf("%.0f  (%.0f%%)", count, 100*share)
	}
	cell, err := plotter.NewPolygon(plotter.XYs{{X: x - 0.48, Y: y - 0.45}, {X: x + 0.48, Y: y - 0.45},
		{X: x + 0.48, Y: y + 0.45}, {X: x - 0.48, Y: y + 0.45}})
	if err != nil {
		return err
	}
	hue := palette()[2] // right
	if col == 1 || col == 2 {
		hue = palette()[1] // wrong
	}
	cell.Color = color.NRGBA{hue.R, hue.G, hue.B, uint8(15 + 150*share)}
	cell.Width = 0
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: x, Y: y}}, Labels: []string{text}})
	if err != nil {
		return err
	}
	labels.TextStyle[0] = p.Legend.TextStyle
	labels.TextStyle[0].XAlign, labels.TextStyle[0].YAlign = draw.XCenter, draw.YCenter
	p.Add(cell, labels)
	return nil
}

// Page draws everything about one class on one sheet.
func Page(c Class, caption string) ([]byte, error) {
	roc, err := rocFrame(c.Name + ": ROC, area " + label(c.AUROC))
	if err != nil {
		return nil, err
	}
	xy, err := c.roc()
	if err == nil {
		err = addLine(roc, xy, lineStyle(0))
	}
	if err != nil {
		return nil, err
	}
	pr := newPlot("precision-recall, "+label(c.AUPRC), "recall", "precision")
	unit(&pr.X, &pr.Y)
	if xy, err = c.pr(); err == nil {
		err = addLine(pr, xy, lineStyle(0))
	}
	if err != nil {
		return nil, err
	}
	plots := []*plot.Plot{roc, pr}
	for _, f := range []func() (*plot.Plot, error){
		func() (*plot.Plot, error) { return c.reliability("reliability") },
		func() (*plot.Plot, error) { return c.sweepPlot("threshold sweep") },
		func() (*plot.Plot, error) { return c.decision("net benefit") },
		func() (*plot.Plot, error) { return scoresPlot("p - t", []Class{c}) },
	} {
		p, err := f()
		if err != nil {
			return nil, message.Errorf("figures: %s: %w", c.Name, err)
		}
		plots = append(plots, p)
	}
	return grid(plots, 3, caption)
}
