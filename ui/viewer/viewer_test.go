package viewer

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/internal/raster"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

func TestLeftDragChangesTheWindow(t *testing.T) {
	h := looking(t)
	v, before := h.viewer, h.State().View
	uitest.Press(v, desktop.MouseButtonPrimary, 0, fyne.NewPos(100, 100))
	test.Drag(h.win.Canvas(), h.centreOf(), 40, 25)
	after := h.State().View
	if after.Window.Width <= before.Window.Width || after.Window.Center <= before.Window.Center ||
		after.Place != before.Place {
		t.Errorf("from %+v to %+v", before, after)
	}
	if v.st.View != after {
		t.Error("the frame after the drag shows the window before it")
	}
	coarse := after.Window.Width - before.Window.Width
	uitest.Press(v, desktop.MouseButtonPrimary, fyne.KeyModifierShift, fyne.NewPos(100, 100))
	test.Drag(h.win.Canvas(), h.centreOf(), 40, 0)
	if d := h.State().View.Window.Width - after.Window.Width; math.Abs(d-coarse/fine) > 1e-6 {
		t.Errorf("with Shift the width changes by %v, without by %v", d, coarse)
	}
}

func TestOtherButtonsPan(t *testing.T) {
	h := looking(t)
	v := h.viewer
	for _, c := range []struct {
		name   string
		button desktop.MouseButton
		mods   fyne.KeyModifier
		drag   func()
	}{
		{"middle", desktop.MouseButtonTertiary, 0,
			func() { v.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(30, -20)}) }},
		{
			"left with Ctrl", desktop.MouseButtonPrimary, fyne.KeyModifierControl,
			func() { v.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(30, -20)}) },
		},
		{"right", desktop.MouseButtonSecondary, 0, func() {
			v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(130, 80)}})
		}},
	} {
		before := h.State().View
		uitest.Press(v, c.button, c.mods, fyne.NewPos(100, 100))
		c.drag()
		v.MouseUp(nil)
		after := h.State().View
		dx, dy := (before.Place.CX-after.Place.CX)*after.Place.Zoom, (before.Place.CY-after.Place.CY)*after.Place.Zoom
		if math.Abs(dx-30) > 1e-6 || math.Abs(dy+20) > 1e-6 || after.Window != before.Window || after.Fit {
			t.Errorf("%s: moved by %v, %v", c.name, dx, dy)
		}
		v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(300, 300)}})
		if h.State().View.Place != after.Place {
			t.Errorf("%s: the picture follows the mouse after the button was let go", c.name)
		}
	}
}

func TestWheelZoomsToTheCursor(t *testing.T) {
	h := looking(t)
	v := h.viewer
	at := fyne.NewPos(v.Size().Width/3, v.Size().Height/4)
	under := func() (float64, float64) {
		return h.State().View.Place.ToImage(v.w, v.h, float64(at.X)*v.pixels, float64(at.Y)*v.pixels)
	}
	x0, y0 := under()
	z0 := h.State().View.Place.Zoom
	v.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: at}, Scrolled: fyne.NewDelta(0, 30)})
	x1, y1 := under()
	if z := h.State().View.Place.Zoom / z0; math.Abs(z-math.Exp(0.285)) > 1e-9 {
		t.Errorf("three notches zoom by %v", z)
	}
	if math.Abs(x1-x0) > 1 || math.Abs(y1-y0) > 1 { // the origin is rounded to a viewport pixel
		t.Errorf("the point under the cursor moved from %v, %v to %v, %v", x0, y0, x1, y1)
	}
	v.DoubleTapped(nil)
	if !h.State().View.Fit {
		t.Error("a double click does not fit")
	}
}

// TestCursorReadsThePixel compares the words with the stored value of the pixel
// that is drawn there.
func TestCursorReadsThePixel(t *testing.T) {
	h := looking(t)
	v := h.viewer
	im := v.st.Picture.Image
	h.Viewport.OneToOne()
	h.Run()
	h.frame()
	for _, p := range [][2]int{{0, 0}, {160, 200}, {319, 399}, {77, 311}} {
		x, y := v.st.View.Place.ToView(v.w, v.h, float64(p[0])+0.5, float64(p[1])+0.5)
		v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(float32(x), float32(y))}})
		if v.cursor.x != p[0] || v.cursor.y != p[1] || v.over.window.lines[0] != pixelLine(v.env, im, p[0], p[1]) {
			t.Errorf("pixel %v is read as %d, %d: %q", p, v.cursor.x, v.cursor.y, v.over.window.lines)
		}
	}
	v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(1, 1)}})
	if len(v.over.window.lines) != 1 {
		t.Errorf("beside the film: %q", v.over.window.lines)
	}
	v.MouseOut()
	if len(v.over.window.lines) != 1 {
		t.Errorf("outside: %q", v.over.window.lines)
	}
}

// TestPictureOnScreenIsTheDisplayTable: at one to one a pixel on the canvas is
// what the display pipeline makes of the stored value.
func TestPictureOnScreenIsTheDisplayTable(t *testing.T) {
	h := looking(t)
	v := h.viewer
	for _, change := range []func(){
		h.Viewport.OneToOne, h.Viewport.ToggleInvert, func() { h.Viewport.SetWindow(1500, 900) },
	} {
		change()
		h.Run()
		img := h.frame()
		im := v.st.Picture.Image
		table := im.DisplayTable(v.st.View.Window, v.st.View.Invert)
		origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(v)
		for _, p := range [][2]int{{100, 120}, {160, 200}, {220, 210}} {
			x, y := v.st.View.Place.ToView(v.w, v.h, float64(p[0])+0.5, float64(p[1])+0.5)
			got := color.GrayModel.Convert(img.At(int(origin.X+float32(x)), int(origin.Y+float32(y)))).(color.Gray).Y
			if want := table.At(im.Stored[p[1]*im.Width+p[0]]); got != want {
				t.Errorf("pixel %v is drawn %d, the table says %d", p, got, want)
			}
		}
	}
}

func TestMapIsDrawnAndHidden(t *testing.T) {
	h := looking(t)
	bare := h.frame()
	h.Maps.ToggleMap("Edema")
	h.Run()
	mapped := h.frame()
	if d := golden.Differing(bare, mapped); d < 0.05 {
		t.Errorf("the map changes %.1f%% of the window", 100*d)
	}
	if !h.viewer.over.legend.box.Visible() {
		t.Error("a map without a legend")
	}
	h.Maps.Peek(true)
	h.Run()
	h.Maps.SetMapOn(false)
	h.Maps.Peek(false)
	h.Run()
	v := h.viewer
	if d := golden.Differing(uitest.Crop(bare, v), uitest.Crop(h.frame(), v)); d != 0 {
		t.Errorf("%.2f%% of the picture stay coloured", 100*d)
	}
	for _, set := range []func(){
		func() { h.Maps.SetColours("jet") }, func() { h.Maps.SetSigned(true) }, func() { h.Maps.SetPerMap(true) },
		func() { h.Maps.SetOpacity(1) },
		func() { h.Controls().SetContours(true) },
	} {
		h.Maps.SetMapOn(true)
		h.Run()
		before := h.frame()
		set()
		h.Run()
		if d := golden.Differing(uitest.Crop(before, v), uitest.Crop(h.frame(), v)); d == 0 {
			t.Error("a change of the map's look is not drawn")
		}
	}
}

// TestViewportFollowsTheWindow: a fitted picture stays fitted when the window
// is resized, and high resolution is used.
func TestViewportFollowsTheWindow(t *testing.T) {
	h := looking(t)
	for _, s := range []fyne.Size{{Width: 1300, Height: 800}, {Width: 1900, Height: 1100}} {
		h.win.Resize(s)
		h.frame()
		v := h.viewer
		p := h.State().View.Place
		x0, y0 := p.ToView(v.w, v.h, 0, 0)
		x1, y1 := p.ToView(v.w, v.h, 320, 400)
		if x0 < 0 || y0 < 0 || x1 > float64(v.w) || y1 > float64(v.h) ||
			math.Max((x1-x0)/float64(v.w), (y1-y0)/float64(v.h)) < 0.99 {
			t.Errorf("%v: the picture lies at %v..%v, %v..%v of %dx%d", s, x0, x1, y0, y1, v.w, v.h)
		}
	}
}

// TestNoPictureNoCorners: closing the last study leaves nothing of a patient on
// the screen.
func TestNoPictureNoCorners(t *testing.T) {
	h := looking(t)
	h.CloseStudy(0)
	h.Wait("nothing open", func(st app.State) bool { return st.Current < 0 })
	for _, b := range h.viewer.over.blocks() {
		if len(b.lines) != 0 {
			t.Errorf("%q stays", b.lines)
		}
	}
}

// TestCoarseFramesEndExact: where frames are slow a turn of the wheel goes on at half
// the resolution, and when it rests the film is drawn exactly, to the very pixels
// that a quick machine shows; single notches and quick frames never are coarse.
func TestCoarseFramesEndExact(t *testing.T) {
	h := looking(t)
	v, timing := h.viewer, &h.timing
	timing.Start(TimingOptions{Do: h.Queue.Do, Adaptive: true, Again: h.panes.Refresh})
	report := timing.clock.report
	timing.clock.report = nil // this machine's own frames do not count
	draw := func() *image.RGBA { return v.image.paint(v.image.part.Dx(), v.image.part.Dy()).(*image.RGBA) }
	notch := func() {
		v.Scrolled(
			&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(200, 200)},
				Scrolled: fyne.NewDelta(0, 10)},
		)
	}
	exact := func(what string) {
		t.Helper()
		if got := draw().Rect.Dx(); got != v.image.part.Dx() {
			t.Errorf("%s: %d columns for %d", what, got, v.image.part.Dx())
		}
	}
	notch()
	exact("the first notch")
	report(slowFrame / 2)
	notch()
	exact("after a quick frame")
	report(slowFrame * 2)
	notch()
	if got := draw().Rect.Dx(); got > v.image.part.Dx()/2+1 {
		t.Errorf("after a slow frame: %d columns for %d", got, v.image.part.Dx())
	}
	h.Wait("rest", func(app.State) bool { return !timing.adaptive.moving })
	exact("at rest")
	fresh := raster.Renderer{}
	f := v.image.frame()
	f.Part = v.image.part
	if !bytes.Equal(draw().Pix, fresh.Render(f).Pix) {
		t.Error("the picture at rest is another than one drawn at once")
	}
	report(slowFrame * 2) // of a window drag
	exact("a slow drag")
}

// TestMeasuringWithTheMouse draws a length on the film as a reader does, moves
// it, and deletes it by key.
func TestMeasuringWithTheMouse(t *testing.T) {
	h := looking(t)
	v := h.viewer
	h.key("L", 0)
	at := func(x, y float64) fyne.Position { return v.onWidget(annotation.Point{X: x, Y: y}) }
	uitest.Press(v, desktop.MouseButtonPrimary, 0, at(100, 100))
	v.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(150, 100)}})
	up := func(p fyne.Position) {
		v.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{Position: p}})
		h.Run()
	}
	up(at(200, 100))
	m := h.State().Measure
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
	window := h.State().View.Window
	uitest.Press(v, desktop.MouseButtonPrimary, 0, at(150, 100))
	v.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(150, 160)}})
	up(at(150, 160))
	if p := h.State().Measure.Sheet.Marks[0].Points; p[0].Y < 158 || h.State().View.Window != window {
		t.Errorf("moved to %v, window %+v", p, h.State().View.Window)
	}
	h.key(fyne.KeyDelete, 0)
	if n := len(h.State().Measure.Sheet.Marks); n != 0 {
		t.Errorf("%d marks after Delete", n)
	}
}

// TestFrameClock: the time runs from the first event to whatever comes after
// the frame, once a frame.
func TestFrameClock(t *testing.T) {
	var reported []time.Duration
	var queue []func()
	c := frameClock{
		report: func(d time.Duration) { reported = append(reported, d) },
		do:     func(f func()) { queue = append(queue, f) },
	}
	c.painted() // no event before it
	c.event()
	time.Sleep(3 * time.Millisecond)
	c.event()
	c.painted()
	if len(reported) != 0 || len(queue) != 1 {
		t.Fatalf("reported %v before the frame was out, %d queued", reported, len(queue))
	}
	c.event() // comes before the queue
	queue[0]()
	if len(reported) != 1 || reported[0] < 3*time.Millisecond {
		t.Errorf("reported %v", reported)
	}
	c.painted()
	queue[1]()
	if len(reported) != 2 {
		t.Errorf("reported %v", reported)
	}
	(&frameClock{}).event() // measures nothing
}
