package ui

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"hilum/app/settings"
	"hilum/internal/message"
	"hilum/ui/filedialog"
)

// opening is how files and folders come into the window: asked for, dropped, or again.
type opening struct{ w *Window }

// ask makes the function that asks for films and opens them.
func (o opening) ask(purpose filedialog.Purpose) func() { return o.askFor(purpose, o.open) }

// askModel asks for a model and opens it.
func (o opening) askModel() {
	o.askFor(filedialog.Model, func(paths ...string) { o.w.session.OpenModel(paths[0]) })()
}

func (o opening) askFor(purpose filedialog.Purpose, chosen func(paths ...string)) func() {
	return func() {
		o.w.options.Opener.Ask(filedialog.Request{
			Parent: o.w.win, Purpose: purpose, Chosen: chosen, Refused: o.w.session.Notices.Fail, Done: o.w.env.Leave,
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
	p := o.w.session.Settings.Preferences()
	o.w.menus.SetRecent(p.Recent, func(i int) { o.open(p.Recent[i]) }, func() {
		o.w.setPreferences(func(p *settings.Preferences) { p.Recent = nil })
	})
	o.w.menus.SetRecentModels(p.RecentModels, func(i int) { o.w.session.OpenModel(p.RecentModels[i]) }, func() {
		o.w.setPreferences(func(p *settings.Preferences) { p.RecentModels = nil })
	})
}
