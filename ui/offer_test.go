package ui

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/measure"
	"hilum/inference"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/toolbar"
	"hilum/ui/uitest"
)

// offered are the titles of the menu that is open, which is closed then.
func (h *harness) offered() (titles []string) {
	h.T.Helper()
	top := h.window.win.Canvas().Overlays().Top()
	if top == nil {
		return nil
	}
	for _, text := range uitest.Texts(top) {
		title, _ := kit.MenuParts(text)
		titles = append(titles, title)
	}
	top.Hide()
	h.window.win.Canvas().Overlays().Remove(top)
	return titles
}

// rightClick presses and lets go of the right button over the film, having moved by so
// many units.
func (h *harness) rightClick(at fyne.Position, moved float32) {
	v := h.window.viewer
	e := &desktop.MouseEvent{Button: desktop.MouseButtonSecondary, PointEvent: fyne.PointEvent{Position: at}}
	v.MouseDown(e)
	e.Position = at.AddXY(moved, 0)
	v.MouseMoved(e)
	v.MouseUp(e)
	h.Run()
}

// TestRightClickOffers what can be done with the film, a mark, a study and a finding; a
// drag with the right button moves the film and offers nothing.
func TestRightClickOffers(t *testing.T) {
	h := keeping(t)
	h.open("ap.dcm", "first.dcm")
	v := h.window.viewer
	middle := fyne.NewPos(v.Size().Width/2, v.Size().Height/2)
	has := func(what, want string) {
		t.Helper()
		if got := h.offered(); !slices.Contains(got, want) {
			t.Errorf("%s: %q is not offered in %q", what, want, got)
		}
	}
	h.rightClick(middle, 0)
	has("the film", "Invert")
	h.rightClick(middle, 40)
	if got := h.offered(); got != nil {
		t.Errorf("a drag offers %q", got)
	}
	h.Measure.SetTool(measure.Tool(annotation.Length))
	for _, p := range []annotation.Point{{X: 100, Y: 100}, {X: 200, Y: 100}} {
		h.Measure.PressImage(p, 2)
		h.Measure.ReleaseImage(p, 2)
	}
	h.Measure.SetTool(measure.NoTool)
	h.Run()
	st := h.State()
	x, y := st.View.ImageToView(st.Picture, [2]int{int(v.Size().Width), int(v.Size().Height)}, 150, 100)
	h.rightClick(fyne.NewPos(float32(x), float32(y)), 0)
	has("a mark", "Delete the chosen mark")
	if h.State().Measure.Selected == "" {
		t.Error("the mark is not the chosen one")
	}
	h.bars().TappedSecondary(&fyne.PointEvent{Position: fyne.NewPos(20, 30)})
	has("a finding", "Agree with the finding; blinded: it is present")
	st = h.State()
	if got, want := st.ChosenClass(), st.Rows[1].Class; got != want {
		t.Errorf("chosen is %s, clicked was %s", got, want)
	}
	row := func(name string) (found fyne.SecondaryTappable) {
		uitest.Walk(h.list(), func(o fyne.CanvasObject) {
			if r, ok := o.(fyne.SecondaryTappable); ok && slices.Contains(uitest.Texts(o), name) {
				found = r
			}
		})
		return found
	}
	row("ap.dcm").(fyne.Tappable).Tapped(&fyne.PointEvent{}) // it takes both buttons, or neither reaches the row
	h.Settle()
	if st := h.State(); st.Studies[st.Current].Name() != "ap.dcm" {
		t.Errorf("a click on ap.dcm chose %s", st.Studies[st.Current].Name())
	}
	row("first.dcm").TappedSecondary(&fyne.PointEvent{})
	h.Settle()
	has("a study", "Close study")
	if st := h.State(); st.Studies[st.Current].Name() != "first.dcm" {
		t.Errorf("the study is not the current one, that is %s", st.Studies[st.Current].Name())
	}
}

// TestEachToolHasACursor of its own.
func TestEachToolHasACursor(t *testing.T) {
	h := looking(t)
	seen := map[desktop.Cursor]string{}
	for _, tool := range append([]string{""}, toolbar.Tools()...) {
		h.Measure.SetTool(measure.Tool(strings.TrimPrefix(tool, "measure.")))
		h.Run()
		c := h.window.viewer.Cursor()
		if other, twice := seen[c]; twice {
			t.Errorf("%q has the cursor of %q", tool, other)
		}
		seen[c] = tool
	}
}

// TestRecentFilesComeBack: what was opened stands in the menu, and is opened from there.
func TestRecentFilesComeBack(t *testing.T) {
	h := newHarness(t, app.Config{})
	h.Opener.Paths = h.Files("first.dcm")
	h.window.run(menu.OpenCommand)()
	h.Wait("the study", func(st app.State) bool { return len(st.Studies) == 1 })
	whole, err := filepath.Abs(h.Opener.Paths[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Settings.Preferences().Recent; !slices.Equal(got, []string{whole}) {
		t.Errorf("kept is %q", got)
	}
	h.CloseStudy(0)
	h.Wait("nothing open", func(st app.State) bool { return len(st.Studies) == 0 })
	for _, i := range h.window.menus.Main.Items[0].Items {
		if i.ChildMenu != nil {
			i.ChildMenu.Items[0].Action()
		}
	}
	h.Wait("the study again", func(st app.State) bool { return len(st.Studies) == 1 })
}

// TestMenusMarkWhatIsOn in the window.
func TestMenusMarkWhatIsOn(t *testing.T) {
	h := looking(t)
	marked := func(title string) bool {
		for _, m := range h.window.menus.Main.Items {
			for _, i := range m.Items {
				if got, _ := kit.MenuParts(i.Label); got == title {
					return i.Checked
				}
			}
		}
		t.Fatalf("there is no %s", title)
		return false
	}
	for _, c := range []struct{ id, title string }{
		{"view.invert", "Invert"}, {"map.toggle", "Heat map on or off"},
		{"compare.beside", "Map beside the bare picture"},
		{"measure.angle", "Angle"}, {idImageOnly, "Film only"}, {"measure.hide", "Hide the marks, or show them"},
	} {
		before := marked(c.title)
		h.window.run(c.id)()
		h.Run()
		h.window.present()
		if marked(c.title) == before {
			t.Errorf("%s: marked %v before and after", c.title, before)
		}
	}
	if !marked("List of studies") && !h.window.workspace.imageOnly {
		t.Error("the list of studies is there and has no mark")
	}
}

// TestAbout says which Hilum this is and what it is not for.
func TestAbout(t *testing.T) {
	h := newHarness(t, app.Config{})
	h.window.run(idAbout)()
	words := uitest.Texts(uitest.WindowCalled("Hilum: About Hilum").Content())
	for _, want := range []string{"Version unknown", inference.NotForDiagnosis} {
		if !slices.Contains(words, want) {
			t.Errorf("%q is not said: %q", want, words)
		}
	}
}
