package ui

import (
	"context"
	"slices"

	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/models"
	"hilum/app/settings"
	"hilum/internal/message"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/page"
)

// The commands that need the toolkit.
const (
	idSearch     = "list.search"
	idExport     = "file.export"
	idStudies    = "view.studies"
	idFindings   = "view.findings"
	idImageOnly  = "view.film"
	idFull       = "view.full"
	idModel      = "model.open"
	idCard       = "model.card"
	idKeys       = "help.env"
	idPrefer     = "file.preferences"
	idAttributes = "study.attributes"
	idSecond     = "view.second"
	idCopy       = "file.copy"
	idPrint      = "file.print"
	idTour       = "help.tour"
	idAbout      = "help.about"
	idContact    = "map.sheet"
	idFainter    = "map.fainter"
	idClearer    = "map.stronger"
)

// opacityStep is what a key changes the map's opacity by.
const opacityStep = 0.1

// registerCommands adds to the session what only a window can do.
func (w *Window) registerCommands() {
	s := w.session
	always := func() bool { return true }
	picture := func() bool { return s.State().Picture != nil }
	engine := func() bool { return s.State().Engine.Open }
	maps := func() bool { return s.State().Result != nil }
	for _, c := range []command.Command{
		{
			ID: menu.OpenCommand, Title: "Open\u2026", Menu: "File", Shortcut: "Ctrl+O", Do: w.open(kit.Images),
			Enabled: always,
		},
		{
			ID: menu.FolderCommand, Title: "Open folder\u2026", Menu: "File", Shortcut: "Ctrl+Shift+O",
			Do:      w.open(kit.Folder),
			Enabled: always,
		},
		{ID: idExport, Title: "Export\u2026", Menu: "File", Shortcut: "E", Do: w.showExport, Enabled: picture},
		{
			ID: idStudies, Title: "List of studies", Menu: "View", Shortcut: "Ctrl+L",
			Do: func() { w.togglePanel(studiesPanel) }, Enabled: always,
		},
		{
			ID: idFindings, Title: "Panel of findings", Menu: "View", Shortcut: "F9",
			Do: func() { w.togglePanel(findingsPanel) }, Enabled: always,
		},
		{ID: idImageOnly, Title: "Film only", Menu: "View", Shortcut: "Tab", Do: w.toggleImageOnly, Enabled: always},
		{
			ID: idSearch, Title: "Search the studies", Menu: "Studies", Shortcut: "Ctrl+F",
			Do: func() { w.win.Canvas().Focus(w.worklist.Search()) }, Enabled: always,
		},
		{ID: idFull, Title: "Full screen", Menu: "View", Shortcut: "F11", Do: w.toggleFullScreen, Enabled: always},
		{ID: idSecond, Title: "Second window", Menu: "View", Shortcut: "F12", Do: w.toggleSecond, Enabled: always},
		{
			ID: idCopy, Title: "Copy picture", Menu: "Edit", Shortcut: "Ctrl+Insert", Do: w.output.copyPicture,
			Enabled: picture,
		},
		{ID: idPrint, Title: "Print\u2026", Menu: "File", Shortcut: "Ctrl+Shift+P", Do: w.output.print,
			Enabled: picture},
		{ID: idTour, Title: "Tour", Menu: "Help", Shortcut: "Shift+F1", Do: s.Tour.StartTour, Enabled: always},
		{
			ID: idContact, Title: "All maps at a glance", Menu: "Findings", Shortcut: "Ctrl+Shift+A", Do: w.showContact,
			Enabled: maps,
		},
		{
			ID: idFainter, Title: "Fainter map", Menu: "Findings", Shortcut: "[", Do: func() { w.fade(-opacityStep) },
			Enabled: maps,
		},
		{
			ID: idClearer, Title: "Stronger map", Menu: "Findings", Shortcut: "]", Do: func() { w.fade(opacityStep) },
			Enabled: maps,
		},
		{ID: idModel, Title: "Open model\u2026", Menu: "Model", Shortcut: "Ctrl+M", Do: w.open(kit.Network),
			Enabled: engine,
			Checked: func() bool { return models.FromFile(s.State().Model.Path) },
		},
		{
			ID: idCard, Title: "Model card", Menu: "Model", Shortcut: "Ctrl+I",
			Do:      func() { w.pages.ShowCard(s.State) },
			Enabled: always,
		},
		{
			ID: menu.PaletteCommand, Title: "Commands\u2026", Menu: "Help", Shortcut: "Ctrl+K",
			Do: func() {
				menu.ShowPalette(w.env, w.win.Canvas(), menu.InOrder(s.Commands()),
					func() { w.focus(nil) })
			},
			Enabled: always,
		},
		{ID: idPrefer, Title: "Preferences\u2026", Menu: "File", Shortcut: "Ctrl+,", Do: w.showPreferences,
			Enabled: always},
		{ID: idKeys, Title: "Keys and mouse", Menu: "Help", Shortcut: "F1", Do: w.showKeys, Enabled: always},
		{
			ID: idAttributes, Title: "DICOM attributes", Menu: "View", Shortcut: "Ctrl+T", Do: w.showAttributes,
			Enabled: picture,
		},
		{ID: idAbout, Title: "About Hilum", Menu: "Help", Shortcut: "Ctrl+F1", Do: w.pages.ShowAbout, Enabled: always},
		{ID: menu.QuitCommand, Title: "Quit", Menu: "File", Shortcut: "Ctrl+Q", Do: w.Close, Enabled: always},
	} {
		s.Register(c)
	}
	for _, c := range slices.Concat(w.remarkCommands(), w.valueCommands(picture), w.mouseCommands()) {
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

func (w *Window) showKeys() {
	w.pages.ShowKeys(func() []command.Command { return menu.InOrder(w.session.Commands()) })
}

// open makes the function that asks for files of a kind and opens them.
func (w *Window) open(kind kit.Kind) func() {
	return func() {
		w.options.Opener.Open(w.win, kind, func(paths []string, err error) {
			switch {
			case err != nil:
				w.session.Notify(message.Sentence(err))
			case len(paths) == 0:
			case kind == kit.Network:
				w.session.OpenModel(paths[0])
			default:
				w.opened(paths...)
			}
			w.win.Canvas().Focus(w.viewer)
		})
	}
}

// Wait returns when everything that the window began in the background, such as
// an export, is done. Call it after the window was closed.
func (w *Window) Wait() {
	w.training.wait()
	w.jobs.group.Wait()
}

// fade changes the map's opacity.
func (w *Window) fade(by float64) {
	w.session.Maps.SetOpacity(min(1, max(0, w.session.State().Map.Opacity+by)))
}

// togglePanel shows or hides a panel beside the picture. When only the film is shown it
// brings everything back first.
func (w *Window) togglePanel(name panelName) {
	came := w.workspace.imageOnly
	w.setImageOnly(false)
	if came && w.workspace.panel(name).shown {
		return
	}
	hidden := !w.workspace.toggle(name)
	w.setPreferences(func(p *settings.Preferences) {
		if name == studiesPanel {
			p.HideStudies = hidden
		} else {
			p.HideFindings = hidden
		}
	})
}

// toggleImageOnly leaves the picture alone between menu and status line, or brings back
// what was beside it.
func (w *Window) toggleImageOnly() { w.setImageOnly(!w.workspace.imageOnly) }

func (w *Window) setImageOnly(on bool) {
	if on == w.workspace.imageOnly {
		return
	}
	w.workspace.setImageOnly(on)
	w.bar.Hidden, w.strip.Away = on, on
	w.strip.Present(w.session.State())
	w.win.Content().Refresh()
}

func (w *Window) toggleFullScreen() { w.win.SetFullScreen(!w.win.FullScreen()) }

// showPreferences opens the page of the preferences.
func (w *Window) showPreferences() {
	w.pages.ShowPreferences(page.PreferencesOptions{
		Settings: w.session.Settings, Env: w.env, Opener: w.options.Opener,
		Commands: func() []command.Command { return menu.InOrder(w.session.Commands()) },
	})
}

// showExport opens the page from which the current picture leaves the program.
func (w *Window) showExport() {
	w.pages.ShowExport(page.ExportOptions{
		Exports: w.session.Exports, Choice: &w.output.exports, Opener: w.options.Opener, Done: w.session.Notices.Tell,
		Background: func(what string, f func(ctx context.Context)) {
			w.jobs.background(what, func() { f(w.session.Context()) })
		}, Do: w.options.Do,
	})
}
