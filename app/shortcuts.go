package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The keys that no command can have: Space shows the bare picture while it is
// held, ? lists the keys, Tab moves between the parts of the window.
func reservedKeys() []string { return []string{"Space", "?", "Tab", "Shift+Tab"} }

// modifierOrder is how the modifiers of a shortcut are written.
func modifierOrder() []string { return []string{"Ctrl", "Alt", "Shift"} }

// namedKeys are the keys with a name of more than one letter.
func namedKeys() []string {
	names := []string{"Up", "Down", "Left", "Right", "Home", "End", "PageUp", "PageDown", "Insert", "Delete", "BackSpace", "Enter", "Escape", "Plus", "Minus", "Space", "Tab"}
	for i := 1; i <= 12; i++ {
		names = append(names, fmt.Sprint("F", i))
	}
	return names
}

// NormaliseShortcut writes a shortcut in its one form, as "Ctrl+Shift+O": the
// modifiers in order, names and letters in capitals as they should be. ""
// stays "": no key.
func NormaliseShortcut(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	parts := strings.Split(s, "+")
	if strings.HasSuffix(s, "+") { // the plus key, alone or with modifiers
		parts = append(strings.Split(strings.TrimSuffix(strings.TrimSuffix(s, "+"), "+"), "+"), "Plus")
		parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	}
	var mods []string
	for _, m := range parts[:len(parts)-1] {
		name, ok := fold(m, modifierOrder())
		if !ok || slices.Contains(mods, name) {
			return "", fmt.Errorf("%q is no shortcut: write it as I, F5, Shift+1 or Ctrl+Shift+O", s)
		}
		mods = append(mods, name)
	}
	key, err := keyName(parts[len(parts)-1])
	if err != nil {
		return "", err
	}
	slices.SortFunc(mods, func(a, b string) int {
		return slices.Index(modifierOrder(), a) - slices.Index(modifierOrder(), b)
	})
	return strings.Join(append(mods, key), "+"), nil
}

// keyName is a key in its one form.
func keyName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if name, ok := fold(s, namedKeys()); ok {
		return name, nil
	}
	if s == "-" {
		return "Minus", nil
	}
	if r, size := utf8.DecodeRuneInString(s); size == len(s) && r != utf8.RuneError && unicode.IsGraphic(r) && !unicode.IsSpace(r) {
		return string(unicode.ToUpper(r)), nil
	}
	return "", fmt.Errorf("%q is no key: use a letter, a digit, F1 to F12, or one of %s", s, strings.Join(namedKeys()[:15], ", "))
}

// fold finds a name whatever its case.
func fold(s string, names []string) (string, bool) {
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, strings.TrimSpace(s)) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

// ShortcutConflict is the error of a key that another command has.
type ShortcutConflict struct {
	Shortcut string
	Other    Command // that has it
}

// Error implements error.
func (c *ShortcutConflict) Error() string {
	return fmt.Sprintf("%s is the key of %q already; give that another key first", c.Shortcut, c.Other.Title)
}

// SetShortcut gives a command a key, "" for none, and keeps it. A key that
// another command has, or that has a fixed meaning, is refused.
func (s *Session) SetShortcut(id, shortcut string) error {
	key, err := NormaliseShortcut(shortcut)
	if err != nil {
		return err
	}
	if slices.Contains(reservedKeys(), key) {
		return fmt.Errorf("%s has a fixed meaning and cannot be given to a command", key)
	}
	known := false
	for _, c := range s.Commands() {
		if c.ID == id {
			known = true
		} else if other, err := NormaliseShortcut(c.Shortcut); key != "" && err == nil && other == key {
			return &ShortcutConflict{key, c}
		}
	}
	if !known {
		return fmt.Errorf("there is no command %q", id)
	}
	return s.SetPreferences(func(p *Preferences) {
		if key == s.DefaultShortcut(id) {
			delete(p.Shortcuts, id)
			return
		}
		if p.Shortcuts == nil {
			p.Shortcuts = map[string]string{}
		}
		p.Shortcuts[id] = key
	})
}

// DefaultShortcut is the key that a command comes with.
func (s *Session) DefaultShortcut(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.commands {
		if c.ID == id {
			return c.Shortcut
		}
	}
	return ""
}

// ResetShortcut gives a command the key that it comes with, unless another
// command has that now.
func (s *Session) ResetShortcut(id string) error {
	return s.SetShortcut(id, s.DefaultShortcut(id))
}

// ResetShortcuts gives every command the key that it comes with.
func (s *Session) ResetShortcuts() error {
	return s.SetPreferences(func(p *Preferences) { p.Shortcuts = nil })
}

// withShortcuts puts the reader's keys in place of the defaults. A key in a
// file of another version, or edited by hand, that is none or that two commands
// would share, is left out: the one that comes with the program wins. Under the
// lock.
func (s *Session) withShortcuts(commands []Command) []Command {
	taken := map[string]string{} // by whom
	for i := range commands {
		c := &commands[i]
		if _, changed := s.prefs.Shortcuts[c.ID]; !changed && c.Shortcut != "" {
			taken[c.Shortcut] = c.ID
		}
	}
	for i := range commands {
		c := &commands[i]
		own, changed := s.prefs.Shortcuts[c.ID]
		if !changed {
			continue
		}
		key, err := NormaliseShortcut(own)
		if _, other := taken[key]; err != nil || other || slices.Contains(reservedKeys(), key) {
			err = errors.Join(err, errors.New("not free"))
		}
		if err != nil {
			key = c.Shortcut
			if _, other := taken[key]; other {
				key = ""
			}
		}
		c.Shortcut = key
		if key != "" {
			taken[key] = c.ID
		}
	}
	return commands
}
