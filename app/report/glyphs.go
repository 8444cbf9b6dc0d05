package report

import (
	"image"
	"image/color"
	stdraw "image/draw"
	"math"
	"slices"
	"strings"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"
	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"hilum/inference"
	"hilum/internal/message"
)

// glyphs writes text: in Liberation Sans, which has the alphabets of Europe, and
// where it lacks a character (names of East Asia, Arabic) as a picture of a
// bitmap font that has it.
type glyphs struct {
	pdf     *fpdf.Fpdf
	outline *sfnt.Font
	buffer  sfnt.Buffer
}

const family = "liberation"

func loadGlyphs(pdf *fpdf.Fpdf) *glyphs {
	pdf.AddUTF8FontFromBytes(family, "", liberationsansregular.TTF)
	pdf.AddUTF8FontFromBytes(family, "B", liberationsansbold.TTF)
	outline, err := sfnt.Parse(liberationsansregular.TTF)
	if err != nil {
		pdf.SetError(message.Errorf("its font cannot be read: %w", err))
	}
	return &glyphs{pdf: pdf, outline: outline}
}

func (g *glyphs) use(s style) {
	weight := ""
	if s.bold {
		weight = "B"
	}
	g.pdf.SetFont(family, weight, s.size)
}

// has tells whether the outline font has every character.
func (g *glyphs) has(text string) bool {
	if g.outline == nil {
		return true
	}
	for _, r := range text {
		if i, err := g.outline.GlyphIndex(&g.buffer, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}

// line writes text, shortened to a width in millimetres.
func (g *glyphs) line(x, y, width float64, s style, text string) {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > 0xFFFF { // the PDF writer knows the first plane only
			return ' '
		}
		return r
	}, text)
	if !g.has(text) {
		g.picture(x, y, width, s, text)
		return
	}
	if g.pdf.GetStringWidth(text) > width {
		runes := []rune(text)
		for len(runes) > 0 && g.pdf.GetStringWidth(string(runes)+"\u2026") > width {
			runes = runes[:len(runes)-1]
		}
		text = string(runes) + "\u2026"
	}
	g.pdf.Text(x, y+s.size*millimetres*ascent, text)
}

// millimetres are in a point; ascent is the part of the size above the base
// line.
const (
	millimetres = 25.4 / 72
	ascent      = 0.95
)

// picture writes text in the bitmap font, as high as the outlines would be.
func (g *glyphs) picture(x, y, width float64, s style, text string) {
	face := bitmapfont.FaceEA
	m := face.Metrics()
	w, h := font.MeasureString(face, text).Ceil()+2, (m.Ascent + m.Descent).Ceil()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	ink := color.NRGBA{R: uint8(s.colour[0]), G: uint8(s.colour[1]), B: uint8(s.colour[2]), A: 255}
	d := font.Drawer{Dst: img, Src: image.NewUniform(ink), Face: face, Dot: fixed.P(0, m.Ascent.Ceil())}
	d.DrawString(text)
	high := s.size * millimetres * 1.15
	wide := high * float64(w) / float64(h)
	if wide > width { // cut off, not squeezed
		cut := max(1, int(float64(w)*width/wide))
		part := image.NewNRGBA(image.Rect(0, 0, cut, h))
		stdraw.Draw(part, part.Bounds(), img, image.Point{}, stdraw.Src)
		img, wide = part, width
	}
	place(g.pdf, img, box{x, y, wide, high})
}

// mostPixels is the longer side of a picture on the page: 300 an inch.
const mostPixels = 1130

// printable makes a picture fit for the page.
func printable(img image.Image) image.Image {
	b := img.Bounds()
	scale := math.Min(1, mostPixels/float64(max(b.Dx(), b.Dy())))
	to := image.Rect(0, 0, max(1, int(float64(b.Dx())*scale)), max(1, int(float64(b.Dy())*scale)))
	_, grey := img.(*image.Gray)
	if lazy, ok := img.(interface{ Grey() bool }); ok {
		grey = lazy.Grey()
	}
	if to.Dx()*b.Dy() > mostScaled { // the scaler keeps so many pixels, of 32 bytes
		return narrowed(img, to, grey)
	}
	out := canvas(to, grey)
	draw.CatmullRom.Scale(out, to, img, b, draw.Src, nil)
	return out
}

// canvas is a picture to draw into.
func canvas(r image.Rectangle, grey bool) stdraw.Image {
	if grey {
		return image.NewGray(r)
	}
	return image.NewRGBA(r)
}

// mostScaled is how many pixels are kept between scaling rows and scaling columns.
const mostScaled = 4 << 20

// narrowed scales the rows of a picture, some at a time and from the top down, and
// then its columns, some at a time.
func narrowed(img image.Image, to image.Rectangle, grey bool) image.Image {
	b := img.Bounds()
	narrow := canvas(image.Rect(0, 0, to.Dx(), b.Dy()), grey)
	step := max(1, mostScaled/16/to.Dx())
	for y := 0; y < b.Dy(); y += step {
		end := min(y+step, b.Dy())
		draw.CatmullRom.Scale(narrow, image.Rect(0, y, to.Dx(), end), img,
			image.Rect(b.Min.X, b.Min.Y+y, b.Max.X, b.Min.Y+end), draw.Src, nil)
	}
	out := canvas(to, grey)
	step = max(1, mostScaled/16/b.Dy())
	for x := 0; x < to.Dx(); x += step {
		end := min(x+step, to.Dx())
		draw.CatmullRom.Scale(out, image.Rect(x, 0, end, to.Dy()), narrow, image.Rect(x, 0, end, b.Dy()), draw.Src, nil)
	}
	return out
}

// byMargin lists findings, the largest relative margin first.
func byMargin(list []inference.Finding) []inference.Finding {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b inference.Finding) int {
		switch {
		case a.RelMargin > b.RelMargin:
			return -1
		case a.RelMargin < b.RelMargin:
			return 1
		}
		return 0
	})
	return list
}
