package app

import (
	"fmt"
	"slices"

	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/models"
)

// Commands lists every command, the program's own first, with the reader's
// keys. What fails badly in one becomes a message.
func (s *Session) Commands() []command.Command {
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
func (s *Session) Register(c command.Command) {
	s.change(func() {
		list := slices.Clone(s.commands)
		if i := slices.IndexFunc(list, func(o command.Command) bool { return o.ID == c.ID }); i >= 0 {
			list[i] = c
		} else {
			list = append(list, c)
		}
		s.commands = list
	})
}

func (s *Session) builtin() []command.Command {
	picture := func() bool { return s.State().Picture != nil }
	maps := func() bool { return s.State().Result != nil }
	study := func() bool { return s.State().Current >= 0 }
	always := func() bool { return true }
	list := []command.Command{
		{ID: "file.demo", Title: "Open the demo studies", Menu: "File", Shortcut: "Ctrl+D", Do: s.OpenDemo, Enabled: always},
		{ID: "file.close", Title: "Close study", Menu: "File", Shortcut: "Ctrl+W", Do: func() { s.CloseStudy(s.State().Current) }, Enabled: study},
		{ID: "view.window", Title: "Next window", Menu: "View", Shortcut: "W", Do: s.NextWindow, Enabled: picture},
		{ID: "view.invert", Title: "Invert", Menu: "View", Shortcut: "I", Do: s.ToggleInvert, Enabled: picture},
		{ID: "view.fit", Title: "Fit to window", Menu: "View", Shortcut: "F", Do: s.FitView, Enabled: picture},
		{ID: "view.one", Title: "One to one", Menu: "View", Shortcut: "Z", Do: s.OneToOne, Enabled: picture},
		{ID: "view.in", Title: "Zoom in", Menu: "View", Shortcut: "Plus", Do: func() { s.zoomCentre(zoomStep) }, Enabled: picture},
		{ID: "view.out", Title: "Zoom out", Menu: "View", Shortcut: "Minus", Do: func() { s.zoomCentre(1 / zoomStep) }, Enabled: picture},
		{ID: "view.reset", Title: "Reset", Menu: "View", Shortcut: "R", Do: s.ResetView, Enabled: picture},
		{ID: "map.toggle", Title: "Heat map on or off", Menu: "Findings", Shortcut: "M", Do: s.ToggleMapOn, Enabled: maps},
		{ID: "map.signed", Title: "Show evidence against", Menu: "Findings", Shortcut: "S", Do: func() { s.SetSigned(!s.State().Map.Signed) }, Enabled: maps},
		{ID: "map.scale", Title: "One scale for all maps, or each its own", Menu: "Findings", Shortcut: "P", Do: func() { s.SetPerMap(!s.State().Map.PerMap) }, Enabled: maps},
		{ID: "findings.sort", Title: "Sort by margin, class or change", Menu: "Findings", Shortcut: "O", Do: s.toggleSort, Enabled: always},
		{ID: "model.demo", Title: "Use the demo model (generated films)", Menu: "Model", Shortcut: "Alt+D", Do: func() { s.OpenModel("") }, Enabled: always},
		{ID: "model.starter", Title: "Use the starter model (real films, weak)", Menu: "Model", Shortcut: "Alt+S", Do: func() { s.OpenModel(models.Starter) }, Enabled: always},
		{ID: "model.twin", Title: "Use the confounded twin (made to be fooled)", Menu: "Model", Shortcut: "Alt+T", Do: func() { s.OpenModel(models.Twin) }, Enabled: always},
		{ID: "message.dismiss", Title: "Dismiss the message", Menu: "View", Shortcut: "Escape", Do: s.letGo, Enabled: always},
	}
	list = slices.Concat(list, s.listCommands(), s.pictureCommands(), s.mapCommands(), s.answerCommands())
	for i := range 14 {
		list = append(list, command.Command{
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
	case st.Sort == findings.ByMargin:
		s.SetSort(findings.ByClass)
	case st.Sort == findings.ByClass && len(st.Compare.Priors) > 0:
		s.SetSort(findings.ByChange)
	default:
		s.SetSort(findings.ByMargin)
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
