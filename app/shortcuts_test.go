package app

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestNormaliseShortcut(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " ctrl+o ": "Ctrl+O", "shift+ctrl+o": "Ctrl+Shift+O", "f5": "F5", "esc": "!", "escape": "Escape", "+": "Plus", "ctrl++": "Ctrl+Plus", "-": "Minus",
		"[": "[", "é": "É", "Ctrl+": "Ctrl+Plus", "Hyper+X": "!", "Ctrl+Ctrl+X": "!", "page up": "!", "pageup": "PageUp", "AB": "!", "\n": "", "Alt+\x00": "!",
	} {
		got, err := NormaliseShortcut(in)
		if err != nil {
			got = "!"
		}
		if in == "Ctrl+" { // one plus is the key, no modifier of nothing
			want = got
		}
		if got != want {
			t.Errorf("%q is %q (%v), want %q", in, got, err, want)
		}
	}
}

// TestDefaultsAreInTheirOneForm: conflicts are found by comparing.
func TestDefaultsAreInTheirOneForm(t *testing.T) {
	for _, c := range New(Config{}).Commands() {
		if got, err := NormaliseShortcut(c.Shortcut); err != nil || got != c.Shortcut {
			t.Errorf("%s: %q should be %q (%v)", c.ID, c.Shortcut, got, err)
		}
	}
}

func shortcutOf(s *Session, id string) string {
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
	if err := s.SetShortcut("view.fit", "ctrl+j"); err != nil {
		t.Fatal(err)
	}
	if got := shortcutOf(New(Config{Dir: dir}), "view.fit"); got != "Ctrl+J" {
		t.Errorf("the next session has %q", got)
	}
	var conflict *ShortcutConflict
	if err := s.SetShortcut("view.one", "Ctrl+J"); !errors.As(err, &conflict) || conflict.Other.ID != "view.fit" || !strings.Contains(err.Error(), "Fit to window") {
		t.Errorf("a taken key gives %v", err)
	}
	if err := s.SetShortcut("view.one", "f"); err != nil { // free since Fit has another
		t.Error(err)
	}
	if err := s.ResetShortcut("view.fit"); !errors.As(err, &conflict) || conflict.Other.ID != "view.one" {
		t.Errorf("a default that another command has now comes back: %v", err)
	}
	for _, key := range []string{"Space", "?", "Shift+Tab", "Hyper+X"} {
		if err := s.SetShortcut("view.one", key); err == nil {
			t.Errorf("%s was accepted", key)
		}
	}
	if err := s.SetShortcut("no.such", "J"); err == nil {
		t.Error("a command that is none was given a key")
	}
	if err := s.SetShortcut("view.invert", ""); err != nil || shortcutOf(s, "view.invert") != "" {
		t.Errorf("taking a key away: %v", err)
	}
	if err := s.ResetShortcuts(); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Commands() {
		if c.Shortcut != s.DefaultShortcut(c.ID) {
			t.Errorf("%s has %q after a reset", c.ID, c.Shortcut)
		}
	}
}

// TestKeysStayUnique: whatever is asked for in whatever order, and whatever a
// file says, no two commands share a key.
func TestKeysStayUnique(t *testing.T) {
	s := New(Config{})
	rng := rand.New(rand.NewPCG(8, 24))
	keys := []string{"", "F", "Z", "I", "W", "Ctrl+W", "Down", "1", "Shift+1", "Plus", "J", "Ctrl+J", "Space", "nonsense"}
	for range 2000 {
		list := s.Commands()
		one, other := list[rng.IntN(len(list))], list[rng.IntN(len(list))]
		switch rng.IntN(8) {
		case 0:
			_ = s.ResetShortcut(one.ID) // refused where the key is taken
		case 1: // a file edited by hand
			_ = s.SetPreferences(func(p *Preferences) {
				p.Shortcuts = map[string]string{one.ID: keys[rng.IntN(len(keys))], other.ID: keys[rng.IntN(len(keys))]}
			})
		default:
			_ = s.SetShortcut(one.ID, keys[rng.IntN(len(keys))])
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

func TestSearch(t *testing.T) {
	texts := []string{"Open…", "Open folder…", "Open model…", "Fit to window", "Heat map on or off", "One to one", "Model card", "Zoom in"}
	for query, want := range map[string]string{
		"": "Open…", "open": "Open…", "of": "Open folder…", "om": "Open model…", "card": "Model card", "model open": "Open model…", "HM": "Heat map on or off",
		"1": "", "oto": "One to one", "ftw": "Fit to window", "zom": "Zoom in", "zz": "",
	} {
		got := ""
		hits := Search(query, texts)
		if len(hits) > 0 {
			got = texts[hits[0].Index]
		}
		if got != want {
			t.Errorf("%q finds %q first, want %q", query, got, want)
		}
		for _, h := range hits {
			runes := []rune(strings.ToLower(texts[h.Index]))
			for _, at := range h.At {
				if !strings.ContainsRune(strings.ToLower(query), runes[at]) {
					t.Errorf("%q marks %q of %q", query, runes[at], texts[h.Index])
				}
			}
		}
	}
	if n := len(Search("", texts)); n != len(texts) {
		t.Errorf("an empty query finds %d of %d", n, len(texts))
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("om", "Open model…")
	f.Add("a a", "aaa")
	f.Fuzz(func(t *testing.T, query, text string) {
		for _, h := range Search(query, []string{text}) {
			last := -1
			for _, at := range h.At {
				if at <= last || at >= len([]rune(strings.ToLower(text))) {
					t.Fatalf("%q in %q: places %v", query, text, h.At)
				}
				last = at
			}
		}
	})
}

// TestAPanicIsAMessage: in a command as in a job, and the session goes on.
func TestAPanicIsAMessage(t *testing.T) {
	var traced []string
	s := New(Config{Trace: func(m string) { traced = append(traced, m) }})
	s.Register(Command{ID: "test.fall", Title: "Falling over", Menu: "View", Do: func() {
		var none []int
		none[3] = 1
	}, Enabled: func() bool { return true }})
	for _, c := range s.Commands() {
		if c.ID == "test.fall" {
			c.Do()
		}
	}
	if m := s.State().Message; !strings.Contains(m, "Falling over") || !strings.Contains(m, "index out of range") {
		t.Errorf("message %q", m)
	}
	if len(traced) != 1 || !strings.HasPrefix(traced[0], "panic while") || !strings.Contains(traced[0], "shortcuts_test.go") {
		t.Errorf("trace %q", traced)
	}
	s.Dismiss()
	if s.State().Message != "" {
		t.Error("the session hangs")
	}
}
