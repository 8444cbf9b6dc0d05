// Package menu puts commands before the reader: in menus, in the palette that finds one by
// a few letters, and in words. Its core type is [Menus].
package menu

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"hilum/app/command"
	"hilum/ui/kit"
)

// The commands that have a place of their own in a menu.
const (
	OpenCommand    = "file.open"
	FolderCommand  = "file.folder"
	QuitCommand    = "file.quit"
	PaletteCommand = "help.commands"
)

// Order is the order of the menus; a command of another menu comes after.
func Order() []string {
	return []string{
		"File", "Studies", "View", "Measure", "Compare", "Findings", "Answers", "Model", "Train", "Lab", "Help",
	}
}

// InOrder puts the commands as they stand in the menus: opening first,
// quitting last, the rest as they were registered.
func InOrder(commands []command.Command) []command.Command {
	rank := map[string]int{OpenCommand: -2, FolderCommand: -1, QuitCommand: 1}
	out := slices.Clone(commands)
	slices.SortStableFunc(out, func(a, b command.Command) int { return rank[a.ID] - rank[b.ID] })
	return out
}

// Menus builds the main menu from the commands and keeps its items in step with
// what is enabled.
type Menus struct {
	Main     *fyne.MainMenu
	items    []*fyne.MenuItem
	commands []command.Command
}

func New(env *kit.Environment, commands []command.Command) *Menus {
	m := &Menus{commands: commands}
	byName := map[string]*fyne.Menu{}
	var list []*fyne.Menu
	menu := func(name string) *fyne.Menu {
		if byName[name] == nil {
			byName[name] = fyne.NewMenu(env.T(name))
			list = append(list, byName[name])
		}
		return byName[name]
	}
	for _, name := range Order() {
		menu(name)
	}
	rows, methods := submenu(env.T("Heat map of a finding")), submenu(env.T("Method of the map"))
	for _, c := range commands {
		item := menuItem(env, c)
		m.items = append(m.items, item)
		switch {
		case IsRow(c):
			rows.ChildMenu.Items = append(rows.ChildMenu.Items, item)
		case IsMethod(c):
			item.Label = env.T(c.Title)
			methods.ChildMenu.Items = append(methods.ChildMenu.Items, item)
		default:
			menu(c.Menu).Items = append(menu(c.Menu).Items, item)
		}
	}
	for _, item := range []*fyne.MenuItem{rows, methods} {
		if len(item.ChildMenu.Items) > 0 {
			menu("Findings").Items = append(menu("Findings").Items, item)
		}
	}
	list = slices.DeleteFunc(list, func(m *fyne.Menu) bool { return len(m.Items) == 0 })
	m.Main = fyne.NewMainMenu(list...)
	m.Update()
	return m
}

// submenu is an item that opens a menu, empty still.
func submenu(title string) *fyne.MenuItem {
	item := fyne.NewMenuItem(title, nil)
	item.ChildMenu = fyne.NewMenu("")
	return item
}

// IsRow tells the commands for single rows of findings, which would fill a menu.
func IsRow(c command.Command) bool { return strings.HasPrefix(c.ID, rowPrefix) }

// IsMethod tells the commands for single ways of computing maps, likewise.
func IsMethod(c command.Command) bool { return strings.HasPrefix(c.ID, MethodPrefix) }

// MethodPrefix begins the IDs of the commands for single ways of computing maps; the name
// of the way follows.
const MethodPrefix = "map.method."

// OwnMethod stands for the model's own maps there.
const OwnMethod = "own"

// rowPrefix begins the IDs of the commands for single rows.
const rowPrefix = "map.row."

func menuItem(env *kit.Environment, c command.Command) *fyne.MenuItem {
	item := fyne.NewMenuItem(Title(env, c), func() {
		if c.Enabled == nil || c.Enabled() { // a shortcut comes here even where the item is grey
			env.Chorded(c.Shortcut, c.Do)
		}
	})
	if ch, ok := kit.ParseChord(c.Shortcut); ok {
		item.Shortcut = ch.Shortcut()
	}
	item.IsQuit = c.ID == QuitCommand
	return item
}

// Update greys what is not enabled; true when anything changed.
func (m *Menus) Update() bool {
	changed := false
	for i, c := range m.commands {
		off := c.Enabled != nil && !c.Enabled()
		if m.items[i].Disabled != off {
			m.items[i].Disabled, changed = off, true
		}
		if on := c.Checked != nil && c.Checked(); m.items[i].Checked != on {
			m.items[i].Checked, changed = on, true
		}
	}
	return changed
}
