package command

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hilum/internal/message"
)

// ReservedKeys are those that no command can have: Space shows the bare picture while it is
// held, ? lists the keys, Shift+Tab moves between the parts of the window.
func ReservedKeys() []string { return []string{"Space", "?", "Shift+Tab"} }

// modifierOrder is how the modifiers of a shortcut are written.
func modifierOrder() []string { return []string{"Ctrl", "Alt", "Shift"} }

// namedKeys are the keys with a name of more than one letter.
func namedKeys() []string {
	names := []string{"Up", "Down", "Left", "Right", "Home", "End", "PageUp", "PageDown", "Insert", "Delete",
		"BackSpace", "Enter", "Escape", "Plus", "Minus", "Space", "Tab"}
	for i := 1; i <= 12; i++ {
		names = append(names, fmt.Sprint("F", i))
	}
	return names
}

// KeyNames are the names of keys that are words: those of modifiers and of keys without a
// sign of their own.
func KeyNames() []string {
	return append(modifierOrder(), slices.DeleteFunc(namedKeys(), IsFunctionKey)...)
}

// IsFunctionKey tells F1 to F12, which are called so everywhere.
func IsFunctionKey(name string) bool {
	return len(name) > 1 && name[0] == 'F' && unicode.IsDigit(rune(name[1]))
}

// Normalise writes a shortcut in its one form, as "Ctrl+Shift+O": the
// modifiers in order, names and letters in capitals as they should be. ""
// stays "": no key.
func Normalise(s string) (string, error) {
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
			return "", message.Errorf("%q is no shortcut: write it as I, F5, Shift+1 or Ctrl+Shift+O", s)
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
	if r, size := utf8.DecodeRuneInString(s); size == len(s) && r != utf8.RuneError && unicode.IsGraphic(r) &&
		!unicode.IsSpace(r) {
		return string(unicode.ToUpper(r)), nil
	}
	return "", message.Errorf("%q is no key: use a letter, a digit, F1 to F12, or one of %s", s,
		strings.Join(namedKeys()[:15], ", "))
}

// fold finds a name whatever its case.
func fold(s string, names []string) (string, bool) {
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, strings.TrimSpace(s)) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

// Conflict is the error of a key that another command has.
type Conflict struct {
	Shortcut string
	Other    Command // that has it
}

// Error implements error.
func (c *Conflict) Error() string { return c.Message().String() }

// Message is the sentence with its parts.
func (c *Conflict) Message() message.Message {
	return message.Of("%s is the key of %q already; give that another key first", c.Shortcut, message.Of(c.Other.Title))
}
