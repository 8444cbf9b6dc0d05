package app

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"hilum/app/command"
	"hilum/app/settings"
)

// TestDefaultsAreInTheirOneForm: conflicts are found by comparing.
func TestDefaultsAreInTheirOneForm(t *testing.T) {
	for _, c := range New(Config{}).Commands() {
		if got, err := command.Normalise(c.Shortcut); err != nil || got != c.Shortcut {
			t.Errorf("%s: %q should be %q (%v)", c.ID, c.Shortcut, got, err)
		}
	}
}

func shortcutOf(s *Workstation, id string) string {
	for _, c := range s.Commands() {
		if c.ID == id {
			return c.Shortcut
		}
	}
	return "no such command"
}

func TestShortcutsAreEdited(t *testing.T) {
	dir := t.TempDir()
	s := New(Config{Dir: dir})
	if err := s.Settings.SetShortcut("view.fit", "ctrl+j"); err != nil {
		t.Fatal(err)
	}
	if got := shortcutOf(New(Config{Dir: dir}), "view.fit"); got != "Ctrl+J" {
		t.Errorf("the next session has %q", got)
	}
	var conflict *command.Conflict
	if err := s.Settings.SetShortcut("view.one", "Ctrl+J"); !errors.As(err, &conflict) ||
		conflict.Other.ID != "view.fit" || !strings.Contains(err.Error(), "Fit to window") {
		t.Errorf("a taken key gives %v", err)
	}
	if err := s.Settings.SetShortcut("view.one", "f"); err != nil { // free since Fit has another
		t.Error(err)
	}
	if err := s.Settings.ResetShortcut("view.fit"); !errors.As(err, &conflict) || conflict.Other.ID != "view.one" {
		t.Errorf("a default that another command has now comes back: %v", err)
	}
	if err := s.Settings.SwapShortcut("view.reset", "F"); err != nil || shortcutOf(s, "view.reset") != "F" ||
		shortcutOf(s, "view.one") != "R" {
		t.Errorf("swapped: %v, reset %q, one to one %q", err, shortcutOf(s, "view.reset"), shortcutOf(s, "view.one"))
	}
	if err := s.Settings.SwapShortcut("view.reset", "R"); err != nil { // back
		t.Error(err)
	}
	for _, key := range []string{"Space", "?", "Shift+Tab", "Hyper+X"} {
		if err := s.Settings.SetShortcut("view.one", key); err == nil {
			t.Errorf("%s was accepted", key)
		}
	}
	if err := s.Settings.SetShortcut("no.such", "J"); err == nil {
		t.Error("a command that is none was given a key")
	}
	if err := s.Settings.SetShortcut("view.invert", ""); err != nil || shortcutOf(s, "view.invert") != "" {
		t.Errorf("taking a key away: %v", err)
	}
	if err := s.Settings.ResetShortcuts(); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Commands() {
		if c.Shortcut != s.Settings.DefaultShortcut(c.ID) {
			t.Errorf("%s has %q after a reset", c.ID, c.Shortcut)
		}
	}
}

// TestKeysStayUnique: whatever is asked for in whatever order, and whatever a
// file says, no two commands share a key.
func TestKeysStayUnique(t *testing.T) {
	s := New(Config{})
	rng := rand.New(rand.NewPCG(8, 24))
	keys := []string{"", "F", "Z", "I", "W", "Ctrl+W", "Down", "1", "Shift+1", "Plus", "J", "Ctrl+J", "Space",
		"nonsense"}
	for range 2000 {
		list := s.Commands()
		one, other := list[rng.IntN(len(list))], list[rng.IntN(len(list))]
		switch rng.IntN(8) {
		case 0:
			_ = s.Settings.ResetShortcut(one.ID) // refused where the key is taken
		case 1: // a file edited by hand
			_ = s.Settings.SetPreferences(func(p *settings.Preferences) {
				p.Shortcuts = map[string]string{one.ID: keys[rng.IntN(len(keys))], other.ID: keys[rng.IntN(len(keys))]}
			})
		default:
			_ = s.Settings.SetShortcut(one.ID, keys[rng.IntN(len(keys))])
		}
		seen := map[string]string{}
		for _, c := range s.Commands() {
			if seen[c.Shortcut] != "" && c.Shortcut != "" {
				t.Fatalf("%s and %s share %s", c.ID, seen[c.Shortcut], c.Shortcut)
			}
			seen[c.Shortcut] = c.ID
		}
	}
}

// TestAPanicIsAMessage: in a command as in a job, and the session goes on.
func TestAPanicIsAMessage(t *testing.T) {
	var traced []string
	s := New(Config{Trace: func(m string) { traced = append(traced, m) }})
	s.Register(command.Command{ID: "test.fall", Title: "Falling over", Menu: "View", Do: func() {
		var none []int
		none[3] = 1
	}, Enabled: func() bool { return true }})
	for _, c := range s.Commands() {
		if c.ID == "test.fall" {
			c.Do()
		}
	}
	if m := s.State().Message; !strings.Contains(m.String(), "Falling over") ||
		!strings.Contains(m.String(), "index out of range") {
		t.Errorf("message %q", m)
	}
	if len(traced) != 1 || !strings.HasPrefix(traced[0], "panic while") ||
		!strings.Contains(traced[0], "shortcuts_test.go") {
		t.Errorf("trace %q", traced)
	}
	s.Notices.Dismiss()
	if !s.State().Message.IsZero() {
		t.Error("the session hangs")
	}
}
