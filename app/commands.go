package app

import (
	"slices"

	"hilum/app/command"
	"hilum/app/models"
	"hilum/internal/store"
)

// Commands lists every command, the program's own first, with the reader's
// keys. What fails badly in one becomes a message.
func (w *Workstation) Commands() []command.Command {
	list := w.commands.List(w.Settings.Preferences().Shortcuts)
	for i, c := range list {
		list[i].Do = func() { w.hub.Guard(c.Title, c.Do) }
	}
	return list
}

// Register adds a command that needs the window's toolkit, or replaces the one
// with the same ID.
func (w *Workstation) Register(c command.Command) {
	w.hub.Change(func(store.Tx) { w.commands.Register(c) })
}

// builtIn is what every feature can do, in the order of the menus.
func (w *Workstation) builtIn() []command.Command {
	return slices.Concat(
		w.Studies.FileCommands(), w.Viewport.Commands(), w.History.Commands(), w.Maps.Commands(), w.Findings.Commands(),
		w.modelCommands(), w.Studies.Worklist.Commands(), w.Comparison.Commands(), w.Measure.Commands(),
		w.Answers.Commands(),
		w.Archives.Commands(), w.Inbox.Commands(), w.Readers.Commands(), w.Remarks.Commands(), w.Foreign.Commands(),
		w.Settings.Commands(),
		[]command.Command{{ID: "message.dismiss", Title: "Dismiss the message", Menu: "View", Shortcut: "Escape",
			Do: w.letGo, Enabled: command.Always}},
	)
}

// modelCommands are those of the models that come with the program.
func (w *Workstation) modelCommands() []command.Command {
	open := func(path string) func() { return func() { w.OpenModel(path) } }
	inUse := func(path string) func() bool {
		return func() (is bool) {
			w.hub.Look(func(tx store.Tx) { is = w.Models.In(tx).Model.Path == path })
			return is
		}
	}
	return []command.Command{
		{ID: "model.demo", Title: "Use the demo model (generated films)", Menu: "Model", Shortcut: "Alt+D",
			Do:      open(models.Demo),
			Enabled: command.Always, Checked: inUse(models.Demo)},
		{ID: "model.starter", Title: "Use the starter model (real films, weak)", Menu: "Model", Shortcut: "Alt+S",
			Do: open(models.Starter), Enabled: command.Always, Checked: inUse(models.Starter)},
		{ID: "model.twin", Title: "Use the confounded twin (made to be fooled)", Menu: "Model", Shortcut: "Alt+T",
			Do: open(models.Twin), Enabled: command.Always, Checked: inUse(models.Twin)},
	}
}

// letGo is what Escape does: what is being drawn goes, else the message, else
// the map.
func (w *Workstation) letGo() {
	drawing := false
	w.hub.Change(func(tx store.Tx) { drawing = w.Measure.LetGo(tx) })
	switch {
	case drawing:
	case !w.State().Message.IsZero():
		w.Notices.Dismiss()
	default:
		w.Maps.SetMapOn(false)
	}
}
