package page

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/viewport"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/uitest"
)

// Places of tabs.
const (
	serversTab = 7
	keysTab    = 8
)

func preferencesOf(s *uitest.Session) PreferencesOptions {
	return PreferencesOptions{
		Settings: s.Settings, Env: s.Env, Opener: s.Opener,
		Commands: func() []command.Command { return menu.InOrder(s.Commands()) },
		Servers: ServerOptions{Book: s.Archives.Book, Logins: s.Archives.Logins, Do: func(f func()) { f() }, Smaller: func() {}, Changed: func() {},
			Background: func(_ string, f func(context.Context)) { f(context.Background()) }},
	}
}

// openPreferences opens the page and gives what stands on its tab of that name.
func openPage(t *testing.T, s *uitest.Session, tab int) (*preferencesPage, fyne.CanvasObject) {
	t.Helper()
	p := newPreferencesPage(preferencesOf(s), test.NewTempWindow(t, widget.NewLabel("")))
	win := test.NewTempWindow(t, p.content())
	win.Resize(fyne.NewSize(760, 640))
	p.tabs.SelectIndex(tab)
	return p, p.tabs.Items[tab].Content
}

func TestPreferencesRefuseInWords(t *testing.T) {
	h := uitest.NewSession(t, app.Config{})
	for id, key := range map[string]string{"file.open": "Ctrl+O", "help.commands": "Ctrl+K"} {
		h.Register(command.Command{ID: id, Title: "Commands", Menu: "File", Shortcut: key, Do: func() {}})
	}
	p, engine := openPage(t, h, 5)
	threads := uitest.Find(t, engine, "field", func(*kit.Box) bool { return true })
	threads.SetText("4")
	if h.Settings.Preferences().Threads != 4 || p.reason.Text != "" {
		t.Errorf("threads %d, %q", h.Settings.Preferences().Threads, p.reason.Text)
	}
	for _, wrong := range []string{"many", "-3", "99999"} {
		threads.SetText(wrong)
		if h.Settings.Preferences().Threads != 4 || !strings.Contains(p.reason.Text, "threads") {
			t.Errorf("%s: threads %d, %q", wrong, h.Settings.Preferences().Threads, p.reason.Text)
		}
	}
	p, keys := openPage(t, h, keysTab)
	field := uitest.Find(t, keys, "key", func(f *keyField) bool { return f.shortcut == "Ctrl+O" })
	field.set("Ctrl+K")
	if !strings.Contains(p.reason.Text, "Commands") {
		t.Errorf("a taken key says %q", p.reason.Text)
	}
	test.Tap(p.swap)
	if got := h.Settings.Preferences().Shortcuts; got["file.open"] != "Ctrl+K" || got["help.commands"] != "Ctrl+O" ||
		p.swap.Visible() {
		t.Errorf("swapped: %q", got)
	}
	if err := h.Settings.ResetShortcuts(); err != nil {
		t.Fatal(err)
	}
	p.rows.refresh()
	field = uitest.Find(t, keys, "key", func(f *keyField) bool { return f.shortcut == "Ctrl+O" })
	field.set("Ctrl+J")
	if got := uitest.Find(t, keys, "key", func(f *keyField) bool { return f.shortcut == "Ctrl+J" }); got == nil ||
		p.reason.Text != "" {
		t.Errorf("a free key says %q", p.reason.Text)
	}
}

// TestTheMouseIsSetOnItsPage, and the list of keys says what it does then.
func TestTheMouseIsSetOnItsPage(t *testing.T) {
	h := uitest.NewSession(t, app.Config{})
	_, tab := openPage(t, h, 4)
	var choices []*widget.Select
	uitest.Walk(tab, func(o fyne.CanvasObject) {
		if s, ok := o.(*widget.Select); ok {
			choices = append(choices, s)
		}
	})
	for i, option := range []string{"Zoom", "Window", "Pan", "Brighter downwards", "Up and down"} {
		choices[i].SetSelected(option)
	}
	want := viewport.Mouse{Left: viewport.DragsZoom, Middle: viewport.DragsWindow, Right: viewport.DragsPan,
		BrighterDown: true, WidthUpDown: true}
	if got := h.State().Mouse; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	said := strings.Join(uitest.Texts(Keys(h.Env, nil, h.State().Mouse)), "|")
	for _, words := range []string{"Left drag|Zoom", "Middle drag|Window: down wider, right brighter", "Right drag|Pan"} {
		if !strings.Contains(said, words) {
			t.Errorf("the list of keys lacks %q: %s", words, said)
		}
	}
}

// TestOwnWindowsAreEdited: added, named, valued, given a key and taken away; what makes no
// window is refused and changes nothing.
func TestOwnWindowsAreEdited(t *testing.T) {
	h := uitest.NewSession(t, app.Config{})
	p, tab := openPage(t, h, 3)
	button := func(icon fyne.Resource) func() {
		return uitest.Find(t, tab, "button", func(b *kit.Button) bool { return b.Icon == icon }).OnTapped
	}
	add := uitest.Find(t, tab, "add", func(b *widget.Button) bool { return b.Text == "Another window" })
	test.Tap(add)
	boxes := uitest.Boxes(tab)
	for i, text := range []string{"Bones", "900,5", "1200"} {
		boxes[i].(*kit.Box).SetText(text)
	}
	want := viewport.OwnWindow{Name: "Bones", Centre: 900.5, Width: 1200}
	if got := h.Settings.Preferences().Windows; len(got) != 1 || got[0] != want {
		t.Errorf("kept %+v, want %+v", got, want)
	}
	for i, wrong := range []string{" ", "high", "-3"} {
		boxes[i].(*kit.Box).SetText(wrong)
		if got := h.Settings.Preferences().Windows[0]; got != want || p.reason.Text == "" {
			t.Errorf("%q: kept %+v, says %q", wrong, got, p.reason.Text)
		}
	}
	uitest.Find(t, tab, "key", func(*keyField) bool { return true }).set("Ctrl+J")
	if got := h.Settings.Preferences().Shortcuts[viewport.OwnWindowCommand(0)]; got != "Ctrl+J" {
		t.Errorf("its key is %q", got)
	}
	for range viewport.MostOwnWindows {
		test.Tap(add)
	}
	if got := h.Settings.Preferences().Windows; len(got) != viewport.MostOwnWindows || !add.Disabled() {
		t.Errorf("%d windows, another can be added: %v", len(got), !add.Disabled())
	}
	button(theme.DeleteIcon())()
	if got := h.Settings.Preferences().Windows; len(got) != viewport.MostOwnWindows-1 || got[0].Name == "Bones" {
		t.Errorf("after the first was taken away: %+v", got)
	}
}

// TestHangingRulesAreEdited by choices; the lines are those of the preferences.
func TestHangingRulesAreEdited(t *testing.T) {
	h := uitest.NewSession(t, app.Config{})
	_, tab := openPage(t, h, 2)
	rule := func() string {
		list := h.Settings.Preferences().HangingRules()
		return list[len(list)-1].String()
	}
	last := func(option string) *widget.Select {
		var found *widget.Select
		uitest.Walk(tab, func(o fyne.CanvasObject) {
			if s, ok := o.(*widget.Select); ok && slices.Contains(s.Options, option) {
				found = s
			}
		})
		return found
	}
	if got := len(h.Settings.Preferences().HangingRules()); got != 3 {
		t.Fatalf("%d rules come along", got)
	}
	test.Tap(uitest.Find(t, tab, "add", func(b *widget.Button) bool { return b.Text == "Another rule" }))
	last("Four pictures").SetSelected("Four pictures")
	last("Other view").SetSelected("Other view") // in the last place, which is empty
	if got := rule(); got != "prior -> 2x2: prior, other view" {
		t.Errorf("the rule is %q", got)
	}
	last("Two pictures").SetSelected("Two pictures")
	last("Other view").SetSelected("Other view")
	if got := rule(); got != "other view -> 1x2: other view" {
		t.Errorf("the rule is %q", got)
	}
	uitest.Find(t, tab, "each", func(c *widget.Check) bool { return strings.HasPrefix(c.Text, "Hang each") }).SetChecked(true)
	if !h.Settings.Preferences().HangEach {
		t.Error("studies are not hung by the rules")
	}
	test.Tap(uitest.Find(t, tab, "reset", func(b *widget.Button) bool { return b.Text == "As they came" }))
	if h.Settings.Preferences().Hanging != nil {
		t.Errorf("as they came: %q", h.Settings.Preferences().Hanging)
	}
}
