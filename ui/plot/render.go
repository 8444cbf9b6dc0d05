package plot

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"golang.org/x/image/vector"

	"hilum/ui/kit"
)

// renderer draws curves in one picture and writes text over it: thousands of
// canvas lines would be slow, and text of the toolkit stays sharp at any scale.
type renderer struct {
	p       *Plot
	raster  *canvas.Raster
	labels  []*canvas.Text // reused
	used    int
	tip     *canvas.Rectangle
	tipText []*canvas.Text
	all     []fyne.CanvasObject
}

func newRenderer(p *Plot) *renderer {
	r := &renderer{p: p, tip: canvas.NewRectangle(p.env.Colours.Raised)}
	r.tip.StrokeColor, r.tip.StrokeWidth = p.env.Colours.Groove, 1
	r.raster = canvas.NewRaster(r.draw)
	r.Refresh()
	return r
}

func (r *renderer) Destroy()                     {}
func (r *renderer) MinSize() fyne.Size           { return r.p.MinSize() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.all }

func (r *renderer) Layout(s fyne.Size) {
	r.raster.Resize(s)
	r.place()
}

func (r *renderer) Refresh() {
	r.raster.Resize(r.p.Size()) // the toolkit lays out no renderer that is made after its widget was sized
	r.place()
	r.raster.Refresh()
	canvas.Refresh(r.p)
}

// place puts all text.
func (r *renderer) place() {
	r.used = 0
	d, f := r.p.diagram, r.p.field()
	title := r.write(d.Title, r.p.env.Colours.Text, kit.TextSize, fyne.NewPos(6, 3), fyne.TextAlignLeading)
	if d.X.Hi > d.X.Lo && d.Y.Hi > d.Y.Lo {
		r.ticks(f)
		// else the title says enough
		if y := text(d.Y.Label, r.p.env.Colours.Second, kit.CaptionSize); 6+title.Width+12+y.MinSize().Width < f.x+f.w {
			r.write(d.Y.Label, r.p.env.Colours.Second, kit.CaptionSize, fyne.NewPos(f.x+f.w, 5), fyne.TextAlignTrailing)
		}
		r.legend(f)
	}
	if !d.drawn() && d.Empty != "" {
		r.write(d.Empty, r.p.env.Colours.Second, kit.TextSize, fyne.NewPos(f.x+f.w/2, f.y+f.h/2-10),
			fyne.TextAlignCenter)
	}
	for _, l := range r.labels[r.used:] {
		l.Hide()
	}
	r.showTip(f)
	r.all = append(r.all[:0], r.raster)
	for _, l := range r.labels {
		r.all = append(r.all, l)
	}
	r.all = append(r.all, r.tip)
	for _, t := range r.tipText {
		r.all = append(r.all, t)
	}
}

// drawn says whether there is a point.
func (d *Diagram) drawn() bool {
	for _, s := range d.Series {
		if len(s.X) > 0 && s.Style != Dashed {
			return true
		}
	}
	return false
}

// write puts one label; at is its left end, middle or right end.
func (r *renderer) write(s string, c color.Color, size float32, at fyne.Position, align fyne.TextAlign) fyne.Size {
	if s == "" {
		return fyne.Size{}
	}
	if r.used == len(r.labels) {
		r.labels = append(r.labels, text("", c, size))
	}
	t := r.labels[r.used]
	r.used++
	t.Text, t.Color, t.TextSize = s, c, size
	m := t.MinSize()
	switch align {
	case fyne.TextAlignCenter:
		at.X -= m.Width / 2
	case fyne.TextAlignTrailing:
		at.X -= m.Width
	}
	t.Show()
	kit.Put(t, at.X, at.Y, m.Width, m.Height)
	return m
}

func (r *renderer) ticks(f field) {
	for _, v := range f.X.ticks(f.w / 80) {
		r.write(
			f.X.format(v, f.w/80), r.p.env.Colours.Second, kit.CaptionSize, fyne.NewPos(f.px(v), f.y+f.h+3),
			fyne.TextAlignCenter,
		)
	}
	for _, v := range f.Y.ticks(f.h / 36) {
		r.write(
			f.Y.format(v, f.h/36), r.p.env.Colours.Second, kit.CaptionSize, fyne.NewPos(f.x-6, f.py(v)-8),
			fyne.TextAlignTrailing,
		)
	}
	r.write(f.X.Label, r.p.env.Colours.Second, kit.CaptionSize, fyne.NewPos(f.x+f.w/2, f.y+f.h+19),
		fyne.TextAlignCenter)
	if g := r.p.diagram.Guide; g != nil {
		align, dx := fyne.TextAlignLeading, float32(5)
		if f.px(g.X) > f.x+f.w*0.7 {
			align, dx = fyne.TextAlignTrailing, -5
		}
		r.write(g.Label, g.Colour, kit.CaptionSize, fyne.NewPos(f.px(g.X)+dx, f.y+1), align)
	}
}

// mostNamed series have room in a legend.
const mostNamed = 5

// legend names the series in their colours, in the free corner of most curves:
// the lower right.
func (r *renderer) legend(f field) {
	named := 0
	for _, s := range r.p.diagram.Series {
		if s.Name != "" {
			named++
		}
	}
	if named > mostNamed {
		r.write(
			r.p.env.T("point at a line for its name"), r.p.env.Colours.Second, kit.CaptionSize,
			fyne.NewPos(f.x+f.w-6, f.y+f.h-19), fyne.TextAlignTrailing,
		)
		return
	}
	y := f.y + f.h - float32(named)*15 - 4
	for _, s := range r.p.diagram.Series {
		if s.Name != "" {
			r.write(s.Name, s.Colour, kit.CaptionSize, fyne.NewPos(f.x+f.w-6, y), fyne.TextAlignTrailing)
			y += 15
		}
	}
}

// showTip writes what the point under the mouse says, beside it.
func (r *renderer) showTip(f field) {
	at := r.p.hover
	var lines []string
	if at != nowhere && at.series < len(r.p.diagram.Series) {
		if s := r.p.diagram.Series[at.series]; at.index < len(s.X) && s.Tip != nil {
			lines = strings.Split(s.Tip(at.index), "\n")
		}
	}
	for len(r.tipText) < len(lines) {
		r.tipText = append(r.tipText, text("", r.p.env.Colours.Text, kit.CaptionSize))
	}
	width := float32(0)
	for i, t := range r.tipText {
		if i >= len(lines) {
			t.Hide()
			continue
		}
		t.Text = lines[i]
		t.Show()
		width = max(width, t.MinSize().Width)
	}
	if len(lines) == 0 {
		r.tip.Hide()
		return
	}
	s := r.p.diagram.Series[at.series]
	const pad, height = 6, 16
	w, h := width+2*pad, float32(len(lines))*height+2*pad
	x, y := f.px(s.X[at.index])+12, f.py(s.Y[at.index])-h-8
	if x+w > r.p.Size().Width {
		x -= w + 24
	}
	y = min(max(y, 2), max(2, r.p.Size().Height-h-2))
	r.tip.Show()
	kit.Put(r.tip, max(x, 2), y, w, h)
	for i := range lines {
		kit.Put(r.tipText[i], max(x, 2)+pad, y+pad+float32(i)*height, width, height)
		r.tipText[i].Refresh()
	}
}

// ticks are the values written along an axis that has room for about n.
func (a Axis) ticks(n float32) []float64 {
	if a.Whole {
		n = min(n, float32(a.Hi-a.Lo))
	}
	return ticks(a.Lo, a.Hi, max(1, int(n)))
}

// format writes a tick with as many decimals as tell it from its neighbours.
func (a Axis) format(v float64, n float32) string {
	all := a.ticks(n)
	step := a.Hi - a.Lo
	if len(all) > 1 {
		step = all[1] - all[0]
	}
	if math.Abs(v) < step/2 {
		v = 0 // not -0
	}
	switch {
	case a.Format != nil:
		return a.Format(v)
	case a.Whole:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', max(0, int(math.Ceil(-math.Log10(step)-1e-9))), 64)
}

// share writes a tick as a share in percent.
func share(v float64) string { return strconv.FormatFloat(100*v, 'f', 0, 64) + "%" }

// ticks are about n round values from lo to hi: steps of 1, 2 or 5 times a power
// of ten.
func ticks(lo, hi float64, n int) []float64 {
	if !(hi > lo) || n < 1 || math.IsInf(hi-lo, 0) {
		return nil
	}
	raw := (hi - lo) / float64(n)
	base := math.Pow(10, math.Floor(math.Log10(raw)))
	step := base * 10
	for _, k := range []float64{1, 2, 5} {
		if base*k >= raw {
			step = base * k
			break
		}
	}
	var out []float64
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi+step*1e-9; i++ {
		out = append(out, i*step)
	}
	return out
}

// draw paints grid and curves; w and h are device pixels.
func (r *renderer) draw(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	d, f := r.p.diagram, r.p.field()
	size := r.p.Size()
	if w == 0 || h == 0 || size.Width < 1 || !(d.X.Hi > d.X.Lo) || !(d.Y.Hi > d.Y.Lo) {
		return img
	}
	c := &brush{env: r.p.env, img: img, f: f, scale: float32(w) / size.Width}
	c.grid()
	for _, s := range d.Series {
		c.series(s)
	}
	if g := d.Guide; g != nil {
		x := f.px(g.X)
		c.line([]fyne.Position{{X: x, Y: f.y}, {X: x, Y: f.y + f.h}}, 2, g.Colour)
		c.dot(x, f.y+f.h, 5, g.Colour)
	}
	if r.p.focused {
		c.frame(r.p.env.Colours.Selected)
	}
	if at := r.p.hover; at != nowhere && at.series < len(d.Series) && at.index < len(d.Series[at.series].X) {
		s := d.Series[at.series]
		c.dot(f.px(s.X[at.index]), f.py(s.Y[at.index]), 5, r.p.env.Colours.Text)
		c.dot(f.px(s.X[at.index]), f.py(s.Y[at.index]), 3.5, s.Colour)
	}
	return img
}

// brush draws in Fyne's units on device pixels.
type brush struct {
	img   *image.RGBA
	f     field
	scale float32
	env   *kit.Environment
}

func (b *brush) fill(c color.NRGBA, path func(z *vector.Rasterizer)) {
	s := b.img.Bounds().Size()
	z := vector.NewRasterizer(s.X, s.Y)
	z.DrawOp = draw.Over
	path(z)
	z.Draw(b.img, b.img.Bounds(), image.NewUniform(c), image.Point{})
}

// line strokes a path; all its pieces wind the same way, so that they join.
func (b *brush) line(path []fyne.Position, width float32, c color.NRGBA) {
	b.fill(c, func(z *vector.Rasterizer) {
		for i := 1; i < len(path); i++ {
			b.segment(z, path[i-1], path[i], width)
		}
	})
}

func (b *brush) segment(z *vector.Rasterizer, from, to fyne.Position, width float32) {
	dx, dy := to.X-from.X, to.Y-from.Y
	n := float32(math.Hypot(float64(dx), float64(dy)))
	if n == 0 {
		return
	}
	// The ends reach over by half the width, which closes corners.
	ux, uy := dx/n*width/2, dy/n*width/2
	x0, y0, x1, y1 := from.X-ux, from.Y-uy, to.X+ux, to.Y+uy
	s := b.scale
	z.MoveTo((x0-uy)*s, (y0+ux)*s)
	z.LineTo((x1-uy)*s, (y1+ux)*s)
	z.LineTo((x1+uy)*s, (y1-ux)*s)
	z.LineTo((x0+uy)*s, (y0-ux)*s)
	z.ClosePath()
}

func (b *brush) dot(x, y, radius float32, c color.NRGBA) {
	const corners = 16
	b.fill(c, func(z *vector.Rasterizer) {
		for i := range corners {
			a := 2 * math.Pi * float64(i) / corners
			px, py := (x+radius*float32(math.Cos(a)))*b.scale, (y+radius*float32(math.Sin(a)))*b.scale
			if i == 0 {
				z.MoveTo(px, py)
			} else {
				z.LineTo(px, py)
			}
		}
		z.ClosePath()
	})
}

func (b *brush) box(x0, y0, x1, y1 float32, c color.NRGBA) {
	r := image.Rect(
		int(math.Round(float64(x0*b.scale))), int(math.Round(float64(y0*b.scale))),
		int(math.Round(float64(x1*b.scale))),
		int(math.Round(float64(y1*b.scale))),
	)
	draw.Draw(b.img, r, image.NewUniform(c), image.Point{}, draw.Over)
}

func (b *brush) grid() {
	f := b.f
	b.box(f.x, f.y, f.x+f.w, f.y+f.h, kit.ColourPicture)
	for _, v := range f.X.ticks(f.w / 80) {
		b.box(f.px(v)-0.5, f.y, f.px(v)+0.5, f.y+f.h, b.env.Colours.Line)
	}
	for _, v := range f.Y.ticks(f.h / 36) {
		b.box(f.x, f.py(v)-0.5, f.x+f.w, f.py(v)+0.5, b.env.Colours.Line)
	}
	b.frame(b.env.Colours.Groove)
}

func (b *brush) frame(c color.NRGBA) {
	f := b.f
	corners := []fyne.Position{
		{X: f.x, Y: f.y}, {X: f.x + f.w, Y: f.y}, {X: f.x + f.w, Y: f.y + f.h}, {X: f.x, Y: f.y + f.h},
		{X: f.x, Y: f.y},
	}
	b.line(corners, 1, c)
}

func (b *brush) series(s Series) {
	switch s.Style {
	case Bars:
		for i := range s.X {
			b.box(
				b.f.px(s.X[i]-s.Width/2)+0.5, min(b.f.py(s.Y[i]), b.f.py(0)), b.f.px(s.X[i]+s.Width/2)-0.5,
				max(b.f.py(s.Y[i]), b.f.py(0)), s.Colour,
			)
		}
	case Dots:
		for i := range s.X {
			if s.Low != nil && !math.IsNaN(s.Low[i]) {
				x := b.f.px(s.X[i])
				b.line([]fyne.Position{{X: x, Y: b.f.py(s.Low[i])}, {X: x, Y: b.f.py(s.High[i])}}, 1.5, s.Colour)
			}
			if !math.IsNaN(s.Y[i]) {
				b.dot(b.f.px(s.X[i]), b.f.py(s.Y[i]), 3.5, s.Colour)
			}
		}
	case Dashed:
		b.dashes(s)
	default:
		b.curve(s)
	}
}

// curve strokes a series, broken where it has no value.
func (b *brush) curve(s Series) {
	var path []fyne.Position
	flush := func() {
		if len(path) == 1 {
			b.dot(path[0].X, path[0].Y, 2, s.Colour)
		}
		b.line(path, 1.8, s.Colour)
		path = nil
	}
	for i := range s.X {
		if math.IsNaN(s.Y[i]) {
			flush()
			continue
		}
		path = append(path, fyne.NewPos(b.f.px(s.X[i]), b.f.py(s.Y[i])))
	}
	flush()
}

// dash is the length of a dash and of a gap, in Fyne's units.
const dash = 5

func (b *brush) dashes(s Series) {
	for i := 1; i < len(s.X); i++ {
		from, to := fyne.NewPos(b.f.px(s.X[i-1]), b.f.py(s.Y[i-1])), fyne.NewPos(b.f.px(s.X[i]), b.f.py(s.Y[i]))
		n := float32(math.Hypot(float64(to.X-from.X), float64(to.Y-from.Y)))
		for at := float32(0); at < n; at += 2 * dash {
			p := func(t float32) fyne.Position {
				t = min(t, n) / n
				return fyne.NewPos(from.X+(to.X-from.X)*t, from.Y+(to.Y-from.Y)*t)
			}
			b.line([]fyne.Position{p(at), p(at + dash)}, 1, s.Colour)
		}
	}
}
