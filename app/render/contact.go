package render

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
	"hilum/internal/raster"
)

// Contacts is what a contact sheet is drawn of.
type Contacts struct {
	Picture *radiograph.Picture
	View    radiograph.View
	Result  *inference.Result
	Map     classmap.Map
	Rows    []findings.Row // the findings in the order in which they are shown
	Words   message.Words  // of the reader; English where it has none

	// Withheld says that the findings are shown because somebody insisted; the zero value
	// where there is nothing to say.
	Withheld message.Message
}

// Sheet draws the picture once a class with that class's map over it, in
// the order of the rows, columns beside each other and each width pixels wide,
// with probability and threshold under each: all classes at a glance. The maps
// share a scale unless Map says otherwise.
func (c Contacts) Sheet(columns, width int) (*image.RGBA, error) {
	if c.Picture == nil || c.Result == nil {
		return nil, message.Errorf("there are no findings to show; open a picture and a model first")
	}
	if columns < 1 || width < 32 {
		return nil, message.Errorf("a contact sheet of %d columns of %d pixels cannot be drawn", columns, width)
	}
	pw, ph := c.Picture.SeenSize(c.View.Orient)
	height := max(1, width*ph/max(pw, 1))
	face, err := fittingFace([]string{"Pleural Thickening  .00 / .00"}, 2*width) // a small picture, not small print
	if err != nil {
		return nil, err
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	line := face.Metrics().Height.Ceil() + 6
	rows := (len(c.Rows) + columns - 1) / columns
	foot := plain.Break(c.Words.Text(c.Withheld), func(line string) bool {
		return font.MeasureString(face, line).Ceil() <= columns*width-8
	})
	foot = append(foot, c.Words.Say(inference.NotForDiagnosis))
	out := image.NewRGBA(image.Rect(0, 0, columns*width, rows*(height+line)+len(foot)*line))
	draw.Draw(out, out.Bounds(), image.Black, image.Point{}, draw.Src)
	write := font.Drawer{Dst: out, Src: image.NewUniform(color.Gray{Y: 0xE6}), Face: face}
	var tile tileDrawer
	for i, row := range c.Rows {
		x, y := i%columns*width, i/columns*(height+line)
		draw.Draw(out, image.Rect(x, y, x+width, y+height), tile.draw(c, row.Class, width, height), image.Point{},
			draw.Src)
		write.Dot = fixed.P(x+4, y+height+line-7)
		write.DrawString(c.rowWords(row))
	}
	for i, words := range foot {
		write.Dot = fixed.P(4, rows*(height+line)+(i+1)*line-7)
		write.DrawString(words)
	}
	return out, nil
}

// rowWords is a class with its figures.
func (c Contacts) rowWords(r findings.Row) string {
	f, name := r.Finding, c.Words.Name(inference.ClassName(r.Class))
	switch {
	case !r.Scored:
		return name
	case f.NoValid != "":
		return fmt.Sprintf("%s  %s", name, c.Words.Fraction(f.Probability))
	case f.Positive:
		return fmt.Sprintf("%s  %s / %s +", name, c.Words.Fraction(f.Probability), c.Words.Fraction(f.Threshold))
	}
	return fmt.Sprintf("%s  %s / %s", name, c.Words.Fraction(f.Probability), c.Words.Fraction(f.Threshold))
}

// tileDrawer draws the picture small with one map at a time.
type tileDrawer struct {
	renderer raster.Renderer
	table    *raster.Table
	colours  raster.ColourMap
}

func (d *tileDrawer) draw(c Contacts, class string, w, h int) *image.RGBA {
	p := c.Picture
	if d.table == nil {
		d.table = &raster.Table{}
		d.table.Set(p.Image.DisplayTable(c.View.Window, c.View.Invert).Gray)
		d.colours = c.Map.ColourMap()
	}
	pw, ph := p.SeenSize(c.View.Orient)
	m := c.Map
	return d.renderer.Render(raster.Frame{
		Pyramid: p.Seen(c.View.Orient), W: w, H: h, Table: d.table,
		Place: raster.Placement{CX: float64(pw) / 2, CY: float64(ph) / 2,
			Zoom: math.Max(float64(w)/float64(pw), float64(h)/float64(ph))},
		Heat:    classmap.HeatOf(c.Result.Maps, m, class).Oriented(c.View.Orient),
		Colours: &d.colours, Opacity: m.Opacity, Floor: m.Floor,
	})
}
