package ui

import (
	"context"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/export"
	"hilum/app/findings"
	"hilum/app/studies"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/kit"
)

func TestWindowGoldens(t *testing.T) {
	h := scoring(t)
	h.inFolder(t)
	h.run()
	golden.Check(t, "window-empty", h.window.win.Canvas().Capture())
	h.open("first.dcm", "ap.dcm", "damaged.dcm", "bare.png")
	h.listed()
	h.session.Maps.ToggleMap("Effusion")
	h.run()
	hideTime(h)
	golden.Check(t, "window-map", h.window.win.Canvas().Capture())
	h.session.Select(1)
	h.settle()
	h.listed()
	hideTime(h)
	golden.Check(t, "window-warning", h.window.win.Canvas().Capture())
	h.session.Select(2)
	h.settle()
	h.listed()
	golden.Check(t, "window-failed", h.window.win.Canvas().Capture())
}

// hideTime takes the milliseconds, never the same, out of the status line.
func hideTime(h *harness) {
	for i, p := range h.window.status.parts {
		if strings.HasSuffix(p, " ms") {
			h.window.status.parts[i] = "Test engine, 7 ms"
		}
	}
	h.window.status.Refresh()
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
		h.run()
		if got := h.window.win.Canvas().Size(); got != size {
			t.Errorf("asked for %v, the contents need %v", size, got)
		}
		room := h.window.bars.Size()
		if scroll := h.window.rows; scroll.Size().Height < float32(14*barRow) {
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
	h.opener.paths = h.files("first.dcm", "ap.dcm")
	h.window.run(idOpen)()
	st := h.wait("two studies", func(st app.State) bool { return len(st.Studies) == 2 && st.Picture != nil })
	if st.Current != 0 || h.opener.asked[0] != kit.Films {
		t.Errorf("current %d, asked %v", st.Current, h.opener.asked)
	}
	h.opener.paths = []string{h.dir}
	h.files("folder.dcm")
	h.window.run(idFolder)()
	h.wait("three studies", func(st app.State) bool { return len(st.Studies) == 3 })

	dropped := h.files("dropped.png")
	remote, err := storage.ParseURI("https://example.org/a.png")
	if err != nil {
		t.Fatal(err)
	}
	h.window.Dropped([]fyne.URI{storage.NewFileURI(dropped[0]), remote})
	st = h.wait("four studies", func(st app.State) bool { return len(st.Studies) == 4 })
	if !slices.ContainsFunc(st.Studies, func(s studies.Study) bool { return s.Location() == dropped[0] }) {
		t.Errorf("%s was not opened", dropped[0])
	}

	h.opener.paths = nil // the person thought better of it
	h.window.run(idOpen)()
	h.run()
	if n := len(h.session.State().Studies); n != 4 {
		t.Errorf("%d studies after a cancelled dialog", n)
	}
	h.opener.err = errors.New("the dialog broke")
	h.window.run(idOpen)()
	h.run()
	if m := h.session.State().Message; m.String() != "The dialog broke." || !h.window.message.Visible() {
		t.Errorf("message %q, bar visible %v", m, h.window.message.Visible())
	}
}

// TestExportWritesWhatIsShown: E opens the page, which offers the picture without
// identity; what cannot be written is said there.
func TestExportWritesWhatIsShown(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.session.Maps.ToggleMap("Mass")
	h.window.exports = exportChoice{forms: []string{export.PNG}, dir: filepath.Join(h.dir, "out")}
	h.key(fyne.KeyE, 0)
	p := newExportPage(h.window, h.window.pages.export)
	p.export()
	h.wait("the export", func(st app.State) bool { return strings.Contains(st.Message.String(), "Exported 1 file") })
	files, err := filepath.Glob(filepath.Join(h.dir, "out", "*.png"))
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
	h.window.exports.forms = nil
	h.key(fyne.KeyE, 0)
	p = newExportPage(h.window, h.window.pages.export)
	p.export()
	h.wait("the reason", func(app.State) bool { return strings.Contains(p.reason.Text, "tick a form") })
}

func TestKeysReachCommands(t *testing.T) {
	h := scoring(t)
	h.open("ap.dcm", "first.dcm")
	st := h.session.State
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
		{fyne.Key3, 0, func() bool { return st().Map.On && st().Map.Class == st().Rows[2].Class }},
		{fyne.Key2, fyne.KeyModifierShift, func() bool { return st().Map.Class == st().Rows[11].Class }},
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
		h.settle()
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

// TestFocusNeverTrapsKeys: whatever has the focus, a command's key works.
func TestFocusNeverTrapsKeys(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	w := h.window
	c := w.win.Canvas()
	for name, f := range map[string]fyne.Focusable{
		"viewer": w.viewer, "bars": w.bars, "studies": w.studies, "slider": w.toolbar.opacity, "choice": w.toolbar.windows, "button": w.toolbar.invert, "nothing": nil,
	} {
		if f == nil {
			c.Unfocus()
		} else {
			c.Focus(f)
		}
		before := h.session.State().View.Invert
		h.key(fyne.KeyI, 0)
		if h.session.State().View.Invert == before {
			t.Errorf("with the focus on %s the key I is lost", name)
		}
	}
}

func TestSpacePeeks(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.session.Maps.ToggleMap("Mass")
	h.run()
	bare := func() bool { return !h.session.State().Map.Shown() }
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
	h.window.win.Canvas().Focus(h.window.bars) // the key is let go elsewhere
	if bare() {
		t.Error("the map is gone for good when the focus is lost")
	}
}

func TestEngineMissingIsSaid(t *testing.T) {
	h := newHarness(t, app.Config{OpenEngine: func() (inference.Engine, error) {
		return nil, errors.New("ONNX Runtime was not found; make engine gets it")
	}})
	h.session.Start()
	h.wait("the error", func(st app.State) bool { return !st.Engine.Error.IsZero() })
	h.open("first.dcm")
	if h.window.viewer.st.Picture == nil {
		t.Error("no picture without an engine")
	}
	if got := h.window.status.parts; !slices.Contains(got, "No engine: no findings") {
		t.Errorf("status %q", got)
	}
	if !h.window.warning.Visible() || !strings.Contains(h.window.warning.words, "make engine") {
		t.Errorf("the strip says %q", h.window.warning.words)
	}
}

func TestMilestonesAreReported(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.frame()
	h.session.Maps.ToggleMap("Mass")
	h.run()
	h.frame()
	if !slices.Equal(h.traced, []string{"first frame", "first findings", "first map"}) {
		t.Errorf("traced %q", h.traced)
	}
}

func TestClosedWindowFollowsNoMore(t *testing.T) {
	h := scoring(t)
	h.window.Close()
	h.session.Notify(message.Of("late"))
	h.run()
	if h.window.message.Visible() {
		t.Error("a closed window was redrawn")
	}
}

func TestPagesOpenAndClose(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.window.run(idCard)()
	h.window.run(idKeys)()
	p := &h.window.pages
	if p.card == nil || p.keys == nil {
		t.Fatal("no page opened")
	}
	first := p.card
	h.window.run(idCard)()
	if p.card != first {
		t.Error("a second card opened")
	}
	p.card.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if p.card != nil {
		t.Error("Escape does not close the card")
	}
	h.window.Close()
	if p.keys != nil {
		t.Error("a page outlives the window")
	}
}

func TestPageGoldens(t *testing.T) {
	h := scoring(t)
	st := h.session.State()
	st.Model.SHA256 = strings.Repeat("ab", 32)
	golden.Check(t, "card", picture(t, cardPage(st), 720, 700))
	golden.Check(t, "keys", picture(t, keysPage(h.session.Commands()), 620, 700))
}

func TestStudiesListCanBeHidden(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	before := h.window.viewer.Size().Width
	h.window.run(idStudies)()
	h.run()
	if got := h.window.viewer.Size().Width; got < before+studiesWidth-1 {
		t.Errorf("the picture is %v wide without the list, %v with it", got, before)
	}
	h.window.run(idStudies)()
	h.run()
	if got := h.window.viewer.Size().Width; got != before {
		t.Errorf("and %v with it again", got)
	}
}

// TestLongDecodingIsSaid: a film that takes its time is named, and choosing
// another lets go of it.
func TestLongDecodingIsSaid(t *testing.T) {
	h := newHarness(t, app.Config{})
	h.session.Studies.Open(h.files("slow.dcm", "zfirst.dcm")...)
	h.wait("two studies", func(st app.State) bool { return len(st.Studies) == 2 && st.Loading })
	h.wait("words", func(app.State) bool { return h.window.centre.box.Visible() })
	if got := h.window.centre.text.Text; got != "Decoding slow.dcm\u2026" {
		t.Errorf("%q", got)
	}
	h.session.Studies.Worklist.Next()
	if st := h.settle(); st.Current != 1 || st.Picture == nil || h.window.centre.box.Visible() {
		t.Errorf("current %d, words visible %v", st.Current, h.window.centre.box.Visible())
	}
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
		for _, r := range h.window.bars.rows {
			h.window.explainClass(r.Class)
			h.window.right.Refresh()
			h.window.left.Refresh()
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

// TestAFormOfExportIsOffered: one more entry in the list is all that the export page needs.
func TestAFormOfExportIsOffered(t *testing.T) {
	h := newHarness(t, app.Config{Forms: append(export.Standard(), export.Form{
		Name: "words", Title: "The findings in words", Suffix: "-words.txt",
		Write: func(_ context.Context, p *export.Prepared, w io.Writer) error {
			_, err := io.WriteString(w, p.Report.Origin.Pixels)
			return err
		},
	})})
	h.window.showExport()
	page := newExportPage(h.window, h.window.pages.export)
	var box *widget.Check
	for _, o := range test.LaidOutObjects(page.content) {
		if c, ok := o.(*widget.Check); ok && c.Text == "The findings in words" {
			box = c
		}
	}
	if box == nil {
		t.Fatal("the page does not offer it")
	}
	box.SetChecked(true)
	if !slices.Contains(h.window.exports.forms, "words") {
		t.Errorf("chosen are %v", h.window.exports.forms)
	}
}
