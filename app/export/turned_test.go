package export

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"testing"

	"hilum/app/annotation"
	"hilum/app/apptest"
	"hilum/app/classmap"
	"hilum/app/records"
	"hilum/dicomio"
	"hilum/internal/raster"
	"hilum/ui/golden"
)

// lopsided is a film that looks different from every side: a white block in the
// upper left corner, a map at the lower right, and a line from the middle down. Its
// right edge is the patient's left.
func lopsided(t *testing.T) Subject {
	t.Helper()
	im, r := apptest.ScoredImage()
	im.Header.PatientOrientation = `L\F`
	for y := range 60 {
		for x := range 60 {
			im.Stored[y*320+x] = 4000
		}
	}
	heat := &r.Maps[0]
	for i := range heat.Values {
		heat.Values[i] = 0
		if i%8 >= 6 && i/8 >= 4 {
			heat.Values[i] = 1
		}
	}
	return Subject{
		Image: im, Result: r, Window: dicomio.Window{Center: 2048, Width: 4096},
		Map: classmap.Map{Class: "Mass", On: true, Opacity: 0.6, Colours: "ember", PerMap: true},
		Marks: []annotation.Mark{{ID: "1", Kind: annotation.Length,
			Points: []annotation.Point{{X: 160, Y: 120}, {X: 160, Y: 200}}}},
		Answers: []records.Answer{{Class: "Mass", Verdict: records.Agree,
			Regions: []records.Region{{Kind: records.BoxRegion, Points: [][2]float64{{0.25, 0.3}, {0.4, 0.5}}}}}},
	}
}

// TestATurnedImageLeavesAsItIsSeen: block, map, line, a reader's box and the letters
// of the sides lie in the picture for people where the window has them.
func TestATurnedImageLeavesAsItIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		orient       raster.Orientation
		block, heat  image.Point // inside both, in the picture
		line, nobody image.Point // on the line, and where it lies unturned
		box          image.Point // on the left edge of the box as it is stored
	}{
		"stored": {raster.Orientation{}, image.Pt(20, 20), image.Pt(300, 220), image.Pt(160, 190), image.Pt(160, 50),
			image.Pt(80, 100)},
		"mirrored": {raster.Orientation{Mirror: true}, image.Pt(300, 20), image.Pt(20, 220), image.Pt(160, 190),
			image.Pt(160, 50), image.Pt(240, 100)},
		"turned": {raster.Orientation{Turns: 1}, image.Pt(220, 20), image.Pt(20, 300), image.Pt(50, 160),
			image.Pt(120, 250), image.Pt(140, 80)},
		"upended": {raster.Orientation{Turns: 2}, image.Pt(300, 220), image.Pt(20, 20), image.Pt(160, 50),
			image.Pt(160, 190), image.Pt(240, 140)},
	} {
		s := lopsided(t)
		s.Orient = c.orient
		img, err := png.Decode(bytes.NewReader(exported(t, &Exporter{}, s, PNG)[".png"]))
		if err != nil {
			t.Fatal(err)
		}
		if r, g, b, _ := img.At(c.block.X, c.block.Y).RGBA(); min(r, g, b) < 0xE000 {
			t.Errorf("%s: no block at %v", name, c.block)
		}
		if apptest.Hue(img, c.heat.X, c.heat.Y) == "grey" {
			t.Errorf("%s: no map at %v", name, c.heat)
		}
		if apptest.Hue(img, c.line.X, c.line.Y) != "warm" || apptest.Hue(img, c.nobody.X, c.nobody.Y) == "warm" {
			t.Errorf("%s: the line is not at %v alone", name, c.line)
		}
		if apptest.Hue(img, c.box.X, c.box.Y) != "warm" || name != "stored" && apptest.Hue(img, 80, 100) == "warm" {
			t.Errorf("%s: the reader's box is not at %v alone", name, c.box)
		}
		golden.Check(t, "export-"+name, img)
	}
}

// TestWhatIsStoredStaysAsStored: turning the picture on the screen changes neither
// the 16-bit PNG nor the pixels of DICOM.
func TestWhatIsStoredStaysAsStored(t *testing.T) {
	s := lopsided(t)
	plain := exported(t, &Exporter{}, s, PNG16, Capture, PDF)
	s.Orient = raster.Orientation{Mirror: true, Turns: 1}
	turned := exported(t, &Exporter{}, s, PNG16, Capture, PDF)
	if !bytes.Equal(plain["-16bit.png"], turned["-16bit.png"]) {
		t.Error("the 16-bit PNG is turned")
	}
	for _, name := range []string{"-sc.dcm", "-film.dcm"} {
		a, err := dicomio.DecodeBytes(t.Context(), name, plain[name])
		if err != nil {
			t.Fatal(err)
		}
		b, err := dicomio.DecodeBytes(t.Context(), name, turned[name])
		if err != nil {
			t.Fatal(err)
		}
		if a.Width != b.Width || !slices.Equal(a.Stored, b.Stored) {
			t.Errorf("%s is turned", name)
		}
	}
	if len(plain[".pdf"]) == len(turned[".pdf"]) && bytes.Equal(plain[".pdf"], turned[".pdf"]) {
		t.Error("the page shows the film unturned")
	}
}
