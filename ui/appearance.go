package ui

import (
	"maps"

	"fyne.io/fyne/v2"

	"hilum/app/command"
	"hilum/app/settings"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// appearance is what of the preferences is built into the widgets: a change of
// it builds them again.
type appearance struct {
	look         settings.Look
	textSize     float64
	language     string
	findingsLeft bool
}

func appearanceOf(p settings.Preferences) appearance {
	return appearance{p.Look, p.TextSize, p.Language, p.FindingsLeft}
}

// wear puts look, size and language of the preferences in force for what is
// built next.
func (w *Window) wear(p settings.Preferences) {
	was := w.worn
	w.worn = appearanceOf(p)
	kit.SetLook(p.Look)
	if err := w.speak(p.Language); err != nil {
		w.session.Notify(message.Sentence(err))
	}
	w.session.Exports.SetWords(kit.Words())
	if err := kit.SetTextSize(p.TextSize); err != nil {
		w.session.Notify(message.Sentence(err))
	}
	if was.look != w.worn.look || was.textSize != w.worn.textSize {
		w.pages.application.Settings().SetTheme(kit.Theme{}) // has the toolkit look again
	}
}

// speak puts a language in force, by its code.
func (w *Window) speak(code string) error {
	if w.options.Words == nil {
		return kit.SetLanguage(code)
	}
	words, err := w.options.Words(code)
	if err == nil {
		kit.SetWords(words)
	}
	return err
}

// frame is what is done to the window once.
func (w *Window) frame() {
	w.win.SetMaster()
	w.win.SetPadded(false)
	w.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.Dropped(uris) })
}

// followPreferences brings the window in line with changed preferences: the
// widgets are built again where the change is in them all.
func (w *Window) followPreferences() {
	p := w.session.Settings.Preferences()
	if appearanceOf(p) != w.worn {
		w.rebuild(p)
	} else if !maps.Equal(p.Shortcuts, w.keysOf) {
		w.hang(inMenuOrder(w.session.Commands()))
	}
	if w.left.Hidden != p.HideStudies {
		w.left.Hidden = p.HideStudies
		w.win.Content().Refresh()
	}
}

// rebuild makes the widgets anew. The session has all that they show.
func (w *Window) rebuild(p settings.Preferences) {
	w.centre.stop()
	w.wear(p)
	w.build()
	w.pages.rebuild()
	if w.second != nil {
		w.fillSecond()
	}
	w.win.Canvas().Focus(w.viewer)
}

// hang puts the commands into the menus and on their keys, in place of those
// that were there.
func (w *Window) hang(commands []command.Command) {
	for _, s := range w.shortcuts {
		w.win.Canvas().RemoveShortcut(s)
	}
	w.shortcuts, w.keysOf = nil, w.session.Settings.Preferences().Shortcuts
	w.menus = newMenus(commands)
	w.win.SetMainMenu(w.menus.main)
	w.listen(commands)
}

// prefer changes the preferences, and says so where that is not possible.
func (w *Window) prefer(f func(p *settings.Preferences)) {
	if err := w.session.Settings.SetPreferences(f); err != nil {
		w.session.Notify(message.Sentence(err))
	}
}
