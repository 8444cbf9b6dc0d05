package viewer

import (
	"image"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app/annotation"
	"hilum/app/measure"
	"hilum/dicomio"
	"hilum/ui/uitest"
)

// length draws one on a picture with the mouse, from place to place of the film.
func (h *harness) length(v *Viewer, a, b annotation.Point) {
	h.Measure.SetTool(measure.Tool(annotation.Length))
	h.Run()
	for _, p := range []annotation.Point{a, b} {
		at := v.onWidget(p)
		v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
		uitest.Press(v, desktop.MouseButtonPrimary, 0, at)
		v.MouseUp(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
	}
	h.Run()
}

// TestMeasuringWithTheMouseBesideThePicture: what is drawn on the picture beside stands there,
// with its words, and on no other.
func TestMeasuringWithTheMouseBesideThePicture(t *testing.T) {
	h := people(t, dicomio.Header{PatientName: "A"}, dicomio.Header{PatientName: "A", StudyDate: "20250101"})
	left, right := h.panes.viewers[0], h.panes.viewers[1]
	h.length(right, annotation.Point{X: 100, Y: 100}, annotation.Point{X: 200, Y: 100})
	m := h.State().Measure
	if len(m.Sheet.Marks) != 0 || len(m.Beside) != 1 || len(m.Beside[0].Sheet.Marks) != 1 {
		t.Fatalf("drawn beside: %+v", m)
	}
	if p := m.Beside[0].Sheet.Marks[0].Points; math.Hypot(p[0].X-100, p[0].Y-100) > 1 ||
		math.Hypot(p[1].X-200, p[1].Y-100) > 1 {
		t.Errorf("it lies at %v", p)
	}
	if len(left.marks.tags) != 0 || len(right.marks.tags) != 1 {
		t.Errorf("%d words on the left, %d on the right", len(left.marks.tags), len(right.marks.tags))
	}
	h.Measure.ToggleHidden()
	h.Run()
	if len(right.marks.tags) != 0 {
		t.Error("the marks of the picture beside are not hidden with the others")
	}
}

// TestLabelsAvoidEachOther: the words of marks close to each other overlap nowhere, each keeps
// a line to its mark where it is far from it, and they can be dragged away.
func TestLabelsAvoidEachOther(t *testing.T) {
	h := looking(t)
	v := h.viewer
	for i := range 5 {
		y := 200 + 4*float64(i)
		h.length(v, annotation.Point{X: 100, Y: y}, annotation.Point{X: 180, Y: y})
		h.Measure.SelectMark("")
	}
	h.Run()
	var boxes []box
	for i, l := range v.marks.tags {
		b := v.marks.labels[i]
		boxes = append(boxes, boxOf(b.corner(b.anchor), b.extent))
		if len(l.lines) == 0 {
			t.Fatalf("mark %d has no words", i)
		}
	}
	for i := range boxes {
		for k := range i {
			if boxes[i].meets(boxes[k]) {
				t.Errorf("the words of marks %d and %d overlap: %v, %v", i, k, boxes[i], boxes[k])
			}
		}
	}
	leaders := 0
	for _, l := range v.marks.lines[:v.marks.nextLine] {
		if l.StrokeWidth == leaderWidth {
			leaders++
		}
	}
	if leaders == 0 {
		t.Error("no words are far from their mark, or none has a line to it")
	}
	from := fyne.NewPos(boxes[0].x0+8, boxes[0].y0+5)
	uitest.Press(v, desktop.MouseButtonPrimary, 0, from)
	v.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: from.AddXY(-120, -150)}})
	v.MouseUp(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from.AddXY(-120, -150)}})
	h.Run()
	b := v.marks.labels[0]
	now := boxOf(b.corner(b.anchor), b.extent)
	if math.Abs(float64(now.x0-boxes[0].x0+120)) > 2 || math.Abs(float64(now.y0-boxes[0].y0+150)) > 2 {
		t.Errorf("dragged by -120, -150 from %v they are at %v", boxes[0], now)
	}
	if m := h.State().Measure.Sheet.Marks[0]; m.Label == nil || m.Points[0].Y > 203 {
		t.Errorf("the mark moved with its words: %+v", m)
	}
}

// TestMarksAndMapsAreLayersApart: hiding the one leaves the other.
func TestMarksAndMapsAreLayersApart(t *testing.T) {
	h := looking(t)
	v := h.viewer
	h.length(v, annotation.Point{X: 100, Y: 200}, annotation.Point{X: 180, Y: 200})
	h.Maps.ToggleMap("Mass")
	h.Run()
	at := func(marks, maps bool) {
		t.Helper()
		if got := len(v.marks.tags) > 0; got != marks {
			t.Errorf("marks in sight: %v, want %v", got, marks)
		}
		if _, got := v.Shown(); got != maps {
			t.Errorf("a map in sight: %v, want %v", got, maps)
		}
	}
	at(true, true)
	h.Measure.ToggleHidden()
	h.Run()
	at(false, true)
	h.Maps.ToggleMapOn()
	h.Run()
	at(false, false)
	h.Measure.ToggleHidden()
	h.Run()
	at(true, false)
}

// TestLinesAreSmooth: a slanting line has pixels between its colour and the film's.
func TestLinesAreSmooth(t *testing.T) {
	h := showing(t, filmOf(func(int) int32 { return 0 }))
	h.length(h.viewer, annotation.Point{X: 250, Y: 280}, annotation.Point{X: 350, Y: 317})
	h.Measure.SelectMark("")
	h.Run()
	img, between := h.frame(), 0
	a, b := h.viewer.onWidget(annotation.Point{X: 260, Y: 280}), h.viewer.onWidget(annotation.Point{X: 330, Y: 317})
	for y := int(a.Y); y < int(b.Y); y++ {
		for x := int(a.X); x < int(b.X); x++ {
			if r := red(img, x, y); r > 40 && r < 180 {
				between++
			}
		}
	}
	if between < 50 {
		t.Errorf("only %d pixels along the line are neither its colour nor black", between)
	}
}

func red(img image.Image, x, y int) uint32 {
	r, _, _, _ := img.At(x, y).RGBA()
	return r >> 8
}
