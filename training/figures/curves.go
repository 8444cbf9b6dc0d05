package figures

import (
	"image/color"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hilum/inference/calib"
)

// legendLine is the thumbnail of a curve.
type legendLine struct{ style draw.LineStyle }

// Thumbnail implements plot.Thumbnailer.
func (l legendLine) Thumbnail(c *draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(l.style, c.Min.X, y, c.Max.X, y)
}

// curve collects points of one class's operating points, leaving out those too
// close to the last to be seen.
func curve(t *calib.Tally, first plotter.XY, at func(calib.Confusion) (x, y float64)) plotter.XYs {
	xy := plotter.XYs{first}
	var last plotter.XY
	t.Steps(func(_ float64, c calib.Confusion) {
		x, y := at(c)
		last = plotter.XY{X: x, Y: y}
		if p := xy[len(xy)-1]; abs(p.X-x)+abs(p.Y-y) > 0.002 {
			xy = append(xy, last)
		}
	})
	return append(xy, last)
}

func abs(v float64) float64 { return max(v, -v) }

// curves draws one curve a class with a legend that names its area.
func curves(p *plot.Plot, classes []Class, caption string,
	one func(Class) (plotter.XYs, float64, error)) ([]byte, error) {
	legend := plot.NewLegend()
	for i, c := range classes {
		xy, area, err := one(c)
		if err != nil {
			return nil, err
		}
		if err := addLine(p, xy, lineStyle(i)); err != nil {
			return nil, err
		}
		legend.Add(label(area)+"  "+c.Name, legendLine{lineStyle(i)})
	}
	return withLegend(p, legend, caption)
}

// ROC draws the receiver operating characteristics of all classes.
func ROC(classes []Class, caption string) ([]byte, error) {
	p, err := rocFrame("ROC, with area under the curve")
	if err != nil {
		return nil, err
	}
	return curves(p, classes, caption, func(c Class) (plotter.XYs, float64, error) {
		xy, err := c.roc()
		return xy, c.AUROC, err
	})
}

func rocFrame(title string) (*plot.Plot, error) {
	p := newPlot(title, "1 - specificity", "sensitivity")
	unit(&p.X, &p.Y)
	return p, addLine(p, plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, thin(true))
}

func (c Class) roc() (plotter.XYs, error) {
	t, err := c.tally(c.Score)
	if err != nil || t.P == 0 || t.N == 0 {
		return nil, err
	}
	return curve(t, plotter.XY{}, func(c calib.Confusion) (x, y float64) {
			return 1 - c.Specificity(),
				c.Sensitivity()
		}),
		nil
}

// PR draws precision against recall of all classes.
func PR(classes []Class, caption string) ([]byte, error) {
	p := newPlot("Precision and recall, with average precision", "recall (sensitivity)", "precision (PPV)")
	unit(&p.X, &p.Y)
	return curves(p, classes, caption, func(c Class) (plotter.XYs, float64, error) {
		xy, err := c.pr()
		return xy, c.AUPRC, err
	})
}

func (c Class) pr() (plotter.XYs, error) {
	t, err := c.tally(c.Score)
	if err != nil || t.P == 0 || t.N == 0 {
		return nil, err
	}
	var first plotter.XY
	started := false
	t.Steps(func(_ float64, c calib.Confusion) {
		if !started {
			first, started = plotter.XY{X: 0, Y: c.PPV()}, true
		}
	})
	return curve(t, first, func(c calib.Confusion) (x, y float64) { return c.Sensitivity(), c.PPV() }), nil
}

// AUC draws the AUROC of each class with its interval, best at the top.
func AUC(classes []Class, caption string) ([]byte, error) {
	var known []Class
	for _, c := range classes {
		if defined(c.AUROC) {
			known = append(known, c)
		}
	}
	sort.SliceStable(known, func(a, b int) bool { return known[a].AUROC < known[b].AUROC })
	p := newPlot("AUROC with 95% interval", "AUROC", "")
	names := make([]string, len(known))
	points := make(plotter.XYs, len(known))
	for i, c := range known {
		names[i], points[i] = c.Name, plotter.XY{X: c.AUROC, Y: float64(i)}
		if c.Interval != nil {
			bar := plotter.XYs{{X: c.Interval[0], Y: float64(i)}, {X: c.Interval[1], Y: float64(i)}}
			if err := addLine(p, bar, draw.LineStyle{Color: palette()[0], Width: vg.Points(2)}); err != nil {
				return nil, err
			}
		}
	}
	if err := addDots(p, points, palette()[0]); err != nil {
		return nil, err
	}
	p.Add(plotter.NewGrid())
	if len(names) > 0 {
		p.NominalY(names...)
	}
	p.Y.Min, p.Y.Max = -0.6, float64(max(len(known), 1))-0.4
	p.X.Min, p.X.Max = min(p.X.Min, 0.5), 1
	s := newSheet(vg.Points(520), vg.Points(90+18*float64(len(known))), caption)
	p.Draw(s.body)
	return s.png()
}

func addDots(p *plot.Plot, xy plotter.XYs, c color.Color) error {
	if len(xy) == 0 {
		return nil
	}
	dots, err := plotter.NewScatter(xy)
	if err != nil {
		return err
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(2.4), Shape: draw.CircleGlyph{}}
	p.Add(dots)
	return nil
}
