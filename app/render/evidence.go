package render

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"hilum/dicomio"
	"hilum/dicomio/evidence"
	"hilum/internal/raster"
)

// The colours of what other programs say: none of ours, and each object another, so that
// makers are told apart (Okabe and Ito).
var evidenceColours = []color.RGBA{
	{0xCC, 0x79, 0xA7, 0xFF}, {0x00, 0x9E, 0x73, 0xFF}, {0x56, 0xB4, 0xE9, 0xFF}, {0xF0, 0xE4, 0x42, 0xFF},
}

// EvidenceColour is that of the i-th object of others.
func EvidenceColour(i int) color.RGBA { return evidenceColours[i%len(evidenceColours)] }

// maskOpacity is how much of a film a mask covers where it is whole.
const maskOpacity = 0.35

// viewOf is how the first of some objects that says so wants a film to be shown; nil where
// none does. film is its SOP Instance UID.
func viewOf(list []*evidence.Object, film string) *evidence.View {
	for _, o := range list {
		if v := o.ViewOf(film); v != nil {
			return v
		}
	}
	return nil
}

// EvidenceOrientation is how objects of other programs want a film to be turned; the
// identity where none says so. film is its SOP Instance UID.
func EvidenceOrientation(list []*evidence.Object, film string) raster.Orientation {
	v := viewOf(list, film)
	if v == nil {
		return raster.Orientation{}
	}
	o := raster.Orientation{}.Turn(v.Rotation / 90)
	if v.Flip {
		o = o.FlipLeftRight()
	}
	return o
}

// grey is the chain from stored values to what is seen.
func (s Shot) grey() dicomio.DisplayTable {
	if v := viewOf(s.Evidence, s.Image.Header.InstanceUID); v != nil {
		return v.Table(s.Image)
	}
	return s.Image.DisplayTable(s.Window, s.Invert)
}

// drawEvidence draws what other programs say of the film.
func (s Shot) drawEvidence(on *image.RGBA) error {
	if len(s.Evidence) == 0 {
		return nil
	}
	w, _ := s.Orient.Size(s.Image.Width, s.Image.Height)
	face, err := fittingFace(nil, w)
	if err != nil {
		return err
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	p := evidencePen{shot: s, on: on, face: face, width: max(1.5, float64(w)/450), film: s.Image.Header.InstanceUID}
	if v := viewOf(s.Evidence, p.film); v != nil {
		p.shutter(v)
	}
	for i, o := range s.Evidence {
		if o.About(p.film) {
			p.object(o, EvidenceColour(i))
		}
	}
	return nil
}

// evidencePen draws on a band of a picture.
type evidencePen struct {
	shot  Shot
	on    *image.RGBA
	face  font.Face
	width float64 // of lines, in pixels
	film  string  // SOP Instance UID
}

// seen gives where a point of the film lies in the picture.
func (p *evidencePen) seen(at evidence.Point) raster.Spot {
	x, y := p.shot.Orient.Apply(at.X, at.Y, float64(p.shot.Image.Width), float64(p.shot.Image.Height))
	return raster.Spot{X: x, Y: y}
}

// pixels calls use for every pixel of the band that the film has, with its column and row
// in the film.
func (p *evidencePen) pixels(use func(x, y, column, row int)) {
	im := p.shot.Image
	w, h := p.shot.Orient.Size(im.Width, im.Height)
	r := p.on.Rect.Intersect(image.Rect(0, 0, w, h))
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			fx, fy := p.shot.Orient.Undo(float64(x)+0.5, float64(y)+0.5, float64(im.Width), float64(im.Height))
			use(x, y, int(fx), int(fy))
		}
	}
}

// shutter covers what a state hides.
func (p *evidencePen) shutter(v *evidence.View) {
	if len(v.Shutters) == 0 {
		return
	}
	g := uint8(math.Round(255 * v.Shade))
	p.pixels(func(x, y, column, row int) {
		for i := range v.Shutters {
			if v.Shutters[i].Hides(column, row) {
				p.on.SetRGBA(x, y, color.RGBA{g, g, g, 255})
				return
			}
		}
	})
}

func (p *evidencePen) object(o *evidence.Object, c color.RGBA) {
	for i := range o.Maps {
		if m := &o.Maps[i]; speaksOf(m.Films, p.film) {
			p.heat(m)
		}
	}
	for i := range o.Masks {
		if m := &o.Masks[i]; speaksOf(m.Films, p.film) {
			p.mask(m, own(m.Colour, c))
		}
	}
	for i := range o.Drawings {
		if d := &o.Drawings[i]; speaksOf(d.Films, p.film) {
			p.drawing(o, d, own(d.Colour, c))
		}
	}
}

// speaksOf tells whether a part of an object is about a film; no films are all.
func speaksOf(films []string, film string) bool {
	o := evidence.Object{Films: films}
	return o.About(film)
}

// own is a maker's colour, or ours for that maker.
func own(c *[3]byte, other color.RGBA) color.RGBA {
	if c == nil {
		return other
	}
	return color.RGBA{c[0], c[1], c[2], 255}
}

// mix puts a colour over a pixel.
func (p *evidencePen) mix(x, y int, c color.RGBA, a float64) {
	o := p.on.RGBAAt(x, y)
	f := func(to, from uint8) uint8 { return uint8(math.Round(a*float64(to) + (1-a)*float64(from))) }
	p.on.SetRGBA(x, y, color.RGBA{f(c.R, o.R), f(c.G, o.G), f(c.B, o.B), 255})
}

// mask tints where a mask is: an overlay plane in full, since it is lines and letters.
func (p *evidencePen) mask(m *evidence.Mask, c color.RGBA) {
	im := p.shot.Image
	p.pixels(func(x, y, column, row int) {
		var k int
		if m.Placed {
			column, row = column-m.Left, row-m.Top
			if column < 0 || row < 0 || column >= m.Width || row >= m.Height {
				return
			}
			k = row*m.Width + column
		} else {
			k = row*m.Height/im.Height*m.Width + column*m.Width/im.Width
		}
		if v := m.Share[k]; v > 0 {
			a := float64(v) / 255
			if !m.Placed {
				a *= maskOpacity
			}
			p.mix(x, y, c, a)
		}
	})
}

// heat lays the numbers of a map over the film, from its least to its greatest.
func (p *evidencePen) heat(m *evidence.Map) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range m.Values {
		if f := float64(v); !math.IsNaN(f) && !math.IsInf(f, 0) {
			lo, hi = min(lo, f), max(hi, f)
		}
	}
	if !(hi > lo) {
		return
	}
	colours, _ := raster.FindColourMap(raster.Viridis)
	im := p.shot.Image
	p.pixels(func(x, y, column, row int) {
		v := (float64(m.Values[row*m.Height/im.Height*m.Width+column*m.Width/im.Width]) - lo) / (hi - lo)
		if !(v > 0) || v > 1 {
			return
		}
		r, g, b, a := colours.At(v)
		p.mix(x, y, color.RGBA{r, g, b, 255}, a*maskOpacity*2)
	})
}

// drawing draws lines, points and texts.
func (p *evidencePen) drawing(o *evidence.Object, d *evidence.Drawing, c color.RGBA) {
	spots := make([]raster.Spot, len(d.Points))
	for i, at := range d.Points {
		if d.Display {
			at = p.placed(o, at)
		}
		spots[i] = p.seen(at)
	}
	if len(spots) == 0 {
		return
	}
	switch d.Shape {
	case evidence.LineShape:
		if d.Filled {
			raster.Fill(p.on, spots, color.RGBA{c.R / 3, c.G / 3, c.B / 3, 255 / 3})
		}
		for i := range len(spots) - 1 {
			raster.Stroke(p.on, spots[i], spots[i+1], p.width, c)
		}
	case evidence.PointShape:
		k := 4 * p.width
		a := spots[0]
		raster.Stroke(p.on, raster.Spot{X: a.X - k, Y: a.Y}, raster.Spot{X: a.X + k, Y: a.Y}, p.width, c)
		raster.Stroke(p.on, raster.Spot{X: a.X, Y: a.Y - k}, raster.Spot{X: a.X, Y: a.Y + k}, p.width, c)
	}
	if d.Text != "" {
		p.text(d, spots[0], c)
	}
}

// placed gives where a fraction of the displayed area lies in the film.
func (p *evidencePen) placed(o *evidence.Object, at evidence.Point) evidence.Point {
	v := o.ViewOf(p.film)
	if v == nil {
		v = &evidence.View{}
	}
	return v.Placed(at, p.shot.Image.Width, p.shot.Image.Height)
}

// text writes beside a place. What people wrote stays out of what names nobody.
func (p *evidencePen) text(d *evidence.Drawing, at raster.Spot, c color.RGBA) {
	text := d.Text
	if !d.Coded && !p.shot.FreeText {
		text = "[" + p.shot.Words.Say("free text") + "]"
	}
	step := p.face.Metrics().Height.Ceil()
	if d.Box == nil {
		at.X += 3 * p.width
	}
	for i, line := range strings.Split(text, "\n") {
		y := int(at.Y) + step*(i+1) - step/4
		for _, ink := range []struct {
			by int
			c  color.RGBA
		}{{1, color.RGBA{A: 255}}, {0, c}} { // dark edge first, to be read on white
			w := font.Drawer{Dst: p.on, Src: image.NewUniform(ink.c), Face: p.face,
				Dot: fixed.P(int(at.X)+ink.by, y+ink.by)}
			w.DrawString(line)
		}
	}
}

// evidenceWords say who said what is drawn, a line each.
func (s Shot) evidenceWords() (out []captionLine) {
	for i, o := range s.Evidence {
		if !o.About(s.Image.Header.InstanceUID) {
			continue
		}
		who := o.Maker
		if who == "" {
			who = s.Words.Say("an unnamed maker")
		}
		what := s.Words.Text(o.Kind.Words())
		if s.FreeText && o.Title != "" {
			what += " \"" + o.Title + "\""
		}
		line := s.Words.Say("By %s: %s", who, what)
		if s.FreeText && o.Note != "" {
			line += ": " + o.Note
		}
		out = append(out, captionLine{[]color.RGBA{EvidenceColour(i)}, line})
		for k := range o.Findings {
			if k == maxFindingLines {
				out = append(out, captionLine{nil, s.Words.Say("and %d more", len(o.Findings)-k)})
				break
			}
			out = append(out, captionLine{nil, findingOfOthers(&o.Findings[k])})
		}
	}
	return out
}

// maxFindingLines bounds the findings of others that stand under a picture, an object.
const maxFindingLines = 8

// findingOfOthers is a finding in the words of its maker's codes, which name nobody.
func findingOfOthers(f *evidence.Finding) string {
	line := f.Name.Meaning
	if f.Present != "" {
		line += ", " + f.Present
	}
	for _, m := range f.Measurements {
		line += fmt.Sprintf("; %s %.4g", m.Concept.Meaning, m.Value)
		if unit := m.Units.Unit(); unit != "" {
			line += " " + unit
		}
	}
	return line
}
