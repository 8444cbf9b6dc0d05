package evidence

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
)

// expected is what the peers made of the objects in testdata, see
// testdata/peers/dicom_evidence.py.
type expected struct {
	Shown map[string]struct {
		Film          string
		Width, Height int
		Grey          []byte
	}
	Report struct {
		Finding, Tracking, Unit, Film string
		Points                        [][2]float64
		Diameter                      float64
	}
	Overlay struct{ Sum, Embedded int }
}

func readExpected(t *testing.T) (e expected) {
	t.Helper()
	data, err := os.ReadFile("testdata/expected.json")
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func read(t *testing.T, name string) *Object {
	t.Helper()
	o, err := Read(t.Context(), filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func image(t *testing.T, name string) *dicomio.Image {
	t.Helper()
	im, err := dicomio.Decode(t.Context(), filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// TestStatesAreShownAsByDCMTK: order and polarity of the chain, for films of both
// polarities. Oracle: dcmp2pgm.
func TestStatesAreShownAsByDCMTK(t *testing.T) {
	compared := 0
	for name, want := range readExpected(t).Shown {
		if want.Grey == nil {
			continue
		}
		compared++
		im, o := image(t, want.Film+".dcm"), read(t, "gsps_"+name+".dcm")
		v := o.ViewOf(im.Header.InstanceUID)
		if v == nil || len(o.Faults) > 0 {
			t.Fatalf("%s: %v %v", name, v, o.Faults)
		}
		table := v.Table(im)
		worst := 0
		for i, s := range im.Stored {
			worst = max(worst, int(math.Abs(float64(table.At(s))-float64(want.Grey[i]))))
		}
		most := 1 // each rounds once
		if name == "curve" {
			most = 3 // DCMTK cuts the place in the curve off, and it rises by up to two greys an entry
		}
		if worst > most {
			t.Errorf("%s: grey values differ by %d", name, worst)
		}
		presented := im.DisplayTable(v.Presented(im, name), false)
		for _, s := range im.Stored {
			if presented.At(s) != table.At(s) {
				t.Fatalf("%s: as a window %d is %d, not %d", name, s, presented.At(s), table.At(s))
			}
		}
	}
	if compared < 8 {
		t.Errorf("%d states were compared", compared)
	}
}

func TestDrawingsOfAState(t *testing.T) {
	o := read(t, "gsps_layers.dcm")
	if o.Maker != "Elsewhere Workstation 2.1" || o.Title != "SEEN" || o.Author != "Reader^One" || o.Made != "20250103 080000" {
		t.Errorf("%+v", o)
	}
	var layers []string
	for _, d := range o.Drawings {
		layers = append(layers, d.Layer)
	}
	if !slices.Equal(layers, []string{"LOW", "LOW", "LOW", "HIGH", "HIGH", "HIGH", "HIGH"}) {
		t.Fatalf("layers %v", layers)
	}
	circle, ellipse, point := o.Drawings[0], o.Drawings[1], o.Drawings[2]
	for _, p := range circle.Points { // radius 6 around 20, 20
		if d := math.Hypot(p.X-20, p.Y-20); math.Abs(d-6) > 1e-9 {
			t.Fatalf("a point of the circle lies at %v", d)
		}
	}
	for _, p := range ellipse.Points { // half axes 10 and 4
		if d := math.Pow((p.X-20)/10, 2) + math.Pow((p.Y-20)/4, 2); math.Abs(d-1) > 1e-9 {
			t.Fatalf("a point of the ellipse lies at %v", d)
		}
	}
	if !circle.Filled || circle.Colour == nil || circle.Colour[0] < 250 || circle.Colour[1] > 8 || circle.Colour[2] > 8 {
		t.Errorf("the layer's red came out as %v", circle.Colour)
	}
	if point.Shape != PointShape || point.Points[0] != (Point{7, 9}) {
		t.Errorf("%+v", point)
	}
	line, smooth, text, boxed := o.Drawings[3], o.Drawings[4], o.Drawings[5], o.Drawings[6]
	if !line.Display || line.Points[1] != (Point{.75, .75}) {
		t.Errorf("%+v", line)
	}
	for _, p := range []Point{{5, 5}, {10, 8}, {15, 5}} {
		if !slices.Contains(smooth.Points, p) {
			t.Errorf("the curve misses %v", p)
		}
	}
	if text.Text != "see here\nplease" || text.Points[0] != (Point{12, 20}) {
		t.Errorf("%+v", text)
	}
	if boxed.Text != "boxed" || !boxed.Display || len(boxed.Box) != 2 {
		t.Errorf("%+v", boxed)
	}
}

// TestPlacesInATurnedArea: what a state draws in fractions of the displayed area lands where
// a matrix of its own says, whatever the turn.
func TestPlacesInATurnedArea(t *testing.T) {
	turned, flipped := read(t, "gsps_turned.dcm"), read(t, "gsps_flipped.dcm")
	film := image(t, "mono2.dcm").Header.InstanceUID
	a, b := turned.ViewOf(film), flipped.ViewOf(film)
	if a.Rotation != 90 || a.Flip || a.Area != (Area{0, 0, 48, 40}) || b.Rotation != 270 || !b.Flip {
		t.Fatalf("%+v %+v", a, b)
	}
	// 90 degrees clockwise: what is seen upper left was lower left
	if p := a.Placed(Point{0, 0}, 48, 40); p != (Point{0, 40}) {
		t.Errorf("upper left of the turned film is %v", p)
	}
	if p := a.Placed(Point{1, 0}, 48, 40); p != (Point{0, 0}) {
		t.Errorf("upper right of the turned film is %v", p)
	}
	// numpy's fliplr(rot90(film)) is its transpose at the other diagonal
	for _, at := range []Point{{.25, 0}, {.5, .75}, {1, 1}} {
		if p, want := b.Placed(at, 48, 40), (Point{(1 - at.Y) * 48, (1 - at.X) * 40}); p != want {
			t.Errorf("%v lies at %v, not %v", at, p, want)
		}
	}
}

func TestShutters(t *testing.T) {
	v := read(t, "gsps_shutter.dcm").Views[0]
	if len(v.Shutters) != 2 || math.Abs(v.Shade-.5) > 1e-4 {
		t.Fatalf("%+v", v)
	}
	hidden := func(x, y int) bool { return v.Shutters[0].Hides(x, y) || v.Shutters[1].Hides(x, y) }
	// edges from 5 to 44 and 3 to 36, counted from 1; a circle of 18 around column 24, row 20
	for _, c := range []struct {
		x, y int
		want bool
	}{{3, 19, true}, {23, 19, false}, {23, 1, true}, {23, 2, false}, {23, 36, true}, {40, 19, false}, {42, 19, true},
		{8, 5, true}} {
		if hidden(c.x, c.y) != c.want {
			t.Errorf("column %d, row %d: %v", c.x, c.y, !c.want)
		}
	}
	corners := Shutter{Corners: []Point{{0, 0}, {10, 0}, {0, 10}}}
	if corners.Hides(2, 2) || !corners.Hides(8, 8) {
		t.Error("the polygon hides the wrong side")
	}
}

// TestReportOfAnotherMaker: oracle highdicom, which wrote and read it.
func TestReportOfAnotherMaker(t *testing.T) {
	want, o := readExpected(t).Report, read(t, "sr.dcm")
	if len(o.Findings) != 1 || !o.About(want.Film) || o.Kind != Report {
		t.Fatalf("%+v", o)
	}
	f := o.Findings[0]
	if f.Name.Value != want.Finding || f.Tracking != want.Tracking || !f.Drawn || !slices.Equal(f.Films, []string{want.Film}) ||
		f.Algorithm != "NoduleFinder" {
		t.Errorf("%+v", f)
	}
	if len(f.Measurements) != 1 || f.Measurements[0].Value != want.Diameter || f.Measurements[0].Units.Value != want.Unit {
		t.Errorf("%+v", f.Measurements)
	}
	if len(o.Drawings) != 1 || o.Drawings[0].Text != f.Name.Meaning || len(o.Drawings[0].Points) != len(want.Points) {
		t.Fatalf("%+v", o.Drawings)
	}
	for i, p := range want.Points {
		if got := o.Drawings[0].Points[i]; got != (Point{p[0], p[1]}) {
			t.Errorf("point %d is %v, not %v", i, got, p)
		}
	}
	lines := text(o)
	for _, line := range []string{"Diameter: 12.5 mm", "Finding: Nodule"} {
		if !strings.Contains(lines, line) {
			t.Errorf("no line %q in\n%s", line, lines)
		}
	}
}

func text(o *Object) string {
	var b strings.Builder
	for _, l := range o.Lines {
		b.WriteString(strings.Repeat(" ", l.Depth) + l.Concept.Meaning + ": " + l.Value + "\n")
	}
	return b.String()
}

func TestChestCADReport(t *testing.T) {
	o := read(t, "cad.dcm")
	if o.Title != "Chest CAD Report" || o.Maker != "CAD makers Workstation 2.1" || len(o.Findings) != 1 {
		t.Fatalf("%+v", o)
	}
	f := o.Findings[0]
	if f.Name.Meaning != "Nodule" || len(f.Measurements) != 1 || f.Measurements[0].Value != 87 || !f.Drawn {
		t.Errorf("%+v", f)
	}
	if len(o.Drawings) != 2 || o.Drawings[0].Points[0] != (Point{30, 25}) || o.Drawings[1].Text != "Nodule" {
		t.Errorf("%+v", o.Drawings)
	}
	if !strings.Contains(text(o), "Comment: not seen on the prior") {
		t.Error(text(o))
	}
}

func TestMasksAndMaps(t *testing.T) {
	film := image(t, "mono2.dcm").Header.InstanceUID
	for name, share := range map[string]uint8{"seg_binary.dcm": 255, "seg_fractional.dcm": 153} { // .6
		o := read(t, name)
		if len(o.Masks) != 1 || !o.About(film) || len(o.Faults) > 0 {
			t.Fatalf("%s: %d masks, films %v, %v", name, len(o.Masks), o.Films, o.Faults)
		}
		m := o.Masks[0]
		if m.Label != "right lung" || m.Type.Meaning != "Lung" || !strings.HasPrefix(m.Algorithm, "AUTOMATIC") || m.Width != 48 || m.Height != 40 {
			t.Errorf("%+v", m)
		}
		for i, v := range m.Share {
			x, y := i%48, i/48
			want := uint8(0)
			if y >= 10 && y < 20 && x >= 12 && x < 30 {
				want = share
			}
			if v != want {
				t.Fatalf("%s: %d at %d, %d, not %d", name, v, x, y, want)
			}
		}
	}
	o := read(t, "pm.dcm")
	if len(o.Maps) != 1 || !o.About(film) {
		t.Fatalf("%+v", o)
	}
	m := o.Maps[0]
	last := m.Values[len(m.Values)-1]
	if m.Label != "where it looks" || math.Abs(float64(m.Values[0])-.5) > 1e-6 || math.Abs(float64(last)-2.5) > 1e-6 {
		t.Errorf("%q from %v to %v", m.Label, m.Values[0], last)
	}
}

func TestKeyObjects(t *testing.T) {
	o := read(t, "kos.dcm")
	if o.Kind != KeyObjects || o.Title != "Of Interest" || o.Note != "compare the hila" ||
		!o.About(image(t, "mono2.dcm").Header.InstanceUID) || len(o.Films) != 1 {
		t.Errorf("%+v", o)
	}
}

// TestOverlays: planes in the header and in bits of the pixels. Oracle: pydicom.
func TestOverlays(t *testing.T) {
	want, o := readExpected(t).Overlay, read(t, "overlay.dcm")
	if o.Kind != OverlayPlanes || len(o.Masks) != 2 || len(o.Faults) > 0 {
		t.Fatalf("%+v", o)
	}
	plane, bits := o.Masks[0], o.Masks[1]
	sum := func(m Mask) (n int) {
		for _, v := range m.Share {
			n += int(v) / 255
		}
		return n
	}
	if sum(plane) != want.Sum || sum(bits) != want.Embedded || plane.Left != 5 || plane.Top != 10 || bits.Share[5*48+6] != 255 {
		t.Errorf("%d and %d pixels, at %d, %d", sum(plane), sum(bits), plane.Left, plane.Top)
	}
	if plane.Label != "drawn at the console" {
		t.Errorf("%q", plane.Label)
	}
}

// TestWhatIsNoEvidence: a picture without overlays and a file that is none are refused in a
// sentence.
func TestWhatIsNoEvidence(t *testing.T) {
	var unsupported *dicomio.UnsupportedError
	if _, err := Read(t.Context(), "testdata/mono2.dcm"); !errors.As(err, &unsupported) {
		t.Error(err)
	}
	var format *dicomio.FormatError
	if _, err := Read(t.Context(), "testdata/expected.json"); !errors.As(err, &format) {
		t.Error(err)
	}
}

// FuzzRead: whatever the bytes, reading ends in an object whose parts fit together, or in an
// error.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.dcm")
	if err != nil || len(files) < 15 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	im, err := dicomio.Decode(f.Context(), "testdata/mono2.dcm")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := ReadInput(t.Context(), "fuzz", dcm.InMemory(data))
		if err != nil {
			if strings.Contains(err.Error(), "internal error") {
				t.Fatal(err)
			}
			return
		}
		for _, m := range o.Masks {
			if len(m.Share) != m.Width*m.Height {
				t.Fatalf("a mask of %d x %d has %d places", m.Width, m.Height, len(m.Share))
			}
		}
		for _, m := range o.Maps {
			if len(m.Values) != m.Width*m.Height {
				t.Fatalf("a map of %d x %d has %d places", m.Width, m.Height, len(m.Values))
			}
		}
		for i := range o.Views {
			o.Views[i].Table(im)
			o.Views[i].Placed(Point{.5, .5}, 48, 40)
			for k := range o.Views[i].Shutters {
				o.Views[i].Shutters[k].Hides(3, 4)
			}
		}
		for _, d := range o.Drawings {
			if len(d.Points) == 0 {
				t.Fatalf("%+v has no place", d)
			}
		}
	})
}

// Padding is no part of the picture (PS3.3 C.7.5.1.1.2) and stays black whatever a state makes of
// its values, by a Presentation LUT as by a shape. Oracle: the table without a curve, and a curve
// that changes nothing. (dcmp2pgm shows padding as any value; here it is the room beside the film.)
func TestPaddingStaysBlackBehindAPresentationLUT(t *testing.T) {
	im := &dicomio.Image{Width: 4, Height: 2, Samples: 1, BitsStored: 8, Stored: []int32{0, 40, 80, 120, 160, 200, 240, 255},
		Padding: &dicomio.Padding{Lo: 200, Hi: 240}}
	straight := &dicomio.LUT{Data: make([]uint16, 256), Bits: 8}
	for i := range straight.Data {
		straight.Data[i] = uint16(i)
	}
	window := &dicomio.Window{Center: 127.5, Width: 255, Function: dicomio.LinearExact}
	with := (&View{Modality: dicomio.Modality{Slope: 1}, Window: window, Curve: straight}).Table(im)
	without := (&View{Modality: dicomio.Modality{Slope: 1}, Window: window}).Table(im)
	if with.First != without.First || !slices.Equal(with.Gray, without.Gray) || with.Gray[200] != 0 || with.Gray[199] == 0 || with.Gray[241] == 0 {
		t.Errorf("with a curve %v\nwithout %v", with, without)
	}
}
