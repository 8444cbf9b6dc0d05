package ui

import (
	"math"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/findings"
	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/app/studies"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/kit"
)

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{0: ".00", 0.714: ".71", 0.996: "1.00", 1: "1.00", math.NaN(): "?"} {
		if got := figure(v); got != want {
			t.Errorf("figure(%v) = %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{0.5: "+.50", -0.25: "\u2212.25", 0: "+.00"} {
		if got := signedFigure(v); got != want {
			t.Errorf("signedFigure(%v) = %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{2048: "2048", -600: "\u2212600", 12.34: "12", 0.123: "0.12", 3: "3"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
	for n, want := range map[int]string{7: "7", 1204: "1,204", 112120: "112,120", -1204: "-1,204"} {
		if got := kit.Count(n); got != want {
			t.Errorf("kit.Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestClassNames(t *testing.T) {
	for c, want := range map[string]string{"Pleural_Thickening": "Pleural thickening", "Effusion": "Effusion", "Lung Lesion": "Lung lesion", "COVID_19": "COVID 19", "": ""} {
		if got := kit.ClassName(c); got != want {
			t.Errorf("%q is written %q, want %q", c, got, want)
		}
	}
}

func TestScaleBar(t *testing.T) {
	for _, c := range []struct{ perPixel, room, mm float64 }{{0.5, 200, 100}, {0.5, 199, 50}, {0.14, 180, 20}, {0.01, 150, 1}, {0, 100, 0}, {math.NaN(), 100, 0}, {1, 0, 0}} {
		mm, px := scaleBar(c.perPixel, c.room)
		if mm != c.mm || mm > 0 && (math.Abs(px*c.perPixel-mm) > 1e-9 || px > c.room) {
			t.Errorf("%v mm a pixel in %v: %v mm, %v pixels, want %v mm", c.perPixel, c.room, mm, px, c.mm)
		}
	}
	if length(50) != "5 cm" || length(2) != "2 mm" || length(15) != "1.5 cm" {
		t.Errorf("%s, %s, %s", length(50), length(2), length(15))
	}
}

func TestPixelLine(t *testing.T) {
	im := film(10, 8)
	im.Stored[3*10+4] = 1234
	if got := pixelLine(im, 4, 3); got != "x 4  y 3   1234" {
		t.Errorf("%q", got)
	}
	im.Modality = dicomio.Modality{Slope: 2, Intercept: -1000, Units: "HU"}
	if got := pixelLine(im, 4, 3); got != "x 4  y 3   1234  \u2192  1468 HU" {
		t.Errorf("%q", got)
	}
	im.Samples, im.Stored = 3, []int32{1, 2, 3}
	if got := pixelLine(im, 0, 0); got != "x 0  y 0   R 1  G 2  B 3" {
		t.Errorf("%q", got)
	}
	for _, p := range [][2]int{{-1, 0}, {0, 8}, {10, 0}, {5, 5}} { // beyond the picture, or beyond what is stored
		if got := pixelLine(im, p[0], p[1]); got != "" {
			t.Errorf("%v: %q", p, got)
		}
	}
}

func TestCornerLines(t *testing.T) {
	s := film(1, 1).Header
	if got := patientLines(s); !slices.Equal(got, []string{"PHANTOM, ADA", "P-0001  F  61 years"}) {
		t.Errorf("%q", got)
	}
	if got := studyLines(s); !slices.Equal(got, []string{"2026-11-20 09:12", "DX  PA", "Chest PA"}) {
		t.Errorf("%q", got)
	}
	if got := append(patientLines(dicomio.Header{}), studyLines(dicomio.Header{StudyTime: "0912"})...); len(got) != 0 {
		t.Errorf("a silent file says %q", got)
	}
	v := radiograph.View{Window: dicomio.Window{Center: 550, Width: 1024}, Invert: true}
	v.Place.Zoom = 0.47
	if got := windowLine(v); got != "C 550  W 1024  inverted   47%" {
		t.Errorf("%q", got)
	}
	v.Window, v.Invert = dicomio.Window{LUT: &dicomio.LUT{}, Name: "BONE"}, false
	if got := windowLine(v); got != "VOI LUT BONE   47%" {
		t.Errorf("%q", got)
	}
}

func TestMeasured(t *testing.T) {
	if got := measured(inference.Measured{Value: 0.83, Lo: 0.79, Hi: 0.87, Positive: 63, Negative: 1141}); got != ".83 (95% .79\u2013.87), 63 with, 1,141 without" {
		t.Errorf("%q", got)
	}
	if got := measured(inference.Measured{Value: 0.5}); got != ".50" {
		t.Errorf("%q", got)
	}
}

func TestShorten(t *testing.T) {
	test.NewTempApp(t)
	long := "A name that is far too long for its place"
	width := fyne.MeasureText("A name that is", kit.TextSize, fyne.TextStyle{}).Width
	got := shorten(long, width, kit.TextSize, fyne.TextStyle{})
	if fyne.MeasureText(got, kit.TextSize, fyne.TextStyle{}).Width > width || len(got) < 8 || got == long {
		t.Errorf("%q", got)
	}
	if got := shorten("short", 500, kit.TextSize, fyne.TextStyle{}); got != "short" {
		t.Errorf("%q", got)
	}
	if got := shorten(long, 0, kit.TextSize, fyne.TextStyle{}); got != "\u2026" {
		t.Errorf("without room: %q", got)
	}
}

func TestExplainSaysWhy(t *testing.T) {
	base := state(func(st *app.State) {
		st.Current = 0
		st.Studies = []studies.Study{{Status: studies.Ready}}
		st.Rows = []findings.Row{{Class: "Mass"}}
	})
	with := func(f func(*app.State)) app.State { st := base; f(&st); return st }
	for want, st := range map[string]app.State{
		"Nothing is open. The findings of a film stand here, each around its own threshold.": with(func(s *app.State) { s.Current = -1 }),
		"This file cannot be shown, so there is nothing to score.":                           with(func(s *app.State) { s.Studies = []studies.Study{{Status: studies.Failed}} }),
		"The model is being opened.":                                                         with(func(s *app.State) { s.Engine.Opening = true }),
		"The picture is being decoded.":                                                      with(func(s *app.State) { s.Loading = true }),
		"The picture is being scored.":                                                       with(func(s *app.State) { s.Scoring = true }),
		"No findings: see the message above. Pictures can be read all the same.":             with(func(s *app.State) { s.Engine.Error = message.Of("x") }),
		"No findings: no model is open. Open one with Model, Open model.":                    base,
	} {
		if got := explain(st, ""); len(got) != 1 || got[0].text != want {
			t.Errorf("%+v, want %q", got, want)
		}
	}
}

func TestExplainFinding(t *testing.T) {
	f := inference.Finding{Class: "Effusion", Logit: 0.663, Raw: 0.66, Probability: 0.71, Threshold: 0.42, Positive: true, AbsMargin: 0.29, RelMargin: 0.5}
	f.ThresholdCI = newInterval(0.37, 0.48)
	st := state(func(st *app.State) {
		st.Current = 0
		st.Studies = []studies.Study{{}}
		st.Rows = []findings.Row{{Class: "Effusion", Scored: true, Finding: f}}
		st.Warnings = []message.Message{message.Of("AP view.")}
		st.Model = models.Model{Open: true, Calibrated: true, Calibration: message.Of("f1 on val"), Card: inference.Card{AUC: map[string]inference.Measured{"Effusion": {Value: 0.83}}}}
	})
	want := []line{
		{"AP view.", warningLine},
		{"Effusion: positive", headLine},
		{"Probability .71, before calibration .66; logit 0.66", plainLine},
		{"Threshold .42 (95% .37\u2013.48)", plainLine},
		{"Margin +.50 of the way to certainty, +.29 absolute", plainLine},
		{"Threshold from f1 on val", secondLine},
		{"Held-out AUC .83", secondLine},
	}
	if got := explain(st, "Effusion"); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	f.Probability = 0.45
	st.Rows = []findings.Row{{Class: "Effusion", Scored: true, Finding: f}}
	if got := explain(st, "Effusion"); !slices.ContainsFunc(got, func(l line) bool { return l.kind == warningLine && l.text != "AP view." }) {
		t.Errorf("a probability within the threshold's interval is not pointed out: %+v", got)
	}
	f.NoValid = "too few positives (7)"
	st.Rows = []findings.Row{{Class: "Effusion", Scored: true, Finding: f}}
	if got := explain(st, "Effusion"); got[1].text != "Effusion: no valid threshold" || !slices.Contains(got, line{"No threshold: too few positives (7)", warningLine}) {
		t.Errorf("%+v", got)
	}
}
