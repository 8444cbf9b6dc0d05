// Package archive is the page on which a reader looks for studies on servers, and sees what is
// being fetched. Its core type is [Page]. It imports app, app/archives, app/radiograph,
// dicomio/pacs, inference and ui/kit.
package archive

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/archives"
	"hilum/dicomio/pacs"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// Model is what the page asks of the session.
type Model interface {
	Search(s archives.Search) error
	More()
	StopSearch()
	Retrieve(server string, study pacs.Study, show bool)
	Cancel(id int)
	CancelAll()
}

// Options are what the page is given.
type Options struct {
	Env     *kit.Environment
	Model   Model
	State   func() app.State
	Servers func() ([]string, error) // the names of those that are kept
	Keep    func(server string)      // opens the page on which servers are kept, at one of them
	Open    func(title string) fyne.Window
	Opened  func() // told that a study was asked for, so that the film may have the keyboard
	Do      func(func())
}

// Page is the window of the page; it is made when it is shown, and again after it was closed.
type Page struct {
	o      Options
	window fyne.Window
	form   form
	list   *results
	status *widget.Label
	wrong  *widget.Label // what is wrong with the search itself, or with the answer
	search *widget.Button
	more   *widget.Button
	fetch  *widget.Button
	open   *widget.Button
	queue  *queue
	last   archives.Search // what the form held when it was closed
	shown  archives.Archive
	answer bool // an answer is waited for, which has the keyboard then
}

// New shows nothing yet.
func New(o Options) *Page { return &Page{o: o} }

// Size of the page, in units.
const width, height = 1040, 720

// Show opens the page, or brings it to the front. most is the room that there is.
func (p *Page) Show(most fyne.Size) {
	if p.window == nil {
		p.window = p.o.Open(p.o.Env.T("Open from server"))
		p.window.SetOnClosed(func() {
			p.last = p.form.search()
			p.window = nil
		})
		p.window.Canvas().SetOnTypedKey(p.key)
		p.build()
		p.window.Resize(fyne.NewSize(width, height).Min(most))
	}
	p.Offer()
	p.window.Show()
	p.window.RequestFocus()
	p.window.Canvas().Focus(p.form.name)
}

// servers are the names of those that are kept; what is wrong is said.
func (p *Page) servers() []string {
	names, err := p.o.Servers()
	if err != nil {
		p.say(p.o.Env.Words().Sentence(err))
	}
	return names
}

// Offer has the form offer the servers that are kept now.
func (p *Page) Offer() {
	if p.window == nil {
		return
	}
	p.form.setServers(p.servers())
	p.status.SetText(p.said(p.shown))
}

// Rebuild makes the content anew, in the language and look now in force.
func (p *Page) Rebuild() {
	if p.window != nil {
		p.last = p.form.search()
		p.window.SetTitle("Hilum: " + p.o.Env.T("Open from server"))
		p.build()
		p.Offer()
	}
}

// Close closes the page.
func (p *Page) Close() {
	if p.window != nil {
		p.window.Close()
	}
}

func (p *Page) build() {
	env := p.o.Env
	p.form = newForm(env, p.ask, func() { p.o.Keep(p.form.server.Selected) })
	p.form.show(p.last)
	p.list = newResults(env, func() { p.fetchChosen(true) }, p.back, func(int) { p.enable() })
	p.status, p.wrong = widget.NewLabel(""), widget.NewLabel("")
	p.status.Wrapping, p.wrong.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	p.wrong.Importance = widget.WarningImportance
	p.wrong.Hide()
	p.search = widget.NewButtonWithIcon(env.T("Search"), theme.SearchIcon(), p.ask)
	p.search.Importance = widget.HighImportance
	p.more = widget.NewButton(env.T("More"), func() { p.o.Model.More() })
	p.more.Hide()
	p.fetch = widget.NewButtonWithIcon(env.T("Fetch only"), theme.DownloadIcon(), func() { p.fetchChosen(false) })
	p.open = widget.NewButton(env.T("Open"), func() { p.fetchChosen(true) })
	p.open.Importance = widget.HighImportance
	p.queue = newQueue(env, p.o.Model)
	buttons := container.NewHBox(widget.NewButton(env.T("Close"), p.window.Close), p.fetch, p.open)
	foot := container.New(&kit.Stacked{Gap: 4}, p.queue.box, container.NewBorder(nil, nil, nil, buttons,
		kit.Strong(env, inference.NotForDiagnosis)))
	head := container.New(&kit.Stacked{Gap: 4}, p.form.box, container.NewBorder(nil, nil, nil,
		container.NewHBox(p.more, p.search), p.status), p.wrong)
	back := canvas.NewRectangle(env.Colours.Panel)
	p.window.SetContent(container.NewStack(back, container.NewPadded(container.NewBorder(head, foot, nil, nil,
		p.list.content))))
	p.shown = archives.Archive{Asked: archives.Search{Server: "\x00"}} // unlike any
	p.Present(p.o.State())
}

// key is what is typed where nothing has the keyboard.
func (p *Page) key(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		p.back()
	case fyne.KeyReturn, fyne.KeyEnter:
		p.fetchChosen(true)
	case fyne.KeyDown, fyne.KeyUp, fyne.KeyPageDown, fyne.KeyPageUp, fyne.KeyHome, fyne.KeyEnd:
		p.window.Canvas().Focus(p.list)
		p.list.TypedKey(e)
	}
}

// back closes one thing: the search that is on, else the page.
func (p *Page) back() {
	if p.shown.Searching {
		p.o.Model.StopSearch()
		return
	}
	p.window.Close()
}

// ask begins the search of the form, or ends the one that is on.
func (p *Page) ask() {
	if p.shown.Searching {
		p.o.Model.StopSearch()
		return
	}
	p.say("")
	if err := p.o.Model.Search(p.form.search()); err != nil {
		p.say(p.o.Env.Words().Sentence(err))
		return
	}
	p.answer = true
}

// say shows what is wrong; "" is nothing.
func (p *Page) say(text string) {
	p.wrong.SetText(text)
	p.wrong.Hidden = text == ""
	p.window.Content().Refresh()
}

// fetchChosen asks for the chosen study.
func (p *Page) fetchChosen(show bool) {
	study, ok := p.list.chosen()
	if !ok {
		return
	}
	p.o.Model.Retrieve(p.shown.Asked.Server, study, show)
	if show {
		p.o.Opened()
	}
}

// Present takes a state of the session.
func (p *Page) Present(st app.State) {
	if p.window == nil {
		return
	}
	now, was := st.Archive, p.shown
	p.shown = now
	same := slices.EqualFunc(now.Results, was.Results, sameResult)
	if !same {
		p.list.show(now.Results)
	}
	p.queue.show(now.Retrievals)
	if same && now.Searching == was.Searching && now.Asked == was.Asked && now.Answered == was.Answered &&
		now.More == was.More && equal(now.Failure, was.Failure) && equal(now.Warning, was.Warning) {
		return
	}
	env := p.o.Env
	p.status.SetText(p.said(now))
	p.more.Hidden = !now.More || now.Searching
	p.search.SetText(env.T("Search"))
	p.search.SetIcon(theme.SearchIcon())
	if now.Searching {
		p.search.SetText(env.T("Stop"))
		p.search.SetIcon(theme.CancelIcon())
	}
	p.enable()
	p.say(strings.TrimSpace(env.Text(now.Failure) + " " + env.Text(now.Warning)))
	if p.answer && !now.Searching {
		p.answer = false
		if len(now.Results) > 0 {
			p.list.choose(0)
			p.o.Do(func() {
				if p.window != nil {
					p.window.Canvas().Focus(p.list)
				}
			})
		}
	}
}

func equal(a, b message.Message) bool { return a.String() == b.String() }

func sameResult(a, b archives.Result) bool { return a.UID == b.UID && a.Here == b.Here }

// enable has the buttons be of use where there is something to use them on.
func (p *Page) enable() {
	_, chosen := p.list.chosen()
	for _, b := range []*widget.Button{p.fetch, p.open} {
		if chosen {
			b.Enable()
		} else {
			b.Disable()
		}
	}
}

// said is how the search stands.
func (p *Page) said(a archives.Archive) string {
	env := p.o.Env
	switch {
	case a.Searching:
		return env.T("Asking %s\u2026 Escape stops it.", a.Asked.Server)
	case !a.Failure.IsZero():
		return env.T("%s gave no answer.", a.Asked.Server)
	case a.More:
		return env.T("The first %s; the server has more. Search more closely, or ask for more.",
			kit.Counted(len(a.Results), "%s studies"))
	case a.Answered && len(a.Results) == 0:
		return env.T("No study matches on %s.", a.Asked.Server)
	case a.Answered:
		return env.T("%s on %s. Enter opens one.", kit.Counted(len(a.Results), "%s studies"), a.Asked.Server)
	case len(p.form.servers) == 0:
		return env.T("No server is kept yet; keep one first.")
	}
	return env.T("Enter searches. Fields that stay empty match everything.")
}
