package radiograph

import (
	"math"
	"testing"

	"hilum/dicomio"
	"hilum/internal/raster"
)

func TestWhose(t *testing.T) {
	var named dicomio.Header
	named.PatientID, named.StudyDate, named.StudyTime = "7", "20260102", "0912"
	for _, c := range []struct {
		path          string
		st            dicomio.Header
		patient, when string
	}{
		{"x/00000013_004.png", dicomio.Header{}, "x\x0000000013", "004"},
		{"x/00000013_004.PNG", dicomio.Header{}, "x\x0000000013", "004"},
		{"x/film.png", dicomio.Header{}, "", ""},
		{"x/00000013_004.png", named, "\x007", "202601020912"},
		{"x/film.dcm", dicomio.Header{PatientID: "7", PatientName: "Doe^Jane^^"}, "DOE^JANE\x007",
			""}, // no date, so no prior of any
	} {
		if p, w := Whose(c.path, &c.st); p != c.patient || w != c.when {
			t.Errorf("%s: %q, %q", c.path, p, w)
		}
	}
	for when, want := range map[string]string{"": "", "004": "visit 004", "202601020912": "2026-01-02"} {
		if got := WhenWords(when); got != want {
			t.Errorf("%q is %q", when, got)
		}
	}
}

// TestLinkedViewShowsTheSamePart: a point at a share of one film lies where the
// same share of the other does, whatever their sizes.
func TestLinkedViewShowsTheSamePart(t *testing.T) {
	sized := func(w, h int, window dicomio.Window) *Picture {
		return New(&dicomio.Image{Width: w, Height: h, Samples: 1, BitsStored: 12,
			Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, w*h), VOI: []dicomio.Window{window}})
	}
	a := sized(60, 80, dicomio.Window{Center: 100, Width: 50, Function: dicomio.Linear})
	b := sized(120, 160, dicomio.Window{Center: 1000, Width: 500, Function: dicomio.Linear})
	for turns := range 4 {
		v := View{Orient: raster.Orientation{Turns: turns}, Window: dicomio.Window{Center: 110, Width: 25}}
		w, h := a.SeenSize(v.Orient)
		v.Place = raster.Fit(w, h, 300, 200).ZoomAt(300, 200, 10, 20, 1.7)
		l := LinkedView(v, a, b)
		for _, p := range [][2]float64{{0.1, 0.2}, {0.9, 0.5}} {
			x0, y0 := v.ImageToView(a, [2]int{300, 200}, p[0]*60, p[1]*80)
			x1, y1 := l.ImageToView(b, [2]int{300, 200}, p[0]*120, p[1]*160)
			if math.Abs(x0-x1) > 1 || math.Abs(y0-y1) > 1 { // corners are rounded to pixels
				t.Errorf("%d turns: %v, %v and %v, %v", turns, x0, y0, x1, y1)
			}
		}
		if l.Window.Center != 1100 || l.Window.Width != 250 {
			t.Errorf("window %+v", l.Window)
		}
	}
	if l := LinkedView(View{Window: a.Image.DefaultWindow()}, a, b); l.Window != b.Image.DefaultWindow() {
		t.Errorf("each picture's own window: %+v", l.Window)
	}
}

// TestSidesFollowTheTurning: the letters of a PA film, L\F, as it is turned.
func TestSidesFollowTheTurning(t *testing.T) {
	for _, c := range []struct {
		orientation string
		o           raster.Orientation
		left, right string
	}{
		{`L\F`, raster.Orientation{}, "R", "L"},
		{`L\F`, raster.Orientation{}.FlipLeftRight(), "L", "R"},
		{`L\F`, raster.Orientation{}.FlipUpDown(), "R", "L"},
		{`L\F`, raster.Orientation{Turns: 2}, "L", "R"},
		{`L\F`, raster.Orientation{Turns: 1}, "F", "H"}, // clockwise: the feet go left
		{`L\F`, raster.Orientation{Turns: 3}, "H", "F"},
		{`R\F`, raster.Orientation{}, "L", "R"},
		{`P\F`, raster.Orientation{}, "A", "P"},
		{`LA\FP`, raster.Orientation{}, "R", "L"},
		{``, raster.Orientation{Turns: 1}, "", ""},
		{`X\Y\Z`, raster.Orientation{}, "", ""},
	} {
		if s := SidesOf(c.orientation, c.o); s.Left != c.left || s.Right != c.right {
			t.Errorf("%s %+v: %+v", c.orientation, c.o, s)
		}
	}
}

// TestVOITablesStretch: a dragged table keeps its shape; twice the width and the
// same centre reads the table at half the distance.
func TestVOITablesStretch(t *testing.T) {
	lut := &dicomio.LUT{First: 0, Bits: 8, Data: make([]uint16, 101)}
	for i := range lut.Data {
		lut.Data[i] = uint16(i * i / 40)
	}
	w := dicomio.Window{Name: "curve", LUT: lut}
	own := lut.Span()
	for _, x := range []float64{0, 20, 50, 77, 100} {
		if w.Apply(x) != (dicomio.Window{LUT: lut, Center: own.Center, Width: own.Width}).Apply(x) {
			t.Errorf("its own width changes the table at %v", x)
		}
		wide := dicomio.Window{LUT: lut, Center: own.Center, Width: 2 * own.Width}
		if got, want := wide.Apply(50+2*(x-50)), w.Apply(x); got != want {
			t.Errorf("stretched at %v: %v, want %v", x, got, want)
		}
	}
	if d := Adjusted(w, 40, 30); d.LUT != lut || d.Width != 30 {
		t.Errorf("%+v", d)
	}
}
