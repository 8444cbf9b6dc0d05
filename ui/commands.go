package ui

import (
	"slices"

	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/models"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/findingspanel"
	"hilum/ui/kit"
	"hilum/ui/menu"
)

// The commands that need the toolkit.
const (
	idSearch      = "list.search"
	idStudies     = "view.studies"
	idFindings    = "view.findings"
	idImageOnly   = "view.film"
	idFull        = "view.full"
	idModel       = "model.open"
	idCard        = "model.card"
	idKeys        = "help.env"
	idPrefer      = "file.preferences"
	idAttributes  = "study.attributes"
	idSecond      = "view.second"
	idOtherScreen = "view.second.screen"
	idCopy        = "file.copy"
	idPrint       = "file.print"
	idTour        = "help.tour"
	idAbout       = "help.about"
	idForeign     = findingspanel.ForeignCommand
	idContact     = "map.sheet"
	idVerdict     = "map.verdict"
	idPassport    = "model.passport"
)

// registerCommands adds to the session what only a window can do.
func (w *Window) registerCommands() {
	s := w.session
	always := func() bool { return true }
	picture := func() bool { return s.State().Picture != nil }
	engine := func() bool { return s.State().Engine.Open }
	maps := func() bool { return s.State().Result != nil }
	for _, c := range []command.Command{
		{
			WhileTyping: true, ID: menu.OpenCommand, Title: "Open\u2026", Menu: "File", Shortcut: "Ctrl+O", Do: w.opening.ask(filedialog.Films),
			Enabled: always,
		},
		{
			WhileTyping: true, ID: menu.FolderCommand, Title: "Open folder\u2026", Menu: "File", Shortcut: "Ctrl+Shift+O",
			Do:      w.opening.ask(filedialog.FilmFolder),
			Enabled: always,
		},
		{ID: menu.ExportCommand, Title: "Export\u2026", Menu: "File", Shortcut: "E", Do: w.opener.showExport, Enabled: picture},
		{
			ID: idStudies, Title: "List of studies", Menu: "View", Shortcut: "Ctrl+L",
			Do: func() { w.workspace.toggle(studiesPanel) }, Enabled: always,
		},
		{
			ID: idFindings, Title: "Panel of findings", Menu: "View", Shortcut: "F9",
			Do: func() { w.workspace.toggle(findingsPanel) }, Enabled: always,
		},
		{ID: idImageOnly, Title: "Film only", Menu: "View", Shortcut: "Tab", Do: func() { w.workspace.toggleImageOnly() }, Enabled: always},
		{
			WhileTyping: true, ID: idSearch, Title: "Search the studies", Menu: "Studies", Shortcut: "Ctrl+F",
			Do: func() { w.win.Canvas().Focus(w.worklist.Search()) }, Enabled: always,
		},
		{ID: idFull, Title: "Full screen", Menu: "View", Shortcut: "F11", Do: w.toggleFullScreen, Enabled: always},
		{ID: idSecond, Title: "Second window", Menu: "View", Shortcut: "F12", Do: w.second.toggle, Enabled: always},
		{
			ID: idOtherScreen, Title: "Second window on the other screen", Menu: "View", Shortcut: "Shift+F12",
			Do: w.second.toggleOther, Enabled: always,
		},
		{
			ID: idCopy, Title: "Copy picture", Menu: "Edit", Shortcut: "Ctrl+Insert", Do: w.output.copyPicture,
			Enabled: picture,
		},
		{ID: idPrint, Title: "Print\u2026", Menu: "File", Shortcut: "Ctrl+Shift+P", Do: w.output.print,
			Enabled: picture},
		{ID: idTour, Title: "Tour", Menu: "Help", Shortcut: "Shift+F1", Do: s.Tour.StartTour, Enabled: always},
		{
			ID: idContact, Title: "All maps at a glance", Menu: "Findings", Shortcut: "Ctrl+Shift+A", Do: w.opener.showContact,
			Enabled: func() bool { st := s.State(); return maps() && !st.Held() },
		},
		{
			ID: idVerdict, Title: "Whether this map can be believed", Menu: "Findings", Shortcut: "Ctrl+Alt+B", Do: w.opener.showVerdict,
			Enabled: func() bool { st := s.State(); return st.Result != nil && st.Map.On && st.Map.Class != "" },
		},
		{
			ID: idPassport, Title: "Shortcut passport", Menu: "Model", Shortcut: "Ctrl+Alt+P", Do: w.opener.showPassport,
			Enabled: func() bool { return s.State().Model.Open },
		},
		{ID: idModel, Title: "Open model\u2026", Menu: "Model", Shortcut: "Ctrl+M", Do: w.opening.askModel,
			Enabled: engine,
			Checked: func() bool { return models.FromFile(s.State().Model.Path) },
		},
		{
			WhileTyping: true, ID: idCard, Title: "Model card", Menu: "Model", Shortcut: "Ctrl+I",
			Do:      func() { w.pages.ShowCard(s.State) },
			Enabled: always,
		},
		{
			WhileTyping: true, ID: menu.PaletteCommand, Title: "Commands\u2026", Menu: "Help", Shortcut: "Ctrl+K",
			Do: func() {
				menu.ShowPalette(w.env, w.win.Canvas(), menu.InOrder(s.Commands()),
					func() { w.focus(nil) })
			},
			Enabled: always,
		},
		{WhileTyping: true, ID: idPrefer, Title: "Preferences\u2026", Menu: "File", Shortcut: "Ctrl+,", Do: w.opener.showPreferences,
			Enabled: always},
		{ID: idKeys, Title: "Keys and mouse", Menu: "Help", Shortcut: "F1", Do: w.opener.showKeys, Enabled: always},
		{
			ID: idAttributes, Title: "DICOM attributes", Menu: "View", Shortcut: "Ctrl+T", Do: w.opener.showAttributes,
			Enabled: picture,
		},
		{
			ID: idForeign, Title: "What others say of the film", Menu: "View", Shortcut: "Ctrl+Shift+Y",
			Do: w.opener.showForeign, Enabled: picture,
		},
		{WhileTyping: true, ID: idAbout, Title: "About Hilum", Menu: "Help", Shortcut: "Ctrl+F1", Do: w.pages.ShowAbout, Enabled: always},
		{WhileTyping: true, ID: menu.QuitCommand, Title: "Quit", Menu: "File", Shortcut: "Ctrl+Q", Do: w.quit, Enabled: always},
	} {
		s.Register(c)
	}
	for _, c := range slices.Concat(w.remarkCommands(), w.readerCommands(), w.valueCommands(picture), w.servers.commands()) {
		s.Register(c)
	}
	w.registerMethods(maps)
	w.output.register(func() { w.findings.OpenNote(s.State()) })
}

// registerMethods adds a command for each way of computing maps; the palette finds them.
func (w *Window) registerMethods(enabled func() bool) {
	s := w.session
	for _, name := range s.Maps.Methods() {
		title, id := s.Maps.MethodTitle(name), name
		if name == classmap.OwnMaps {
			title, id = "Own map", menu.OwnMethod
		}
		s.Register(command.Command{
			ID: menu.MethodPrefix + id, Title: title, Menu: "Findings", Enabled: enabled,
			Do: func() { s.Maps.SetMethod(name) },
		})
	}
}

// Wait returns when everything that the window began in the background, such as
// an export, is done. Call it after the window was closed.
func (w *Window) Wait() {
	w.training.wait()
	w.jobs.group.Wait()
}

// quit closes the window, unless something is typed in it that is not kept yet: that is
// said once.
func (w *Window) quit() {
	box := w.win.Canvas().Focused()
	if typed := kit.Typed(box); typed != "" && box != w.worklist.Search() && typed != w.warned {
		w.warned = typed
		w.session.Notify(message.Of("What is typed here is not kept yet. Quit once more to leave it."))
		return
	}
	w.Close()
}

// imageAlone follows the panels: the bars go with them.
func (w *Window) imageAlone(on bool) {
	w.bar.Hidden, w.strip.Away = on, on
	w.strip.Present(w.session.State())
	w.win.Content().Refresh()
}

func (w *Window) toggleFullScreen() { w.win.SetFullScreen(!w.win.FullScreen()) }
