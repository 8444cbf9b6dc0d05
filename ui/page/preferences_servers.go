package page

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/servers"
	"hilum/app/settings"
	"hilum/dicomio/pacs"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// ServerOptions are what the tab of the servers works with.
type ServerOptions struct {
	Book       servers.Book
	Logins     *servers.Logins
	Background func(what string, f func(ctx context.Context)) // does something beside the window
	Do         func(func())                                   // runs a function on the window's goroutine
	// Smaller is told that less may be kept of what was fetched.
	Smaller func()
	// Changed is told that other servers are kept.
	Changed func()
	Show    string // the name of the one that is shown first; "" is the first of the list
}

// serverTab is the tab of the servers: which are kept, one of them to be changed and tested,
// and how studies of theirs are fetched.
type serverTab struct {
	p      *preferencesPage
	o      ServerOptions
	env    *kit.Environment
	kept   []servers.Server
	was    servers.Server // the one that is shown; the zero value is a new one
	choose *widget.Select

	name, url, host, port, called, calling *kit.Box
	authorities, certificate, key, move    *kit.Box
	user, password, token                  *kit.Box
	kind                                   *widget.Select
	tls, session                           *widget.Check
	keyring                                *widget.Label // what the keyring says
	said                                   *widget.Label
	checked                                *fyne.Container
	web, dicom                             *fyne.Container
	testing                                int // the test that is wanted, by number
	forget                                 *widget.Button
	box                                    fyne.CanvasObject
	outer                                  *container.Scroll
}

func newServerTab(p *preferencesPage) *serverTab {
	env := p.options.Env
	t := &serverTab{p: p, o: p.options.Servers, env: env, said: widget.NewLabel(""), keyring: widget.NewLabel(""),
		checked: container.NewGridWithColumns(stepColumns)}
	t.said.Wrapping, t.keyring.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	t.said.Importance = widget.WarningImportance
	t.choose = widget.NewSelect(nil, t.chosen)
	t.choose.PlaceHolder = env.T("A new server")
	another := widget.NewButtonWithIcon(env.T("Another server"), theme.ContentAddIcon(), func() { t.show(servers.Server{}) })
	t.forget = widget.NewButtonWithIcon("", theme.DeleteIcon(), t.remove)
	t.fields()
	keep := widget.NewButton(env.T("Keep"), t.keep)
	keep.Importance = widget.HighImportance
	test := widget.NewButton(env.T("Test"), t.test)
	t.outer = page(
		second(env.T("cxr pacs knows the servers by the same names. Logins lie in the desktop's keyring and in no file.")),
		t.setting("Name", t.name, ""), t.setting("Kind", t.kind, ""), t.web, t.dicom, t.certificates(),
		t.fetching(),
	)
	// What a test says stands under the form, in sight wherever that is scrolled to.
	t.box = container.NewBorder(container.NewBorder(nil, nil, nil, container.NewHBox(another, t.forget), t.choose),
		container.New(&kit.Stacked{Gap: 2}, t.said, t.checked, container.NewHBox(keep, test)), nil, nil, t.outer)
	t.reload(t.o.Show)
	t.askKeyring()
	return t
}

// stepColumns is how many steps of a test stand side by side.
const stepColumns = 2

// kinds are the two protocols, by place.
func (t *serverTab) kinds() []string {
	return []string{t.env.T("DICOM web services (DICOMweb)"), t.env.T("DICOM's own protocol (DIMSE)")}
}

func (t *serverTab) setting(name string, o fyne.CanvasObject, note string) fyne.CanvasObject {
	return setting(t.env, t.env.T(name), o, note)
}

// fields makes the fields of a server.
func (t *serverTab) fields() {
	env := t.env
	for _, b := range []**kit.Box{&t.name, &t.url, &t.host, &t.port, &t.called, &t.calling, &t.authorities, &t.certificate,
		&t.key, &t.move, &t.user, &t.password, &t.token} {
		*b = kit.NewBox(env)
		(*b).OnSubmitted = func(string) { t.keep() }
	}
	t.password.Password, t.token.Password = true, true
	t.url.SetPlaceHolder("https://pacs.example.org/dicom-web")
	t.host.SetPlaceHolder("pacs.example.org")
	t.port.SetPlaceHolder("104")
	t.calling.SetPlaceHolder(pacs.Title)
	t.tls = widget.NewCheck(env.T("Secured (TLS)"), nil)
	t.session = widget.NewCheck(env.T("Only until Hilum is closed"), nil)
	t.web = container.New(&kit.Stacked{Gap: 8},
		t.setting("Address of the service", t.url, ""),
		t.setting("User", t.user, ""), t.setting("Password", t.password, ""),
		t.setting("Token", t.token, env.T("In place of user and password. Fields that stay empty change nothing.")),
		t.setting("Keep the login", container.New(&kit.Stacked{}, t.session, t.keyring,
			container.NewHBox(widget.NewButton(env.T("Forget the login"), t.forgetLogin))), ""))
	t.dicom = container.New(&kit.Stacked{Gap: 8},
		t.setting("Computer", t.host, ""), t.setting("Port", t.port, ""),
		t.setting("Title of the server", t.called, env.T("Its application entity title (AE title); who looks after it knows it.")),
		t.setting("Our title", t.calling, env.T("It must be known there, with this computer's address.")),
		t.setting("Connection", t.tls, ""),
		t.setting("Port for C-MOVE", t.move, env.T("Only for servers without C-GET: they send to this port of ours.")))
	t.kind = widget.NewSelect(t.kinds(), func(string) { t.showKind() })
	t.kind.SetSelectedIndex(0)
}

// certificates are the files for TLS, which few need.
func (t *serverTab) certificates() fyne.CanvasObject {
	line := func(b *kit.Box) fyne.CanvasObject {
		return container.NewBorder(nil, nil, nil, widget.NewButtonWithIcon("", theme.FolderOpenIcon(), func() {
			t.p.options.Opener.Ask(filedialog.Request{Parent: t.p.parent, Purpose: filedialog.Certificate,
				Refused: t.refused, Chosen: func(paths ...string) { b.SetText(paths[0]) }})
		}), b)
	}
	more := container.New(&kit.Stacked{Gap: 8},
		t.setting("Authorities", line(t.authorities), t.env.T("A file (PEM) with certificates that are trusted besides the system's.")),
		t.setting("Our certificate", line(t.certificate), ""), t.setting("Its key", line(t.key), ""))
	return widget.NewAccordion(widget.NewAccordionItem(t.env.T("Certificates"), more))
}

// fetching is how studies are fetched and kept.
func (t *serverTab) fetching() fyne.CanvasObject {
	env, at := t.env, t.p.options.Settings.Preferences()
	size := kit.NewBox(env)
	size.SetText(strconv.Itoa(at.FetchedMB))
	size.OnChanged = func(text string) {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			t.p.refused(message.Errorf("%q is no number of megabytes", text))
			return
		}
		t.p.prefer(func(q *settings.Preferences) { q.FetchedMB = n })
	}
	size.OnSubmitted = func(string) { t.o.Smaller() }
	from := []option[string]{{"", env.T("The server of the study")}}
	for _, s := range t.list() {
		from = append(from, option[string]{s.Name, s.Name})
	}
	return container.New(&kit.Stacked{Gap: 8}, kit.Subheading(env, "Fetched studies"),
		t.setting("Room on the disk (MB)", size,
			env.T("What was used longest ago goes first; what is open stays.")),
		t.setting("Earlier films", t.p.check(env.T("Fetch them by themselves"), at.Priors,
			func(q *settings.Preferences, on bool) { q.Priors = on }),
			env.T("Of the same patient by number, issuer and birth date, of the same part of the body, the three newest.")),
		t.setting("From", choice(from, at.PriorsFrom, func(v string) {
			t.p.prefer(func(q *settings.Preferences) { q.PriorsFrom = v })
		}), ""))
}

// list are the servers that are kept.
func (t *serverTab) list() []servers.Server {
	list, err := t.o.Book.List()
	if err != nil {
		t.refused(err)
	}
	return list
}

// reload reads the list anew and shows one of them; "" is the first.
func (t *serverTab) reload(name string) {
	t.kept = t.list()
	names := make([]string, len(t.kept))
	for i, s := range t.kept {
		names[i] = s.Name
	}
	t.choose.Options = names
	at := slices.Index(names, name)
	switch {
	case at < 0 && len(t.kept) == 0:
		t.show(servers.Server{})
	default:
		t.show(t.kept[max(at, 0)])
	}
}

func (t *serverTab) chosen(name string) {
	if i := slices.IndexFunc(t.kept, func(s servers.Server) bool { return s.Name == name }); i >= 0 && name != t.was.Name {
		t.show(t.kept[i])
	}
}

// show puts a server into the fields; the zero value is a new one.
func (t *serverTab) show(s servers.Server) {
	t.was = s
	t.testing++
	t.choose.Selected = s.Name
	t.choose.Refresh()
	f := servers.Form{Web: true}
	t.forget.Disable()
	if s.Name != "" {
		f = servers.FormOf(s)
		t.forget.Enable()
	}
	for box, text := range map[*kit.Box]string{t.name: f.Name, t.url: f.URL, t.host: f.Host, t.port: f.Port,
		t.called: f.Called, t.calling: f.Calling, t.move: f.MovePort, t.authorities: f.Authorities,
		t.certificate: f.Certificate, t.key: f.CertificateKey, t.user: "", t.password: "", t.token: ""} {
		box.SetText(text)
	}
	t.tls.SetChecked(f.TLS)
	t.kind.SetSelectedIndex(map[bool]int{true: 0, false: 1}[f.Web])
	t.showKind()
	t.say("")
	t.checked.RemoveAll()
}

// showKind shows the fields of the chosen protocol.
func (t *serverTab) showKind() {
	web := t.kind.SelectedIndex() == 0
	if t.web == nil || t.dicom == nil {
		return
	}
	t.web.Hidden, t.dicom.Hidden = !web, web
	if t.outer != nil {
		t.outer.Content.Refresh()
		t.outer.Refresh()
	}
}

// form is what the fields hold.
func (t *serverTab) form() servers.Form {
	return servers.Form{Name: t.name.Text, Web: t.kind.SelectedIndex() == 0, URL: t.url.Text, Host: t.host.Text,
		Port: t.port.Text, Called: t.called.Text, Calling: t.calling.Text, TLS: t.tls.Checked, MovePort: t.move.Text,
		Authorities: t.authorities.Text, Certificate: t.certificate.Text, CertificateKey: t.key.Text}
}

// login is what was typed of a login.
func (t *serverTab) login() pacs.Login {
	return pacs.Login{User: strings.TrimSpace(t.user.Text), Password: t.password.Text, Token: strings.TrimSpace(t.token.Text)}
}

func (t *serverTab) say(text string) {
	t.said.SetText(text)
	t.said.Hidden = text == ""
	t.laidOut()
}

// laidOut has the tab find room for what it says.
func (t *serverTab) laidOut() {
	if t.box != nil {
		t.box.Refresh()
	}
}

func (t *serverTab) refused(err error) {
	t.said.Importance = widget.WarningImportance
	t.say(t.env.Words().Sentence(err))
}

func (t *serverTab) done(m message.Message) {
	t.said.Importance = widget.MediumImportance
	t.say(t.env.Text(m))
}

// keep keeps the server of the fields, in place of the one that was shown, and its login.
func (t *serverTab) keep() {
	s, err := t.form().Server()
	if err != nil {
		t.refused(err)
		return
	}
	if s.Name != t.was.Name && slices.ContainsFunc(t.kept, func(o servers.Server) bool { return o.Name == s.Name }) {
		t.refused(message.Errorf("a server is kept under the name %q already; choose another", s.Name))
		return
	}
	if err := t.o.Book.Keep(s); err != nil {
		t.refused(err)
		return
	}
	was, login, session := t.was.Name, t.login(), t.session.Checked
	if !t.form().Web {
		login = pacs.Login{}
	}
	t.o.Background("keeping a server", func(context.Context) {
		if was != "" && was != s.Name {
			err = t.o.Book.Forget(was)
		}
		if login != (pacs.Login{}) && session {
			t.o.Logins.ForSession(s.Address, login)
		} else if login != (pacs.Login{}) {
			t.o.Logins.ForSession(s.Address, pacs.Login{})
			if failed := servers.SetLogin(s.Address, login); failed != nil {
				err = errors.Join(err, message.Errorf("the server is kept without its login: %w", failed))
			}
		}
		t.o.Do(func() {
			t.reload(s.Name)
			t.o.Changed()
			if err != nil {
				t.refused(err)
				return
			}
			t.done(message.Of("%s is kept.", s.Name))
		})
	})
}

// remove keeps the shown server no longer, nor its login.
func (t *serverTab) remove() {
	gone := t.was
	if gone.Name == "" {
		return
	}
	t.o.Background("forgetting a server", func(context.Context) {
		t.o.Logins.ForSession(gone.Address, pacs.Login{})
		err := t.o.Book.Forget(gone.Name)
		t.o.Do(func() {
			t.reload("")
			t.o.Changed()
			if err != nil {
				t.refused(err)
				return
			}
			t.done(message.Of("%s is kept no longer.", gone.Name))
		})
	})
}

// forgetLogin takes the login of the shown server away, wherever it lies.
func (t *serverTab) forgetLogin() {
	address := t.was.Address
	if address == "" {
		return
	}
	t.o.Background("forgetting a login", func(context.Context) {
		t.o.Logins.ForSession(address, pacs.Login{})
		err := servers.ForgetLogin(address)
		t.o.Do(func() {
			if err != nil {
				t.refused(err)
				return
			}
			t.done(message.Of("The login is forgotten."))
		})
	})
}

// askKeyring says where logins cannot be kept, and offers to have them until the end.
func (t *serverTab) askKeyring() {
	t.keyring.Hide()
	t.o.Background("asking the keyring", func(context.Context) {
		err := servers.Keyring()
		t.o.Do(func() {
			if err == nil {
				return
			}
			t.keyring.SetText(t.env.T("No keyring of the desktop answers, so a login holds only until Hilum is closed."))
			t.keyring.Show()
			t.session.SetChecked(true)
			t.session.Disable()
			t.outer.Content.Refresh()
		})
	})
}

// test speaks with the server of the fields and says which step fails.
func (t *serverTab) test() {
	f := t.form()
	if strings.TrimSpace(f.Name) == "" {
		f.Name = "test" // a test needs none
	}
	s, err := f.Server()
	if err != nil {
		t.refused(err)
		return
	}
	typed := t.login()
	t.testing++
	testing := t.testing
	t.checked.RemoveAll()
	t.done(message.Of("Speaking with the server\u2026"))
	t.o.Background("testing a server", func(ctx context.Context) {
		login := typed
		if login == (pacs.Login{}) {
			login, _ = t.o.Logins.Of(s.Address) // the tab says that no keyring answers
		}
		list := s.Check(ctx, login)
		t.o.Do(func() {
			if t.testing == testing {
				t.tell(list)
			}
		})
	})
}

// tell shows what became of a test, step by step.
func (t *serverTab) tell(list []servers.Checked) {
	t.checked.RemoveAll()
	t.done(message.Of("The server answers."))
	for _, c := range list {
		icon, text := theme.ConfirmIcon(), t.env.Text(c.Title)
		switch c.Outcome {
		case servers.Failed:
			icon = theme.ErrorIcon()
			t.said.Importance = widget.WarningImportance
			t.say(t.env.Text(c.Why))
			text += ": " + t.env.T("this step failed")
		case servers.NotReached:
			icon = theme.MoreHorizontalIcon()
			text += ": " + t.env.T("not reached")
		}
		t.checked.Add(container.NewBorder(nil, nil, widget.NewIcon(icon), nil, shortened(text)))
	}
	t.laidOut()
}

// shortened is a line that ends where there is no room for more.
func shortened(text string) fyne.CanvasObject {
	l := widget.NewLabel(text)
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}
