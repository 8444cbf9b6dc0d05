// Package figures draws the pictures of a validation report as PNG files: ROC
// and precision-recall curves, reliability, AUROC with intervals, scores around
// the threshold, threshold sweep, decision curve and confusion. Its core type is
// [Class]. It imports inference/calib and gonum/plot.
package figures

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"hilum/inference/calib"
	"hilum/internal/message"
)

// Class is what is drawn of one finding. The slices have one element a labelled
// film.
type Class struct {
	Name        string
	Score       []float64 // as the model gave it, for ranking
	Probability []float64 // calibrated, 0..1
	Positive    []bool
	Threshold   float64 // on the probability

	AUROC, AUPRC float64     // NaN when undefined
	Interval     *[2]float64 // of the AUROC, 95%; nil when unknown
	Confusion    calib.Confusion
}

// dpi is the resolution of the pictures; sizes are in points of 1/72 inch.
const dpi = 110

// tally ranks the films of a class by one of its scores.
func (c Class) tally(score []float64) (*calib.Tally, error) {
	r, err := calib.NewRanking(score, c.Positive)
	if err != nil {
		return nil, message.Errorf("figures: %s: %w", c.Name, err)
	}
	return r.Tally(nil, nil), nil
}

// palette is Okabe and Ito's eight colours, told apart with colour blindness;
// classes beyond go round again with another dash.
func palette() []color.RGBA {
	return []color.RGBA{
		{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255},
		{86, 180, 233, 255}, {230, 159, 0, 255}, {60, 60, 60, 255},
	}
}

// lineStyle tells class i from the others.
func lineStyle(i int) draw.LineStyle {
	colours := palette()
	dashes := [][]vg.Length{nil, {vg.Points(5), vg.Points(2)}, {vg.Points(1.5), vg.Points(1.5)}}
	return draw.LineStyle{Color: colours[i%len(colours)], Width: vg.Points(1.2),
		Dashes: dashes[i/len(colours)%len(dashes)]}
}

func thin(dashed bool) draw.LineStyle {
	s := draw.LineStyle{Color: color.Gray{150}, Width: vg.Points(0.7)}
	if dashed {
		s.Dashes = []vg.Length{vg.Points(3), vg.Points(3)}
	}
	return s
}

// newPlot is an empty plot in the style of the report.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font.Size = vg.Points(10)
	p.Title.Padding = vg.Points(3)
	p.Title.TextStyle.Font.Variant = "Sans"
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Variant, a.Label.TextStyle.Font.Size = "Sans", vg.Points(8.5)
		a.Tick.Label.Font.Variant, a.Tick.Label.Font.Size = "Sans", vg.Points(8)
		a.LineStyle.Width, a.Tick.LineStyle.Width = vg.Points(0.5), vg.Points(0.5)
	}
	p.Legend.TextStyle.Font.Variant, p.Legend.TextStyle.Font.Size = "Sans", vg.Points(8)
	return p
}

// unit fixes axes at 0..1 with a tick every fifth.
func unit(axes ...*plot.Axis) {
	for _, a := range axes {
		a.Min, a.Max = 0, 1
		a.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.2, Label: ".2"}, {Value: 0.4, Label: ".4"},
			{Value: 0.6, Label: ".6"}, {Value: 0.8, Label: ".8"}, {Value: 1, Label: "1"}}
	}
}

// addLine draws a curve; nothing when it has no point.
func addLine(p *plot.Plot, xy plotter.XYs, style draw.LineStyle) error {
	if len(xy) == 0 {
		return nil
	}
	l, err := plotter.NewLine(xy)
	if err != nil {
		return err
	}
	l.LineStyle = style
	p.Add(l)
	return nil
}

// sheet is a picture in the making: plots over a caption.
type sheet struct {
	canvas *vgimg.Canvas
	body   draw.Canvas
}

func newSheet(w, h vg.Length, caption string) sheet {
	c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))
	all := draw.New(c)
	all.SetColor(color.White)
	all.Fill(all.Rectangle.Path())
	style := newPlot("", "", "").Legend.TextStyle
	style.Color = color.Gray{90}
	all.FillText(style, vg.Point{X: vg.Points(8), Y: vg.Points(6)}, caption)
	pad := vg.Points(6)
	return sheet{c, draw.Crop(all, pad, -pad, vg.Points(18), -pad)}
}

func (s sheet) png() ([]byte, error) {
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: s.canvas}).WriteTo(&b); err != nil {
		return nil, message.Errorf("figures: %w", err)
	}
	return b.Bytes(), nil
}

// columns of a sheet of small plots.
const columns = 4

// small draws one plot a class on one sheet.
func small(classes []Class, caption string, draws func(Class) (*plot.Plot, error)) ([]byte, error) {
	plots := make([]*plot.Plot, len(classes))
	for i, c := range classes {
		var err error
		if plots[i], err = draws(c); err != nil {
			return nil, message.Errorf("figures: %s: %w", c.Name, err)
		}
	}
	return grid(plots, min(columns, max(len(plots), 1)), caption)
}

func grid(plots []*plot.Plot, cols int, caption string) ([]byte, error) {
	rows := max((len(plots)+cols-1)/cols, 1)
	s := newSheet(vg.Length(cols)*vg.Points(190), vg.Length(rows)*vg.Points(170)+vg.Points(24), caption)
	tiles := draw.Tiles{Cols: cols, Rows: rows, PadX: vg.Points(8), PadY: vg.Points(8)}
	table := make([][]*plot.Plot, rows)
	for r := range table {
		table[r] = make([]*plot.Plot, cols)
		for c := range cols {
			if i := r*cols + c; i < len(plots) {
				table[r][c] = plots[i]
			}
		}
	}
	for r, row := range plot.Align(table, tiles, s.body) {
		for c, canvas := range row {
			if table[r][c] != nil {
				table[r][c].Draw(canvas)
			}
		}
	}
	return s.png()
}

// withLegend draws one plot with its legend beside it.
func withLegend(p *plot.Plot, legend plot.Legend, caption string) ([]byte, error) {
	s := newSheet(vg.Points(620), vg.Points(430), caption)
	width := s.body.Max.X - s.body.Min.X
	p.Draw(draw.Crop(s.body, 0, -width*0.33, 0, 0))
	drawLegend(legend, p, draw.Crop(s.body, width*0.69, 0, 0, -vg.Points(18)))
	return s.png()
}

// drawLegend draws a legend beside its plot.
func drawLegend(legend plot.Legend, p *plot.Plot, c draw.Canvas) {
	legend.Top, legend.Left = true, true
	legend.TextStyle = p.Legend.TextStyle
	legend.ThumbnailWidth = vg.Points(22)
	legend.Padding = vg.Points(2.5)
	legend.Draw(c)
}

func defined(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// label writes an area as the plots show it.
func label(v float64) string {
	if !defined(v) {
		return "-"
	}
	return fmt.Sprintf("%.3f", v)
}
