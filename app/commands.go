package app

import (
	"fmt"
	"slices"
)

// Command is one thing that a reader can do, with a name, a place in the menus
// and a key. The window builds menus, shortcuts and its palette from these.
type Command struct {
	ID       string // stable, as "view.invert"
	Title    string // as in the menu
	Menu     string // File, View, Findings, Help ...
	Shortcut string // as "Ctrl+O", "I", "Shift+1"; "" for none
	Do       func()
	Enabled  func() bool
}

// Commands lists every command, the program's own first, with the reader's
// keys. What fails badly in one becomes a message.
func (s *Session) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.withShortcuts(slices.Clone(s.commands))
	for i, c := range list {
		list[i].Do = func() { s.Guard(c.Title, c.Do) }
	}
	return list
}

// Register adds a command that needs the window's toolkit, or replaces the one
// with the same ID.
func (s *Session) Register(c Command) {
	s.change(func() {
		list := slices.Clone(s.commands)
		if i := slices.IndexFunc(list, func(o Command) bool { return o.ID == c.ID }); i >= 0 {
			list[i] = c
		} else {
			list = append(list, c)
		}
		s.commands = list
	})
}

func (s *Session) builtin() []Command {
	picture := func() bool { return s.State().Picture != nil }
	maps := func() bool { return s.State().Result != nil }
	study := func() bool { return s.State().Current >= 0 }
	always := func() bool { return true }
	list := []Command{
		{"file.demo", "Open the demo studies", "File", "Ctrl+D", s.OpenDemo, always},
		{"file.close", "Close study", "File", "Ctrl+W", func() { s.CloseStudy(s.State().Current) }, study},
		{"view.window", "Next window", "View", "W", s.NextWindow, picture},
		{"view.invert", "Invert", "View", "I", s.ToggleInvert, picture},
		{"view.fit", "Fit to window", "View", "F", s.FitView, picture},
		{"view.one", "One to one", "View", "Z", s.OneToOne, picture},
		{"view.in", "Zoom in", "View", "Plus", func() { s.zoomCentre(zoomStep) }, picture},
		{"view.out", "Zoom out", "View", "Minus", func() { s.zoomCentre(1 / zoomStep) }, picture},
		{"view.reset", "Reset", "View", "R", s.ResetView, picture},
		{"map.toggle", "Heat map on or off", "Findings", "M", s.ToggleMapOn, maps},
		{"map.signed", "Show evidence against", "Findings", "S", func() { s.SetSigned(!s.State().Map.Signed) }, maps},
		{"map.scale", "One scale for all maps, or each its own", "Findings", "P", func() { s.SetPerMap(!s.State().Map.PerMap) }, maps},
		{"findings.sort", "Sort by margin, class or change", "Findings", "O", s.toggleSort, always},
		{"model.demo", "Use the demo model (generated films)", "Model", "Alt+D", func() { s.OpenModel("") }, always},
		{"model.starter", "Use the starter model (real films, weak)", "Model", "Alt+S", func() { s.OpenModel(Starter) }, always},
		{"model.twin", "Use the confounded twin (made to be fooled)", "Model", "Alt+T", func() { s.OpenModel(Twin) }, always},
		{"message.dismiss", "Dismiss the message", "View", "Escape", s.letGo, always},
	}
	list = slices.Concat(list, s.listCommands(), s.pictureCommands(), s.mapCommands(), s.answerCommands())
	for i := range 14 {
		list = append(list, Command{
			ID: fmt.Sprintf("map.row.%d", i+1), Title: fmt.Sprintf("Heat map of finding %d", i+1), Menu: "Findings", Shortcut: rowKey(i),
			Do: func() {
				if rows := s.State().Rows; i < len(rows) {
					s.ToggleMap(rows[i].Class)
				}
			},
			Enabled: func() bool { return maps() && i < len(s.State().Rows) },
		})
	}
	return list
}

const zoomStep = 1.25

// rowKey is the key of a row as shown: 1..9, 0, then Shift with 1..4.
func rowKey(i int) string {
	if i < 10 {
		return fmt.Sprint((i + 1) % 10)
	}
	return fmt.Sprintf("Shift+%d", i-9)
}

func (s *Session) zoomCentre(factor float64) {
	s.mu.Lock()
	v := s.viewport
	s.mu.Unlock()
	s.ZoomAt(float64(v[0])/2, float64(v[1])/2, factor)
}

// toggleSort goes round the orders; by change only where there is one.
func (s *Session) toggleSort() {
	st := s.State()
	switch {
	case st.Sort == ByMargin:
		s.SetSort(ByClass)
	case st.Sort == ByClass && len(st.Compare.Priors) > 0:
		s.SetSort(ByChange)
	default:
		s.SetSort(ByMargin)
	}
}

// letGo is what Escape does: what is being drawn goes, else the message, else
// the map.
func (s *Session) letGo() {
	drawing := false
	s.change(func() { drawing = s.letGoOfTool() })
	if drawing {
		return
	}
	if s.State().Message != "" {
		s.Dismiss()
		return
	}
	s.SetMapOn(false)
}
