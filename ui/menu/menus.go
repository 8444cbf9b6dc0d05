// Package menu puts commands before the reader: in menus, in the palette that finds one by
// a few letters, and in words. Its core type is [Menus].
package menu

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/ui/kit"
)

// The commands that have a place of their own in a menu.
const (
	OpenCommand    = "file.open"
	FolderCommand  = "file.folder"
	ExportCommand  = "file.export"
	ServerCommand  = "file.server"
	InboxCommand   = "inbox.follow"
	QuitCommand    = "file.quit"
	PaletteCommand = "help.commands"
)

// Order is the order of the menus; a command of another menu comes after.
func Order() []string {
	return []string{
		"File", "Edit", "Studies", "View", "Measure", "Compare", "Findings", "Answers", "Model", "Train", "Lab", "Help",
	}
}

// InOrder puts the commands as they stand in the menus: opening first,
// quitting last, the rest as they were registered.
func InOrder(commands []command.Command) []command.Command {
	rank := map[string]int{OpenCommand: -4, FolderCommand: -3, ServerCommand: -2, InboxCommand: -1, QuitCommand: 1}
	out := slices.Clone(commands)
	slices.SortStableFunc(out, func(a, b command.Command) int { return rank[a.ID] - rank[b.ID] })
	return out
}

// Menus builds the main menu from the commands and keeps its items in step with
// what is enabled.
type Menus struct {
	Main     *fyne.MainMenu
	env      *kit.Environment
	list     []*fyne.Menu
	items    []*fyne.MenuItem
	commands []command.Command
	recent   *fyne.MenuItem // films
	models   *fyne.MenuItem // that were opened last
	compact  bool
}

// New makes the menus of commands, which are in the order of the menus.
func New(env *kit.Environment, commands []command.Command) *Menus {
	m := &Menus{env: env, commands: commands}
	byName := map[string]*fyne.Menu{}
	menu := func(name string) *fyne.Menu {
		if byName[name] == nil {
			byName[name] = fyne.NewMenu(env.T(name))
			m.list = append(m.list, byName[name])
		}
		return byName[name]
	}
	for _, name := range Order() {
		menu(name)
	}
	rows, methods := submenu(env.T("Heat map of a finding")), submenu(env.T("Method of the map"))
	colours := submenu(env.T("Colours of the map"))
	for _, c := range commands {
		item := menuItem(env, c)
		m.items = append(m.items, item)
		switch {
		case IsRow(c):
			rows.ChildMenu.Items = append(rows.ChildMenu.Items, item)
		case IsMethod(c):
			item.Label = env.T(c.Title)
			methods.ChildMenu.Items = append(methods.ChildMenu.Items, item)
		case IsColours(c):
			item.Label = env.T(c.Title)
			colours.ChildMenu.Items = append(colours.ChildMenu.Items, item)
		default:
			add(menu(c.Menu), c, item)
		}
	}
	for _, item := range []*fyne.MenuItem{rows, methods, colours} {
		if len(item.ChildMenu.Items) > 0 {
			menu("Findings").Items = append(menu("Findings").Items, item)
		}
	}
	m.recent = submenu(env.T("Recent"))
	menu("File").Items = slices.Insert(menu("File").Items, min(2, len(menu("File").Items)), m.recent)
	m.models = submenu(env.T("Recent models"))
	menu("Model").Items = append(menu("Model").Items, m.models)
	m.list = slices.DeleteFunc(m.list, func(m *fyne.Menu) bool { return len(m.Items) == 0 })
	for _, menu := range append(slices.Clone(m.list), rows.ChildMenu) {
		alignKeys(menu.Items)
	}
	m.Main = fyne.NewMainMenu(m.list...)
	m.SetRecent(nil, nil, nil)
	m.SetRecentModels(nil, nil, nil)
	m.Update(func(string) bool { return false })
	return m
}

// add puts an item into its menu, below a line where a new group begins.
func add(menu *fyne.Menu, c command.Command, item *fyne.MenuItem) {
	if len(menu.Items) > 0 && beginsGroup(c.ID) {
		menu.Items = append(menu.Items, fyne.NewMenuItemSeparator())
	}
	menu.Items = append(menu.Items, item)
}

// beginsGroup tells the commands above which a line stands in the menu.
func beginsGroup(id string) bool {
	return slices.Contains([]string{
		"file.close", "file.export", "file.preferences", QuitCommand, "file.copy", "list.order", "list.unseen",
		"list.score",
		"list.search", "view.in", "view.lungs", "view.turn", "view.filter", "view.studies", "message.dismiss",
		"compare.older",
		"measure.calibrate", "measure.close", "map.signed", "findings.sort", "finding.next", "answer.region",
		"answer.withdraw", "model.open", "help.commands", "help.about",
	}, id)
}

// SetRecent offers what was opened last, and to forget it; open is told which.
func (m *Menus) SetRecent(names []string, open func(index int), forget func()) {
	m.offer(m.recent, names, open, forget)
}

// SetRecentModels is SetRecent of models.
func (m *Menus) SetRecentModels(names []string, open func(index int), forget func()) {
	m.offer(m.models, names, open, forget)
}

func (m *Menus) offer(in *fyne.MenuItem, names []string, open func(index int), forget func()) {
	in.Disabled = len(names) == 0
	items := make([]*fyne.MenuItem, 0, len(names)+2)
	for i, name := range names {
		items = append(items, fyne.NewMenuItem(name, func() { open(i) }))
	}
	in.ChildMenu.Items = append(
		items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(m.env.T("Forget these"), forget),
	)
}

// Width is what the titles of the menus take side by side, in units; 0 where the system
// shows them outside of the window.
func (m *Menus) Width() (width float32) {
	if nativeMenus {
		return 0
	}
	for _, menu := range m.list {
		width += fyne.MeasureText(menu.Label, theme.TextSize(), fyne.TextStyle{}).Width + theme.Padding() +
			2*theme.InnerPadding()
	}
	return width
}

// SetCompact puts all menus into one, or takes them out again, and tells whether that
// changed anything; the window then has to take Main anew.
func (m *Menus) SetCompact(on bool) bool {
	if m.compact == on {
		return false
	}
	m.compact = on
	if !on {
		m.Main = fyne.NewMainMenu(m.list...)
		return true
	}
	all := fyne.NewMenu(m.env.T("Menu"))
	for _, menu := range m.list {
		item := fyne.NewMenuItem(menu.Label, nil)
		item.ChildMenu = menu
		all.Items = append(all.Items, item)
	}
	m.Main = fyne.NewMainMenu(all)
	return true
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

// IsColours tells the commands for the colours of maps, likewise.
func IsColours(c command.Command) bool { return strings.HasPrefix(c.ID, classmap.ColoursPrefix) }

// MethodPrefix begins the IDs of the commands for single ways of computing maps; the name
// of the way follows.
const MethodPrefix = "map.method."

// OwnMethod stands for the model's own maps there.
const OwnMethod = "own"

// rowPrefix begins the IDs of the commands for single rows.
const rowPrefix = "map.row."

func menuItem(env *kit.Environment, c command.Command) *fyne.MenuItem {
	// a shortcut comes here even where the item is grey
	item := fyne.NewMenuItem(Title(env, c), func() { env.Chorded(c) })
	if ch, ok := kit.ParseChord(c.Shortcut); ok {
		item.Shortcut = ch.Shortcut()
		if !nativeMenus {
			item.Shortcut, item.Label = nil, item.Label+kit.KeyMark+KeyText(env, c.Shortcut)
		}
	}
	item.IsQuit = c.ID == QuitCommand
	return item
}

// Update greys what is not enabled and puts a mark before what is on; true when anything
// changed.
func (m *Menus) Update(on func(id string) bool) bool {
	changed := false
	for i, c := range m.commands {
		off := c.Enabled != nil && !c.Enabled()
		checked := on(c.ID) || c.Checked != nil && c.Checked()
		if m.items[i].Disabled != off || m.items[i].Checked != checked {
			m.items[i].Disabled, m.items[i].Checked, changed = off, checked, true
		}
	}
	return changed
}

// Compact tells whether all menus are in one.
func (m *Menus) Compact() bool { return m.compact }
