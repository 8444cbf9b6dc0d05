package ui

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/measure"
	"hilum/internal/message"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/toolbar"
	"hilum/ui/uitest"
)

// TestEveryCommand runs each command with a film open and with nothing open, by
// its function and, where it is a plain key, by the key.
func TestEveryCommand(t *testing.T) {
	for _, images := range [][]string{{"first.dcm", "ap.dcm", "bare.png"}, nil} {
		h := scoring(t)
		if images != nil {
			h.open(images...)
		}
		for _, c := range h.Commands() {
			if c.ID == menu.QuitCommand {
				continue // last, below
			}
			on := c.Enabled()
			if c.Title == "" || c.Menu == "" {
				t.Errorf("%s has no title or menu", c.ID)
			}
			h.window.run(c.ID)() // does nothing where it is not enabled
			h.Settle()
			if images != nil && !testing.Short() {
				h.frame()
			}
			check(t, h, c.ID)
			if ch, ok := kit.ParseChord(c.Shortcut); ok && on && ch.Plain() {
				if ch.Char != 0 {
					h.window.viewer.TypedRune(ch.Char)
				} else {
					h.key(ch.Key, ch.Mods)
				}
				h.Settle()
				check(t, h, c.ID+" by key")
			}
		}
		h.window.run(menu.QuitCommand)()
		if !h.window.updates.Closed.Load() {
			t.Error("quit does not close the window")
		}
	}
}

// TestMenusHoldEveryCommand: each is found in the menus, greyed when it can do
// nothing, and does nothing then.
func TestMenusHoldEveryCommand(t *testing.T) {
	h := newHarness(t, app.Config{})
	var titles []string
	var walk func(m *fyne.Menu)
	walk = func(m *fyne.Menu) {
		for _, i := range m.Items {
			title, _ := kit.MenuParts(i.Label)
			titles = append(titles, title)
			if i.ChildMenu != nil {
				walk(i.ChildMenu)
			}
			if i.Disabled && i.Action != nil {
				i.Action()
			}
		}
	}
	for _, m := range h.window.menus.Main.Items {
		walk(m)
	}
	for _, c := range h.Commands() {
		if !slices.Contains(titles, c.Title) {
			t.Errorf("%s is in no menu", c.ID)
		}
	}
	if h.window.menus.Main.Items[0].Label != "File" || titles[0] != "Open\u2026" {
		t.Error("the first item is not to open a file")
	}
}

// check compares what is drawn with the session's state. Work in the background
// may change the state between the two looks, as when a folder has just been
// read; the window must follow, and then they agree.
func check(t *testing.T, h *harness, after string) {
	t.Helper()
	var wrong []string
	for try := 0; try == 0 || try < 50 && len(wrong) > 0; try++ {
		time.Sleep(time.Duration(min(try, 1)) * 10 * time.Millisecond)
		h.Run()
		wrong = behind(h.State(), h)
	}
	for _, what := range wrong {
		t.Errorf("after %s %s", after, what)
	}
}

// behind says where a window shows something else than a state.
func behind(st app.State, h *harness) (wrong []string) {
	w := h.window
	shown := w.viewer.State()
	differs := func(is bool, what string, args ...any) {
		if is {
			wrong = append(wrong, fmt.Sprintf(what, args...))
		}
	}
	differs(
		shown.Picture != st.Picture || shown.View.Window != st.View.Window || shown.Map != st.Map,
		"the viewer shows another state",
	)
	if w.workspace.studies.shown {
		listed, row := h.list().Shown()
		differs(row != st.ListRow || listed != st.Listed || st.Listed.Studies != len(st.Studies),
			"the list shows %d of %d studies, row %d of %d", listed.Studies, len(st.Studies), row, st.ListRow)
	}
	differs(
		!slices.EqualFunc(
			h.bars().Rows(), st.Rows,
			func(a, b findings.Row) bool { return a.Class == b.Class && a.Scored == b.Scored },
		),
		"the bars show other rows",
	)
	differs(w.status.standing.Text == "" || !w.status.standing.Visible(), "the standing line is gone")
	differs(
		math.Abs(w.toolbar.Opacity.Value-st.Map.Opacity) > 0.026 || w.toolbar.Fit.Disabled() == (st.Picture != nil),
		"the toolbar is behind",
	)
	// a film that comes soon leaves the place empty
	differs(!st.Loading && w.placeholder.box.Visible() == (st.Picture != nil),
		"picture %v, what to do next %v", st.Picture != nil, w.placeholder.box.Visible())
	return wrong
}

// TestToolbar uses each control as a person does.
func TestToolbar(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	tb, st := h.window.toolbar, h.State
	test.Tap(tb.Invert)
	if !st().View.Invert {
		t.Error("invert")
	}
	test.Tap(tb.One)
	test.Tap(tb.Fit)
	if !st().View.Fit {
		t.Error("fit")
	}
	tb.Windows.SetSelected("Lung")
	if st().View.Window.Name != "Lung" {
		t.Errorf("window %+v", st().View.Window)
	}
	tb.Colours.SetSelected("Jet")
	tb.Scale.SetSelected(toolbar.OwnScale)
	test.Tap(tb.Map)
	test.Tap(tb.Signed)
	tb.Opacity.SetValue(0.8)
	h.Run()
	if m := st().Map; m.Colours != "jet" || !m.PerMap || !m.On || !m.Signed || m.Opacity != 0.8 {
		t.Errorf("map %+v", m)
	}
	if tb.Colours.Selected != "For / against" || !tb.Colours.Disabled() {
		t.Errorf("two-sided maps have colours of their own, the choice shows %q", tb.Colours.Selected)
	}
	test.Tap(tb.Reset)
	h.Run()
	if st().View.Invert || tb.Windows.Selected != "Normal" {
		t.Errorf("reset: %+v, choice shows %q", st().View, tb.Windows.Selected)
	}
	sort := func() *kit.Button {
		return uitest.Find(
			t, h.window.findings.Content, "order",
			func(b *kit.Button) bool { return strings.HasPrefix(b.Text, "Sorted") },
		)
	}
	test.Tap(sort())
	h.Run()
	if st().Sort != findings.ByClass || sort().Text != "Sorted by class" {
		t.Errorf("sort %s, button %q", st().Sort, sort().Text)
	}
}

// TestRandomReader does what comes to mind, in any order, on good and bad
// files: the window must show the session's state and nothing may break.
func TestRandomReader(t *testing.T) {
	steps := 400
	if testing.Short() {
		steps = 120
	}
	h := scoring(t)
	h.open("first.dcm", "ap.dcm", "damaged.dcm", "bare.png")
	rng := rand.New(rand.NewPCG(2026, 11))
	w := h.window
	pos := func() fyne.Position { return fyne.NewPos(rng.Float32()*900-50, rng.Float32()*700-50) }
	buttons := []desktop.MouseButton{desktop.MouseButtonPrimary, desktop.MouseButtonSecondary,
		desktop.MouseButtonTertiary}
	acts := []func(){
		func() {
			if c := h.Commands(); true {
				if one := c[rng.IntN(len(c))]; one.ID != menu.QuitCommand && one.ID != "file.demo" {
					w.run(one.ID)()
				}
			}
		},
		func() { uitest.Press(w.viewer, buttons[rng.IntN(3)], fyne.KeyModifier(rng.IntN(4)), pos()) },
		func() {
			w.viewer.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(rng.Float32()*80-40, rng.Float32()*80-40)})
		},
		func() { w.viewer.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: pos()}}) },
		func() {
			w.viewer.Scrolled(
				&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: pos()},
					Scrolled: fyne.NewDelta(0, rng.Float32()*200-100)},
			)
		},
		func() { w.viewer.MouseUp(nil); w.viewer.MouseOut() },
		func() { h.bars().Tapped(&fyne.PointEvent{Position: pos()}) },
		func() { w.win.Canvas().FocusNext() },
		func() {
			h.key([]fyne.KeyName{fyne.KeyUp, fyne.KeyDown, fyne.KeyI, fyne.KeySpace, fyne.KeyReturn,
				fyne.Key4}[rng.IntN(6)], 0)
		},
		func() { h.Select(rng.IntN(6) - 1) },
		func() { h.CloseStudy(rng.IntN(8) - 1) },
		func() {
			h.Studies.Open(h.Files([]string{"first.dcm", "ap.dcm", "damaged.dcm", "bare.png"}[rng.IntN(4)])...)
		},
		func() { w.win.Resize(fyne.NewSize(1280+rng.Float32()*200, 720+rng.Float32()*100)) },
		func() { h.Notify(message.Of("A message.")) },
		func() { w.toolbar.Opacity.SetValue(rng.Float64()) },
	}
	for step := range steps {
		acts[rng.IntN(len(acts))]()
		if step%4 == 0 {
			h.Run()
		}
		if step%20 == 0 {
			h.frame()
		}
		if step%50 == 49 {
			h.Settle()
			check(t, h, "random steps")
		}
		if t.Failed() {
			t.Fatalf("at step %d", step)
		}
	}
}

// TestRandomReaderUndoesEverything works on one film with mouse, keys, sliders and
// commands, and takes all of it back: the film stands there as it was opened.
func TestRandomReaderUndoesEverything(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	w, rng := h.window, rand.New(rand.NewPCG(7, 7))
	pos := func() fyne.Position { return fyne.NewPos(rng.Float32()*900-50, rng.Float32()*600) }
	buttons := []desktop.MouseButton{desktop.MouseButtonPrimary, desktop.MouseButtonSecondary,
		desktop.MouseButtonTertiary}
	panels := []string{idFull, idStudies, idFindings, idImageOnly} // what gives the film room is not undone
	stays := func(c command.Command) bool {
		for _, name := range []string{"View", "Measure", "Compare", "Findings"} {
			if c.Menu == name && c.ID != "compare.pin" && !slices.Contains(panels, c.ID) && !menu.IsMethod(c) {
				return true
			}
		}
		return false
	}
	acts := []func(){
		func() { uitest.Press(w.viewer, buttons[rng.IntN(3)], fyne.KeyModifier(rng.IntN(4)), pos()) },
		func() {
			w.viewer.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(rng.Float32()*80-40, rng.Float32()*80-40)})
		},
		func() {
			w.viewer.Scrolled(&fyne.ScrollEvent{
				PointEvent: fyne.PointEvent{Position: pos()}, Scrolled: fyne.NewDelta(0, rng.Float32()*200-100),
			})
		},
		func() { w.viewer.MouseUp(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: pos()}}) },
		func() { h.bars().Tapped(&fyne.PointEvent{Position: pos()}) },
		func() { w.toolbar.Opacity.SetValue(rng.Float64()) },
		func() { h.key([]fyne.KeyName{fyne.KeyI, fyne.KeyM, fyne.Key4, fyne.KeyZ}[rng.IntN(4)], 0) },
		func() {
			list := h.Commands()
			if c := list[rng.IntN(len(list))]; stays(c) {
				w.run(c.ID)()
			}
		},
	}
	start := h.Settle()
	for range 180 {
		acts[rng.IntN(len(acts))]()
		h.Run()
	}
	w.viewer.MouseUp(nil)
	h.Measure.SetTool(measure.NoTool)
	steps := 0
	for ; h.Settle().CanUndo; steps++ {
		w.run("measure.undo")()
	}
	st := h.Settle()
	if st.View != start.View || st.Map != start.Map || st.Compare.Layout != start.Compare.Layout ||
		len(st.Measure.Sheet.Marks) != 0 {
		t.Errorf("%d steps undone: %+v %+v, want %+v %+v", steps, st.View, st.Map, start.View, start.Map)
	}
	if steps < 40 {
		t.Errorf("only %d steps", steps)
	}
	check(t, h, "all undone")
}
