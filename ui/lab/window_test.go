package lab

import (
	"context"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app/command"
	"hilum/app/lab"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/inference/saliency"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// bed runs what a bench posts to the window on the test's goroutine.
type bed struct {
	uitest.Queue
	t    *testing.T
	b    *lab.Bench
	w    *Window
	open uitest.Opener
}

func newBed(t *testing.T) *bed { return newBedWith(t, lesson.Catalogue{}) }

// newBedWith is a bed with other lists than the standard ones.
func newBedWith(t *testing.T, c lesson.Catalogue) *bed {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(kit.Theme{})
	d := &bed{
		t: t,
		b: lab.NewBench(
			lab.Config{Engine: uitest.PlaceEngine{}, Source: uitest.PlaceModel(t), Controls: 6, Words: uitest.StyleOf(t).Words,
				Catalogue: c},
		),
	}
	d.w = New(
		a, d.b,
		Options{
			Style: uitest.StyleOf(t), Opener: &d.open, Do: d.Do, Held: func() fyne.KeyModifier { return 0 },
			Runs: t.TempDir(),
		},
	)
	t.Cleanup(d.w.Close)
	d.wait("the model", func(st lab.State) bool { return st.Model != "" })
	return d
}

func (d *bed) wait(what string, ok func(lab.State) bool) (st lab.State) {
	d.t.Helper()
	d.Wait(d.t, what, func() bool {
		st = d.b.State()
		return ok(st)
	})
	return st
}

func idle(st lab.State) bool {
	return st.Now != nil && !st.Scoring && st.Controlling == [2]int{} && !st.Strip.Drawing
}

// loaded is a bed with a film and a size on which places are known.
func loaded(t *testing.T) *bed {
	d := newBed(t)
	d.w.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	d.b.Load(
		uitest.Image(300, 280), "film.dcm", lesson.ImageRef{Path: "film.dcm"},
		[]effect.Box{{Label: "Mass", Rect: edit.Rect{X: 0.6, Y: 0.3, W: 0.15, H: 0.2}}},
	)
	d.b.SetClass("Mass")
	d.wait("the first score", idle)
	d.w.win.Canvas().Capture() // gives the panes their size
	d.Run()
	return d
}

// tool is the one that makes edits of a kind, of a device where it is a marker.
func (d *bed) tool(kind edit.Kind, device edit.Device) tool {
	d.t.Helper()
	for _, t := range d.w.hand.allTools() {
		if t.Edit.Kind == kind && t.Edit.Device == device {
			return tool{makes: t.Edit}
		}
	}
	d.t.Fatalf("there is no tool for %s %s", kind, device)
	return choosing
}

// drag presses, moves and lets go on a pane, at fractions of its picture.
func (d *bed) drag(p *pane, from, to [2]float64) {
	d.t.Helper()
	pos := func(f [2]float64) fyne.Position {
		x, y := p.placement().ToView(p.w, p.h, f[0]*float64(p.picture.Width), f[1]*float64(p.picture.Height))
		return fyne.NewPos(float32(x/p.scale()), float32(y/p.scale()))
	}
	a, b := pos(from), pos(to)
	p.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: a}, Button: desktop.MouseButtonPrimary})
	if from != to {
		p.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: b}, Dragged: fyne.NewDelta(b.X-a.X, b.Y-a.Y)})
		p.DragEnd()
	}
	p.MouseUp(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: b}, Button: desktop.MouseButtonPrimary})
	d.Run()
}

// near compares fractions to a pixel of the pane.
func near(a, b float64) bool { return math.Abs(a-b) < 0.01 }

// TestDrawMoveResize: a drag with a tool makes an edit there; with none it moves
// the edit, and at a corner resizes it; all of a drag is one step back.
func TestDrawMoveResize(t *testing.T) {
	d := loaded(t)
	d.w.hand.setTool(d.tool(edit.Erase, ""))
	d.drag(d.w.after, [2]float64{0.2, 0.3}, [2]float64{0.4, 0.5})
	st := d.wait("the edit and its control", func(st lab.State) bool { return st.Control != nil && idle(st) })
	if r := st.Edits[0].Region; len(st.Edits) != 1 || !near(r.X, 0.2) || !near(r.Y, 0.3) || !near(r.W, 0.2) ||
		!near(r.H, 0.2) {
		t.Fatalf("drawn: %+v", st.Edits)
	}
	d.w.hand.setTool(choosing)
	d.drag(d.w.before, [2]float64{0.3, 0.4}, [2]float64{0.5, 0.45})
	if r := d.b.State().Edits[0].Region; !near(r.X, 0.4) || !near(r.Y, 0.35) || !near(r.W, 0.2) {
		t.Errorf("moved: %+v", r)
	}
	d.drag(d.w.after, [2]float64{0.6, 0.55}, [2]float64{0.7, 0.6})
	if r := d.b.State().Edits[0].Region; !near(r.X, 0.4) || !near(r.W, 0.3) || !near(r.H, 0.25) {
		t.Errorf("resized: %+v", r)
	}
	d.b.Edits.Undo()
	if r := d.b.State().Edits[0].Region; !near(r.W, 0.2) {
		t.Errorf("undone: %+v", r)
	}
	d.drag(d.w.after, [2]float64{0.9, 0.9}, [2]float64{0.9, 0.9})
	if d.b.State().Selected != -1 {
		t.Error("a click beside all edits does not let go")
	}
}

// TestToolsOnATurnedImage: what is drawn on the mirrored picture lies on the film
// where it is seen, and a crop keeps what was drawn.
func TestToolsOnATurnedImage(t *testing.T) {
	d := loaded(t)
	d.b.Edits.Add(edit.Edit{Kind: edit.Flip})
	d.wait("the flip", idle)
	d.w.hand.setTool(d.tool(edit.Marker, edit.Clip))
	d.drag(d.w.after, [2]float64{0.2, 0.2}, [2]float64{0.2, 0.2})
	st := d.wait("the clip", func(st lab.State) bool { return len(st.Edits) == 2 && idle(st) })
	if r := st.Edits[1].Region; !near(r.X+r.W/2, 0.8) || !near(r.Y+r.H/2, 0.2) || st.Edits[1].Device != edit.Clip {
		t.Errorf("a click on the mirrored film lays the clip at %+v", r)
	}
	d.w.hand.setTool(d.tool(edit.Crop, ""))
	d.drag(d.w.after, [2]float64{0.1, 0.1}, [2]float64{0.6, 0.6})
	st = d.wait("the crop", func(st lab.State) bool { return len(st.Edits) == 3 && idle(st) })
	if st.Edited.Width != 150 || st.Edited.Height != 140 {
		t.Errorf("cropped to %d x %d", st.Edited.Width, st.Edited.Height)
	}
	x, y := st.Frame.ToImage(0, 0)
	if !near(x, 0.9) || !near(y, 0.1) {
		t.Errorf("the corner of the crop is the film's %v, %v", x, y)
	}
}

// TestCopyAndPaste carries a piece over, and says what is missing.
func TestCopyAndPaste(t *testing.T) {
	d := loaded(t)
	d.w.hand.setTool(d.tool(edit.Paste, ""))
	d.drag(d.w.after, [2]float64{0.5, 0.5}, [2]float64{0.5, 0.5})
	if st := d.b.State(); !strings.Contains(st.Message.String(), "Nothing was copied") || len(st.Edits) != 0 {
		t.Errorf("pasting nothing: %q", st.Message)
	}
	d.w.hand.setTool(tool{copies: true})
	d.drag(d.w.before, [2]float64{0.6, 0.2}, [2]float64{0.8, 0.4})
	d.drag(d.w.after, [2]float64{0.3, 0.6}, [2]float64{0.3, 0.6})
	st := d.wait("the piece", func(st lab.State) bool { return len(st.Edits) == 1 && idle(st) })
	e := st.Edits[0]
	if e.From == nil || !near(e.From.X, 0.6) || !near(e.Region.X, 0.2) || !near(e.Region.W, 0.2) || e.From.Path != "" {
		t.Errorf("pasted %+v from %+v", e.Region, e.From)
	}
	d.b.Load(uitest.Image(300, 280), "other", lesson.ImageRef{Path: "/other.dcm"}, nil)
	d.wait("the other film", idle)
	d.w.hand.setTool(d.tool(edit.Paste, ""))
	d.drag(d.w.after, [2]float64{0.5, 0.5}, [2]float64{0.5, 0.5})
	if st = d.b.State(); len(st.Edits) != 1 || st.Edits[0].From.Path != "film.dcm" {
		t.Errorf("pasted into another film: %+v", st.Edits)
	}
}

// TestCommands runs every command, with a film and without: none panics, and the
// keys reach them.
func TestCommands(t *testing.T) {
	d := newBed(t)
	d.b.NextPhantom()
	d.wait("a phantom", func(st lab.State) bool { return idle(st) && st.Name == "phantom 1" && len(st.Boxes) > 0 })
	d.open.Err = os.ErrPermission
	for range 2 {
		for _, c := range d.w.list {
			if c.ID != "film.close" && c.ID != "film.phantom" && !strings.HasPrefix(c.ID, "lesson.ready") &&
				c.ID != "maps.pick" {
				d.w.environment.Chorded(c)
				d.Run()
			}
		}
		d.b.Jobs.Stop()
		d.b.Load(uitest.Image(300, 280), "film", lesson.ImageRef{Demo: "5-normal.png"}, nil)
		d.wait("a score", idle)
		d.b.Edits.Add(edit.Edit{Kind: edit.Noise, Amount: 0.01})
	}
	d.b.Maps.SetStrip(effect.NoStrip)
	d.wait("quiet", func(st lab.State) bool { return idle(st) && st.Job == nil })
	d.w.environment.TypedKey(&fyne.KeyEvent{Name: fyne.KeyO})
	if st := d.b.State(); len(st.Edits) != 1 || !st.Edits[0].Off {
		t.Errorf("O does not switch the edit off: %+v", st.Edits)
	}
	d.w.pickMethods()
	d.Run()
	d.w.Close()
	d.w.Close()
	if !d.w.Closed() {
		t.Error("the window says that it is open")
	}
}

// TestWhatIsAddedToTheCatalogueIsMetInTheWindow: an edit has a button, a command in a
// menu and its slider, a method stands among those of the strip.
func TestWhatIsAddedToTheCatalogueIsMetInTheWindow(t *testing.T) {
	gain := edit.Operation{
		Kind:  "gain",
		Title: func(edit.Edit) message.Message { return message.Of("Gain") },
		Doing: func(edit.Edit) message.Message { return message.Of("This gain") },
		Apply: func(_ context.Context, s *edit.Sheet, e edit.Edit, _ edit.Images) error {
			s.Map(func(u float32) float32 { return u * float32(e.Scale) })
			return nil
		},
		Tools: []edit.Tool{{Text: "Gain", Group: edit.ChangesAll, Edit: edit.Edit{Kind: "gain", Scale: 0.5}}},
		Sliders: []edit.Slider{
			{Name: "Factor", Min: 0, Max: 2, Step: 0.1, Of: func(e *edit.Edit) *float64 { return &e.Scale }},
		},
	}
	d := newBedWith(t, lesson.Catalogue{
		Edits:   append(edit.Standard(), gain),
		Methods: append(saliency.Methods(), saliency.Method{Name: "tealeaves", Title: "Tea leaves"}),
	})
	d.b.Load(uitest.Image(300, 280), "film.dcm", lesson.ImageRef{Path: "film.dcm"}, nil)
	d.wait("the first score", idle)
	at := slices.IndexFunc(d.w.list, func(c command.Command) bool { return c.Title == "Gain" })
	if at < 0 {
		t.Fatal("no menu has it")
	}
	d.w.environment.Chorded(d.w.list[at])
	st := d.wait("the edit", func(st lab.State) bool { return idle(st) && len(st.Edits) == 1 })
	if st.Edits[0].Kind != "gain" || st.Edited.Stored[0] == st.Image.Stored[0] ||
		!strings.Contains(st.Sentence().String(), "This gain") {
		t.Errorf("%+v, %q", st.Edits, st.Sentence())
	}
	rows := d.w.tools.figures.rows
	if i := slices.IndexFunc(rows, func(r *figureRow) bool { return r.name == "Factor" }); i < 0 ||
		!rows[i].object.Visible() {
		t.Error("there is no slider for it")
	}
	if titles := methodTitles(uitest.Environment(t), d.b.Catalogue()); !slices.Contains(titles, "Tea leaves") {
		t.Errorf("the methods of the strip are %v", titles)
	}
}

// TestZoomIsLinked: both panes show the same place.
func TestZoomIsLinked(t *testing.T) {
	d := loaded(t)
	d.w.before.Scrolled(
		&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(200, 300)}, Scrolled: fyne.NewDelta(0, 60)},
	)
	if d.w.after.look != d.w.before.look || d.w.after.look.zoom <= 1 {
		t.Errorf("before %+v, after %+v", d.w.before.look, d.w.after.look)
	}
	d.w.after.button = desktop.MouseButtonTertiary
	x := d.w.before.look.x
	d.w.after.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(30, 0)})
	if !(d.w.before.look.x < x) {
		t.Error("a pan of one pane does not move the other")
	}
	d.w.after.DoubleTapped(&fyne.PointEvent{})
	if d.w.before.look != fitted {
		t.Error("a double click does not fit both")
	}
}

// TestWriteALesson by hand: steps are added, worded, played, and saved.
func TestWriteALesson(t *testing.T) {
	d := loaded(t)
	d.b.Load(uitest.Image(300, 280), "demo", lesson.ImageRef{Demo: "3-mass.dcm"}, nil)
	d.b.Lesson.New("My lesson")
	d.b.Edits.Add(edit.Edit{Kind: edit.Blur, Region: edit.Rect{X: 0.1, Y: 0.1, W: 0.2, H: 0.2}, Radius: 0.02})
	d.wait("the blur", idle)
	d.w.lesson.stepTitle.SetText("Blur")
	d.b.Lesson.AddStep("Blur", "Look here.")
	d.b.Edits.Clear()
	d.b.Lesson.AddStep("Nothing", "")
	d.b.Lesson.GoTo(0)
	st := d.wait(
		"the first step", func(st lab.State) bool { return len(st.Edits) == 1 && idle(st) && st.Image.Width != 300 },
	)
	if st.Selected != 0 || st.Lesson.Steps[0].Text != "Look here." ||
		!strings.Contains(d.w.lesson.title.Text, "1 of 2: Blur") {
		t.Errorf("selected %d, panel %q", st.Selected, d.w.lesson.title.Text)
	}
	d.open.Paths, d.open.Name = []string{t.TempDir()}, "mine"
	d.w.saveLesson()
	l, err := lesson.Read(filepath.Join(d.open.Paths[0], "mine.json"), lesson.Standard())
	if err != nil || len(l.Steps) != 2 || l.Title != "My lesson" {
		t.Errorf("read back %+v, %v", l, err)
	}
}

// TestGoldens of the whole window and of a small one.
func TestGoldens(t *testing.T) {
	d := newBed(t)
	d.w.win.Resize(fyne.NewSize(1280, 720))
	golden.Check(t, "window-empty", d.capture())
	d = loaded(t)
	d.b.Edits.AddBox(effect.Box{Label: "confounder", Rect: edit.Rect{X: 0.05, Y: 0.85, W: 0.2, H: 0.08}})
	d.b.Edits.Add(edit.Edit{Kind: edit.Marker, Device: edit.Tag, Region: edit.Rect{X: 0.06, Y: 0.86, W: 0.18, H: 0.06}})
	d.b.Edits.Add(
		edit.Edit{Kind: edit.Erase, Region: edit.Rect{X: 0.25, Y: 0.4, W: 0.25, H: 0.2}, Soft: 0.1,
			Shape: edit.Ellipse},
	)
	d.wait("the edits", func(st lab.State) bool { return st.Control != nil && idle(st) })
	golden.Check(t, "window-edited", d.capture())
	d.b.SetClass("Pneumonia")
	d.b.Lesson.New("A lesson")
	d.b.Lesson.AddStep("What the tag does", "The tag was laid on by the lab. Which bars move?")
	d.wait("the lesson", func(st lab.State) bool { return st.Control != nil && idle(st) })
	golden.Check(t, "window-lesson", d.capture())
}

// capture draws the window without the figure that differs each time.
func (d *bed) capture() image.Image {
	d.Run()
	d.w.win.Canvas().Capture() // the first gives rasters their size
	d.w.present()
	d.w.status.Text = "fake.onnx"
	d.w.status.Refresh()
	return d.w.win.Canvas().Capture()
}
