package ui

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"hilum/app/settings"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// opening is how files and folders come into the window: asked for, dropped, or again.
type opening struct{ w *Window }

// ask makes the function that asks for files of a kind and opens them.
func (o opening) ask(kind kit.Kind) func() {
	w := o.w
	return func() {
		w.options.Opener.Open(w.win, kind, func(paths []string, err error) {
			switch {
			case err != nil:
				w.session.Notify(message.Sentence(err))
			case len(paths) == 0:
			case kind == kit.Network:
				w.session.OpenModel(paths[0])
			default:
				o.open(paths...)
			}
			w.win.Canvas().Focus(w.viewer)
		})
	}
}

// open opens files and folders and remembers them.
func (o opening) open(paths ...string) {
	o.w.session.Studies.Open(paths...)
	o.w.setPreferences(func(p *settings.Preferences) { p.Remember(paths...) })
}

// dropped opens files that were dragged onto the window.
func (o opening) dropped(_ fyne.Position, uris []fyne.URI) {
	var paths, remote []string
	for _, u := range uris {
		if u.Scheme() == "file" {
			paths = append(paths, filepath.FromSlash(u.Path()))
		} else {
			remote = append(remote, u.String())
		}
	}
	if len(remote) > 0 {
		o.w.session.Notify(
			message.Of("%s cannot be opened: it is not a file on this machine. Save it here first.",
				strings.Join(remote, ", ")),
		)
	}
	o.open(paths...)
}

// presentRecent offers what was opened last.
func (o opening) presentRecent() {
	recent := o.w.session.Settings.Preferences().Recent
	o.w.menus.SetRecent(recent, func(i int) { o.open(recent[i]) }, func() {
		o.w.setPreferences(func(p *settings.Preferences) { p.Recent = nil })
	})
}
