package settings

import (
	"errors"
	"maps"
	"slices"

	"hilum/app/command"
	"hilum/app/viewport"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct {
	Choices int // grows whenever the preferences change
	Mouse   viewport.Mouse
}

// Program is what the settings ask of the rest of the program.
type Program interface {
	// Shown puts the choices that the rest of the state shows into p, within a
	// transaction.
	Shown(tx store.Tx, p *Preferences)
	// Apply has the rest of the state follow p, within a transaction.
	Apply(tx store.Tx, p Preferences)
	// Commands are all of the program, with the reader's keys.
	Commands() []command.Command
	// DefaultShortcut is the key that a command comes with.
	DefaultShortcut(id string) string
	// Notify shows the reader one sentence of what needs care, Tell of what was done.
	Notify(m message.Message)
	Tell(m message.Message)
	// Trace is told what nobody needs to see.
	Trace(milestone string)
}

// Settings has the reader's choices and keeps them.
type Settings struct {
	hub     *store.Hub
	state   *store.Value[State]
	program Program
	dir     string // "" keeps nothing
	rest    Preferences
}

// New has the choices that were read from a folder.
func New(h *store.Hub, r Program, dir string, p Preferences) *Settings {
	return &Settings{hub: h, state: store.NewValue(h, State{Mouse: p.Mouse}), program: r, dir: dir, rest: p}
}

// In is the state within a transaction.
func (s *Settings) In(tx store.Tx) *State { return s.state.In(tx) }

// Now is the choices in force, within a transaction.
func (s *Settings) Now(tx store.Tx) Preferences {
	p := s.rest
	s.program.Shown(tx, &p)
	p.Shortcuts = maps.Clone(p.Shortcuts)
	return p
}

// Preferences are the choices in force.
func (s *Settings) Preferences() (p Preferences) {
	s.hub.Look(func(tx store.Tx) { p = s.Now(tx) })
	return p
}

// SetPreferences changes the choices and keeps them at once. What f asks for
// is refused in one sentence when it makes no sense; the choices stay then.
func (s *Settings) SetPreferences(f func(p *Preferences)) error {
	p := s.Preferences()
	f(&p)
	if err := p.check(); err != nil {
		return err
	}
	p.sane()
	s.hub.Change(func(tx store.Tx) {
		s.rest = p
		s.state.In(tx).Choices++
		s.state.In(tx).Mouse = p.Mouse
		s.program.Apply(tx, p)
	})
	return p.save(s.dir)
}

// Commands are those that change a choice.
func (s *Settings) Commands() []command.Command {
	return append(s.mouseCommands(), command.Command{
		ID: "settings.copy.identity", Title: "Copy pictures with the patient's identity", Menu: "Edit",
		Shortcut: "Ctrl+Shift+Insert",
		Do: func() {
			if err := s.SetPreferences(func(p *Preferences) { p.CopyIdentity = !p.CopyIdentity }); err != nil {
				s.program.Notify(message.Sentence(err))
			}
		},
		Enabled: command.Always, Checked: func() bool { return s.Preferences().CopyIdentity },
	})
}

// Save keeps the choices in force.
func (s *Settings) Save() {
	if err := s.Preferences().save(s.dir); err != nil {
		s.program.Trace(message.Sentence(err).String())
	}
}

// SetShortcut gives a command a key, "" for none, and keeps it. A key that
// another command has, or that has a fixed meaning, is refused.
func (s *Settings) SetShortcut(id, shortcut string) error {
	key, err := command.Normalise(shortcut)
	if err != nil {
		return err
	}
	if slices.Contains(command.ReservedKeys(), key) {
		return message.Errorf("%s has a fixed meaning and cannot be given to a command", key)
	}
	known := false
	for _, c := range s.program.Commands() {
		if c.ID == id {
			known = true
		} else if other, err := command.Normalise(c.Shortcut); key != "" && err == nil && other == key {
			return &command.Conflict{Shortcut: key, Other: c}
		}
	}
	if !known {
		return message.Errorf("there is no command %q", id)
	}
	return s.SetPreferences(func(p *Preferences) {
		if key == s.program.DefaultShortcut(id) {
			delete(p.Shortcuts, id)
			return
		}
		if p.Shortcuts == nil {
			p.Shortcuts = map[string]string{}
		}
		p.Shortcuts[id] = key
	})
}

// SwapShortcut gives a command a key that another one has, which gets the command's own in
// turn, and keeps both.
func (s *Settings) SwapShortcut(id, shortcut string) error {
	var taken *command.Conflict
	if err := s.SetShortcut(id, shortcut); !errors.As(err, &taken) {
		return err
	}
	own := ""
	for _, c := range s.program.Commands() {
		if c.ID == id {
			own = c.Shortcut
		}
	}
	return s.SetPreferences(func(p *Preferences) {
		if p.Shortcuts == nil {
			p.Shortcuts = map[string]string{}
		}
		p.Shortcuts[id], p.Shortcuts[taken.Other.ID] = taken.Shortcut, own
	})
}

// DefaultShortcut is the key that a command comes with.
func (s *Settings) DefaultShortcut(id string) string { return s.program.DefaultShortcut(id) }

// ResetShortcut gives a command the key that it comes with, unless another
// command has that now.
func (s *Settings) ResetShortcut(id string) error { return s.SetShortcut(id, s.DefaultShortcut(id)) }

// ResetShortcuts gives every command the key that it comes with.
func (s *Settings) ResetShortcuts() error {
	return s.SetPreferences(func(p *Preferences) { p.Shortcuts = nil })
}
