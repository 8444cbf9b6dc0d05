package figures

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hilum/internal/message"
)

// Localised is how well the maps of one class lie on boxes: pointing, IoU, IoBB.
// NaN is undefined.
type Localised struct {
	Name          string
	Films         int
	Model         [3]float64
	ModelInterval [3]*[2]float64 // 95%; nil when unknown
	Prior         [3]float64     // of a map that knows no picture
}

// Localisation draws pointing, IoU and IoBB of each class beside those of the
// prior, in the order given, from the top.
func Localisation(classes []Localised, caption string) ([]byte, error) {
	caption = "Blue, with 95% interval: the model's maps. Orange: a map of other patients' boxes that knows no picture. In brackets: films. " + caption
	s := newSheet(vg.Points(760), vg.Points(80+20*float64(len(classes))), caption)
	tiles := draw.Tiles{Cols: 3, Rows: 1, PadX: vg.Points(8)}
	row := make([]*plot.Plot, 3)
	for i, title := range []string{"Pointing game", "IoU", "IoBB"} {
		var err error
		if row[i], err = localisedPlot(classes, i, title); err != nil {
			return nil, message.Errorf("figures: %s: %w", title, err)
		}
	}
	table := [][]*plot.Plot{row}
	for i, canvas := range plot.Align(table, tiles, s.body)[0] {
		row[i].Draw(canvas)
	}
	return s.png()
}

func localisedPlot(classes []Localised, figure int, title string) (*plot.Plot, error) {
	p := newPlot(title, "", "")
	names := make([]string, len(classes))
	var model, prior plotter.XYs
	for i, c := range classes {
		y := float64(len(classes) - 1 - i)
		names[len(classes)-1-i] = fmt.Sprintf("%s (%d)", c.Name, c.Films)
		if ci := c.ModelInterval[figure]; ci != nil {
			bar := plotter.XYs{{X: ci[0], Y: y}, {X: ci[1], Y: y}}
			if err := addLine(p, bar, draw.LineStyle{Color: palette()[0], Width: vg.Points(2)}); err != nil {
				return nil, err
			}
		}
		if v := c.Model[figure]; defined(v) {
			model = append(model, plotter.XY{X: v, Y: y})
		}
		if v := c.Prior[figure]; defined(v) {
			prior = append(prior, plotter.XY{X: v, Y: y - 0.25}) // under the model's, not behind it
		}
	}
	p.Add(plotter.NewGrid())
	for i, dots := range []plotter.XYs{prior, model} {
		if err := addDots(p, dots, palette()[1-i]); err != nil {
			return nil, err
		}
	}
	unit(&p.X)
	if figure == 0 && len(names) > 0 {
		p.NominalY(names...)
	} else {
		p.HideY()
	}
	p.Y.Min, p.Y.Max = -0.6, float64(max(len(classes), 1))-0.4
	return p, nil
}
