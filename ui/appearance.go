package ui

import (
	"maps"
	"time"

	"fyne.io/fyne/v2"

	"hilum/app/command"
	"hilum/app/settings"
	"hilum/ui/kit"
	"hilum/ui/menu"
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

// applyAppearance puts look, size and language of the preferences in force for what this
// window builds next. Size and theme are the toolkit's, which has one of each for all
// windows: those of the window that asked last hold for the controls of all.
func (w *Window) applyAppearance(p settings.Preferences) {
	was := w.appearance
	w.appearance = appearanceOf(p)
	w.env.SetLook(p.Look)
	if err := w.setLanguage(p.Language); err != nil {
		w.session.Fail(err)
	}
	w.session.Exports.SetWords(w.env.Words())
	if err := kit.SetTextSize(p.TextSize); err != nil {
		w.session.Fail(err)
	}
	if was.look != w.appearance.look || was.textSize != w.appearance.textSize {
		w.application.Settings().SetTheme(kit.Theme{Colours: w.env.Colours}) // has the toolkit look again
	}
}

// setLanguage puts a language in force, by its code.
func (w *Window) setLanguage(code string) error {
	if w.options.Words == nil {
		return w.env.SetLanguage(code)
	}
	words, err := w.options.Words(code)
	if err == nil {
		w.env.SetWords(words)
	}
	return err
}

// setUp is what is done to the window once.
func (w *Window) setUp() {
	w.win.SetMaster()
	w.win.SetPadded(false)
	w.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	w.win.SetOnDropped(w.opening.dropped)
	w.win.SetCloseIntercept(w.quit)
}

// followPreferences brings the window in line with changed preferences: the
// widgets are built again where the change is in them all.
func (w *Window) followPreferences() {
	p := w.session.Settings.Preferences()
	if appearanceOf(p) != w.appearance {
		w.rebuild(p)
	} else if !maps.Equal(p.Shortcuts, w.keysOf) {
		w.registerShortcuts(menu.InOrder(w.session.Commands()))
	}
	w.workspace.follow(p)
	w.opening.presentRecent()
}

// rebuild makes the widgets anew. The session has all that they show.
func (w *Window) rebuild(p settings.Preferences) {
	w.placeholder.stop()
	w.tip.stop()
	w.applyAppearance(p)
	w.build()
	w.pages.Rebuild()
	w.servers.page.Rebuild()
	w.second.build()
	w.win.Canvas().Focus(w.viewer)
}

// registerShortcuts puts the commands into the menus and on their keys, in place of those
// that were there.
func (w *Window) registerShortcuts(commands []command.Command) {
	for _, s := range w.shortcuts {
		w.win.Canvas().RemoveShortcut(s)
	}
	w.shortcuts, w.keysOf = nil, w.session.Settings.Preferences().Shortcuts
	w.menus = menu.New(w.env, commands)
	w.opening.presentRecent()
	w.menus.SetCompact(w.workspace.box.Size().Width < w.menus.Width())
	w.win.SetMainMenu(w.menus.Main)
	w.routeKeys(commands)
}

// menuFor puts the menus into one where the window is too narrow for their titles. It is
// called while the window is laid out, maybe before it was made: it does so afterwards.
func (w *Window) menuFor(width float32) {
	if w.menus == nil || (width < w.menus.Width()) == w.menus.Compact() {
		return
	}
	time.AfterFunc(0, func() {
		w.options.Do(func() {
			if w.menus.SetCompact(w.workspace.box.Size().Width < w.menus.Width()) {
				w.win.SetMainMenu(w.menus.Main)
			}
		})
	})
}

// setPreferences changes the preferences, and says so where that is not possible.
func (w *Window) setPreferences(f func(p *settings.Preferences)) {
	if err := w.session.Settings.SetPreferences(f); err != nil {
		w.session.Fail(err)
	}
}
