package plot

import (
	"math"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/ui/uitest"
)

// six are scores of six films, two of them equal.
func six() Scores {
	return Scores{
		Name: "Mass", Probability: []float64{.1, .4, .35, .8, .8, .6},
		Positive: []bool{false, false, true, true, true, false}, Threshold: 0.5,
	}
}

// shown is a plot of 300 x 200 units with a diagram in it.
func shown(t *testing.T, d Diagram) *Plot {
	t.Helper()
	test.NewTempApp(t)
	p := New(uitest.Environment(t), 100, 100)
	test.NewTempWindow(t, p)
	p.Resize(fyne.NewSize(300, 200))
	p.Draw(d)
	return p
}

// at is where a value lies on a plot.
func at(p *Plot, x, y float64) fyne.Position {
	f := p.field()
	return fyne.NewPos(f.px(x), f.py(y))
}

func hover(p *Plot, at fyne.Position) point {
	p.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
	return p.hover
}

// TestROCIsScikitLearns: the points of sklearn.metrics.roc_curve with
// drop_intermediate=False on the same six scores, equal scores as one step, and the
// operating point counted by hand.
func TestROCIsScikitLearns(t *testing.T) {
	s := six()
	d := ROC(uitest.Environment(t), s)
	curve := d.Series[1]
	x := []float64{0, 0, 1. / 3, 2. / 3, 2. / 3, 1}
	y := []float64{0, 2. / 3, 2. / 3, 2. / 3, 1, 1}
	if !nearly(curve.X, x) || !nearly(curve.Y, y) {
		t.Errorf("%v, %v", curve.X, curve.Y)
	}
	for i, want := range []float64{1, .8, .6, .4, .35, .1} {
		if got, ok := ThresholdAt(s, i); !ok || got != want {
			t.Errorf("threshold of point %d: %v, want %v", i, got, want)
		}
	}
	if _, ok := ThresholdAt(s, 6); ok {
		t.Error("a point that is not there has a threshold")
	}
	mark := d.Series[2]
	if c := s.Confusion(); c.TP != 2 || c.FP != 1 || c.FN != 1 || c.TN != 2 || !nearly(mark.X, []float64{1. / 3}) ||
		!nearly(mark.Y, []float64{2. / 3}) {
		t.Errorf("%+v, marked at %v, %v", c, mark.X, mark.Y)
	}
	one := s
	one.Positive = make([]bool, 6)
	if d := ROC(uitest.Environment(t), one); len(d.Series[1].X) != 0 || d.Empty == "" {
		t.Error("a class without a positive film has a curve")
	}
}

func nearly(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) < 1e-12 })
}

// TestAPlaceIsAValue: the way from values to places and back, with the corners in the
// margins' corners.
func TestAPlaceIsAValue(t *testing.T) {
	p := shown(t, Diagram{X: Axis{Lo: -2, Hi: 6}, Y: Axis{Lo: 10, Hi: 30}})
	f := p.field()
	if lo, hi := at(p, -2, 10), at(p, 6, 30); lo != fyne.NewPos(marginLeft, 200-marginBottom) ||
		hi != fyne.NewPos(300-marginRight, marginTop) {
		t.Errorf("corners at %v and %v", lo, hi)
	}
	for _, v := range [][2]float64{{-2, 10}, {0, 15.5}, {6, 30}} {
		if x, y := f.value(at(p, v[0], v[1])); math.Abs(x-v[0]) > 1e-3 || math.Abs(y-v[1]) > 1e-3 {
			t.Errorf("%v comes back as %v, %v", v, x, y)
		}
	}
}

// TestTheNearestPointIsMeant: within reach, of series that say something, gaps left out;
// of bars the one under the mouse.
func TestTheNearestPointIsMeant(t *testing.T) {
	tip := func(int) string { return "said" }
	p := shown(t, Diagram{X: Axis{Lo: 0, Hi: 10}, Y: Axis{Lo: 0, Hi: 10}, Series: []Series{
		{X: []float64{5}, Y: []float64{5}},
		{X: []float64{1, 5, 9}, Y: []float64{1, math.NaN(), 9}, Tip: tip},
	}})
	for place, want := range map[[2]float64]point{{1.2, 1.1}: {1, 0}, {8.9, 8.7}: {1, 2}, {5, 5}: nowhere} {
		if got := hover(p, at(p, place[0], place[1])); got != want {
			t.Errorf("at %v: %v, want %v", place, got, want)
		}
	}
	p.MouseOut()
	if p.hover != nowhere {
		t.Error("the mouse is gone and a point still speaks")
	}
	p.Draw(Diagram{X: Axis{Lo: 0, Hi: 10}, Y: Axis{Lo: -10, Hi: 10}, Series: []Series{
		{Style: Bars, Width: 2, X: []float64{3, 5}, Y: []float64{8, -8}, Tip: tip},
	}})
	for place, want := range map[[2]float64]point{{3.9, 4}: {0, 0}, {4.1, -4}: {0, 1}, {4.1, 4}: nowhere} {
		if got := hover(p, at(p, place[0], place[1])); got != want {
			t.Errorf("over %v: %v, want %v", place, got, want)
		}
	}
}

// TestTheGuideIsDragged: it stays within the axis, says when it is let go of, and moves by
// the arrow keys; who gets the diagram back has the new place, who made it keeps the old.
func TestTheGuideIsDragged(t *testing.T) {
	mine := &Guide{X: 0.5}
	p := shown(t, Diagram{X: Axis{Lo: 0, Hi: 1}, Y: Axis{Lo: 0, Hi: 1}, Guide: mine})
	if p.Cursor() != desktop.DefaultCursor {
		t.Error("a guide that nobody listens to can be dragged")
	}
	type move struct {
		x    float64
		done bool
	}
	var moves []move
	p.OnGuide = func(x float64, done bool) { moves = append(moves, move{math.Round(x*1000) / 1000, done}) }
	if p.Cursor() != desktop.HResizeCursor {
		t.Error("the cursor does not say that the guide can be dragged")
	}
	drag := func(x float64) { p.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(p, x, 0.5)}}) }
	drag(0.75)
	drag(1.5)
	p.DragEnd()
	p.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	p.Tapped(&fyne.PointEvent{Position: at(p, 0.25, 0.5)})
	if want := []move{{0.75, false}, {1, false}, {1, true}, {0.995, true}, {0.25, true}}; !slices.Equal(moves, want) {
		t.Errorf("%v, want %v", moves, want)
	}
	if got := p.Diagram().Guide.X; math.Abs(got-0.25) > 1e-3 || mine.X != 0.5 {
		t.Errorf("the guide is at %v, that of the caller at %v", got, mine.X)
	}
}
