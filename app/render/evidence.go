package render

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"hilum/dicomio"
	"hilum/dicomio/evidence"
	"hilum/internal/message"
	"hilum/internal/raster"
)

// The colours of what other programs say, by maker (Okabe and Ito).
var evidenceColours = []color.RGBA{
	{0xCC, 0x79, 0xA7, 0xFF}, {0x00, 0x9E, 0x73, 0xFF}, {0x56, 0xB4, 0xE9, 0xFF}, {0xF0, 0xE4, 0x42, 0xFF},
}

// EvidenceColours are those of objects of others: each maker has one, so that makers are told
// apart. Beyond four makers they come again.
func EvidenceColours(list []*evidence.Object) []color.RGBA {
	of, out := map[string]color.RGBA{}, make([]color.RGBA, len(list))
	for i, o := range list {
		c, ok := of[o.Maker]
		if !ok {
			c = evidenceColours[len(of)%len(evidenceColours)]
			of[o.Maker] = c
		}
		out[i] = c
	}
	return out
}

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
	fw, fh := float64(s.Image.Width), float64(s.Image.Height)
	e := Evidence{Image: s.Image, Objects: s.Evidence, Face: face, Line: max(1.5, float64(w)/450), Words: s.Words,
		FreeText: s.FreeText, View: viewOf(s.Evidence, s.Image.Header.InstanceUID),
		Seen: func(x, y float64) (float64, float64) { return s.Orient.Apply(x, y, fw, fh) },
		Undo: func(x, y float64) (float64, float64) { return s.Orient.Undo(x, y, fw, fh) },
	}
	e.Draw(on)
	return nil
}

// Evidence is what other programs say of a film, to be drawn over a picture of it at
// whatever size, place and turn.
type Evidence struct {
	Image   *dicomio.Image
	Objects []*evidence.Object // in the colours of EvidenceColours
	// View is how the film is shown, where some object says so: its shutters cover what lies
	// outside. nil covers nothing.
	View *evidence.View
	// Seen gives where a point of the film, in its pixels, lies in the picture; Undo is its
	// inverse.
	Seen, Undo func(x, y float64) (float64, float64)
	Face       font.Face
	Line       float64       // width of lines, in pixels of the picture
	Words      message.Words // of what is said in place of free text; nil leaves English
	FreeText   bool          // what people wrote is drawn too; it may name somebody
}

// Draw draws over a picture, which may be a part of the whole (by its Rect), or transparent.
func (e Evidence) Draw(on *image.RGBA) {
	p := evidencePen{Evidence: e, on: on, film: e.Image.Header.InstanceUID}
	if e.View != nil {
		p.shutter(e.View)
	}
	colours := EvidenceColours(e.Objects)
	for i, o := range e.Objects {
		if o.About(p.film) {
			p.object(o, colours[i])
		}
	}
}

// evidencePen draws on a band of a picture.
type evidencePen struct {
	Evidence
	on   *image.RGBA
	film string // SOP Instance UID
}

// seen gives where a point of the film lies in the picture.
func (p *evidencePen) seen(at evidence.Point) raster.Spot {
	x, y := p.Seen(at.X, at.Y)
	return raster.Spot{X: x, Y: y}
}

// covered is the part of the band that the film lies under.
func (p *evidencePen) covered() image.Rectangle {
	ax, ay := p.Seen(0, 0)
	bx, by := p.Seen(float64(p.Image.Width), float64(p.Image.Height))
	return image.Rect(int(math.Floor(min(ax, bx))), int(math.Floor(min(ay, by))),
		int(math.Ceil(max(ax, bx))), int(math.Ceil(max(ay, by)))).Intersect(p.on.Rect)
}

// pixels calls use for every pixel of the band that the film has, with its column and row
// in the film.
func (p *evidencePen) pixels(use func(x, y, column, row int)) {
	r := p.covered()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			fx, fy := p.Undo(float64(x)+0.5, float64(y)+0.5)
			if fx >= 0 && fy >= 0 && fx < float64(p.Image.Width) && fy < float64(p.Image.Height) {
				use(x, y, int(fx), int(fy))
			}
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
		if m := &o.Maps[i]; evidence.Speaks(m.Films, p.film) {
			p.heat(m)
		}
	}
	for i := range o.Masks {
		if m := &o.Masks[i]; evidence.Speaks(m.Films, p.film) {
			p.mask(m, own(m.Colour, c))
		}
	}
	for i := range o.Drawings {
		if d := &o.Drawings[i]; evidence.Speaks(d.Films, p.film) {
			p.drawing(o, d, own(d.Colour, c))
		}
	}
}

// own is a maker's colour, or ours for that maker.
func own(c *[3]byte, other color.RGBA) color.RGBA {
	if c == nil {
		return other
	}
	return color.RGBA{c[0], c[1], c[2], 255}
}

// mix puts an opaque colour over a pixel, so much of it (Porter and Duff's over, in
// premultiplied colours).
func (p *evidencePen) mix(x, y int, c color.RGBA, a float64) {
	o := p.on.RGBAAt(x, y)
	f := func(to, from uint8) uint8 { return uint8(math.Round(a*float64(to) + (1-a)*float64(from))) }
	p.on.SetRGBA(x, y, color.RGBA{f(c.R, o.R), f(c.G, o.G), f(c.B, o.B), f(255, o.A)})
}

// mask tints where a mask is: an overlay plane in full, since it is lines and letters.
func (p *evidencePen) mask(m *evidence.Mask, c color.RGBA) {
	im := p.Image
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
	lo, hi := m.Lo, m.Hi
	if !(hi > lo) {
		return
	}
	colours, _ := raster.FindColourMap(raster.Viridis)
	im := p.Image
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
			raster.Stroke(p.on, spots[i], spots[i+1], p.Line, c)
		}
	case evidence.PointShape:
		k := 4 * p.Line
		a := spots[0]
		raster.Stroke(p.on, raster.Spot{X: a.X - k, Y: a.Y}, raster.Spot{X: a.X + k, Y: a.Y}, p.Line, c)
		raster.Stroke(p.on, raster.Spot{X: a.X, Y: a.Y - k}, raster.Spot{X: a.X, Y: a.Y + k}, p.Line, c)
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
	return v.Placed(at, p.Image.Width, p.Image.Height)
}

// text writes beside a place. What people wrote stays out of what names nobody.
func (p *evidencePen) text(d *evidence.Drawing, at raster.Spot, c color.RGBA) {
	text := d.Text
	if !d.Coded && !p.FreeText {
		text = "[" + p.Words.Say("free text") + "]"
	}
	step := p.Face.Metrics().Height.Ceil()
	if d.Box == nil {
		at.X += 3 * p.Line
	}
	for i, line := range strings.Split(text, "\n") {
		y := int(at.Y) + step*(i+1) - step/4
		for _, ink := range []struct {
			by int
			c  color.RGBA
		}{{1, color.RGBA{A: 255}}, {0, c}} { // dark edge first, to be read on white
			w := font.Drawer{Dst: p.on, Src: image.NewUniform(ink.c), Face: p.Face,
				Dot: fixed.P(int(at.X)+ink.by, y+ink.by)}
			w.DrawString(line)
		}
	}
}

// evidenceWords say who said what is drawn, a line each.
func (s Shot) evidenceWords() (out []captionLine) {
	colours := EvidenceColours(s.Evidence)
	for i, o := range s.Evidence {
		if !o.About(s.Image.Header.InstanceUID) {
			continue
		}
		line := EvidenceMaker(s.Words, o, s.FreeText)
		if s.FreeText && o.Note != "" {
			line += ": " + o.Note
		}
		out = append(out, captionLine{[]color.RGBA{colours[i]}, line})
		for k := range o.Findings {
			if k == maxFindingLines {
				out = append(out, captionLine{nil, s.Words.Say("and %d more", len(o.Findings)-k)})
				break
			}
			out = append(out, captionLine{nil, FindingOfOthers(&o.Findings[k])})
		}
	}
	return out
}

// maxFindingLines bounds the findings of others that stand under a picture, an object.
const maxFindingLines = 8

// EvidenceMaker says who made an object and what it is, with its title where free text is
// wanted.
func EvidenceMaker(w message.Words, o *evidence.Object, freeText bool) string {
	who := o.Maker
	if who == "" {
		who = w.Say("an unnamed maker")
	}
	what := w.Text(o.Kind.Words())
	if freeText && o.Title != "" {
		what += " \"" + o.Title + "\""
	}
	return w.Say("By %s: %s", who, what)
}

// EvidenceFace is the face of texts of an em so many pixels high. Whoever asks closes it.
func EvidenceFace(size float64) (font.Face, error) {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, message.Errorf("caption: %w", err)
	}
	return faceOf(f, size)
}

// FindingOfOthers is a finding in the words of its maker's codes, which name nobody.
func FindingOfOthers(f *evidence.Finding) string {
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
