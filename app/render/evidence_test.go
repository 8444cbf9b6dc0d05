package render

import (
	"image"
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/evidence"
)

// foreign is a film of testdata of dicomio/evidence with what an object of another maker
// says of it.
func foreign(t *testing.T, film, object string) Shot {
	t.Helper()
	folder := filepath.Join("..", "..", "dicomio", "evidence", "testdata")
	im, err := dicomio.Decode(t.Context(), filepath.Join(folder, film))
	if err != nil {
		t.Fatal(err)
	}
	o, err := evidence.Read(t.Context(), filepath.Join(folder, object))
	if err != nil {
		t.Fatal(err)
	}
	s := Shot{Image: im, Window: im.DefaultWindow(), Evidence: []*evidence.Object{o}}
	s.Orient = EvidenceOrientation(s.Evidence, im.Header.InstanceUID)
	return s
}

// drawn is the picture with the evidence, without letters of the sides.
func drawn(t *testing.T, s Shot) *image.RGBA {
	t.Helper()
	s.Image.Header.PatientOrientation = ""
	img := image.NewRGBA(s.Marked().Bounds())
	sheet := s.Marked()
	for y := range img.Rect.Max.Y {
		for x := range img.Rect.Max.X {
			img.Set(x, y, sheet.At(x, y))
		}
	}
	if sheet.Err != nil {
		t.Fatal(sheet.Err)
	}
	return img
}

func coloured(c color.RGBA) bool {
	return max(c.R, c.G, c.B)-min(c.R, c.G, c.B) > 20
}

// TestEvidenceLiesWhereItWasDrawn: masks, regions and overlays cover what their makers say,
// whatever the turn of the film; beside them nothing is touched.
func TestEvidenceLiesWhereItWasDrawn(t *testing.T) {
	for _, c := range []struct {
		film, object string
		in, out      image.Point // of the film
	}{
		{"mono2.dcm", "seg_binary.dcm", image.Pt(20, 12), image.Pt(20, 25)},
		{"mono2.dcm", "sr.dcm", image.Pt(8, 13), image.Pt(14, 25)},
		{"overlay.dcm", "overlay.dcm", image.Pt(15, 15), image.Pt(40, 30)},
		{"mono2.dcm", "gsps_layers.dcm", image.Pt(20, 20), image.Pt(45, 38)},
	} {
		for turns := range 4 {
			s := foreign(t, c.film, c.object)
			s.Orient = s.Orient.Turn(turns)
			img := drawn(t, s)
			at := func(p image.Point) color.RGBA {
				x, y := s.Orient.Apply(float64(p.X)+.5, float64(p.Y)+.5, 48, 40)
				return img.RGBAAt(int(math.Floor(x)), int(math.Floor(y)))
			}
			if !coloured(at(c.in)) || coloured(at(c.out)) {
				t.Errorf("%s, %d quarter turns: %v within and %v beside", c.object, turns, at(c.in), at(c.out))
			}
		}
	}
}

// TestStateTurnsTheFilm: what is seen is turned and mirrored as the state says. Oracle: numpy's
// rot90 and fliplr as index arithmetic.
func TestStateTurnsTheFilm(t *testing.T) {
	for object, from := range map[string]func(x, y int) (int, int){
		"gsps_turned.dcm":  func(x, y int) (int, int) { return y, 39 - x },      // 90 degrees clockwise
		"gsps_flipped.dcm": func(x, y int) (int, int) { return 47 - y, 39 - x }, // 270, then mirrored
	} {
		s := foreign(t, "mono2.dcm", object)
		img := drawn(t, s)
		if img.Rect.Dx() != 40 || img.Rect.Dy() != 48 {
			t.Fatalf("%s: %v", object, img.Rect)
		}
		table := s.Evidence[0].Views[0].Table(s.Image)
		for y := range 48 {
			for x := range 40 {
				c, r := from(x, y)
				if got, want := img.RGBAAt(x, y).R, table.At(s.Image.Stored[r*48+c]); got != want {
					t.Fatalf("%s: %d at %d, %d, not %d", object, got, x, y, want)
				}
			}
		}
	}
}

// TestShutterHidesWhatIsOutside in the grey that the state asks for.
func TestShutterHidesWhatIsOutside(t *testing.T) {
	img := drawn(t, foreign(t, "mono2.dcm", "gsps_shutter.dcm"))
	if c := img.RGBAAt(2, 20); c != (color.RGBA{128, 128, 128, 255}) {
		t.Errorf("outside: %v", c)
	}
	if c := img.RGBAAt(30, 12); c.R == 128 {
		t.Errorf("within: %v", c)
	}
}

// TestFreeTextOfOthersNamesNobody: what people wrote is drawn only where identity is kept;
// the makers' codes always are.
func TestFreeTextOfOthersNamesNobody(t *testing.T) {
	s := foreign(t, "mono2.dcm", "gsps_layers.dcm")
	words := func(s Shot) string {
		var out []string
		for _, l := range s.evidenceWords() {
			out = append(out, l.text)
		}
		return strings.Join(out, "\n")
	}
	if got := words(s); strings.Contains(got, "as it was read") || !strings.Contains(got, "Elsewhere Workstation 2.1") {
		t.Error(got)
	}
	hidden := drawn(t, s)
	s.FreeText = true
	if got := words(s); !strings.Contains(got, "as it was read") {
		t.Error(got)
	}
	if string(hidden.Pix) == string(drawn(t, s).Pix) {
		t.Error("the text is the same with identity and without")
	}
	if got := words(foreign(t, "mono2.dcm", "sr.dcm")); !strings.Contains(got, "Nodule; Diameter 12.5 mm") {
		t.Error(got)
	}
}
