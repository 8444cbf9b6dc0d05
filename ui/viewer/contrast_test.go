package viewer

import (
	"context"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/apptest"
	"hilum/dicomio"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// filmOf is a film of some values, with everything that corners can say.
func filmOf(value func(i int) int32) *dicomio.Image {
	im := uitest.Image(600, 600)
	for i := range im.Stored {
		im.Stored[i] = value(i)
	}
	im.VOI = []dicomio.Window{{Name: "all", Center: 2048, Width: 4096, Function: dicomio.Linear}}
	return im
}

// showing is a window with a film in it that fills the field.
func showing(t *testing.T, im *dicomio.Image) *harness {
	t.Helper()
	c := uitest.ScoringConfig()
	c.Sources = apptest.Sources(func(context.Context, string) (*dicomio.Image, error) { return im, nil })
	h := newHarness(t, c)
	h.StartScoring()
	h.open("first.dcm")
	h.Viewport.ZoomAt(300, 300, 2)
	h.Run()
	return h
}

// TestTextIsReadableOnAnyFilm measures what is drawn: in every block of text over white,
// black, mid-grey and noisy films the strokes have a contrast of at least 4.5:1 to what lies
// around them, as WCAG 2.1 (1.4.3) defines it.
func TestTextIsReadableOnAnyFilm(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for name, value := range map[string]func(int) int32{
		"white": func(int) int32 { return 4095 }, "black": func(int) int32 { return 0 },
		"mid-grey": func(int) int32 { return 2048 }, "noisy": func(int) int32 { return int32(rng.IntN(4096)) },
		"of bars": func(i int) int32 { return int32(i/3%2) * 4095 },
	} {
		h := showing(t, filmOf(value))
		h.Maps.ToggleMap("Mass")
		h.Maps.AddMap("Nodule")
		h.Measure.SetTool("length")
		h.viewer.session.PressImage(annotation.Point{X: 250, Y: 300}, 1)
		h.viewer.session.ReleaseImage(annotation.Point{X: 350, Y: 320}, 1)
		h.Wait("the map", func(st app.State) bool { return st.Map.Shown() })
		img := h.frame()
		o := h.viewer.over
		seen := 0
		for _, b := range append(append(o.blocks(), o.legend.blocks()...), h.viewer.marks.labels...) {
			if b.Hidden {
				continue
			}
			seen++
			if got := contrastOf(img, b); got < 4.5 {
				t.Errorf("%s: %q has a contrast of %.2f:1", name, b.lines, got)
			}
		}
		if seen < 12 {
			t.Errorf("%s: only %d blocks of text are in sight", name, seen)
		}
	}
}

// TestThePlateServesEveryGrey: over each of them, by the colours alone.
func TestThePlateServesEveryGrey(t *testing.T) {
	over := func(c color.NRGBA, under uint8) uint8 {
		return uint8((int(c.A)*int(c.R) + (255-int(c.A))*int(under)) / 255)
	}
	for grey := range 256 {
		plate := over(kit.ColourPlate, uint8(grey))
		text := over(kit.ColourOnImage, plate)
		got := (luminance(color.Gray{text}) + 0.05) / (luminance(color.Gray{plate}) + 0.05)
		if got < 4.5 {
			t.Errorf("over grey %d the contrast is %.2f:1", grey, got)
		}
	}
}

// TestNamesOfClassesAreReadable: each of the colours that classes are drawn in, over white,
// which is the worst.
func TestNamesOfClassesAreReadable(t *testing.T) {
	under := uint8(255 - int(kit.ColourDarkPlate.A))
	plate := luminance(color.NRGBA{under, under, under, 255})
	for i := range 7 {
		if got := (luminance(classWords(i)) + 0.05) / (plate + 0.05); got < 4.5 {
			t.Errorf("class %d: %.2f:1", i, got)
		}
	}
}

// contrastOf is the contrast of the strokes of a block, which are the brightest pixels of it,
// to the brightest of what lies around them: the other pixels of its plate.
func contrastOf(img image.Image, b *block) float64 {
	at, size := b.Position(), b.extent
	strokes, around := 0.0, 0.0
	for y := int(at.Y) + 4; y < int(at.Y+size.Height)-3; y++ { // the plate's corners are round
		for x := int(at.X) + 1; x < int(at.X+size.Width)+2*plateEdge-1; x++ {
			l := luminance(img.At(x, y))
			switch edge := x - int(at.X); {
			case edge < plateEdge-1: // no letters stand there
				around = max(around, l)
			case edge < int(size.Width)+plateEdge:
				strokes = max(strokes, l)
			}
		}
	}
	return (strokes + 0.05) / (around + 0.05)
}

// luminance is the relative one of WCAG 2.1.
func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n.R) + 0.7152*linear(n.G) + 0.0722*linear(n.B)
}

// marked is a film of smooth grey with a white L at a place, in pixels.
func marked(x, y int) *dicomio.Image {
	im := filmOf(func(i int) int32 { return int32(600 + i%600) })
	for dy := range 60 {
		for dx := range 36 {
			if dx < 9 || dy > 50 {
				im.Stored[(y+dy)*600+x+dx] = 4095
			}
		}
	}
	return im
}

// TestCornersMakeWayForMarkersOfTheFilm: text that would lie over a burnt-in letter stands
// clear of it, and elsewhere it stays in its corner.
func TestCornersMakeWayForMarkersOfTheFilm(t *testing.T) {
	corner := func(im *dicomio.Image) (patient, study fyne.Position, o *overlay) {
		c := uitest.ScoringConfig()
		c.Sources = apptest.Sources(func(context.Context, string) (*dicomio.Image, error) { return im, nil })
		h := newHarness(t, c)
		h.StartScoring()
		h.open("first.dcm")
		return h.viewer.over.patient.anchor, h.viewer.over.study.anchor, h.viewer.over
	}
	home, across, _ := corner(marked(280, 300)) // in the middle, where there is no text
	if home.Y != inset || across.Y != inset {
		t.Fatalf("without a marker in the corners the text stands at %v and %v", home, across)
	}
	moved, stays, o := corner(marked(14, 8))
	if moved.Y <= home.Y || stays != across {
		t.Errorf("with a marker at the upper left the text stands at %v and %v", moved, stays)
	}
	letter := o.onWidget(annotation.Point{X: 14, Y: 68})
	if plate := o.patient.corner(moved); plate.Y < letter.Y {
		t.Errorf("the plate begins at %v, the letter ends at %v", plate.Y, letter.Y)
	}
	if stays, moved, _ = corner(marked(550, 8)); stays != home || moved.Y <= across.Y {
		t.Errorf("with a marker at the upper right the text stands at %v and %v", stays, moved)
	}
	white := marked(14, 8)
	white.Inverted = true // the letter is black now: it is no marker
	if stays, _, _ = corner(white); stays != home {
		t.Errorf("a black letter moves the text to %v", stays)
	}
}

// TestMessagesCoverNoText: what a message lies over makes room, and comes back.
func TestMessagesCoverNoText(t *testing.T) {
	h := showing(t, filmOf(func(int) int32 { return 2048 }))
	h.Maps.ToggleMap("Mass")
	h.Run()
	o := h.viewer.over
	lowest := func() float32 {
		low := max(o.scale.anchor.Y, o.window.anchor.Y, o.bar.Position().Y+o.bar.Size().Height, o.bottom.anchor.Y)
		for _, b := range o.legend.blocks() {
			if !b.Hidden {
				low = max(low, b.anchor.Y)
			}
		}
		return low
	}
	before, height := lowest(), h.viewer.Size().Height
	h.panes.Cover(40, 60)
	if low := lowest(); low > height-60 {
		t.Errorf("under a message of 60 from %v on there is text down to %v", height-60, low)
	}
	for _, b := range []*block{o.patient, o.study, o.top} {
		if b.anchor.Y < 40 {
			t.Errorf("%q begins at %v under a message of 40", b.lines, b.anchor.Y)
		}
	}
	h.panes.Cover(0, 0)
	if low := lowest(); low != before {
		t.Errorf("after the message the text ends at %v, before at %v", low, before)
	}
}
