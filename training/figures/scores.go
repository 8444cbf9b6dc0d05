package figures

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// linear is where the symmetric logarithm turns linear, in probability: smaller
// margins are of no account.
const linear = 0.01

// symlog is linear within +-linear and logarithmic outside, a decade a unit.
func symlog(x float64) float64 {
	if abs(x) <= linear {
		return x / linear
	}
	return math.Copysign(1+math.Log10(abs(x)/linear), x)
}

// unsymlog is the inverse.
func unsymlog(y float64) float64 {
	if abs(y) <= 1 {
		return y * linear
	}
	return math.Copysign(linear*math.Pow(10, abs(y)-1), y)
}

// symlogScale is an axis on that scale.
type symlogScale struct{}

// Normalize implements plot.Normalizer.
func (symlogScale) Normalize(lo, hi, x float64) float64 {
	return (symlog(x) - symlog(lo)) / (symlog(hi) - symlog(lo))
}

// Scores draws box and violin of the margin p - t of positives and negatives of
// every class, on a symmetric logarithm around the threshold.
func Scores(classes []Class, caption string) ([]byte, error) {
	caption = "Orange: films with the finding; blue: without. Box: quartiles, line: median. " + caption
	p, err := scoresPlot("Calibrated probability less threshold", classes)
	if err != nil {
		return nil, err
	}
	s := newSheet(vg.Points(max(260, 100+62*float64(len(classes)))), vg.Points(400), caption)
	p.Draw(s.body)
	return s.png()
}

func scoresPlot(title string, classes []Class) (*plot.Plot, error) {
	p := newPlot(title, "", "p - t")
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = c.Name
		for _, positive := range []bool{false, true} {
			if err := addViolin(p, float64(i), positive, c.margins(positive)); err != nil {
				return nil, err
			}
		}
	}
	if err := addLine(p, plotter.XYs{{X: -0.6, Y: 0}, {X: float64(len(classes)) - 0.4, Y: 0}},
		thin(false)); err != nil {
		return nil, err
	}
	if len(names) > 0 {
		p.NominalX(names...)
	}
	if len(names) > 6 {
		p.X.Tick.Label.Rotation = math.Pi / 5
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YTop
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.6, float64(len(classes))-0.4, -1, 1
	p.Y.Scale = symlogScale{}
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: -1, Label: "-1"}, {Value: -0.1, Label: "-.1"},
		{Value: -0.01, Label: "-.01"}, {Value: 0, Label: "0"}, {Value: 0.01, Label: ".01"}, {Value: 0.1, Label: ".1"},
		{Value: 1, Label: "1"}}
	return p, nil
}

// margins are p - t of the films with one outcome, sorted.
func (c Class) margins(positive bool) []float64 {
	var out []float64
	for i, p := range c.Probability {
		if c.Positive[i] == positive {
			out = append(out, p-c.Threshold)
		}
	}
	slices.Sort(out)
	return out
}

// addViolin draws half a violin, negatives to the left of a class and positives
// to the right, with a box of the quartiles.
func addViolin(p *plot.Plot, x float64, positive bool, margins []float64) error {
	if len(margins) == 0 {
		return nil
	}
	side, c := -1.0, palette()[0]
	if positive {
		side, c = 1, palette()[1]
	}
	middle := x + side*0.04
	outline := plotter.XYs{}
	at, density := violin(margins)
	for i, y := range at {
		if y >= margins[0] && y <= margins[len(margins)-1] { // no tails where no film is
			outline = append(outline, plotter.XY{X: middle + side*0.38*density[i], Y: y})
		}
	}
	if len(outline) == 0 { // all films in one cell
		outline = plotter.XYs{{X: middle + side*0.38, Y: margins[0]}}
	}
	outline = append(outline, plotter.XY{X: middle, Y: outline[len(outline)-1].Y},
		plotter.XY{X: middle, Y: outline[0].Y})
	body, err := plotter.NewPolygon(outline)
	if err != nil {
		return err
	}
	body.Color = color.NRGBA{c.R, c.G, c.B, 90}
	body.LineStyle = draw.LineStyle{Color: c, Width: vg.Points(0.5)}
	p.Add(body)
	return addBox(p, middle+side*0.05, margins, c)
}

func addBox(p *plot.Plot, x float64, margins []float64, c color.Color) error {
	at := func(share float64) float64 { return margins[int(share*float64(len(margins)-1))] }
	box := plotter.XYs{{X: x, Y: at(0.25)}, {X: x, Y: at(0.75)}}
	if err := addLine(p, box, draw.LineStyle{Color: c, Width: vg.Points(4)}); err != nil {
		return err
	}
	median := plotter.XYs{{X: x - 0.09, Y: at(0.5)}, {X: x + 0.09, Y: at(0.5)}}
	return addLine(p, median, draw.LineStyle{Color: color.Black, Width: vg.Points(1.2)})
}

// violin estimates the density of margins on the symmetric logarithm with a
// Gaussian kernel of a tenth of a decade, largest 1.
func violin(margins []float64) (at, density []float64) {
	const cells, width = 120, 0.1
	lo, hi := symlog(-1), symlog(1)
	count := make([]float64, cells)
	for _, m := range margins {
		i := int((symlog(m) - lo) / (hi - lo) * cells)
		count[min(max(i, 0), cells-1)]++
	}
	at, density = make([]float64, cells), make([]float64, cells)
	most := 0.0
	for i := range cells {
		at[i] = unsymlog(lo + (float64(i)+0.5)/cells*(hi-lo))
		for k, n := range count {
			d := float64(i-k) / cells * (hi - lo) / width
			density[i] += n * math.Exp(-d*d/2)
		}
		most = max(most, density[i])
	}
	for i := range density {
		density[i] /= most
	}
	return at, density
}
