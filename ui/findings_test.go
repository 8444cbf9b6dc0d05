package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/findings"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/inference/saliency"
	"hilum/ui/golden"
	"hilum/ui/kit"
)

// said tells whether a line of the explanation holds a text.
func said(w *Window, text string) bool {
	for _, l := range w.explain.lines {
		if strings.Contains(l.text, text) {
			return true
		}
	}
	return false
}

// TestHoverExplainsARow and leaving goes back to the chosen one; one click says
// what the label means.
func TestHoverExplainsARow(t *testing.T) {
	h := looking(t)
	w := h.window
	second := w.bars.rows[1].Class
	w.bars.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(50, 1.5*barRow)}})
	if !said(w, kit.ClassName(second)+":") {
		t.Errorf("hovering over %s: %+v", second, w.explain.lines)
	}
	test.Tap(w.explain.about)
	info, _ := h.session.State().Model.About(second)
	if !said(w, info.Pitfalls) {
		t.Errorf("about %s: %+v", second, w.explain.lines)
	}
	w.bars.MouseOut()
	if said(w, kit.ClassName(second)+":") {
		t.Error("the explanation stays after the mouse has left")
	}
}

// TestASetOfFindingsIsMetInTheWindow: a set that does not come along explains the rows
// of a model that speaks it.
func TestASetOfFindingsIsMetInTheWindow(t *testing.T) {
	set := findingset.Set{Name: "ours", Made: "Read by two people."}
	for _, c := range inference.ChestXray14() {
		set.Labels = append(set.Labels, findingset.Label{Name: c, What: "What we call " + c + ".", Pitfalls: "Ours.", Source: "us"})
	}
	h := newHarness(t, app.Config{
		OpenEngine: func() (inference.Engine, error) { return fakeEngine{}, nil },
		LoadModel: func() (inference.Source, error) {
			src, err := fakeModel()
			src.Spec.Findings = "ours"
			return src, err
		},
		Findings: append(findingset.Sets(), set),
	})
	h.session.Start()
	h.wait("the model", func(st app.State) bool { return st.Model.Open && !st.Engine.Opening })
	h.open("first.dcm")
	w := h.window
	test.Tap(w.explain.about)
	if !said(w, "What we call ") || !said(w, "Read by two people.") {
		t.Errorf("%+v", w.explain.lines)
	}
}

// TestASaliencyMethodIsMetInTheWindow: one more entry in the list stands in the choice
// of the map bar and can be chosen.
func TestASaliencyMethodIsMetInTheWindow(t *testing.T) {
	h := newHarness(t, app.Config{Methods: append(saliency.Methods(), saliency.Method{Name: "tealeaves", Title: "Tea leaves"})})
	if !slices.Contains(h.window.mapBar.method.Options, "tealeaves") {
		t.Fatalf("the choices are %v", h.window.mapBar.method.Options)
	}
	h.window.mapBar.method.SetSelected("tealeaves")
	if m := h.session.State().Map.Method; m != "tealeaves" {
		t.Errorf("chosen is %q", m)
	}
}

// TestMapBar appears with a map and steers it.
func TestMapBar(t *testing.T) {
	h := looking(t)
	w, st := h.window, h.session.State
	if w.mapBar.box.Visible() {
		t.Error("the map bar stands there without a map")
	}
	h.session.Maps.ToggleMap(w.bars.rows[0].Class)
	h.run()
	if !w.mapBar.box.Visible() || !said(w, "Map, strongest place: ") {
		t.Errorf("with a map: %+v", w.explain.lines)
	}
	plain := h.frame()
	test.Tap(w.mapBar.contours)
	w.mapBar.floor.SetValue(0.5)
	h.run()
	if m := st().Map; !m.Contours || m.Floor != 0.5 {
		t.Errorf("%+v", m)
	}
	if d := golden.Differing(crop(plain, w.viewer), crop(h.frame(), w.viewer)); d == 0 {
		t.Error("contours are not drawn")
	}
	h.held = fyne.KeyModifierControl
	w.bars.Tapped(&fyne.PointEvent{Position: fyne.NewPos(50, 2.5*barRow)})
	h.held = 0
	h.run()
	if n := len(st().Map.Classes()); n != 2 {
		t.Errorf("%d maps after a click with Ctrl", n)
	}
}

// TestOperatingPointScale: a probability at the threshold reads .50.
func TestOperatingPointScale(t *testing.T) {
	h := looking(t)
	h.session.Findings.SetScale(findings.OperatingScale)
	h.run()
	h.frame()
	if got := h.window.captions.figures.Text; got != "op. point" {
		t.Errorf("caption %q", got)
	}
	h.session.Findings.SetOnly(true)
	h.run()
	for _, r := range h.window.bars.rows {
		if !r.Finding.Positive {
			t.Errorf("%s is negative", r.Class)
		}
	}
}

// TestMeasuringWithTheMouse draws a length on the film as a reader does, moves
// it, and deletes it by key.
func TestMeasuringWithTheMouse(t *testing.T) {
	h := looking(t)
	v := h.window.viewer
	h.key("L", 0)
	at := func(x, y float64) fyne.Position { return v.onWidget(annotation.Point{X: x, Y: y}) }
	press(v, desktop.MouseButtonPrimary, 0, at(100, 100))
	v.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(150, 100)}})
	up := func(p fyne.Position) {
		v.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{Position: p}})
		h.run()
	}
	up(at(200, 100))
	m := h.session.State().Measure
	if len(m.Sheet.Marks) != 1 {
		t.Fatalf("%+v", m)
	}
	r := annotation.Measure(m.Sheet.Marks[0], m.Scale, nil)
	if r.Unit != "mm" || r.Value < 69.5 || r.Value > 70.5 || r.Source != "detector plane" { // 100 pixels of .7 mm
		t.Errorf("%+v", r)
	}
	if got := v.marks.labels[0].lines; len(got) != 2 || !strings.HasPrefix(got[0], "70") {
		t.Errorf("beside the line stands %q", got)
	}
	window := h.session.State().View.Window
	press(v, desktop.MouseButtonPrimary, 0, at(150, 100))
	v.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(150, 160)}})
	up(at(150, 160))
	if p := h.session.State().Measure.Sheet.Marks[0].Points; p[0].Y < 158 || h.session.State().View.Window != window {
		t.Errorf("moved to %v, window %+v", p, h.session.State().View.Window)
	}
	h.key(fyne.KeyDelete, 0)
	if n := len(h.session.State().Measure.Sheet.Marks); n != 0 {
		t.Errorf("%d marks after Delete", n)
	}
}

// TestPanes: the layouts show as many pictures as they say, and the prior has a
// date over it.
func TestPanes(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm", "ap.dcm")
	h.session.Comparison.PinPrior()
	h.session.Select(1)
	h.settle()
	h.session.Comparison.SetLayout(viewport.SwipePictures)
	h.wait("the prior", func(st app.State) bool { return st.Compare.Priors[0].Result != nil })
	swiped := h.window.panes.viewers[1]
	h.session.Maps.ToggleMap("Mass")
	for _, at := range []float64{0.5, 0.5, 0.3} {
		h.session.Comparison.SetSwipe(at)
		h.run()
		h.window.panes.Layout(nil, h.window.panes.box.Size()) // again, as a resize does
		h.frame()
		if swiped.w != h.window.viewer.w || swiped.part.Empty() || swiped.part.Min.X < swiped.shift || swiped.shift == 0 {
			t.Errorf("swiped at %v: viewport %d of %d, part %v from %d on", at, swiped.w, h.window.viewer.w, swiped.part, swiped.shift)
		}
		l, free := h.window.viewer.over.legend, h.window.panes.box.Size().Width*float32(at)
		if end := l.scale.Position().X + legendWidth; !l.box.Visible() || end > free {
			t.Errorf("swiped at %v: the legend ends at %v of %v in sight, visible %v", at, end, free, l.box.Visible())
		}
	}
	h.session.Comparison.SetSwipe(0.1)
	h.run()
	if h.window.viewer.over.legend.box.Visible() {
		t.Error("half a legend is in sight")
	}
	h.session.Maps.ToggleMap("Mass")
	for layout, n := range map[viewport.Layout]int{viewport.TwoPictures: 2, viewport.SwipePictures: 2, viewport.FourPictures: 4, viewport.BesideItself: 2} {
		h.session.Comparison.SetLayout(viewport.OnePicture)
		h.session.Comparison.SetLayout(layout)
		h.wait("the prior", func(st app.State) bool {
			return len(st.Compare.Priors) == 0 || st.Compare.Priors[0].Result != nil
		})
		h.frame()
		shown := 0
		for _, v := range h.window.panes.viewers {
			if v.Visible() {
				shown++
			}
		}
		second := h.window.panes.viewers[1]
		if shown != n || second.scene.picture == nil || second.scene.caption == "" || second.image.Hidden {
			t.Errorf("layout %d: %d shown, the second %+v", layout, shown, second.scene.caption)
		}
	}
}
