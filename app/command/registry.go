package command

import (
	"errors"
	"slices"
	"sync"

	"hilum/internal/message"
)

// Registry is every command of a program, in the order of the menus. The zero value has
// none. All methods may be called from any goroutine.
type Registry struct {
	mu   sync.Mutex
	list []Command
}

// Register adds commands, or replaces those with the same ID.
func (r *Registry) Register(commands ...Command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.list)
	for _, c := range commands {
		if i := slices.IndexFunc(list, func(o Command) bool { return o.ID == c.ID }); i >= 0 {
			list[i] = c
		} else {
			list = append(list, c)
		}
	}
	r.list = list
}

// Default is the key that a command comes with; "" for none.
func (r *Registry) Default(id string) string {
	for _, c := range r.all() {
		if c.ID == id {
			return c.Shortcut
		}
	}
	return ""
}

func (r *Registry) all() []Command {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}

// List gives every command with the reader's own keys, by ID, in place of the defaults. A
// key in a file of another version, or edited by hand, that is none or that two commands
// would share, is left out: the one that comes with the program wins.
func (r *Registry) List(own map[string]string) []Command {
	commands := slices.Clone(r.all())
	taken := map[string]string{} // by whom
	for _, c := range commands {
		if _, changed := own[c.ID]; !changed && c.Shortcut != "" {
			taken[c.Shortcut] = c.ID
		}
	}
	for i := range commands {
		c := &commands[i]
		wish, changed := own[c.ID]
		if !changed {
			continue
		}
		key, err := Normalise(wish)
		if _, other := taken[key]; err != nil || other || slices.Contains(ReservedKeys(), key) {
			err = errors.Join(err, message.New("not free"))
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
