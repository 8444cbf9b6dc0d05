package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"hilum/app/command"
	"hilum/ui/kit"
)

// menuOrder is the order of the menus; a command of another menu comes after.
func menuOrder() []string {
	return []string{"File", "Studies", "View", "Measure", "Compare", "Findings", "Answers", "Model", "Train", "Lab", "Help"}
}

// inMenuOrder puts the commands as they stand in the menus: opening first,
// quitting last, the rest as they were registered.
func inMenuOrder(commands []command.Command) []command.Command {
	rank := map[string]int{idOpen: -2, idFolder: -1, idQuit: 1}
	out := slices.Clone(commands)
	slices.SortStableFunc(out, func(a, b command.Command) int { return rank[a.ID] - rank[b.ID] })
	return out
}

// menus builds the main menu from the commands and keeps its items in step with
// what is enabled.
type menus struct {
	main     *fyne.MainMenu
	items    []*fyne.MenuItem
	commands []command.Command
}

func newMenus(commands []command.Command) *menus {
	m := &menus{commands: commands}
	byName := map[string]*fyne.Menu{}
	var list []*fyne.Menu
	menu := func(name string) *fyne.Menu {
		if byName[name] == nil {
			byName[name] = fyne.NewMenu(kit.T(name))
			list = append(list, byName[name])
		}
		return byName[name]
	}
	for _, name := range menuOrder() {
		menu(name)
	}
	rows := fyne.NewMenuItem(kit.T("Heat map of a finding"), nil)
	rows.ChildMenu = fyne.NewMenu("")
	for _, c := range commands {
		item := menuItem(c)
		m.items = append(m.items, item)
		if isRow(c) {
			rows.ChildMenu.Items = append(rows.ChildMenu.Items, item)
			continue
		}
		menu(c.Menu).Items = append(menu(c.Menu).Items, item)
	}
	if len(rows.ChildMenu.Items) > 0 {
		menu("Findings").Items = append(menu("Findings").Items, rows)
	}
	list = slices.DeleteFunc(list, func(m *fyne.Menu) bool { return len(m.Items) == 0 })
	m.main = fyne.NewMainMenu(list...)
	m.update()
	return m
}

// isRow tells the commands for single rows of findings, which would fill a menu.
func isRow(c command.Command) bool { return strings.HasPrefix(c.ID, rowPrefix) }

// rowPrefix begins the IDs of the commands for single rows.
const rowPrefix = "map.row."

func menuItem(c command.Command) *fyne.MenuItem {
	item := fyne.NewMenuItem(commandTitle(c), func() {
		if c.Enabled == nil || c.Enabled() { // a shortcut comes here even where the item is grey
			c.Do()
		}
	})
	if ch, ok := kit.ParseChord(c.Shortcut); ok {
		item.Shortcut = ch.Shortcut()
	}
	item.IsQuit = c.ID == idQuit
	return item
}

// update greys what is not enabled; true when anything changed.
func (m *menus) update() bool {
	changed := false
	for i, c := range m.commands {
		off := c.Enabled != nil && !c.Enabled()
		if m.items[i].Disabled != off {
			m.items[i].Disabled, changed = off, true
		}
	}
	return changed
}
