package ui

import (
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/storage"

	"hilum/app"
	"hilum/app/export"
	"hilum/app/findings"
	"hilum/app/studies"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/golden"
	"hilum/ui/menu"
	"hilum/ui/page"
	"hilum/ui/studylist"
	"hilum/ui/uitest"
)

func TestWindowGoldens(t *testing.T) {
	h := scoring(t)
	h.InFolder(t)
	h.Run()
	golden.Check(t, "window-empty", h.window.win.Canvas().Capture())
	h.open("first.dcm", "ap.dcm", "damaged.dcm", "bare.png")
	h.Listed()
	h.pictured()
	h.Maps.ToggleMap("Effusion")
	h.Run()
	golden.Check(t, "window-map", h.window.win.Canvas().Capture())
	h.Select(1)
	h.Settle()
	h.Listed()
	golden.Check(t, "window-warning", h.window.win.Canvas().Capture())
	h.Select(2)
	h.Settle()
	h.Listed()
	golden.Check(t, "window-failed", h.window.win.Canvas().Capture())
}

// scrollAround is what the rows of the findings scroll in.
func scrollAround(h *harness) *container.Scroll {
	return uitest.Find(
		h.T, h.window.findings.Content, "scroll", func(s *container.Scroll) bool {
			rows, ok := s.Content.(*fyne.Container)
			return ok && slices.Contains(rows.Objects, fyne.CanvasObject(h.bars()))
		},
	)
}

// TestEverythingFits: at 1280x720 all fourteen rows stand without scrolling and
// the standing line is there in full.
func TestEverythingFits(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	sizes := []fyne.Size{{Width: 1280, Height: 720}, {Width: 1600, Height: 1000}}
	if !testing.Short() {
		sizes = append(sizes, fyne.NewSize(3840, 2160))
	}
	for _, size := range sizes {
		h.window.win.Resize(size)
		h.window.win.Canvas().Capture()
		h.Run()
		if got := h.window.win.Canvas().Size(); got != size {
			t.Errorf("asked for %v, the contents need %v", size, got)
		}
		room := h.bars().Size()
		if explained := h.window.findings.Explained(); explained < 40 {
			t.Errorf("%v: what stands behind a finding has %v", size, explained)
		}
		if scroll := scrollAround(h); scroll.Size().Height < h.bars().MinSize().Height {
			t.Errorf("%v: the rows have %v of %v", size, scroll.Size().Height, room.Height)
		}
		s := h.window.status
		if s.standing.Text != inference.NotForDiagnosis || s.standing.MinSize().Width > s.Size().Width {
			t.Errorf("%v: the standing line is %q in %v", size, s.standing.Text, s.Size())
		}
	}
}

func TestOpenByDialogDropAndName(t *testing.T) {
	h := newHarness(t, app.Config{})
	h.Opener.Paths = h.Files("first.dcm", "ap.dcm")
	h.window.run(menu.OpenCommand)()
	st := h.Wait("two studies", func(st app.State) bool { return len(st.Studies) == 2 && st.Picture != nil })
	if st.Current != 0 || h.Opener.Asked[0] != filedialog.Films {
		t.Errorf("current %d, asked %v", st.Current, h.Opener.Asked)
	}
	h.Opener.Paths = []string{h.Dir}
	h.Files("folder.dcm")
	h.window.run(menu.FolderCommand)()
	h.Wait("three studies", func(st app.State) bool { return len(st.Studies) == 3 })

	dropped := h.Files("dropped.png")
	remote, err := storage.ParseURI("https://example.org/a.png")
	if err != nil {
		t.Fatal(err)
	}
	h.window.opening.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(dropped[0]), remote})
	st = h.Wait("four studies", func(st app.State) bool { return len(st.Studies) == 4 })
	if !slices.ContainsFunc(st.Studies, func(s studies.Study) bool { return s.Location() == dropped[0] }) {
		t.Errorf("%s was not opened", dropped[0])
	}

	h.Opener.Paths = nil // the person thought better of it
	h.window.run(menu.OpenCommand)()
	h.Run()
	if n := len(h.State().Studies); n != 4 {
		t.Errorf("%d studies after a cancelled dialog", n)
	}
	h.Opener.Err = errors.New("the dialog broke")
	h.window.run(menu.OpenCommand)()
	h.Run()
	if m := h.State().Message; m.String() != "The dialog broke." || !h.window.message.Visible() {
		t.Errorf("message %q, bar visible %v", m, h.window.message.Visible())
	}
}

// TestExportWritesWhatIsShown: E opens the page, which offers the picture without
// identity; what cannot be written is said there.
func TestExportWritesWhatIsShown(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.Maps.ToggleMap("Mass")
	h.window.output.exports = page.ExportChoice{Forms: []string{export.PNG}, Dir: filepath.Join(h.Dir, "out")}
	h.key(fyne.KeyE, 0)
	export := func() fyne.CanvasObject {
		w := uitest.WindowCalled("Hilum: Export")
		w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
		return w.Content()
	}
	export()
	h.Wait("the export", func(st app.State) bool { return strings.Contains(st.Message.String(), "Exported 1 file") })
	files, err := filepath.Glob(filepath.Join(h.Dir, "out", "*.png"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c, err := png.DecodeConfig(f); err != nil || c.Width != 320 || c.Height <= 400 {
		t.Errorf("%dx%d, %v: want the picture and a caption", c.Width, c.Height, err)
	}
	h.window.output.exports.Forms = nil
	h.key(fyne.KeyE, 0)
	page := export()
	h.Wait(
		"the reason", func(app.State) bool {
			return strings.Contains(strings.Join(uitest.Texts(page), " "),
				"tick a form")
		},
	)
}

func TestKeysReachCommands(t *testing.T) {
	h := scoring(t)
	h.open("ap.dcm", "first.dcm")
	st := h.State
	byName := slices.Sorted(slices.Values(inference.ChestXray14())) // the digits' order, whatever that of the rows
	for _, step := range []struct {
		key   fyne.KeyName
		mods  fyne.KeyModifier
		check func() bool
	}{
		{fyne.KeyI, 0, func() bool { return st().View.Invert }},
		{fyne.KeyZ, 0, func() bool { return st().View.Place.Zoom == 1 && !st().View.Fit }},
		{fyne.KeyF, 0, func() bool { return st().View.Fit }},
		{fyne.KeyW, 0, func() bool { return st().View.Window.Name == "Lung" }},
		{fyne.KeyM, 0, func() bool { return st().Map.On }},
		{fyne.KeyM, 0, func() bool { return !st().Map.On }},
		{fyne.Key3, 0, func() bool { return st().Map.On && st().Map.Class == byName[2] }},
		{fyne.Key2, fyne.KeyModifierShift, func() bool { return st().Map.Class == byName[11] }},
		{fyne.KeyEscape, 0, func() bool { return !st().Map.On }},
		{fyne.KeyO, 0, func() bool { return st().Sort == findings.ByClass }},
		{fyne.KeyR, 0, func() bool { return !st().View.Invert && st().View.Window.Name == "Normal" }},
		{fyne.KeyDown, 0, func() bool { return st().Current == 1 }},
		{fyne.KeyUp, 0, func() bool { return st().Current == 0 }},
	} {
		h.key(step.key, step.mods)
		if !step.check() {
			t.Errorf("key %s (modifiers %d) did not do what it should", step.key, step.mods)
		}
		h.Settle()
	}
	for r, check := range map[rune]func(before, after app.State) bool{
		'+': func(a, b app.State) bool { return b.View.Place.Zoom > a.View.Place.Zoom },
		'-': func(a, b app.State) bool { return b.View.Place.Zoom < a.View.Place.Zoom },
		'[': func(a, b app.State) bool { return b.Map.Opacity < a.Map.Opacity },
		']': func(a, b app.State) bool { return b.Map.Opacity > a.Map.Opacity },
	} {
		before := st()
		h.window.viewer.TypedRune(r)
		if !check(before, st()) {
			t.Errorf("%c did nothing", r)
		}
	}
}

// TestFocusNeverTrapsKeys: whatever has the focus, but for boxes and the list of studies, a
// command's key works.
func TestFocusNeverTrapsKeys(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	w := h.window
	c := w.win.Canvas()
	for name, f := range map[string]fyne.Focusable{
		"viewer": w.viewer, "bars": h.bars(), "slider": w.toolbar.Opacity, "choice": w.toolbar.Windows,
		"button": w.toolbar.Invert, "nothing": nil,
	} {
		if f == nil {
			c.Unfocus()
		} else {
			c.Focus(f)
		}
		before := h.State().View.Invert
		h.key(fyne.KeyI, 0)
		if h.State().View.Invert == before {
			t.Errorf("with the focus on %s the key I is lost", name)
		}
	}
}

func TestSpacePeeks(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.Maps.ToggleMap("Mass")
	h.Run()
	bare := func() bool { return !h.State().Map.Shown() }
	space := &fyne.KeyEvent{Name: fyne.KeySpace}
	h.window.viewer.KeyDown(space)
	if !bare() {
		t.Error("Space does not show the bare picture")
	}
	h.window.viewer.KeyUp(space)
	if bare() {
		t.Error("the map did not come back")
	}
	h.window.viewer.KeyDown(space)
	h.window.win.Canvas().Focus(h.bars()) // the key is let go elsewhere
	if bare() {
		t.Error("the map is gone for good when the focus is lost")
	}
}

func TestEngineMissingIsSaid(t *testing.T) {
	h := newHarness(t, app.Config{OpenEngine: func() (inference.Engine, error) {
		return nil, errors.New("ONNX Runtime was not found; make engine gets it")
	}})
	h.Start()
	h.Wait("the error", func(st app.State) bool { return !st.Engine.Error.IsZero() })
	h.open("first.dcm")
	if h.window.viewer.State().Picture == nil {
		t.Error("no picture without an engine")
	}
	if got := h.window.status.parts; !slices.Contains(got, "No engine: no findings") {
		t.Errorf("status %q", got)
	}
	words := uitest.Texts(h.window.findings.Content)
	if !slices.ContainsFunc(words, func(s string) bool { return strings.Contains(s, "make engine") }) {
		t.Errorf("the panel says %q", words)
	}
}

func TestMilestonesAreReported(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.frame()
	h.Maps.ToggleMap("Mass")
	h.Run()
	h.frame()
	if !slices.Equal(h.traced, []string{"first frame", "first findings", "first map"}) {
		t.Errorf("traced %q", h.traced)
	}
}

func TestClosedWindowFollowsNoMore(t *testing.T) {
	h := scoring(t)
	h.window.Close()
	h.Notify(message.Of("late"))
	h.Run()
	if h.window.message.Visible() {
		t.Error("a closed window was redrawn")
	}
}

func TestPagesOpenAndClose(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.window.run(idCard)()
	h.window.run(idKeys)()
	card := func() fyne.Window { return uitest.WindowCalled("Hilum: Model card") }
	keys := func() fyne.Window { return uitest.WindowCalled("Hilum: Keys and mouse") }
	if card() == nil || keys() == nil {
		t.Fatal("no page opened")
	}
	first, windows := card(), len(fyne.CurrentApp().Driver().AllWindows())
	h.window.run(idCard)()
	if card() != first || len(fyne.CurrentApp().Driver().AllWindows()) != windows {
		t.Error("a second card opened")
	}
	first.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if card() != nil {
		t.Error("Escape does not close the card")
	}
	h.window.Close()
	if keys() != nil {
		t.Error("a page outlives the window")
	}
}

func TestPageGoldens(t *testing.T) {
	h := scoring(t)
	st := h.State()
	st.Model.SHA256 = strings.Repeat("ab", 32)
	golden.Check(t, "card", uitest.Picture(t, page.Card(uitest.Environment(t), st), 720, 700))
	golden.Check(t, "keys", uitest.Picture(t, page.Keys(uitest.Environment(t), h.Commands(), viewport.DefaultMouse()), 620, 700))
}

func TestStudiesListCanBeHidden(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	before := h.window.viewer.Size().Width
	h.window.run(idStudies)()
	h.Run()
	if got := h.window.viewer.Size().Width; got < before+studylist.Width-1 {
		t.Errorf("the picture is %v wide without the list, %v with it", got, before)
	}
	h.window.run(idStudies)()
	h.Run()
	if got := h.window.viewer.Size().Width; got != before {
		t.Errorf("and %v with it again", got)
	}
}

// TestLongDecodingIsSaid: a film that takes its time is named, and choosing
// another lets go of it.
func TestLongDecodingIsSaid(t *testing.T) {
	h := newHarness(t, app.Config{})
	h.Studies.Open(h.Files("slow.dcm", "zfirst.dcm")...)
	h.Wait("two studies", func(st app.State) bool { return len(st.Studies) == 2 && st.Loading })
	h.Wait("words", func(app.State) bool { return h.window.placeholder.box.Visible() })
	if got := h.window.placeholder.text.Text; got != "Decoding slow.dcm\u2026" {
		t.Errorf("%q", got)
	}
	h.Studies.Worklist.Next()
	h.Wait("the other film without words", func(st app.State) bool {
		return st.Current == 1 && st.Picture != nil && !h.window.placeholder.box.Visible()
	})
}

// TestRefreshingLoadsNoFonts: the toolkit loads fonts, some ten megabytes, for each
// part of a window that is themed anew. Refreshing the panels must not do that.
func TestRefreshingLoadsNoFonts(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	look := func() {
		for _, r := range h.bars().Rows() {
			h.window.findings.Explain(r.Class)
			h.window.findings.Content.Refresh()
			h.window.worklist.Content.Refresh()
			h.frame()
		}
	}
	look()
	before := heap()
	look()
	if after := heap(); after > before+20<<20 {
		t.Errorf("%d MB more after refreshing the panels 14 times", (after-before)>>20)
	}
}

// TestNoPictureNoTitle: closing the last study leaves nothing of it in the title.
func TestNoPictureNoTitle(t *testing.T) {
	h := looking(t)
	h.CloseStudy(0)
	h.Wait("nothing open", func(st app.State) bool { return st.Current < 0 })
	if h.window.win.Title() != "Hilum" || !h.window.placeholder.box.Visible() {
		t.Errorf("title %q, what to do next shown %v", h.window.win.Title(), h.window.placeholder.box.Visible())
	}
}

func TestAttributesCommand(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.window.run(idAttributes)()
	h.window.jobs.group.Wait()
	h.Run()
	if h.State().Message.IsZero() && uitest.WindowCalled("Hilum: Attributes") == nil {
		t.Error("neither a page nor a message")
	}
}
