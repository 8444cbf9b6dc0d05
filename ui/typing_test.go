package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/measure"
	"hilum/ui/findingspanel"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/uitest"
)

// click presses and lets go of the mouse over the film as the driver does: what has the
// keyboard and is not under the mouse loses it, both times.
func (h *harness) click(at fyne.Position) {
	v, c := h.window.viewer, h.window.win.Canvas()
	unfocus := func() {
		if c.Focused() != fyne.Focusable(v) {
			c.Unfocus()
		}
	}
	uitest.Press(v, desktop.MouseButtonPrimary, 0, at)
	unfocus()
	v.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{Position: at}})
	unfocus()
	h.Run()
}

// TestBoxesOpenFocusedAndEmpty: what is typed after Text, Calibrate and Note stands in
// their boxes, all of it and nothing else, and no answer is given.
func TestBoxesOpenFocusedAndEmpty(t *testing.T) {
	for name, open := range map[string]func(h *harness){
		"text": func(h *harness) {
			h.Measure.SetTool(measure.Tool(annotation.Text))
			h.click(fyne.NewPos(300, 300))
		},
		"calibrate": func(h *harness) {
			h.Measure.SetTool(measure.Calibrate)
			h.click(fyne.NewPos(250, 300))
			h.click(fyne.NewPos(350, 300))
		},
		"note": func(h *harness) { h.Type(h.window.win.Canvas(), "n") },
	} {
		h := keeping(t)
		h.open("first.dcm")
		open(h)
		box := h.window.win.Canvas().Focused()
		if !kit.IsBox(box) {
			t.Errorf("%s: the keyboard is with %T", name, h.window.win.Canvas().Focused())
			continue
		}
		h.Type(h.window.win.Canvas(), "du")
		if got := uitest.TextIn(box); got != "du" {
			t.Errorf("%s: the box holds %q, want du", name, got)
		}
		if st := h.Settle(); len(st.Answers) != 0 {
			t.Errorf("%s: answered %v", name, st.Answers)
		}
		h.key(fyne.KeyEscape, 0)
		if c := h.window.win.Canvas(); c.Focused() != fyne.Focusable(h.window.viewer) {
			t.Errorf("%s: after Escape the keyboard is with %T", name, c.Focused())
		}
	}
}

// TestTypingIsNoCommand types random text into every box of the main window and its pages.
func TestTypingIsNoCommand(t *testing.T) {
	h := keeping(t)
	h.open("first.dcm", "bare.png")
	var ran []string
	for _, id := range []string{idAttributes, menu.ExportCommand, idPrefer, idKeys, idCard, findingspanel.NoteCommand} {
		h.window.run(id)()
		h.window.jobs.group.Wait()
		h.Run()
	}
	h.window.env.Commands = uitest.Counting(h.Commands, &ran)
	typed := 0
	safe := map[string]bool{}
	for _, c := range h.Commands() {
		safe[c.ID] = c.WhileTyping
	}
	babble := func(win fyne.Window, f fyne.Focusable) {
		win.Canvas().Focus(f)
		for _, s := range uitest.Chords(uint64(typed), 80) {
			f.(fyne.Shortcutable).TypedShortcut(s)
		}
		for _, id := range ran {
			if !safe[id] {
				t.Fatalf("a chord typed into %T of %q ran %q", f, win.Title(), id)
			}
		}
		ran = nil
		h.Type(win.Canvas(), uitest.Babble(uint64(typed), 60))
		if len(ran) > 0 {
			t.Fatalf("typing into %T of %q ran %q", f, win.Title(), ran)
		}
		typed++
	}
	for _, win := range fyne.CurrentApp().Driver().AllWindows() {
		for _, f := range boxesOfTabs(win.Content()) {
			babble(win, f)
		}
	}
	if typed < 6 {
		t.Errorf("only %d boxes were found", typed)
	}
	for _, tool := range []measure.Tool{measure.Tool(annotation.Text), measure.Calibrate} {
		h.Measure.SetTool(tool)
		h.click(fyne.NewPos(250, 300))
		h.click(fyne.NewPos(350, 300))
		babble(h.window.win, h.window.prompt.entry)
		h.Measure.SetTool(measure.NoTool)
		h.Run()
	}
	h.window.run(menu.PaletteCommand)()
	h.Type(h.window.win.Canvas(), uitest.Babble(99, 60))
	if len(ran) > 0 {
		t.Errorf("typing into the palette ran %q", ran)
	}
}

// TestChordsWhileTyping: what edits text stays with the box, what opens or ends something is
// done, and what changes the reading is not; quitting says once that a note would be lost.
func TestChordsWhileTyping(t *testing.T) {
	h := keeping(t)
	h.open("first.dcm")
	w := h.window
	var ran []string
	w.env.Commands = uitest.Counting(h.Commands, &ran)
	box := w.worklist.Search()
	w.win.Canvas().Focus(box)
	typed := func(shortcut string) {
		ch, _ := kit.ParseChord(shortcut)
		h.Held = ch.Mods
		box.(fyne.Shortcutable).TypedShortcut(ch.Typed())
		h.Held = 0
	}
	for _, shortcut := range []string{"Ctrl+Z", "Ctrl+Left", "Ctrl+Delete", "Ctrl+W", "Ctrl+U", "Ctrl+Alt+W", "Ctrl+D"} {
		typed(shortcut)
	}
	if len(ran) > 0 {
		t.Errorf("ran %q", ran)
	}
	for _, shortcut := range []string{"Ctrl+K", "Ctrl+O", "Ctrl+Q", "Ctrl+,"} {
		typed(shortcut)
	}
	if want := []string{menu.PaletteCommand, menu.OpenCommand, menu.QuitCommand, idPrefer}; !slices.Equal(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
	w.env.Commands = h.Commands
	w.run(findingspanel.NoteCommand)()
	h.Run()
	h.Type(w.win.Canvas(), "seen")
	w.run(menu.QuitCommand)()
	if w.updates.Closed.Load() || h.State().Message.IsZero() {
		t.Error("the note is lost without a word")
	}
	w.run(menu.QuitCommand)()
	if !w.updates.Closed.Load() {
		t.Error("asked for twice it does not quit")
	}
}

// boxesOfTabs are the boxes under an object, of all tabs that stand there.
func boxesOfTabs(o fyne.CanvasObject) (out []fyne.Focusable) {
	var tabs *container.AppTabs
	uitest.Walk(o, func(o fyne.CanvasObject) {
		if v, ok := o.(*container.AppTabs); ok {
			tabs = v
		}
	})
	if tabs == nil {
		return uitest.Boxes(o)
	}
	for i := range tabs.Items {
		tabs.SelectIndex(i)
		out = append(out, uitest.Boxes(o)...)
	}
	return out
}

// TestNothingReachesTheImageUnderADialog: with a dialog, a dropped-down list or the palette
// over the window no key, sign, chord or item of a menu is a command, and Escape closes
// that one thing.
func TestNothingReachesTheImageUnderADialog(t *testing.T) {
	h := keeping(t)
	h.open("first.dcm")
	w, c := h.window, h.window.win.Canvas()
	h.Maps.ToggleMap("Mass")
	h.Run()
	var ran []string
	gaveUp := 0
	for name, open := range map[string]func(){
		"dialog": func() {
			kit.ShowDialog(dialog.NewInformation("Title", "text", w.win), w.win, func() { gaveUp++ })
		},
		"list": func() { test.Tap(w.toolbar.Windows) },
		"popup": func() {
			widget.NewPopUp(widget.NewLabel("words"), c).ShowAtPosition(fyne.NewPos(9, 9))
		},
	} {
		open()
		if c.Overlays().Top() == nil {
			t.Fatalf("%s: nothing opened", name)
		}
		w.env.Commands = uitest.Counting(h.Commands, &ran)
		h.Type(c, "aduimqwx?[1234567890+")
		for _, m := range w.menus.Main.Items {
			for _, i := range m.Items {
				if i.Action != nil && i.Label != "Quit" {
					i.Action()
				}
			}
		}
		w.env.Commands = h.Commands
		if st := h.Settle(); len(ran) > 0 || len(st.Answers) != 0 || !st.Map.On || st.View.Invert ||
			len(c.Overlays().List()) != 1 {
			t.Errorf("%s: ran %q, %d answers, map %v, %d things over the window", name, ran, len(st.Answers),
				st.Map.On, len(c.Overlays().List()))
		}
		h.key(fyne.KeyEscape, 0)
		if c.Overlays().Top() != nil || !h.State().Map.On {
			t.Errorf("%s: Escape left %d there, map %v", name, len(c.Overlays().List()), h.State().Map.On)
		}
	}
	if gaveUp != 1 {
		t.Errorf("%d dialogs told of Escape, want 1", gaveUp)
	}
	h.key(fyne.KeyEscape, 0)
	if h.State().Map.On {
		t.Error("the next Escape is not the film's")
	}
}

// TestTheImageHasTheKeyboardAfterAChoice: a list of the toolbar, a slider and a study give
// it back by themselves.
func TestTheImageHasTheKeyboardAfterAChoice(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm", "bare.png")
	w, c := h.window, h.window.win.Canvas()
	for name, choose := range map[string]func(){
		"window": func() { c.Focus(w.toolbar.Windows); w.toolbar.Windows.SetSelectedIndex(0) },
		"slider": func() { c.Focus(w.toolbar.Opacity); w.toolbar.Opacity.DragEnd() },
		"study":  func() { c.Focus(h.list()); h.list().Select(1 - h.State().ListRow) },
	} {
		choose()
		h.Run()
		if c.Focused() != fyne.Focusable(w.viewer) {
			t.Errorf("after the %s the keyboard is with %T", name, c.Focused())
		}
	}
	c.Focus(h.list())
	before := h.Settle()
	h.Type(c, "imad1")
	if st := h.Settle(); st.View != before.View || st.Map != before.Map {
		t.Error("keys typed into the list of studies reach the film")
	}
	h.key(map[int]fyne.KeyName{0: fyne.KeyDown, 1: fyne.KeyUp}[before.ListRow], 0)
	h.Wait("the other study", func(st app.State) bool { return st.ListRow == 1-before.ListRow })
	c.Focus(h.list())
	h.key(fyne.KeyEscape, 0)
	if c.Focused() != fyne.Focusable(w.viewer) {
		t.Error("Escape does not leave the list")
	}
}
