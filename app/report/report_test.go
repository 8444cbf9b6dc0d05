package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/app/annotation"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/prep"
	"hilum/internal/message"
)

// testReport is about a gradient, with fourteen findings and a map of 4 x 4.
func testReport(t testing.TB) *Report {
	t.Helper()
	const w, h = 80, 100
	im := &dicomio.Image{
		Format: dicomio.DICOM, Width: w, Height: h, Samples: 1, BitsStored: 12, Modality: dicomio.Modality{Slope: 1},
		SOPClass: "1.2.840.10008.5.1.4.1.1.1.1",
		Stored:   make([]int32, w*h), Header: dicomio.Header{PatientName: "Müller^Jörg", PatientID: "P1",
			StudyUID: "1.2.1", SeriesUID: "1.2.2", InstanceUID: "1.2.3",
			StudyDate: "20260102", StudyDescription: "Thorax", Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA"},
	}
	shown := image.NewGray(image.Rect(0, 0, w, h))
	for i := range im.Stored {
		im.Stored[i] = int32(i % 4096)
		shown.Pix[i] = uint8(i)
	}
	c := calib.Default(inference.ChestXray14())
	logits := make([]float32, len(c.Classes))
	for i := range logits {
		logits[i] = float32(i) - 6.5
	}
	findings, err := c.Score(logits)
	if err != nil {
		t.Fatal(err)
	}
	r := &Report{
		Image: im, Study: im.Header, Window: im.DefaultWindow(), Shown: shown, Mapped: shown,
		Map:    "Map of Hernia, its own scale",
		Result: &inference.Result{Findings: findings},
		Origin: Provenance{Program: "Hilum 1.0", Model: "demo model", ModelSHA256: strings.Repeat("ab", 32),
			Thresholds:  strings.Repeat("cd", 32),
			Calibration: message.Of("f1 on val"), Engine: "CPU", Made: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
			Warnings: []message.Message{message.Of("This picture was made up.")}},
		Opinions: []Opinion{{Class: "Hernia", Reader: "Dr A", Verdict: "agree"}},
	}
	if r.Source, err = derived.SourceOf(im); err != nil {
		t.Fatal(err)
	}
	for range findings {
		r.Result.Maps = append(r.Result.Maps, inference.Heatmap{Width: 4, Height: 4, X1: 1, Y1: 1, Values: []float32{
			0, 0, 0, 0,
			0, 2, 1, 0,
			0, 1.5, 0, 0,
			-3, 0, 0, 1.9,
		}})
	}
	return r
}

func TestRegionIsTheHalfMaximumAroundThePeak(t *testing.T) {
	h := testReport(t).Result.Maps[0]
	// cells (1,1), (2,1), (1,2) of 20 x 25 pixels; (3,3) is apart
	want := [][2]float32{{20, 25}, {60, 25}, {60, 50}, {40, 50}, {40, 75}, {20, 75}}
	if got := region(&h, 80, 100); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	h.Values = make([]float32, 16)
	if got := region(&h, 80, 100); got != nil {
		t.Errorf("a map of nothing points at %v", got)
	}
}

// TestRegionsHoldTheirArea compares the polygon's area (shoelace) and the cells
// inside it with the flood that it was traced from, for many random maps.
func TestRegionsHoldTheirArea(t *testing.T) {
	seed := uint32(1)
	random := func() float32 {
		seed = seed*1664525 + 1013904223
		return float32(seed>>8) / (1 << 24)
	}
	for range 2000 {
		h := inference.Heatmap{Width: 6, Height: 5, X1: 1, Y1: 1, Values: make([]float32, 30)}
		peak := 0
		for i := range h.Values {
			if h.Values[i] = random(); h.Values[i] > h.Values[peak] {
				peak = i
			}
		}
		cells := flood(&h, peak, regionShare*h.Values[peak])
		polygon := region(&h, 6, 5)
		for i, in := range cells {
			x, y := float32(i%6)+0.5, float32(i/6)+0.5
			if inside := contains(polygon, x, y); in && !inside {
				t.Fatalf("cell %v is left out of %v", i, polygon)
			} else if !in && inside && !enclosed(cells, i) {
				t.Fatalf("cell %v is in %v and not in the region", i, polygon)
			}
		}
	}
}

func contains(p [][2]float32, x, y float32) bool {
	in := false
	for i := range p {
		a, b := p[i], p[(i+1)%len(p)]
		if (a[1] > y) != (b[1] > y) && x < a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			in = !in
		}
	}
	return in
}

// enclosed tells whether a cell cannot reach the border of a 6 x 5 map past the
// region, corners included.
func enclosed(in []bool, from int) bool {
	seen := map[int]bool{from: true}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		x, y := queue[0]%6, queue[0]/6
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				nx, ny := x+dx, y+dy
				if nx < 0 || ny < 0 || nx > 5 || ny > 4 {
					return false
				}
				if j := ny*6 + nx; !in[j] && !seen[j] {
					seen[j] = true
					queue = append(queue, j)
				}
			}
		}
	}
	return true
}

func pdf(t *testing.T, r *Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.WritePDF(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestThePageIsTheSameEveryTime(t *testing.T) {
	if a, b := pdf(t, testReport(t)), pdf(t, testReport(t)); !bytes.Equal(a, b) {
		t.Error("two runs differ")
	} else if len(a) > 200<<10 {
		t.Errorf("the page has %d bytes", len(a))
	}
}

// TestPopplerReadsThePage has pdftotext and qpdf read what was written.
func TestPopplerReadsThePage(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	r := testReport(t)
	r.Study.PatientName = "Ωμέγα^Иван"
	r.Study.StudyDescription = strings.Repeat("a very long description ", 20)
	path := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(path, pdf(t, r), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	for _, want := range []string{
		"Not for diagnosis", "Ωμέγα Иван", "2026-01-02", "Hernia", "Pleural thickening", "0.998", "+0.997", "positive",
		"agree", "demo model",
		strings.Repeat("ab", 32), strings.Repeat("cd", 32), "This picture was made up", "…",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\f"); n != 1 {
		t.Errorf("%d pages", n)
	}
	if _, err := exec.LookPath("qpdf"); err == nil {
		if out, err := exec.Command("qpdf", "--check", path).CombinedOutput(); err != nil {
			t.Errorf("qpdf: %s", out)
		}
	}
}

func TestNamesThatTheOutlinesLackAreDrawn(t *testing.T) {
	plain, drawn := testReport(t), testReport(t)
	drawn.Study.PatientName = "山田^太郎"
	if a, b := bytes.Count(pdf(t, plain), []byte("/Subtype /Image")),
		bytes.Count(pdf(t, drawn), []byte("/Subtype /Image")); b <= a {
		t.Errorf("%d pictures on the page with a Japanese name, %d without", b, a)
	}
	odd := testReport(t)
	odd.Study.PatientName = "a\x00\n😀" + strings.Repeat("山", 5000)
	pdf(t, odd)
}

func TestPagesOfOtherShapes(t *testing.T) {
	for what, change := range map[string]func(*Report){
		"no map": func(r *Report) { r.Mapped = nil }, "no score": func(r *Report) { r.Result = nil },
		"wide": func(r *Report) { r.Shown = image.NewRGBA(image.Rect(0, 0, 3000, 10)) },
		"many warnings": func(r *Report) {
			r.Origin.Warnings = slices.Repeat([]message.Message{message.Of("careful")},
				500)
		},
		"many findings": func(r *Report) {
			r.Result.Findings = slices.Repeat(r.Result.Findings, 10)
		},
		"no identity": func(r *Report) { r.Source.Anonymous = true },
	} {
		r := testReport(t)
		change(r)
		if n := bytes.Count(pdf(t, r), []byte("/Type /Page\n")); n != 1 {
			t.Errorf("%s: %d pages", what, n)
		}
	}
}

func TestPNG16IsTheStoredValues(t *testing.T) {
	im := testReport(t).Image
	for _, kind := range []struct {
		signed, inverted bool
	}{{false, false}, {true, false}, {false, true}} {
		picture := *im
		picture.Signed, picture.Inverted, picture.Stored = kind.signed, kind.inverted, slices.Clone(im.Stored)
		for i := range picture.Stored {
			if kind.signed {
				picture.Stored[i] -= 2048
			}
		}
		var b bytes.Buffer
		if err := WritePNG16(&b, &picture); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range im.Stored {
			if kind.inverted {
				v = 4095 - v
			}
			if got := img.(*image.Gray16).Gray16At(i%80, i/80); got != (color.Gray16{Y: uint16(v)}) {
				t.Fatalf("%+v: pixel %d is %v, want %d", kind, i, got, v)
			}
		}
		if !bytes.Contains(b.Bytes(), []byte("tEXtComment\x00"+inference.NotForDiagnosis)) {
			t.Error("the file does not say that it is not for diagnosis")
		}
		// what we read of it scores as the DICOM file does
		again, err := dicomio.DecodeBytes(t.Context(), "a.png", b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		p := prep.ImageNetPrep(64, 64)
		want, _, err1 := p.Tensor(&picture)
		got, _, err2 := p.Tensor(again)
		if err1 != nil || err2 != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: the network's input differs (%v, %v)", kind, err1, err2)
		}
	}
	im.Stored[0] = 5000
	if WritePNG16(&bytes.Buffer{}, im) == nil {
		t.Error("a value of more bits was written")
	}
}

func TestTheTableHasARowAFinding(t *testing.T) {
	r := testReport(t)
	var b bytes.Buffer
	table, err := NewTable(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Add(TableRow{Path: `a "b".dcm`, Patient: "ANON-1", View: "PA", Findings: r.Result.Findings,
		Origin: r.Origin}); err != nil {
		t.Fatal(err)
	}
	if err := table.End(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 15 || rows[14][4] != "Hernia" ||
		rows[14][6] != fmt.Sprint(r.Result.Findings[13].Probability) || rows[1][16] != inference.NotForDiagnosis {
		t.Errorf("%v, %v", err, rows)
	}
}

func TestObjectsAreReadBack(t *testing.T) {
	r := testReport(t)
	r.Marks = []annotation.Mark{
		{ID: "1", Kind: annotation.Length, Points: []annotation.Point{{X: 1, Y: 2}, {X: 4, Y: 6}}},
		{ID: "2", Kind: annotation.Rectangle, Points: []annotation.Point{{X: 10, Y: 10}, {X: 20, Y: 30}}},
		{ID: "3", Kind: annotation.Text, Text: "Gefäß", Points: []annotation.Point{{X: 5, Y: 5}}},
		{ID: "4", Kind: annotation.Cobb, Points: []annotation.Point{{X: 1}}}, // not finished
	}
	r.Scale = annotation.Scale{Row: 0.2, Column: 0.2, Source: "detector plane"}
	var sr, pr, sc bytes.Buffer
	if err := r.WriteStructured(&sr); err != nil {
		t.Fatal(err)
	}
	s, err := derived.ReadStructuredReport("sr", sr.Bytes())
	if err != nil || len(s.Findings) != 14 || s.Comments[0] != inference.NotForDiagnosis {
		t.Fatal(err)
	}
	for i, f := range s.Findings {
		want := r.Result.Findings[i]
		if f.Tracking != want.Class || f.Present != want.Positive || (f.Region != nil) != want.Positive ||
			f.Finding != findingCode(r.Findings, want.Class) {
			t.Errorf("finding %+v of %+v", f, want)
		}
	}
	r.Regions = []Outline{{"Hernia", [][2]float64{{0.5, 0.5}, {0.75, 0.5}, {0.75, 1}}}}
	if err := r.WriteState(&pr); err != nil {
		t.Fatal(err)
	}
	p, err := derived.ReadPresentationState("pr", pr.Bytes())
	if err != nil || len(p.Layers) != 3 {
		t.Fatal(err)
	}
	if p.Layers[0].Texts[0].Text != inference.NotForDiagnosis {
		t.Error("the state does not say that it is not for diagnosis")
	}
	marks := p.Layers[1]
	if len(marks.Graphics) != 2 || len(marks.Graphics[1].Points) != 5 || len(marks.Texts) != 3 ||
		marks.Texts[2].Text != "Gefäß" || !strings.Contains(marks.Texts[0].Text, "1.0 mm") {
		t.Errorf("annotations %+v", marks)
	}
	if want := [][2]float32{{40, 50}, {60, 50}, {60, 100},
		{40, 50}}; !reflect.DeepEqual(p.Layers[2].Graphics[0].Points, want) {
		t.Errorf("regions %+v", p.Layers[2])
	}
	if err := r.WriteCapture(&sc, r.Shown); err != nil {
		t.Fatal(err)
	}
	im, err := dicomio.DecodeBytes(t.Context(), "sc", sc.Bytes())
	if err != nil || im.Width != 80 || im.Height != 100 {
		t.Fatal(err)
	}
	for i, v := range im.Gray() { // grey in RGB
		if v != int32(uint8(i)) {
			t.Fatalf("pixel %d is %d", i, v)
		}
	}
}

// TestThePageSpeaksTheReadersLanguage: all words of the page go through Words,
// and nothing of the patient does: a name may be a word.
func TestThePageSpeaksTheReadersLanguage(t *testing.T) {
	r := testReport(t)
	r.Study.PatientName, r.Source.Anonymous = "Mass^Threshold", false
	var said []string
	r.Words = message.In(asked{&said, false})
	pdf(t, r)
	for _, want := range []string{"Chest film with findings", "Pleural thickening", "Threshold", "agree",
		"This picture was made up.", "positive"} {
		if !slices.Contains(said, want) {
			t.Errorf("%q stays English", want)
		}
	}
	if slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "Mass Threshold") }) {
		t.Error("the patient's name is translated")
	}
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
