package render

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"hilum/app/classmap"
	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// captionLine is a line under a picture, with the colours that it explains before
// it: from left to right, none for plain text.
type captionLine struct {
	colours []color.RGBA
	text    string
}

// legend says what is to be seen; the last line never changes.
func (s Shot) legend() []captionLine {
	var out []captionLine
	if s.Identified {
		out = append(out, captionLine{nil, radiograph.WhoseWords(s.Words, &s.Image.Header, true)})
	}
	for _, l := range broken(s.Words.Text(s.Withheld)) {
		out = append(out, captionLine{nil, l})
	}
	classes := s.Mapped()
	for i, class := range classes {
		out = append(out, captionLine{s.Swatch(i), s.findingWords(class)})
	}
	if len(classes) == 0 {
		if _, ok := finding(s.Result, s.Map.Class); ok {
			out = append(out, captionLine{nil, s.findingWords(s.Map.Class)})
		}
	} else {
		out = append(out, captionLine{nil, s.Words.Say("Map:") + " " + s.MapWords()})
		out = append(out, s.deadWords(classes)...)
	}
	out = append(out, s.evidenceWords()...)
	if s.Model != "" {
		out = append(out, captionLine{nil, s.Words.Say("Model:") + " " + s.Model})
	}
	return append(out, captionLine{nil, s.Words.Say(inference.NotForDiagnosis)})
}

// longLine is how many letters a line of running text has: about what a picture's width
// holds in letters that can be read.
const longLine = 80

// broken breaks running text into lines; none for no text.
func broken(text string) []string {
	return plain.Break(text, func(line string) bool { return utf8.RuneCountInString(line) <= longLine })
}

// deadWords say of which maps nothing is to be seen, and why.
func (s Shot) deadWords(classes []string) (out []captionLine) {
	maps := s.maps()
	for i := range maps {
		h := &maps[i]
		if why := h.Dead(); !why.IsZero() && indexOf(classes, h.Class) >= 0 {
			out = append(out, captionLine{nil, s.Words.Name(inference.ClassName(h.Class)) + ": " + s.Words.Text(why)})
		}
	}
	return out
}

// findingWords is a class with its figures, where it has a score.
func (s Shot) findingWords(class string) string {
	f, ok := finding(s.Result, class)
	if !ok {
		return s.Words.Name(inference.ClassName(class))
	}
	word := s.Words.Say("negative")
	if f.Positive {
		word = s.Words.Say("positive")
	}
	return fmt.Sprintf("%s %s, %s %s: %s", s.Words.Name(inference.ClassName(f.Class)),
		s.Words.Fraction(f.Probability), s.Words.Say("threshold"), s.Words.Fraction(f.Threshold), word)
}

// finding is a class's finding, where there is a result.
func finding(r *inference.Result, class string) (inference.Finding, bool) {
	if r == nil {
		return inference.Finding{}, false
	}
	return r.Finding(class)
}

// MapWords say what the maps show and how.
func (s Shot) MapWords() string {
	m := s.Map
	words := s.Words.Say("evidence for the class")
	if m.Signed && !m.Layered() {
		words = s.Words.Say("evidence against (left) and for the class (right)")
	}
	if m.PerMap {
		words += ", " + s.Words.Say("its own scale")
	} else {
		words += ", " + s.Words.Say("one scale for all classes")
	}
	switch {
	case m.Contours:
		levels := classmap.ContourLevels(m.Floor)
		words += ", " + s.Words.Say("lines at %.0f%% and %.0f%%", 100*levels[0], 100*levels[1])
	case m.Floor > 0:
		words += ", " + s.Words.Say("below %.0f%% not shown", 100*m.Floor)
	}
	if s.Method != "" {
		words += ", " + s.Words.Say("by %s", s.Words.Say(s.Method))
	}
	return words
}

// swatchSteps is how finely a colour map is drawn in the legend.
const swatchSteps = 64

// Swatch are the colours of the i-th class drawn: one where each class has its
// own, else the colour map over mid grey, as it lies over a film.
func (s Shot) Swatch(i int) []color.RGBA {
	if s.Map.Layered() {
		c := classmap.ClassColour(indexOf(s.Map.Classes(), s.Mapped()[i]))
		return []color.RGBA{{c[0], c[1], c[2], 255}}
	}
	c := s.Map.ColourMap()
	out := make([]color.RGBA, swatchSteps)
	for k := range out {
		v := float64(k) / (swatchSteps - 1)
		if c.Signed {
			v = 2*v - 1
		}
		const grey = 0x2C
		r, g, b, a := c.At(v)
		if math.Abs(v) < s.Map.Floor {
			a = 0
		}
		over := func(x uint8) uint8 { return uint8(math.Round(a*float64(x) + (1-a)*grey)) }
		out[k] = color.RGBA{over(r), over(g), over(b), 255}
	}
	return out
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

// swatchShare is the width of a legend's colours, in heights of a line.
const swatchShare = 3

// caption puts lines under a picture, as wide as it is; the text shrinks until
// the longest line fits.
func caption(picture *Sheet, lines []captionLine) (*Sheet, error) {
	w, h := picture.size.X, picture.size.Y
	var texts []string
	for _, l := range lines {
		text := l.text
		if l.colours != nil {
			text = strings.Repeat("M", swatchShare+1) + text // as wide as the colours, or wider
		}
		texts = append(texts, text)
	}
	face, err := fittingFace(texts, w) // not closed: it holds no resource
	if err != nil {
		return nil, err
	}
	step := face.Metrics().Height.Ceil() + 2
	return &Sheet{size: image.Pt(w, h+step*len(lines)+step/2), paint: func(on *image.RGBA) error {
		draw.Draw(on, on.Rect, image.Black, image.Point{}, draw.Src)
		if err := picture.paint(on); err != nil || on.Rect.Max.Y <= h {
			return err
		}
		d := font.Drawer{Dst: on, Src: image.NewUniform(color.Gray{Y: 0xE6}), Face: face}
		for i, l := range lines {
			x, base := step/3, h+step*(i+1)-2
			if l.colours != nil {
				paintSwatch(on, image.Rect(x, base-step*2/3, x+swatchShare*step, base), l.colours)
				x += swatchShare*step + step/3
			}
			d.Dot = fixed.P(x, base)
			d.DrawString(l.text)
		}
		return nil
	}}, nil
}

// paintSwatch fills a box with colours from left to right.
func paintSwatch(on *image.RGBA, box image.Rectangle, colours []color.RGBA) {
	for x := box.Min.X; x < box.Max.X; x++ {
		c := colours[(x-box.Min.X)*len(colours)/box.Dx()]
		draw.Draw(on, image.Rect(x, box.Min.Y, x+1, box.Max.Y), image.NewUniform(c), image.Point{}, draw.Src)
	}
}

// fittingFace is a face that grows with the picture, 8 to 40 pixels, and is
// small enough for the longest line.
func fittingFace(lines []string, width int) (font.Face, error) {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, message.Errorf("caption: %w", err)
	}
	size := min(max(float64(width)/45, 8), 40)
	for {
		face, err := faceOf(f, size)
		if err != nil {
			return nil, err
		}
		longest := 0
		for _, l := range lines {
			longest = max(longest, font.MeasureString(face, l).Ceil())
		}
		if size <= 8 || longest <= width-int(size) {
			return face, nil
		}
		_ = face.Close() // it holds no resource that could fail
		size *= 0.9
	}
}

// faceOf is a font at an em so many pixels high.
func faceOf(f *opentype.Font, size float64) (font.Face, error) {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, message.Errorf("caption: %w", err)
	}
	return face, nil
}
