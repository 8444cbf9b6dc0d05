// Package ui is Hilum's window. Its core type is [Window], which draws the
// state of an app.Session and sends it what the reader does; it keeps nothing of
// its own but what concerns drawing. Widgets take snapshots (Present) and redraw
// only what differs. It imports app, internal/raster, inference, dicomio and Fyne, but
// never Fyne's app package, so that everything here runs in tests without a
// display.
package ui

import (
	"cmp"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/runs"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// Options say what a window works with beside its session.
type Options struct {
	Desk   *runs.RunManager                         // of training and calibration; nil for neither
	Lab    string                                   // folder of the lab's experiments; "" for a temporary one
	Opener kit.Opener                               // nil for the desktop's dialogs
	Do     func(func())                             // runs a function on the window's goroutine; nil is fyne.Do
	Held   func() fyne.KeyModifier                  // the modifier keys held now; nil asks the driver
	Hasty  bool                                     // draw films coarsely while zooming and panning outrun the frames
	Frame  func(time.Duration)                      // told the time from a mouse event on the picture to its frame on the screen; nil for nobody
	Words  func(code string) (message.Words, error) // the words of a language; nil is those of the catalogue
	Trace  func(milestone string)                   // told of "first frame", "first findings", "first map"; nil for nobody
}

// Window is the main window.
type Window struct {
	session *app.Workstation
	options Options
	win     fyne.Window
	updates kit.Coalescer
	cancel  func()
	jobs    sync.WaitGroup

	keys     *kit.Keys
	panes    *panes
	viewer   *Viewer // of the current picture
	prompt   *promptBar
	bars     *FindingBars
	rows     *container.Scroll // around bars
	explain  *Explanation
	studies  *StudyList
	worklist *worklistPanel
	answers  *answerBar
	exports  exportChoice
	status   *StatusLine
	message  *MessageBar
	toolbar  *toolbar
	menus    *menus
	pages    pages
	training *training
	lab      *laboratory
	left     *fyne.Container
	right    *fyne.Container
	top      *fyne.Container // of the right panel: warning, title, captions
	over     *fyne.Container // over the picture
	centre   *emptyState
	warning  *warningStrip
	sort     *kit.Button
	captions *captions
	mapBar   *mapBar
	chosen   string // class explained
	hovered  string // class under the mouse, explained while it is there
	reported milestones
	clock    frameClock
	haste    haste

	worn      appearance // what the widgets were built with
	choices   int        // the preferences that were looked at
	shortcuts []fyne.Shortcut
	keysOf    map[string]string // the reader's keys that the shortcuts are for
	second    *secondWindow     // nil while it is closed
	tour      *tourCard
}

type milestones struct{ frame, findings, findingsDue, mapped bool }

// NewWindow builds the main window of an application on a session. Show it with
// Show; it follows the session until it is closed.
func NewWindow(a fyne.App, s *app.Workstation, o Options) *Window {
	if o.Opener == nil {
		o.Opener = kit.NewOpener()
	}
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if o.Held == nil {
		o.Held = kit.HeldModifiers
	}
	if o.Trace == nil {
		o.Trace = func(string) {}
	}
	w := &Window{session: s, options: o, win: a.NewWindow("Hilum"), pages: pages{application: a}}
	w.registerCommands()
	w.wear(s.Settings.Preferences())
	w.keys = &kit.Keys{Commands: s.Commands, Modifiers: o.Held, Peek: w.peek, Help: w.showKeys}
	w.training = newTraining(w, o.Desk)
	w.lab = newLaboratory(w)
	w.frame()
	w.build()
	w.updates.Do, w.updates.F = o.Do, w.present
	w.cancel = s.Subscribe(w.updates.Signal)
	w.win.SetOnClosed(w.closed)
	w.present()
	return w
}

// Show opens the window and gives the picture the keyboard.
func (w *Window) Show() {
	w.win.Show()
	w.win.Canvas().Focus(w.viewer)
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
	w.centre.stop()
	w.haste.stop()
	w.training.close()
	w.lab.close()
	w.pages.close()
	w.second.close()
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
	s, k := w.session, w.keys
	w.panes = newPanes(s.Look(), k, w.present)
	w.viewer = w.panes.viewers[0]
	w.viewer.painted = w.painted
	for _, v := range w.panes.viewers {
		v.clock, v.haste = &w.clock, &w.haste
	}
	w.prompt = newPromptBar(s.Measure, func(f fyne.Focusable) {
		if f == nil {
			f = w.viewer
		}
		w.win.Canvas().Focus(f)
	})
	w.measure()
	w.bars = newFindingBars(k, s.Maps.ToggleMap, w.explainClass)
	w.bars.add, w.bars.hover = s.Maps.AddMap, w.hoverClass
	w.captions, w.mapBar = newCaptions(), newMapBar(k, s.Controls())
	w.explain = newExplanation(k)
	w.worklist = newWorklistPanel(w)
	w.studies = w.worklist.list
	w.answers = newAnswerBar(w)
	w.status = newStatusLine()
	w.message = newMessageBar(k, s.Notices.Dismiss)
	commands := inMenuOrder(s.Commands())
	w.toolbar = newToolbar(k, s.Controls(), commands)
	w.centre = newEmptyState(k, w.run(idOpen), w.run(idFolder), w.run("file.demo"))
	w.centre.again = w.updates.Signal
	w.warning = newWarningStrip()
	w.sort = kit.NewButton(k, "", nil, w.run("findings.sort"))

	w.left = w.leftPanel()
	w.left.Hidden = s.Settings.Preferences().HideStudies
	w.over = container.NewVBox(w.message, w.prompt.box)
	w.tour = newTourCard(k, s.Tour)
	picture := container.NewStack(w.panes.box, w.centre.box, w.tour.box, w.over)
	bar := container.NewPadded(w.toolbar.content) // on the window's own background
	first, second := fyne.CanvasObject(w.left), w.rightPanel()
	if w.worn.findingsLeft {
		first, second = second, first
	}
	body := container.NewBorder(nil, nil, first, second, picture)
	w.win.SetContent(container.NewBorder(bar, w.training.beside(w.status), nil, nil, body))
	w.hang(commands)
}

// measure has the frames timed for those who want to know.
func (w *Window) measure() {
	report := w.options.Frame
	if w.options.Hasty {
		w.haste.allowed, w.haste.do, w.haste.again = true, w.options.Do, w.panes.Refresh
		report = func(d time.Duration) {
			w.haste.took(d)
			if w.options.Frame != nil {
				w.options.Frame(d)
			}
		}
	}
	w.clock.report, w.clock.do = report, w.options.Do
}

func (w *Window) leftPanel() *fyne.Container {
	return kit.Panel(studiesWidth, w.worklist.content, w.worn.findingsLeft)
}

func (w *Window) rightPanel() fyne.CanvasObject {
	head := kit.Header("Findings", kit.AtLeast(w.sort, 132))
	w.rows = container.NewVScroll(w.bars)
	top := container.NewVBox(w.warning, head, w.mapBar.box, w.captions)
	w.top = top
	w.right = container.New(&findingsLayout{}, top, w.rows, widget.NewSeparator(), container.NewBorder(w.answers.content, nil, nil, nil, w.explain))
	return kit.Panel(barsWidth, w.right, !w.worn.findingsLeft)
}

// findingsLayout gives the rows what they need and the explanation the rest; in
// a low window both share and scroll.
type findingsLayout struct{}

// MinSize implements fyne.Layout.
func (findingsLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(barsWidth, o[0].MinSize().Height+120)
}

// leastExplained is the height that the explanation keeps in a low window.
const leastExplained = 110

// Layout implements fyne.Layout: top, rows, a line, the explanation.
func (findingsLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	top := o[0].MinSize().Height
	kit.Put(o[0], 0, 0, s.Width, top)
	rows := o[1].(*container.Scroll).Content.MinSize().Height + 4
	rows = max(min(rows, s.Height-top-leastExplained), 0)
	kit.Put(o[1], 0, top, s.Width, rows)
	kit.Put(o[2], 0, top+rows, s.Width, 1)
	kit.Put(o[3], 0, top+rows+2, s.Width, max(s.Height-top-rows-2, 0))
}

// listen routes what is typed where no widget has the focus, and the shortcuts.
func (w *Window) listen(commands []command.Command) {
	c := w.win.Canvas()
	c.SetOnTypedKey(w.keys.TypedKey)
	c.SetOnTypedRune(w.keys.TypedRune)
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(w.keys.KeyDown)
		d.SetOnKeyUp(w.keys.KeyUp)
	}
	for _, command := range commands {
		if ch, ok := kit.ParseChord(command.Shortcut); ok && !ch.Plain() {
			shortcut := ch.Typed()
			w.shortcuts = append(w.shortcuts, shortcut)
			c.AddShortcut(shortcut, func(fyne.Shortcut) {
				if command.Enabled == nil || command.Enabled() {
					command.Do()
				}
			})
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

// Dropped opens files that were dragged onto the window.
func (w *Window) Dropped(uris []fyne.URI) {
	var paths, remote []string
	for _, u := range uris {
		if u.Scheme() == "file" {
			paths = append(paths, filepath.FromSlash(u.Path()))
		} else {
			remote = append(remote, u.String())
		}
	}
	if len(remote) > 0 {
		w.session.Notify(message.Of("%s cannot be opened: it is not a file on this machine. Save it here first.", strings.Join(remote, ", ")))
	}
	w.session.Studies.Open(paths...)
}

// explainClass shows what stands behind a row.
func (w *Window) explainClass(class string) {
	w.chosen = class
	w.session.Answers.Choose(class)
	w.explain.Present(w.session.State(), class)
}

// hoverClass explains a row while the mouse is over it.
func (w *Window) hoverClass(class string) {
	w.hovered = class
	w.explain.Present(w.session.State(), cmp.Or(class, w.chosen))
}

// present brings everything in line with the session. It runs on the window's
// goroutine.
func (w *Window) present() {
	st := w.session.State()
	if st.Choices != w.choices {
		w.choices = st.Choices
		w.followPreferences()
	}
	w.chosen = st.ChosenClass()
	if st.Result != nil && !w.reported.findingsDue {
		w.reported.findingsDue = true
		defer w.viewer.image.Refresh() // findings alone leave the picture as it is, and only its frames are told of
	}
	w.panes.Present(st)
	w.second.present()
	w.tour.Present(st)
	w.bars.Present(st)
	w.explain.Present(st, cmp.Or(w.hovered, w.chosen))
	w.captions.Present(st)
	w.worklist.Present(st)
	w.answers.Present(st, st.Result != nil && w.session.Answers.Records() != nil)
	w.status.Present(st)
	w.toolbar.Present(st)
	w.centre.Present(st)
	if w.training.present() {
		w.win.Content().Refresh()
	}
	prompted := w.prompt.Present(st)
	if w.message.Present(st) || prompted {
		w.over.Refresh()
	}
	mapped := w.mapBar.Present(st)
	if w.warning.Present(st) || mapped {
		w.top.Refresh()
		w.right.Refresh()
	}
	w.presentSort(st)
	w.presentTitle(st)
	if w.menus.update() {
		w.menus.main.Refresh()
	}
}

func (w *Window) presentSort(st app.State) {
	text := kit.T("Sorted by margin")
	switch st.Sort {
	case findings.ByClass:
		text = kit.T("Sorted by class")
	case findings.ByChange:
		text = kit.T("Sorted by change")
	}
	if w.sort.Text != text {
		w.sort.SetText(text)
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
	if w.viewer.st.Picture == nil {
		return
	}
	w.clock.painted()
	if !w.reported.frame {
		w.reported.frame = true
		w.options.Trace("first frame")
	}
	if w.reported.findingsDue && !w.reported.findings {
		w.reported.findings = true
		w.options.Trace("first findings")
	}
	if !w.reported.mapped && w.viewer.mapDrawn() {
		w.reported.mapped = true
		w.options.Trace("first map")
	}
}
