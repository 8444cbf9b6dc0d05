package page

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/command"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/uitest"
)

func preferencesOf(s *uitest.Session) PreferencesOptions {
	return PreferencesOptions{
		Settings: s.Settings, Env: s.Env, Opener: s.Opener,
		Commands: func() []command.Command { return menu.InOrder(s.Commands()) },
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
	p, engine := openPage(t, h, 2)
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
	p, keys := openPage(t, h, 4)
	field := uitest.Find(t, keys, "key", func(f *keyField) bool { return f.shortcut == "Ctrl+O" })
	field.set("Ctrl+K")
	if !strings.Contains(p.reason.Text, "Commands") {
		t.Errorf("a taken key says %q", p.reason.Text)
	}
	field.set("Ctrl+J")
	if got := uitest.Find(t, keys, "key", func(f *keyField) bool { return f.shortcut == "Ctrl+J" }); got == nil ||
		p.reason.Text != "" {
		t.Errorf("a free key says %q", p.reason.Text)
	}
}
