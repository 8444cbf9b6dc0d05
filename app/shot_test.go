package app

import (
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/internal/wording"
	"hilum/ui/golden"
)

// shot is a scored film of three classes, each with evidence in a quarter of its
// own.
func shot(change func(m *Map)) Shot {
	im := film(1200)
	im.Width, im.Height = 320, 240
	im.Stored = make([]int32, 320*240)
	for i := range im.Stored {
		im.Stored[i] = 1200
	}
	s := Shot{Image: im, Window: im.DefaultWindow(), Model: "Test model", Map: Map{Class: "Mass", On: true, Opacity: 0.6, Colours: "ember"}}
	r := &inference.Result{}
	for c, name := range threeClasses {
		h := inference.Heatmap{Class: name, Width: 8, Height: 6, Values: make([]float32, 48), X1: 1, Y1: 1}
		for i := range h.Values {
			x, y := i%8, i/8
			if x/4 == c%2 && y/3 == c/2 {
				h.Values[i] = 1
			} else if c == 0 && x >= 4 && y >= 3 {
				h.Values[i] = -1
			}
		}
		r.Maps = append(r.Maps, h)
		r.Findings = append(r.Findings, inference.Finding{Class: name, Probability: 0.9 - 0.3*float64(c), Threshold: 0.5, Positive: c < 2})
	}
	s.Result = r
	change(&s.Map)
	return s
}

// hue tells whether a pixel is coloured, and by which channel most.
func hue(img image.Image, x, y int) string {
	c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
	r, g, b := int(c.R), int(c.G), int(c.B)
	switch {
	case max(r, g, b)-min(r, g, b) < 12:
		return "grey"
	case b > r && b >= g:
		return "blue"
	case g > r:
		return "green"
	}
	return "warm"
}

// TestAShotIsWhatTheScreenShows: several classes in their colours, contours, the
// signed map, the floor and the colour map reach the picture, and the legend names
// each.
func TestAShotIsWhatTheScreenShows(t *testing.T) {
	at := func(s Shot, where string) string {
		p := map[string][2]int{"first": {80, 60}, "second": {240, 60}, "third": {80, 180}, "last": {240, 180}}[where]
		return hue(s.picture().whole(), p[0], p[1])
	}
	bare := shot(func(m *Map) { m.On = false })
	two := shot(func(m *Map) { m.More = m.More.With("Nodule").With("Hernia") })
	lines := shot(func(m *Map) { m.Contours = true })
	signed := shot(func(m *Map) { m.Signed = true })
	floored := shot(func(m *Map) { m.Floor = 0.9 })
	for name, got := range map[string][2]string{
		"bare":                       {at(bare, "first"), "grey"},
		"the first of three":         {at(two, "first"), "warm"},
		"the second of three":        {at(two, "second"), "blue"},
		"the third of three":         {at(two, "third"), "green"},
		"beside all three":           {at(two, "last"), "grey"},
		"within a contour":           {at(lines, "first"), "grey"},
		"for the class":              {at(signed, "first"), "warm"},
		"against the class":          {at(signed, "last"), "blue"},
		"one-sided, against":         {at(shot(func(*Map) {}), "last"), "grey"},
		"above the floor":            {at(floored, "first"), "warm"},
		"viridis, most of the scale": {at(shot(func(m *Map) { m.Colours = "viridis"; m.Opacity = 1 }), "first"), "warm"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", name, got[0], got[1])
		}
	}
	coloured := 0
	img := lines.picture().whole()
	for x := range 320 {
		if hue(img, x, 60) != "grey" {
			coloured++
		}
	}
	if coloured < 2 || coloured > 20 {
		t.Errorf("contours colour %d pixels of a row", coloured)
	}
	var words []string
	for _, l := range two.legend() {
		words = append(words, l.text)
	}
	text := strings.Join(words, "\n")
	for _, want := range []string{"Mass 0.90, threshold 0.50: positive", "Nodule 0.60", "Hernia 0.30, threshold 0.50: negative", "Test model", inference.NotForDiagnosis} {
		if !strings.Contains(text, want) {
			t.Errorf("the legend %q lacks %q", text, want)
		}
	}
}

// TestAShotTakesTheMethodsMaps, not those that came with the score.
func TestAShotTakesTheMethodsMaps(t *testing.T) {
	s := shot(func(m *Map) { m.Method = "occlusion" })
	other := s.Result.Maps[1] // lies elsewhere
	other.Class = "Mass"
	s.Maps = []inference.Heatmap{other}
	if a, b := hue(s.picture().whole(), 80, 60), hue(s.picture().whole(), 240, 60); a != "grey" || b != "warm" {
		t.Errorf("first quarter %s, second %s", a, b)
	}
}

// TestGoldenShots: pictures with their legends.
func TestGoldenShots(t *testing.T) {
	for name, change := range map[string]func(*Map){
		"shot-several": func(m *Map) { m.More = m.More.With("Nodule").With("Hernia") }, "shot-contours": func(m *Map) { m.More, m.Contours = m.More.With("Nodule"), true },
		"shot-signed": func(m *Map) { m.Signed, m.PerMap = true, true }, "shot-floor": func(m *Map) { m.Floor, m.Colours = 0.4, "viridis" },
	} {
		img, err := Annotated(shot(change))
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, name, img)
	}
}

// TestExportsShowSeveralClasses: page and capture hold the same picture.
func TestExportsShowSeveralClasses(t *testing.T) {
	s := subject(t)
	s.Map.More = s.Map.More.With("Mass").With("Nodule")
	dir := t.TempDir()
	files, err := new(Exporter).Export(t.Context(), s, dir, ExportPDF, ExportCapture, ExportMapped)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if st, err := os.Stat(f); err != nil || st.Size() < 1000 {
			t.Errorf("%s: %v", filepath.Base(f), err)
		}
	}
}

// TestACaptionInTheReadersLanguage: every text of it goes through Words, class
// names as people write them.
func TestACaptionInTheReadersLanguage(t *testing.T) {
	s := shot(func(m *Map) { m.PerMap = true })
	s.Words = wording.Words{
		Text:  func(text string, args ...any) string { return fmt.Sprintf("<"+text+">", args...) },
		Class: func(class string) string { return "<" + class + ">" },
	}
	var got []string
	for _, l := range s.legend() {
		got = append(got, l.text)
	}
	want := "<Mass> 0.90, <threshold> 0.50: <positive>|<Map:> <evidence for the class>, <its own scale>|<Model:> Test model|<Research and education. Not for diagnosis.>"
	if strings.Join(got, "|") != want {
		t.Errorf("the caption is %q", got)
	}
}

// whole paints all of it.
func (s *sheet) whole() *image.RGBA {
	on := image.NewRGBA(s.Bounds())
	if err := s.paint(on); err != nil && s.err == nil {
		s.err = err
	}
	return on
}
