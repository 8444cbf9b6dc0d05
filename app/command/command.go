// Package command is what a reader can do, as values: a [Command] has a name, a
// place in the menus, a key, what it does and when it can. Menus, keys and the
// palette are made of lists of them. It imports the standard library only.
package command

// Command is one thing that a reader can do, with a name, a place in the menus
// and a key. The window builds menus, shortcuts and its palette from these.
type Command struct {
	ID       string // stable, as "view.invert"
	Title    string // as in the menu
	Menu     string // File, View, Findings, Help ...
	Shortcut string // as "Ctrl+O", "I", "Shift+1"; "" for none
	Do       func()
	Enabled  func() bool
	Checked  func() bool // it is what is in force; nil for what is no choice
	// WhileTyping has its chord do it also while one types in a box: it opens or ends
	// something and changes nothing of a reading.
	WhileTyping bool
}

// Always is the Enabled of what can be done at any time.
func Always() bool { return true }
