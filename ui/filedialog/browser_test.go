package filedialog

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app/settings"
	"hilum/ui/golden"
	"hilum/ui/kit"
)

// memory keeps preferences for a test.
type memory struct{ p settings.Preferences }

func (m *memory) Preferences() settings.Preferences { return m.p }
func (m *memory) SetPreferences(f func(*settings.Preferences)) error {
	f(&m.p)
	return nil
}

// desk is a program that asks for files in a folder of a test's.
type desk struct {
	t       *testing.T
	dialogs *Dialogs
	memory  memory
	dir     string
	held    fyne.KeyModifier
	chosen  []string
	refused error
	done    int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(kit.Theme{})
	d := &desk{t: t, dir: t.TempDir()}
	for _, name := range []string{"a.dcm", "b.dcm", "c.png", "model.onnx", "table.csv", ".hidden", "old/x.dcm"} {
		path := filepath.Join(d.dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []Purpose{Films, FilmFolder, Model, LabelTable, OwnFolder} {
		d.memory.p.RememberFolder(string(p), d.dir)
	}
	d.dialogs = New(Options{
		Style: kit.NewStyle(), Memory: &d.memory, Do: func(f func()) { f() }, NoSystem: true,
		Held: func() fyne.KeyModifier { return d.held }, Open: a.NewWindow,
	})
	t.Cleanup(d.dialogs.Close)
	return d
}

// ask opens a dialog.
func (d *desk) ask(p Purpose, name string) *browser {
	d.t.Helper()
	d.chosen, d.refused = nil, nil
	d.dialogs.Ask(Request{
		Purpose: p, Name: name, Chosen: func(paths ...string) { d.chosen = paths },
		Refused: func(err error) { d.refused = err }, Done: func() { d.done++ },
	})
	if d.dialogs.own == nil {
		d.t.Fatal("there is no dialog")
	}
	return d.dialogs.own
}

// click presses on the row of a name.
func (b *browser) click(name string, held fyne.KeyModifier) {
	at := slices.IndexFunc(b.place.entries, func(e entry) bool { return e.name == name })
	row := newFileRow(b)
	row.show(at)
	row.MouseDown(&desktop.MouseEvent{Modifier: held})
}

func key(b *browser, name fyne.KeyName) { b.list.TypedKey(&fyne.KeyEvent{Name: name}) }

// names are the last parts of paths.
func names(paths []string) (out []string) {
	for _, p := range paths {
		out = append(out, filepath.Base(p))
	}
	return out
}

// TestManyFilesAtOnce: by click with Ctrl and Shift, by the arrows, by Ctrl+A.
func TestManyFilesAtOnce(t *testing.T) {
	d := newDesk(t)
	for name, choose := range map[string]func(b *browser){
		"a.dcm c.png": func(b *browser) {
			b.click("a.dcm", 0)
			b.click("c.png", fyne.KeyModifierShortcutDefault)
		},
		"a.dcm b.dcm c.png": func(b *browser) {
			b.click("a.dcm", 0)
			b.click("c.png", fyne.KeyModifierShift)
		},
		"b.dcm c.png": func(b *browser) {
			b.list.TypedRune('b')
			d.held = fyne.KeyModifierShift
			key(b, fyne.KeyDown)
			d.held = 0
		},
		"a.dcm b.dcm c.png model.onnx table.csv": func(b *browser) { b.list.TypedShortcut(&fyne.ShortcutSelectAll{}) },
	} {
		b := d.ask(Films, "")
		choose(b)
		key(b, fyne.KeyReturn)
		if got := strings.Join(names(d.chosen), " "); got != name {
			t.Errorf("chose %q, want %q", got, name)
		}
	}
	b := d.ask(Model, "")
	if len(b.place.entries) != 2 { // the folder and the model
		t.Errorf("a model is asked for among %v", b.place.entries)
	}
	b.list.TypedShortcut(&fyne.ShortcutSelectAll{})
	b.click("model.onnx", fyne.KeyModifierShortcutDefault)
	key(b, fyne.KeyReturn)
	if got := names(d.chosen); !slices.Equal(got, []string{"model.onnx"}) || d.done != 5 {
		t.Errorf("chose %q, told %d times that it is done", got, d.done)
	}
}

// TestAPathIsTyped: a folder is gone into, a file is the answer, from the folder on or whole
// or from the user's; what is not there is said and asks again.
func TestAPathIsTyped(t *testing.T) {
	d := newDesk(t)
	t.Setenv("HOME", d.dir)
	typed := func(b *browser, text string) {
		b.path.SetText(text)
		b.path.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	for text, want := range map[string]string{
		"a.dcm": "a.dcm", "old/x.dcm": "old/x.dcm", filepath.Join(d.dir, "b.dcm"): "b.dcm", "~/old/../c.png": "c.png",
	} {
		typed(d.ask(Films, ""), text)
		if len(d.chosen) != 1 || d.chosen[0] != filepath.Join(d.dir, want) {
			t.Errorf("%q gives %q, want %q", text, d.chosen, want)
		}
		d.memory.p.RememberFolder(string(Films), d.dir)
	}
	b := d.ask(Films, "")
	typed(b, "old")
	if b.place.folder != filepath.Join(d.dir, "old") || len(b.place.entries) != 1 {
		t.Errorf("in %s with %v", b.place.folder, b.place.entries)
	}
	typed(b, "nowhere.dcm")
	if d.dialogs.own == nil || !b.reason.Visible() || !strings.Contains(b.reason.Text, "nowhere.dcm") {
		t.Errorf("of what is not there it says %q", b.reason.Text)
	}
	typed(b, "x.dcm")
	if got := d.memory.p.Folders[string(Films)][0]; got != filepath.Join(d.dir, "old") {
		t.Errorf("it remembers %q", got)
	}
	if got := d.dialogs.folders(Films); len(got) != 2 || got[1] != d.dir || d.dialogs.folder(FilmTable) == got[0] {
		t.Errorf("it offers %q", got)
	}
	typed(d.ask(OwnFolder, ""), "old")
	if len(d.chosen) != 1 || d.chosen[0] != filepath.Join(d.dir, "old") {
		t.Errorf("the folder is %q", d.chosen)
	}
}

// TestNothingIsWrittenOverByAccident: a name that is there is said, and taken when it is
// asked for once more.
func TestNothingIsWrittenOverByAccident(t *testing.T) {
	d := newDesk(t)
	b := d.ask(LabelTable, "labels.csv")
	if b.path.Text != filepath.Join(d.dir, "labels.csv") {
		t.Errorf("it offers %q", b.path.Text)
	}
	b.take()
	if !slices.Equal(names(d.chosen), []string{"labels.csv"}) {
		t.Errorf("a new name gives %q", d.chosen)
	}
	b = d.ask(LabelTable, "table.csv")
	b.take()
	if d.chosen != nil || !strings.Contains(b.reason.Text, "table.csv is there already") {
		t.Errorf("chose %q, says %q", d.chosen, b.reason.Text)
	}
	b.take()
	if !slices.Equal(names(d.chosen), []string{"table.csv"}) {
		t.Errorf("asked for once more it gives %q", d.chosen)
	}
}

// TestEscapeClosesTheDialog from wherever the keyboard is, with nothing chosen, and its size
// is there the next time.
func TestEscapeClosesTheDialog(t *testing.T) {
	d := newDesk(t)
	for name, escape := range map[string]func(b *browser){
		"path": func(b *browser) { b.path.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape}) },
		"list": func(b *browser) { key(b, fyne.KeyEscape) },
		"none": func(b *browser) { b.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape}) },
	} {
		b := d.ask(Films, "")
		b.click("a.dcm", 0)
		b.win.Resize(fyne.NewSize(700, 500))
		escape(b)
		if d.dialogs.own != nil || d.chosen != nil {
			t.Errorf("%s: open %v, chosen %q", name, d.dialogs.own != nil, d.chosen)
		}
	}
	if b := d.ask(Films, ""); b.win.Canvas().Size() != fyne.NewSize(700, 500) {
		t.Errorf("it opens with %v", b.win.Canvas().Size())
	}
}

// TestOneDialogAtATime: who asks while one is open gets none of its own, and the first
// question stands.
func TestOneDialogAtATime(t *testing.T) {
	d := newDesk(t)
	first := d.ask(Films, "")
	told, windows := false, len(fyne.CurrentApp().Driver().AllWindows())
	d.dialogs.Ask(Request{Purpose: Model, Chosen: func(...string) { told = true }, Done: func() { told = true }})
	if d.dialogs.own != first || len(fyne.CurrentApp().Driver().AllWindows()) != windows {
		t.Error("there is a second dialog")
	}
	first.click("a.dcm", 0)
	first.take()
	if told || !slices.Equal(names(d.chosen), []string{"a.dcm"}) {
		t.Errorf("the second was told %v, the first %q", told, d.chosen)
	}
}

// TestAFolderThatCannotBeRead is said, and the dialog stays where it is.
func TestAFolderThatCannotBeRead(t *testing.T) {
	d := newDesk(t)
	b := d.ask(FilmFolder, "")
	b.enter(filepath.Join(d.dir, "nowhere"))
	if b.place.folder != d.dir || !strings.Contains(b.reason.Text, "nowhere cannot be read") {
		t.Errorf("in %s, says %q", b.place.folder, b.reason.Text)
	}
	b.take()
	if len(d.chosen) != 1 || d.chosen[0] != d.dir {
		t.Errorf("the folder is %q", d.chosen)
	}
}

// TestDialogGolden is how it looks.
func TestDialogGolden(t *testing.T) {
	d := newDesk(t)
	b := d.ask(Films, "")
	b.click("b.dcm", 0)
	b.path.SetText("/films/b.dcm") // the folder is another one every time
	b.win.Canvas().Focus(b.list)
	golden.Check(t, "dialog", b.win.Canvas().Capture())
}

func TestPanicsOfTheDesktopAreErrors(t *testing.T) {
	if err := caught(func() error { panic("on purpose") }); err == nil || err.Error() != "internal error: on purpose" {
		t.Error(err)
	}
}
