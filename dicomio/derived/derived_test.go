package derived

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/dicomio"
	"hilum/dicomio/deidentify"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// update writes the fixtures anew; testdata/peers/dicom_derived.py then reads
// them with pydicom and highdicom, and has dcmtk and dicom3tools judge them.
var update = flag.Bool("update-derived", false, "write testdata/derived/*.dcm")

func testSource() Source {
	return Source{
		Class: dcm.ClassDigitalXRay, Width: 64, Height: 48,
		Header: dicomio.Header{PatientName: "Müller^Jörg=山田^太郎", PatientID: "P1", PatientSex: "M",
			PatientBirthDate: "19500102", PatientAge: "076Y",
			StudyUID: "1.2.826.0.1.1", SeriesUID: "1.2.826.0.1.2", InstanceUID: "1.2.826.0.1.3",
			StudyDate: "20260102", StudyTime: "101112",
			StudyDescription: "Thorax", Accession: "A1", Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA"},
	}
}

func derivedOf(series string, number int) Common {
	return Common{Source: testSource(), Made: time.Date(2026, 11, 24, 9, 30, 15, 0, time.UTC), Software: "1.0",
		Series: series, SeriesNumber: number}
}

func testCapture() *SecondaryCapture {
	c := &SecondaryCapture{Common: derivedOf("Hilum, not for diagnosis", 901), Width: 7, Height: 5,
		Derivation: "Film with its map", Assurance: dicomio.Assurance{BurnedIn: "NO",
			Lossy: dicomio.Compression{State: "00"}}, RGB: make([]byte, 3*7*5)}
	for i := range c.RGB {
		c.RGB[i] = byte(i * 7)
	}
	return c
}

func testReport() *StructuredReport {
	return &StructuredReport{
		Common: derivedOf("Findings, not for diagnosis", 902),
		Algorithm: Algorithm{Name: "demo model", Version: "sha256:0123",
			Parameters: []string{"thresholds sha256:4567", "calibrated: Platt"}},
		Findings: []ReportedFinding{
			{Tracking: "Effusion", Finding: Code{"60046008", "SCT", "Pleural effusion"}, Present: true,
				Probability: 0.8125, Threshold: 0.3,
				Region: [][2]float32{{1.5, 2.25}, {30, 2.25}, {30, 47.75}, {1.5, 47.75}}},
			{Tracking: "Mass", Finding: Code{"4147007", "SCT", "Mass"}, Probability: 1. / 3, Threshold: 0.5},
		},
		Comments: []string{"Research and education. Not for diagnosis.", "Zweite Zeile: Größe"},
	}
}

// The names of presentation states are plain: dcmpschk knows no groups.
func testPresentation() *PresentationState {
	d := derivedOf("Annotations, not for diagnosis", 903)
	d.Source.Header.PatientName = "Müller^Jörg"
	return &PresentationState{
		Common: d, Label: "ANNOTATIONS", Description: "What the reader drew", Creator: "Doe^Jane",
		Modality: dicomio.Modality{Slope: 2, Intercept: -100, Units: "US"},
		Window:   dicomio.Window{Name: "LUNG", Center: 512.5, Width: 800, Function: dicomio.Sigmoid},
		Inverse:  true, Rotation: 90, Flip: true, Area: Area{X: 4, Y: 2, Width: 50, Height: 40},
		Layers: []GraphicLayer{
			{Name: "MEASUREMENTS", Description: "Längen", Graphics: []Graphic{
				{Type: PolylineGraphic, Points: [][2]float32{{1, 2}, {30.5, 40.25}}},
				{Type: PolylineGraphic, Points: [][2]float32{{1, 2}, {30.5, 40.25}, {3, 3}, {1, 2}}, Filled: true},
				{Type: CircleGraphic, Points: [][2]float32{{10, 10}, {15, 10}}},
				{Type: EllipseGraphic, Points: [][2]float32{{0, 10}, {20, 10}, {10, 5}, {10, 15}}},
				{Type: PointGraphic, Points: [][2]float32{{7, 7}}},
			}},
			{Name: "TEXT", Texts: []GraphicText{{Text: "CTR 0,52\nétroit", Anchor: [2]float32{12.5, 20},
				Visible: true}}},
		},
	}
}

func written(t *testing.T, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodedAll(t *testing.T) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		"sc":   written(t, func(b *bytes.Buffer) error { return WriteSecondaryCapture(b, testCapture()) }),
		"sr":   written(t, func(b *bytes.Buffer) error { return WriteStructuredReport(b, testReport()) }),
		"gsps": written(t, func(b *bytes.Buffer) error { return WritePresentationState(b, testPresentation()) }),
	}
}

// TestPeersReadDerivedObjects holds the objects against what pydicom and
// highdicom read from the same bytes, and against the verdicts of dcmtk and
// dicom3tools, see testdata/peers/dicom_derived.py.
func TestPeersReadDerivedObjects(t *testing.T) {
	dir := "testdata"
	for name, data := range encodedAll(t) {
		path := filepath.Join(dir, name+".dcm")
		if *update {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		stored, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(stored, data) {
			t.Fatalf("%s is not what is written now (%v); run with -update-derived, then the peer script", path, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "derived.json"))
	if err != nil {
		t.Fatal(err)
	}
	var peer struct {
		PatientName string              `json:"patient_name"`
		Errors      map[string][]string `json:"errors"`
		SC          struct {
			Shape []int  `json:"shape"`
			RGB   []byte `json:"rgb"`
		} `json:"sc"`
		SR struct {
			Algorithm    []string `json:"algorithm"`
			Verification string   `json:"verification"`
			Groups       []struct {
				Tracking, Finding, Presence string
				Probability, Threshold      float64
				Region                      [][2]float32
			} `json:"groups"`
			Comments []string `json:"comments"`
		} `json:"sr"`
		GSPS struct {
			Window   []float64      `json:"window"`
			Rescale  []float64      `json:"rescale"`
			Points   [][][2]float32 `json:"points"`
			Text     []string       `json:"text"`
			Rotation int            `json:"rotation"`
			Flip     string         `json:"flip"`
			Area     []int          `json:"area"`
		} `json:"gsps"`
	}
	if err := json.Unmarshal(text, &peer); err != nil {
		t.Fatal(err)
	}
	for tool, list := range peer.Errors {
		if len(list) > 0 {
			t.Errorf("%s finds %q", tool, list)
		}
	}
	if len(peer.Errors) < 6 || peer.PatientName != testSource().Header.PatientName {
		t.Errorf("%d tools, patient %q", len(peer.Errors), peer.PatientName)
	}
	if c := testCapture(); !reflect.DeepEqual(peer.SC.Shape, []int{5, 7, 3}) || !bytes.Equal(peer.SC.RGB, c.RGB) {
		t.Error("the capture's pixels differ")
	}
	r := testReport()
	if len(peer.SR.Groups) != len(r.Findings) || !reflect.DeepEqual(peer.SR.Comments, r.Comments) ||
		peer.SR.Verification != "UNVERIFIED" {
		t.Fatalf("report %+v", peer.SR)
	}
	if want := append([]string{r.Algorithm.Name, r.Algorithm.Version},
		r.Algorithm.Parameters...); !reflect.DeepEqual(peer.SR.Algorithm, want) {
		t.Errorf("algorithm %q", peer.SR.Algorithm)
	}
	for i, g := range peer.SR.Groups {
		f := r.Findings[i]
		region := f.Region
		if region != nil {
			region = append(region[:4:4], region[0])
		}
		if g.Tracking != f.Tracking || g.Finding != f.Finding.Value || (g.Presence == codePresent.Value) != f.Present ||
			math.Abs(g.Probability-100*f.Probability) > 1e-12 || math.Abs(g.Threshold-100*f.Threshold) > 1e-12 ||
			!reflect.DeepEqual(g.Region, region) {
			t.Errorf("group %+v, want %+v", g, f)
		}
	}
	p := testPresentation()
	var points [][][2]float32
	for _, g := range p.Layers[0].Graphics {
		points = append(points, g.Points)
	}
	if !reflect.DeepEqual(peer.GSPS.Points, points) ||
		!reflect.DeepEqual(peer.GSPS.Text, []string{p.Layers[1].Texts[0].Text}) ||
		!reflect.DeepEqual(peer.GSPS.Window, []float64{512.5, 800}) ||
		!reflect.DeepEqual(peer.GSPS.Rescale, []float64{2, -100}) ||
		peer.GSPS.Rotation != 90 || peer.GSPS.Flip != "Y" || !reflect.DeepEqual(peer.GSPS.Area, []int{5, 3, 54, 42}) {
		t.Errorf("presentation state %+v", peer.GSPS)
	}
}

func TestDerivedObjectsAreReadBack(t *testing.T) {
	all := encodedAll(t)
	im, err := dicomio.DecodeBytes(t.Context(), "sc", all["sc"])
	c := testCapture()
	if err != nil || im.Width != 7 || im.Height != 5 || im.Samples != 3 ||
		im.Header.PatientName != c.Source.Header.PatientName {
		t.Fatal(im, err)
	}
	for i, v := range im.Stored {
		if v != int32(c.RGB[i]) {
			t.Fatalf("value %d is %d, want %d", i, v, c.RGB[i])
		}
	}
	r, err := ReadStructuredReport("sr", all["sr"])
	want := testReport()
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Findings {
		if math.Abs(r.Findings[i].Probability-want.Findings[i].Probability) > 1e-15 ||
			math.Abs(r.Findings[i].Threshold-want.Findings[i].Threshold) > 1e-15 {
			t.Errorf("finding %+v", r.Findings[i])
		}
		r.Findings[i].Probability, r.Findings[i].Threshold = want.Findings[i].Probability, want.Findings[i].Threshold
	}
	alike(&r.Common, &want.Common)
	if !reflect.DeepEqual(r, want) {
		t.Errorf("\n got %+v\nwant %+v", r, want)
	}
	p, err := ReadPresentationState("gsps", all["gsps"])
	state := testPresentation()
	if err != nil {
		t.Fatal(err)
	}
	alike(&p.Common, &state.Common)
	if !reflect.DeepEqual(p, state) {
		t.Errorf("\n got %+v\nwant %+v", p, state)
	}
}

// alike takes over what the object does not have of the picture, and what
// belongs to the object itself: its modality, series and equipment.
func alike(got, want *Common) {
	g, w := &got.Source.Header, want.Source.Header
	g.Modality, g.BodyPart, g.ViewPosition, g.Manufacturer, g.SeriesDescription = w.Modality, w.BodyPart,
		w.ViewPosition, w.Manufacturer, w.SeriesDescription
	got.Source.Width, got.Source.Height = want.Source.Width, want.Source.Height
}

func TestTablesGoThroughPresentationStates(t *testing.T) {
	p := testPresentation()
	p.Modality = dicomio.Modality{Slope: 1, Units: "OD",
		LUT: &dicomio.LUT{First: -5, Bits: 12, Data: []uint16{0, 100, 4095}, Explanation: "film"}}
	p.Window = dicomio.Window{Name: "eye", LUT: &dicomio.LUT{First: 3, Bits: 10, Data: []uint16{1, 2, 1023},
		Explanation: "eye"}}
	p.Layers, p.Area = nil, Area{}
	got, err := ReadPresentationState("gsps", written(t,
		func(b *bytes.Buffer) error { return WritePresentationState(b, p) }))
	if err != nil || !reflect.DeepEqual(got.Modality.LUT, p.Modality.LUT) ||
		!reflect.DeepEqual(got.Window, p.Window) || got.Area != (Area{Width: 64, Height: 48}) {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestAnonymousObjectsSayNothing(t *testing.T) {
	a, err := deidentify.New(deidentify.Options{Secret: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	source, err := testSource().Anonymised(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	image := &dicomio.Image{Width: 64, Height: 48, Samples: 1, BitsStored: 8, Stored: make([]int32, 64*48),
		Header: testSource().Header}
	file := written(t, func(b *bytes.Buffer) error { return WriteImage(b, image) })
	if file, _, err = a.Bytes(t.Context(), "film", file); err != nil {
		t.Fatal(err)
	}
	anonymous, err := dicomio.DecodeBytes(t.Context(), "film", file)
	if err != nil || anonymous.Header.InstanceUID != source.Header.InstanceUID ||
		anonymous.Header.StudyUID != source.Header.StudyUID || anonymous.Header.PatientID != source.Header.PatientID {
		t.Errorf("%v: the film is of %+v, the objects speak of %+v", err, anonymous.Header, source.Header)
	}
	c, r, p := testCapture(), testReport(), testPresentation()
	c.Source, r.Source, p.Source = source, source, source
	for kind, data := range map[string][]byte{
		"sc":   written(t, func(b *bytes.Buffer) error { return WriteSecondaryCapture(b, c) }),
		"sr":   written(t, func(b *bytes.Buffer) error { return WriteStructuredReport(b, r) }),
		"gsps": written(t, func(b *bytes.Buffer) error { return WritePresentationState(b, p) }),
	} {
		for _, secret := range []string{"ller", "太郎", "P1 ", "1950", "076Y", "1.2.826", "20260102", "101112",
			"20261124", "093015", "A1", "Doe", "Jane", "Thorax"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s has %q", kind, secret)
			}
		}
		list, err := inspect.AttributesBytes(kind, data)
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.Index(attributeValue(list, "PatientName"), "ANON-"); i != 0 ||
			attributeValue(list, "PatientIdentityRemoved") != "YES" {
			t.Errorf("%s: patient %q", kind, attributeValue(list, "PatientName"))
		}
	}
}

func attributeValue(list []inspect.Attribute, keyword string) string {
	for _, a := range list {
		if a.Keyword == keyword {
			return a.Value
		}
	}
	return ""
}

func TestImpossibleObjectsAreRefused(t *testing.T) {
	for what, write := range map[string]func() error{
		"no source": func() error { r := testReport(); r.Source = Source{}; return WriteStructuredReport(&bytes.Buffer{}, r) },
		"no version": func() error {
			r := testReport()
			r.Algorithm.Version = ""
			return WriteStructuredReport(&bytes.Buffer{}, r)
		},
		"no code": func() error {
			r := testReport()
			r.Findings[0].Finding.Value = ""
			return WriteStructuredReport(&bytes.Buffer{}, r)
		},
		"probability": func() error {
			r := testReport()
			r.Findings[0].Probability = math.NaN()
			return WriteStructuredReport(&bytes.Buffer{}, r)
		},
		"pixels": func() error { c := testCapture(); c.Width = 8; return WriteSecondaryCapture(&bytes.Buffer{}, c) },
		"rotation": func() error {
			p := testPresentation()
			p.Rotation = 45
			return WritePresentationState(&bytes.Buffer{}, p)
		},
		"label": func() error {
			p := testPresentation()
			p.Label = "lower"
			return WritePresentationState(&bytes.Buffer{}, p)
		},
		"one layer twice": func() error {
			p := testPresentation()
			p.Layers[1].Name = p.Layers[0].Name
			return WritePresentationState(&bytes.Buffer{}, p)
		},
		"points": func() error {
			p := testPresentation()
			p.Layers[0].Graphics[0].Points = nil
			return WritePresentationState(&bytes.Buffer{}, p)
		},
		"text": func() error {
			p := testPresentation()
			p.Layers[1].Texts[0].Text = strings.Repeat("x", 1025)
			return WritePresentationState(&bytes.Buffer{}, p)
		},
	} {
		if write() == nil {
			t.Errorf("%s: it was written", what)
		}
	}
	if _, err := SourceOf(&dicomio.Image{Format: dicomio.PNG, Path: "a.png"}); err == nil ||
		!strings.Contains(err.Error(), "a.png") {
		t.Errorf("a PNG as source: %v", err)
	}
	if _, err := ReadStructuredReport("x", encodedAll(t)["gsps"]); err == nil {
		t.Error("a presentation state was read as a report")
	}
}

func FuzzReadStructuredReport(f *testing.F) {
	var b bytes.Buffer
	if err := WriteStructuredReport(&b, testReport()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadStructuredReport("fuzz", data)
		if err == nil && r == nil {
			t.Error("neither report nor error")
		}
		if err != nil && strings.Contains(err.Error(), "decoder failed") {
			t.Error(err)
		}
	})
}

func FuzzReadPresentationState(f *testing.F) {
	var b bytes.Buffer
	if err := WritePresentationState(&b, testPresentation()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ReadPresentationState("fuzz", data)
		if err != nil {
			if strings.Contains(err.Error(), "decoder failed") {
				t.Error(err)
			}
			return
		}
		for _, l := range p.Layers {
			for _, g := range l.Graphics {
				g.closed() // what was read can be drawn
			}
		}
	})
}

// What a value representation cannot hold is refused: the library would write its
// length short by multiples of 65,536.
func TestTooManyPointsAreRefused(t *testing.T) {
	p := testPresentation()
	p.Layers[0].Graphics[0].Points = make([][2]float32, 1<<13)
	err := WritePresentationState(&bytes.Buffer{}, p)
	if err == nil || !strings.Contains(err.Error(), "(0070,0022)") {
		t.Errorf("65,536 bytes of FL: %v", err)
	}
}

// TestDisplayedAreaOfATurnedFilm: the corners are the pixels that are upper left and lower
// right as seen. Oracle: numpy's rot90 and fliplr of an array of column and row numbers.
func TestDisplayedAreaOfATurnedFilm(t *testing.T) {
	for _, c := range []struct {
		rotation int
		flip     bool
		want     [4]uint32
	}{
		{0, false, [4]uint32{5, 3, 54, 42}},
		{0, true, [4]uint32{54, 3, 5, 42}},
		{90, false, [4]uint32{5, 42, 54, 3}},
		{90, true, [4]uint32{5, 3, 54, 42}},
		{180, false, [4]uint32{54, 42, 5, 3}},
		{180, true, [4]uint32{5, 42, 54, 3}},
		{270, false, [4]uint32{54, 3, 5, 42}},
		{270, true, [4]uint32{54, 42, 5, 3}},
	} {
		p := testPresentation()
		p.Rotation, p.Flip = c.rotation, c.flip
		data := written(t, func(b *bytes.Buffer) error { return WritePresentationState(b, p) })
		f, err := dcm.Scan(data, dcm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		area := f.Elements.Items(tag.DisplayedAreaSelectionSequence)[0]
		got := append(area.Find(tag.DisplayedAreaTopLeftHandCorner).Uint32s(),
			area.Find(tag.DisplayedAreaBottomRightHandCorner).Uint32s()...)
		if !slices.Equal(got, c.want[:]) {
			t.Errorf("turned by %d, flipped %v: %v, not %v", c.rotation, c.flip, got, c.want)
		}
		if back, err := ReadPresentationState("state", data); err != nil || back.Area != p.Area {
			t.Errorf("turned by %d, flipped %v: read back as %+v, %v", c.rotation, c.flip, back.Area, err)
		}
	}
}
