package ui

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/lab/passport"
	"hilum/app/radiograph"
	"hilum/app/render"
	"hilum/app/viewport"
	"hilum/dicomio/evidence"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/menu"
	"hilum/ui/page"
)

// pageOpener opens the pages beside the window with what they show.
type pageOpener struct{ w *Window }

// showContact draws every class's map beside the window and opens the page that
// shows them.
func (o pageOpener) showContact() {
	w := o.w
	st := w.session.State()
	whose := radiograph.WhoseWords(w.env.Words(), &st.Picture.Image.Header, w.named())
	w.jobs.background("drawing the contact sheet", func() {
		sheet, err := render.Contacts{
			Picture: st.Picture, View: st.View, Result: st.Result, Map: st.Map, Rows: st.Rows, Words: w.env.Words(),
			Withheld: inference.Withholding(st.Withheld, true),
		}.Sheet(contactColumns, contactWidth)
		if err != nil {
			w.session.Fail(err)
			return
		}
		w.options.Do(func() {
			if !o.hiddenSince(st) {
				w.pages.ShowContact(sheet, whose)
			}
		})
	})
}

// showVerdict tests the map in sight beside the window and opens the page that says what
// came of it.
func (o pageOpener) showVerdict() {
	w := o.w
	st := w.session.State()
	w.session.Conclude(message.Of("Testing the map of %s; the model runs some hundred times.",
		inference.Named(st.Map.Class)), nil)
	w.jobs.background("testing the map", func() {
		judged, err := w.session.Maps.Judge()
		if err != nil {
			w.session.Fail(err)
			return
		}
		w.options.Do(func() {
			if !o.hiddenSince(st) {
				w.session.Notices.Tell(judged.Sentence())
				w.pages.ShowVerdict(judged)
			}
		})
	})
}

// hiddenSince tells whether the findings of the film of a state are hidden by now.
func (o pageOpener) hiddenSince(st app.State) bool {
	now := o.w.session.State()
	return now.Hidden && now.Picture == st.Picture
}

// showPassport measures on phantoms what shortcuts the model in use takes, on the model
// opened once more, so that reading goes on, and opens the page that says so.
func (o pageOpener) showPassport() {
	w := o.w
	engine, from, ok := w.session.Models.Network()
	if !ok {
		return
	}
	w.session.Conclude(message.Of("Measuring the shortcuts of the model on phantoms; this takes a minute or more."), nil)
	w.jobs.background("measuring shortcuts", func() {
		made, err := measuredPassport(w.session.Context(), engine, from)
		if err != nil {
			w.session.Fail(err)
			return
		}
		w.options.Do(func() { w.pages.ShowPassport(made) })
	})
}

func measuredPassport(ctx context.Context, engine inference.Engine, from inference.Source) (*passport.Passport,
	error) {
	m, err := inference.OpenModel(engine, from)
	if err != nil {
		return nil, err
	}
	made, err := passport.Job{Model: m, Config: passport.Config{Seed: passport.UsualSeed}}.Run(ctx)
	return made, errors.Join(err, m.Close())
}

// The contact sheet: five pictures a row, each so many pixels wide.
const contactColumns, contactWidth = 5, 300

// showAttributes reads the attributes of the current study beside the window and
// opens the page that lists them.
func (o pageOpener) showAttributes() {
	w := o.w
	title := ""
	if st := w.session.State(); st.Current >= 0 {
		title = st.Studies[st.Current].Name()
	}
	w.jobs.background("reading the attributes", func() {
		list, err := w.session.Studies.Attributes(w.session.Context())
		if err != nil {
			w.session.Fail(err)
			return
		}
		w.options.Do(func() { w.pages.ShowAttributes(title, list) })
	})
}

// showKeys opens the list of keys.
func (o pageOpener) showKeys() {
	o.w.pages.ShowKeys(
		func() []command.Command { return menu.InOrder(o.w.session.Commands()) },
		func() viewport.Mouse { return o.w.session.State().Mouse },
	)
}

// showPreferences opens the page of the preferences.
func (o pageOpener) showPreferences() { o.preferencesAt(page.AsLeft, "") }

// showServers opens it where servers are kept, at one of them; "" is the first.
func (o pageOpener) showServers(name string) { o.preferencesAt(page.ServersTab, name) }

func (o pageOpener) preferencesAt(tab page.Tab, server string) {
	w := o.w
	w.pages.ShowPreferences(page.PreferencesOptions{
		Settings: w.session.Settings, Env: w.env, Opener: w.options.Opener,
		Commands: func() []command.Command { return menu.InOrder(w.session.Commands()) },
		At:       tab,
		Servers: page.ServerOptions{Book: w.session.Archives.Book, Logins: w.session.Archives.Logins, Do: w.options.Do,
			Show: server, Changed: w.servers.page.Offer,
			Background: func(what string, f func(ctx context.Context)) {
				w.jobs.background(what, func() { f(w.session.Context()) })
			},
			Smaller: func() {
				w.jobs.background("removing fetched studies", func() {
					if err := w.session.Archives.Prune(); err != nil {
						w.session.Notify(message.Sentence(err))
					}
				})
			}},
	})
}

// showForeign opens the page of what other programs say of the film.
func (o pageOpener) showForeign() {
	w := o.w
	w.pages.ShowForeign(page.ForeignOptions{
		State: w.session.State, Named: w.named, ShowAs: w.session.Foreign.ShowAs,
		Save: func(of *evidence.Object) {
			w.output.saveAs(filedialog.Document, "document.pdf", "saving the document",
				func(_ context.Context, path string) (message.Message, error) {
					if err := w.session.Foreign.SaveDocument(of, path); err != nil {
						return message.Message{}, err
					}
					if err := w.output.application.OpenURL(
						&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}); err != nil {
						return message.Message{}, message.Errorf("opening %s: %w", path, err)
					}
					return message.Of("The document is in %s.", path), nil
				})
		},
	})
}

// showExport opens the page from which the current picture leaves the program.
func (o pageOpener) showExport() {
	w := o.w
	w.pages.ShowExport(page.ExportOptions{
		Exports: w.session.Exports, Choice: &w.output.exports, Opener: w.options.Opener, Done: w.session.Notices.Tell,
		Background: func(what string, f func(ctx context.Context)) {
			w.jobs.background(what, func() { f(w.session.Context()) })
		}, Do: w.options.Do,
	})
}
