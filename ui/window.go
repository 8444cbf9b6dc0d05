// Package ui is Hilum's window. Its core type is [Window], which draws the
// state of an app.Session and sends it what the reader does; it keeps nothing of
// its own but what concerns drawing. Widgets take snapshots (Present) and redraw
// only what differs. It imports app, internal/raster, inference, dicomio and Fyne, but
// never Fyne's app package, so that everything here runs in tests without a
// display.
package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/runs"
	"hilum/app/studies"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/findingspanel"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/page"
	"hilum/ui/studylist"
	"hilum/ui/toolbar"
	"hilum/ui/viewer"
)

// Options say what a window works with beside its session.
type Options struct {
	Desk    *runs.RunManager        // of training and calibration; nil for neither
	Lab     string                  // folder of the lab's experiments; "" for a temporary one
	Opener  filedialog.Opener       // nil for the desktop's dialogs, or the program's own
	Do      func(func())            // runs a function on the window's goroutine; nil is fyne.Do
	Held    func() fyne.KeyModifier // the modifier keys held now; nil asks the driver
	Screens func() int              // how many there are; nil asks the driver, which knows one from several
	Hasty   bool                    // draw films coarsely while zooming and panning outrun the frames
	// told the time from a mouse event on the picture to its frame on the screen; nil for nobody
	Frame  func(time.Duration)
	Words  func(code string) (message.Words, error) // the words of a language; nil is those of the catalogue
	Closed func()                                   // told that the window was closed, last of all; nil for nobody
	Trace  func(milestone string)                   // told of "first frame", "first findings", "first map"; nil for nobody
}

// Window is the main window.
type Window struct {
	session     *app.Workstation
	options     Options
	win         fyne.Window
	application fyne.App
	updates     kit.Coalescer
	cancel      func()
	jobs        jobs

	closeDialogs func()

	env         *kit.Environment
	panes       *viewer.Panes
	viewer      *viewer.Viewer // of the current picture
	prompt      *promptBar
	findings    *findingspanel.Panel
	worklist    *studylist.Panel
	strip       *studylist.Strip
	imageBox    *fyne.Container // strip and picture
	output      output
	status      *statusLine
	message     *kit.Notice
	toolbar     *toolbar.Toolbar
	menus       *menu.Menus
	pages       *page.Pages
	training    *training
	lab         *laboratory
	workspace   *workspace
	bar         *fyne.Container // around the toolbar
	tip         *tipLayer
	over        *fyne.Container // over the picture
	placeholder *placeholder
	reported    milestones
	timing      viewer.Timing

	questions  questions
	opening    opening
	opener     pageOpener
	appearance appearance // what the widgets were built with
	choices    int        // the preferences that were looked at
	shortcuts  []fyne.Shortcut
	veiled     veiled
	warned     string            // what was typed when the reader was told that it would be lost
	keysOf     map[string]string // the reader's keys that the shortcuts are for
	second     *secondWindow
	tour       *tourCard
	servers    *serverDoor
}

// milestones are told of once each.
type milestones struct {
	trace                                func(milestone string)
	frame, findings, findingsDue, mapped bool
}

// painted takes a frame with a picture, mapped with a map over it.
func (m *milestones) painted(mapped bool) {
	for _, at := range []struct {
		is   bool
		told *bool
		name string
	}{{true, &m.frame, "first frame"}, {m.findingsDue, &m.findings, "first findings"}, {mapped, &m.mapped, "first map"}} {
		if at.is && !*at.told {
			*at.told = true
			m.trace(at.name)
		}
	}
}

// NewWindow builds the main window of an application on a session. Show it with
// Show; it follows the session until it is closed.
func NewWindow(a fyne.App, s *app.Workstation, o Options) *Window {
	style := kit.NewStyle()
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if o.Held == nil {
		o.Held = kit.HeldModifiers
	}
	if o.Screens == nil {
		o.Screens = kit.Screens
	}
	if o.Trace == nil {
		o.Trace = func(string) {}
	}
	dialogs := func() {}
	if o.Opener == nil {
		d := filedialog.New(filedialog.Options{
			Style: style, Memory: s.Settings, Do: o.Do, Held: o.Held,
			Open: func(title string) fyne.Window { return a.NewWindow("Hilum: " + title) },
		})
		o.Opener, dialogs = d, d.Close
	}
	w := &Window{session: s, options: o, win: a.NewWindow("Hilum"), application: a, closeDialogs: dialogs}
	w.reported.trace = o.Trace
	w.env = &kit.Environment{Style: style, Commands: s.Commands, Modifiers: o.Held, Peek: w.peek, Help: w.opener.showKeys}
	w.env.Canvas, w.env.Leave = w.win.Canvas, func() { w.focus(nil) }
	w.pages = page.New(w.env, a)
	w.questions = questions{env: w.env, do: o.Do, leave: w.env.Leave}
	w.opening, w.opener, w.second = opening{w}, pageOpener{w}, &secondWindow{w: w}
	w.jobs.notify = s.Notify
	w.servers = newServerDoor(w)
	w.output = output{
		session: s, options: &w.options, jobs: &w.jobs, pages: w.pages, application: a, parent: w.win,
		leave: w.env.Leave,
	}
	w.registerCommands()
	w.applyAppearance(s.Settings.Preferences())
	w.training = newTraining(w, o.Desk)
	w.lab = newLaboratory(w)
	w.setUp()
	w.build()
	w.updates.Do, w.updates.F = o.Do, w.present
	w.cancel = s.Subscribe(w.updates.Signal)
	w.win.SetOnClosed(w.closed)
	a.Lifecycle().SetOnEnteredForeground(func() { s.Studies.Attend(true) })
	a.Lifecycle().SetOnExitedForeground(func() { s.Studies.Attend(false) })
	w.present()
	return w
}

// Show opens the window and gives the picture the keyboard.
func (w *Window) Show() {
	w.win.Show()
	w.win.Canvas().Focus(w.viewer)
}

// Raise brings the window before the others, from any goroutine.
func (w *Window) Raise() {
	w.options.Do(func() {
		if !w.updates.Closed.Load() {
			w.win.RequestFocus()
		}
	})
}

// Close closes the window, as its own button does; a second time it does
// nothing.
func (w *Window) Close() {
	if !w.updates.Closed.Load() {
		w.win.Close()
	}
}

// closed ends what follows the session.
func (w *Window) closed() {
	w.updates.Closed.Store(true)
	w.cancel()
	w.placeholder.stop()
	w.timing.Stop()
	w.tip.stop()
	w.training.close()
	w.lab.close()
	w.pages.Close()
	w.servers.close()
	w.closeDialogs()
	w.second.close()
	if w.options.Closed != nil {
		w.options.Closed()
	}
}

// peek shows the bare picture while on; asked twice it does nothing.
func (w *Window) peek(on bool) {
	if w.session.State().Map.Peek != on {
		w.session.Maps.Peek(on)
		w.present()
	}
}

// Size of the window.
const windowWidth, windowHeight = 1600, 1000

func (w *Window) build() {
	s, k := w.session, w.env
	w.panes = viewer.NewPanes(s.Look(), k, &w.timing, w.present)
	w.panes.Painted = w.painted
	w.viewer = w.panes.Current()
	w.prompt = newPromptBar(w.env, s.Measure, w.focusBox)
	w.timing.Start(viewer.TimingOptions{
		Do: w.options.Do, Report: w.options.Frame, Adaptive: w.options.Hasty, Again: w.panes.Refresh,
	})
	w.findings = findingspanel.New(findingspanel.Model{
		State: s.State, Maps: s.Maps, Map: s.Controls(), Answers: s.Answers,
	}, findingspanel.Options{
		Env: k, Run: w.run, Focus: w.focusBox, LineLeft: !w.appearance.findingsLeft,
	})
	list := studylist.Options{
		Env: k, Run: w.run, Open: w.run(menu.OpenCommand), Leave: k.Leave, Small: s.Thumbnails.Of,
	}
	w.worklist, w.strip = studylist.New(s.Studies.Worklist, list), studylist.NewStrip(list, w.selectImage)
	w.status = newStatusLine(w.env, w.run(idReader))
	w.message = kit.NewNotice(k, s.Notices.Dismiss)
	commands := menu.InOrder(s.Commands())
	w.toolbar = toolbar.New(k, s.Controls(), commands)
	w.placeholder = newPlaceholder(k, w.run(menu.OpenCommand), w.run(menu.FolderCommand), w.run("file.demo"))
	w.placeholder.again = w.updates.Signal

	w.over = newOverPicture(w.prompt.box, w.message, w.panes.Cover)
	w.tour = newTourCard(k, s.Tour)
	picture := container.NewStack(w.panes.Content(), w.placeholder.box, w.tour.box, w.over)
	w.imageBox = container.NewBorder(nil, nil, w.strip.Content, nil, picture)
	w.bar = container.NewPadded(w.toolbar.Content) // on the window's own background
	w.workspace = newWorkspace(k, workspaceParts{
		studies:  kit.Panel(k, studylist.Width, w.worklist.Content, w.appearance.findingsLeft),
		findings: w.findings.Content, picture: w.imageBox, findingsLeft: w.appearance.findingsLeft,
		prefer: w.setPreferences, resized: w.menuFor, alone: w.imageAlone,
	})
	w.workspace.follow(s.Settings.Preferences())
	w.tip = newTipLayer(k, w.options.Do)
	k.Tip, k.Offer = w.tip.set, w.offer
	w.win.SetContent(container.NewStack(
		container.NewBorder(w.bar, w.training.beside(w.status), nil, nil, w.workspace.box), w.tip.box,
	))
	w.registerShortcuts(commands)
}

// routeKeys routes what is typed where no widget has the focus, and the shortcuts.
func (w *Window) routeKeys(commands []command.Command) {
	c := w.win.Canvas()
	c.SetOnTypedKey(w.env.TypedKey)
	c.SetOnTypedRune(w.env.TypedRune)
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(w.env.KeyDown)
		d.SetOnKeyUp(w.env.KeyUp)
	}
	for _, command := range commands {
		if ch, ok := kit.ParseChord(command.Shortcut); ok && !ch.Plain() {
			shortcut := ch.Typed()
			w.shortcuts = append(w.shortcuts, shortcut)
			c.AddShortcut(shortcut, func(fyne.Shortcut) { w.env.Chorded(command) })
		}
	}
}

// run makes a function that runs the command of that name, as registered last.
func (w *Window) run(id string) func() {
	return func() {
		for _, c := range w.session.Commands() {
			if c.ID == id && (c.Enabled == nil || c.Enabled()) {
				c.Do()
			}
		}
	}
}

// present brings everything in line with the session. It runs on the window's
// goroutine.
func (w *Window) present() {
	st := w.session.State()
	if st.Choices != w.choices {
		w.choices = st.Choices
		w.followPreferences()
	}
	if st.Result != nil && !w.reported.findingsDue {
		w.reported.findingsDue = true
		defer w.viewer.RefreshImage() // findings alone leave the picture as it is, and only its frames are told of
	}
	w.veil(st)
	w.panes.Present(st)
	w.second.present()
	w.lab.present(&st)
	w.tour.Present(st)
	w.findings.Present(st, w.session.Answers.Records() != nil)
	w.worklist.Present(st)
	if w.strip.Present(st) {
		w.imageBox.Refresh()
	}
	w.status.Present(st)
	w.toolbar.Present(st)
	w.placeholder.Present(st)
	w.pages.Present(st)
	w.servers.present(st)
	if w.training.present(st) {
		w.win.Content().Refresh()
	}
	prompted := w.prompt.Present(st)
	if w.message.Present(noticed(w.env, st), st.Done) || prompted {
		w.over.Refresh()
	}
	w.presentTitle(st)
	if w.menus.Update(w.checked(st)) {
		w.menus.Main.Refresh()
	}
}

// veil takes away what shows hidden findings beside the window.
func (w *Window) veil(st app.State) {
	now := veiled{st.Hidden, st.Reader.Key}
	if now != w.veiled && (now.hidden || now.reader != w.veiled.reader) {
		w.pages.Veil()
	}
	w.veiled = now
	w.lab.veil(st)
}

// veiled is what the pages beside the window depend on.
type veiled struct {
	hidden bool
	reader string
}

// selectImage makes a film the current one.
func (w *Window) selectImage(image *scan.Instance) {
	open := w.session.State().Studies
	if i := slices.IndexFunc(open, func(s studies.Study) bool { return s.Instance == image }); i >= 0 {
		w.session.Select(i)
	}
}

func (w *Window) presentTitle(st app.State) {
	title := "Hilum"
	if st.Current >= 0 && st.Current < len(st.Studies) {
		title = st.Studies[st.Current].Title + " \u2013 Hilum"
	}
	if w.win.Title() != title {
		w.win.SetTitle(title)
	}
}

// painted reports the first frame with a picture, the first after the findings
// stood in their panel, and the first with a map.
func (w *Window) painted() {
	picture, mapped := w.viewer.Shown()
	if !picture {
		return
	}
	w.timing.Painted()
	w.reported.painted(mapped)
}

// focusBox gives a box the keyboard once the key or the click that asked for it is done
// with: the toolkit takes the keyboard from what is not under the mouse, and a key's sign
// comes after the key. nil is the picture, at once.
func (w *Window) focusBox(f fyne.Focusable) {
	if f == nil {
		w.focus(nil)
		return
	}
	w.options.Do(func() {
		o, ok := f.(fyne.CanvasObject)
		if ok && o.Visible() && !w.env.Covered() && !w.updates.Closed.Load() {
			w.win.Canvas().Focus(f)
		}
	})
}

// focus gives a widget the keyboard, the picture where there is none.
func (w *Window) focus(f fyne.Focusable) {
	if f == nil {
		f = w.viewer
	}
	w.win.Canvas().Focus(f)
}
