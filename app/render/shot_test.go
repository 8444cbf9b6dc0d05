package render

import (
	"image"
	"strings"
	"testing"

	"hilum/app/apptest"
	"hilum/app/classmap"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/golden"
)

// shot is how a scored film is shown.
func shot(change func(m *classmap.Map)) Shot {
	im, r := apptest.ScoredImage()
	s := Shot{Image: im, Window: im.DefaultWindow(), Model: "Test model",
		Map: classmap.Map{Class: "Mass", On: true, Opacity: 0.6, Colours: "ember"}, Result: r}
	change(&s.Map)
	return s
}

// TestAShotIsWhatTheScreenShows: several classes in their colours, contours, the
// signed map, the floor and the colour map reach the picture, and the legend names
// each.
func TestAShotIsWhatTheScreenShows(t *testing.T) {
	at := func(s Shot, where string) string {
		p := map[string][2]int{"first": {80, 60}, "second": {240, 60}, "third": {80, 180}, "last": {240, 180}}[where]
		return apptest.Hue(s.picture().whole(), p[0], p[1])
	}
	bare := shot(func(m *classmap.Map) { m.On = false })
	two := shot(func(m *classmap.Map) { m.More = m.More.With("Nodule").With("Hernia") })
	lines := shot(func(m *classmap.Map) { m.Contours = true })
	signed := shot(func(m *classmap.Map) { m.Signed = true })
	floored := shot(func(m *classmap.Map) { m.Floor = 0.9 })
	for name, got := range map[string][2]string{
		"bare":                {at(bare, "first"), "grey"},
		"the first of three":  {at(two, "first"), "warm"},
		"the second of three": {at(two, "second"), "blue"},
		"the third of three":  {at(two, "third"), "green"},
		"beside all three":    {at(two, "last"), "grey"},
		"within a contour":    {at(lines, "first"), "grey"},
		"for the class":       {at(signed, "first"), "warm"},
		"against the class":   {at(signed, "last"), "blue"},
		"one-sided, against":  {at(shot(func(*classmap.Map) {}), "last"), "grey"},
		"above the floor":     {at(floored, "first"), "warm"},
		"viridis, most of the scale": {at(shot(func(m *classmap.Map) { m.Colours = "viridis"; m.Opacity = 1 }),
			"first"), "warm"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", name, got[0], got[1])
		}
	}
	coloured := 0
	img := lines.picture().whole()
	for x := range 320 {
		if apptest.Hue(img, x, 60) != "grey" {
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
	for _, want := range []string{"Mass .90, threshold .50: positive", "Nodule .60",
		"Hernia .30, threshold .50: negative", "Test model", inference.NotForDiagnosis} {
		if !strings.Contains(text, want) {
			t.Errorf("the legend %q lacks %q", text, want)
		}
	}
}

// TestAShotTakesTheMethodsMaps, not those that came with the score.
func TestAShotTakesTheMethodsMaps(t *testing.T) {
	s := shot(func(m *classmap.Map) { m.Method = "occlusion" })
	other := s.Result.Maps[1] // lies elsewhere
	other.Class = "Mass"
	s.Maps = []inference.Heatmap{other}
	if a, b := apptest.Hue(s.picture().whole(), 80, 60), apptest.Hue(s.picture().whole(), 240, 60); a != "grey" ||
		b != "warm" {
		t.Errorf("first quarter %s, second %s", a, b)
	}
}

// TestGoldenShots: pictures with their legends.
func TestGoldenShots(t *testing.T) {
	for name, change := range map[string]func(*classmap.Map){
		"shot-several":  func(m *classmap.Map) { m.More = m.More.With("Nodule").With("Hernia") },
		"shot-contours": func(m *classmap.Map) { m.More, m.Contours = m.More.With("Nodule"), true },
		"shot-signed":   func(m *classmap.Map) { m.Signed, m.PerMap = true, true },
		"shot-floor":    func(m *classmap.Map) { m.Floor, m.Colours = 0.4, "viridis" },
	} {
		img, err := Annotated(shot(change))
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, name, img)
	}
}

// TestACaptionInTheReadersLanguage: every text of it goes through Words, class
// names as people write them.
func TestACaptionInTheReadersLanguage(t *testing.T) {
	s := shot(func(m *classmap.Map) { m.PerMap = true })
	s.Words = message.In(asked{new([]string), true})
	var got []string
	for _, l := range s.legend() {
		got = append(got, l.text)
	}
	want := "<Mass> .90, <threshold> .50: <positive>|<Map:> <evidence for the class>, <its own scale>|<Model:> Test model|<Research and education. Not for diagnosis.>"
	if strings.Join(got, "|") != want {
		t.Errorf("the caption is %q", got)
	}
}

// whole paints all of it.
func (s *Sheet) whole() *image.RGBA {
	on := image.NewRGBA(s.Bounds())
	if err := s.paint(on); err != nil && s.Err == nil {
		s.Err = err
	}
	return on
}

// asked is a language that notes what is asked of it, in brackets where it brackets.
type asked struct {
	list     *[]string
	brackets bool
}

func (a asked) mark(s string) string {
	*a.list = append(*a.list, s)
	if a.brackets {
		return "<" + s + ">"
	}
	return s
}
func (a asked) Code() string                                  { return "en" }
func (a asked) Form(key string, _ int, _ bool) (string, bool) { return a.mark(key), true }
func (a asked) Term(name string) (string, bool)               { return a.mark(name), true }
func (a asked) Decimal() string                               { return "." }
func (a asked) Thousands() string                             { return "," }
func (a asked) DateLayout() string                            { return "2006-01-02" }
