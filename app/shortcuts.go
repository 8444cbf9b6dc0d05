package app

import (
	"errors"
	"fmt"
	"slices"

	"hilum/app/command"
	"hilum/app/settings"
)

// SetShortcut gives a command a key, "" for none, and keeps it. A key that
// another command has, or that has a fixed meaning, is refused.
func (s *Session) SetShortcut(id, shortcut string) error {
	key, err := command.Normalise(shortcut)
	if err != nil {
		return err
	}
	if slices.Contains(command.ReservedKeys(), key) {
		return fmt.Errorf("%s has a fixed meaning and cannot be given to a command", key)
	}
	known := false
	for _, c := range s.Commands() {
		if c.ID == id {
			known = true
		} else if other, err := command.Normalise(c.Shortcut); key != "" && err == nil && other == key {
			return &command.Conflict{Shortcut: key, Other: c}
		}
	}
	if !known {
		return fmt.Errorf("there is no command %q", id)
	}
	return s.SetPreferences(func(p *settings.Preferences) {
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
	return s.SetPreferences(func(p *settings.Preferences) { p.Shortcuts = nil })
}

// withShortcuts puts the reader's keys in place of the defaults. A key in a
// file of another version, or edited by hand, that is none or that two commands
// would share, is left out: the one that comes with the program wins. Under the
// lock.
func (s *Session) withShortcuts(commands []command.Command) []command.Command {
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
		key, err := command.Normalise(own)
		if _, other := taken[key]; err != nil || other || slices.Contains(command.ReservedKeys(), key) {
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
