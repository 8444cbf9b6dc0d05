package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/archives"
	"hilum/app/command"
	"hilum/ui/archive"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
	"hilum/ui/menu"
)

// serverDoor is how studies of servers, and those of an inbox, come into the window.
type serverDoor struct {
	w      *Window
	page   *archive.Page
	asking *widget.PopUp // whether a link's server may be asked; nil for nothing
	asked  archives.Link // what it is about
}

func newServerDoor(w *Window) *serverDoor {
	return &serverDoor{w: w, page: archive.New(archive.Options{
		Env: w.env, Model: w.session.Archives, State: w.session.State, Keep: w.opener.showServers, Do: w.options.Do,
		Open:   func(title string) fyne.Window { return w.application.NewWindow("Hilum: " + title) },
		Opened: w.Raise,
		Servers: func() (names []string, err error) {
			list, err := w.session.Archives.Book.List()
			for _, s := range list {
				names = append(names, s.Name)
			}
			return names, err
		},
	})}
}

// commands are those of the door.
func (d *serverDoor) commands() []command.Command {
	always := func() bool { return true }
	return []command.Command{
		{WhileTyping: true, ID: menu.ServerCommand, Title: "Open from server\u2026", Menu: "File", Shortcut: "Ctrl+Shift+Q",
			Do: func() { d.page.Show(d.w.win.Canvas().Size()) }, Enabled: always},
		{WhileTyping: true, ID: menu.InboxCommand, Title: "Follow an inbox\u2026", Menu: "File", Shortcut: "Ctrl+Shift+I",
			Do: d.w.opening.askFor(filedialog.InboxFolder, func(paths ...string) {
				d.w.session.Inbox.Follow(paths[0])
			}), Enabled: always},
	}
}

// present takes a state of the session.
func (d *serverDoor) present(st app.State) {
	d.page.Present(st)
	if st.Archive.Asking == d.asked {
		return
	}
	d.asked = st.Archive.Asking
	if d.asking != nil {
		d.asking.Hide()
		d.asking = nil
	}
	if d.asked != (archives.Link{}) {
		d.ask()
	}
}

// ask puts a link's server before the reader: only a server that is kept is asked without that.
func (d *serverDoor) ask() {
	env := d.w.env
	answer := func(yes bool) func() { return func() { d.w.session.Archives.Agree(yes) } }
	no := newAnswerButton(env.T("Do not ask it"), answer(false), answer(false))
	yes := newAnswerButton(env.T("Ask it once"), answer(true), answer(false))
	words := kit.ProseData(env.T("Another program wants a study opened from a server that is not kept here:"))
	d.asking = widget.NewModalPopUp(kit.Sized(container.NewPadded(container.New(&kit.Stacked{Gap: 8}, words,
		kit.StrongData(d.asked.Server), kit.ProseData(env.T("Study %s", d.asked.Study)),
		kit.ProseData(env.T("It gets no login. Ask it only if you have just clicked on such a link.")),
		container.NewHBox(no, yes))), questionWidth), d.w.win.Canvas())
	d.asking.Show()
	d.w.win.Canvas().Focus(no)
}

// questionWidth is how wide the question is, in units.
const questionWidth = 460

// answerButton is a button that Escape answers with no.
type answerButton struct {
	widget.Button
	escape func()
}

func newAnswerButton(text string, do, escape func()) *answerButton {
	b := &answerButton{escape: escape}
	b.Text, b.OnTapped = text, do
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *answerButton) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		b.escape()
	case fyne.KeyReturn, fyne.KeyEnter:
		b.OnTapped()
	default:
		b.Button.TypedKey(e)
	}
}

// close closes what stands beside the window.
func (d *serverDoor) close() { d.page.Close() }
