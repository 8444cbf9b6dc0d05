package findingspanel

import (
	"math"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/findings"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// someRows has every kind of row there is.
func someRows() []findings.Row {
	finding := func(class string, p, t float64) findings.Row {
		f := inference.Finding{
			Class: class, Raw: p, Probability: p, Threshold: t, Positive: p >= t, AbsMargin: p - t,
			RelMargin: calib.RelMargin(p, t),
		}
		return findings.Row{Class: class, Scored: true, Finding: f}
	}
	rows := []findings.Row{
		finding("Effusion", 0.71, 0.42), finding("Cardiomegaly", 1, 0.31), finding("Mass", 0.09, 0.22),
		finding("Nodule", 0.4, 0.4),
		finding("Pleural_Thickening", 0, 0.5), finding("Hernia", 0.3, 0.5), {Class: "Fibrosis"},
		finding("A_Class_With_A_Very_Long_Name", 0.55, 0.5),
	}
	rows[0].Finding.ThresholdCI = newInterval(0.37, 0.48)
	rows[2].Finding.ThresholdCI = newInterval(0.1, 0.35)
	rows[5].Finding.NoValid = "too few positives (7)"
	return rows
}

func TestBarsGolden(t *testing.T) {
	k := &kit.Environment{
		Style: kit.NewStyle(), Commands: func() []command.Command { return nil },
		Modifiers: func() fyne.KeyModifier { return 0 }, Peek: func(bool) {},
	}
	b := newBars(k, func(string) {}, func(string) {})
	b.Present(uitest.StateOf(func(st *app.State) {
		st.Rows = someRows()
		st.Result = &inference.Result{Maps: []inference.Heatmap{{}}}
		st.Map = classmap.Map{Class: "Mass", On: true}
	}))
	golden.Check(t, "bars", uitest.Picture(t, b, Width, barRow*8))
	b.FocusGained()
	b.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(10, barRow*4+3)}})
	golden.Check(t, "bars-focus", uitest.Picture(t, b, Width, barRow*8))
	b.Present(uitest.StateOf(func(st *app.State) {
		st.Rows = someRows()[:3]
	}))
	golden.Check(t, "bars-few", uitest.Picture(t, b, Width, barRow*8))
}

// TestBarsLengthIsTheMargin compares the drawn bar with the relative margin.
func TestBarsLengthIsTheMargin(t *testing.T) {
	test.NewTempApp(t)
	_, w := track(Width)
	for _, row := range someRows() {
		if !row.Scored {
			continue
		}
		shapes := rowShapes(uitest.Environment(t), w, row)
		bar := shapes[1]
		if barred := bar.H == barThick; barred != (row.Finding.NoValid == "") {
			t.Errorf("%s: a bar %v", row.Class, barred)
		}
		if row.Finding.NoValid != "" {
			continue
		}
		want := math.Max(math.Abs(row.Finding.RelMargin)*float64(w)/2, shortest)
		if got := float64(bar.W); math.Abs(got-want) > 0.01 {
			t.Errorf("%s: bar of %v, margin wants %v", row.Class, got, want)
		}
		if right := bar.X >= 1+w/2-0.01; right != row.Finding.Positive {
			t.Errorf("%s: positive %v, bar right of the threshold %v", row.Class, row.Finding.Positive, right)
		}
	}
}

func TestBarsMouseAndKeys(t *testing.T) {
	var toggled, chosen []string
	forwarded := 0
	k := &kit.Environment{
		Style: kit.NewStyle(), Modifiers: func() fyne.KeyModifier { return 0 }, Peek: func(bool) {},
		Commands: func() []command.Command {
			return []command.Command{{ID: "x", Shortcut: "I", Do: func() { forwarded++ }}}
		},
	}
	b := newBars(k, func(c string) { toggled = append(toggled, c) }, func(c string) { chosen = append(chosen, c) })
	uitest.Picture(t, b, Width, barRow*8)
	st := uitest.StateOf(func(st *app.State) {
		st.Rows = someRows()
		st.Result = &inference.Result{Maps: []inference.Heatmap{{}}}
	})
	b.Present(st)
	test.TapAt(b, fyne.NewPos(50, barRow*2+4))
	for _, key := range []fyne.KeyName{fyne.KeyUp, fyne.KeyReturn, fyne.KeyUp, fyne.KeyUp, fyne.KeyI} {
		b.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if !slices.Equal(toggled, []string{"Mass", "Cardiomegaly"}) ||
		!slices.Equal(chosen, []string{"Mass", "Cardiomegaly", "Effusion", "Effusion"}) || forwarded != 1 {
		t.Errorf("toggled %q, chose %q, forwarded %d", toggled, chosen, forwarded)
	}
	st.Result = nil // no maps: a click explains only
	b.Present(st)
	test.TapAt(b, fyne.NewPos(50, 4))
	test.TapAt(b, fyne.NewPos(50, barRow*8+4)) // below the last row
	if len(toggled) != 2 || len(chosen) != 5 {
		t.Errorf("toggled %q, chose %q", toggled, chosen)
	}
}
