// Package ui is Hilum's window. Its core type is [Window], which draws the
// state of an app.Session and sends it what the reader does; it keeps nothing of
// its own but what concerns drawing. Widgets take snapshots (Present) and redraw
// only what differs. It imports app, ui/raster, inference, dicomio and Fyne, but
// never Fyne's app package, so that everything here runs in tests without a
// display.
package ui

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
)

// Options say what a window works with beside its session.
type Options struct {
	Opener Opener                  // nil for the desktop's dialogs
	Do     func(func())            // runs a function on the window's goroutine; nil is fyne.Do
	Held   func() fyne.KeyModifier // the modifier keys held now; nil asks the driver
	Frame  func(time.Duration)     // told the time from a mouse event on the picture to its frame on the screen; nil for nobody
	Trace  func(milestone string)  // told of "first frame", "first findings", "first map"; nil for nobody
}

// Window is the main window.
type Window struct {
	session *app.Session
	options Options
	win     fyne.Window
	updates coalescer
	cancel  func()
	jobs    sync.WaitGroup

	keys     *keys
	viewer   *Viewer
	bars     *FindingBars
	rows     *container.Scroll // around bars
	explain  *Explanation
	studies  *StudyList
	status   *StatusLine
	message  *MessageBar
	toolbar  *toolbar
	menus    *menus
	pages    pages
	left     *fyne.Container
	right    *fyne.Container
	top      *fyne.Container // of the right panel: warning, title, captions
	over     *fyne.Container // over the picture
	centre   *emptyState
	warning  *warningStrip
	sort     *button
	chosen   string // class explained
	reported milestones
	clock    frameClock
}

type milestones struct{ frame, findings, findingsDue, mapped bool }

// NewWindow builds the main window of an application on a session. Show it with
// Show; it follows the session until it is closed.
func NewWindow(a fyne.App, s *app.Session, o Options) *Window {
	if o.Opener == nil {
		o.Opener = NewOpener()
	}
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if o.Held == nil {
		o.Held = heldModifiers
	}
	if o.Trace == nil {
		o.Trace = func(string) {}
	}
	w := &Window{session: s, options: o, win: a.NewWindow("Hilum"), pages: pages{application: a}}
	w.registerCommands()
	w.keys = &keys{commands: s.Commands, modifiers: o.Held, peek: w.peek, help: w.showKeys}
	w.build()
	w.updates.do, w.updates.f = o.Do, w.present
	w.cancel = s.Subscribe(w.updates.signal)
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
	if !w.updates.closed.Load() {
		w.win.Close()
	}
}

// closed ends what follows the session.
func (w *Window) closed() {
	w.updates.closed.Store(true)
	w.cancel()
	w.centre.stop()
	w.pages.close()
}

// peek shows the bare picture while on; asked twice it does nothing.
func (w *Window) peek(on bool) {
	if w.session.State().Map.Peek != on {
		w.session.Peek(on)
		w.present()
	}
}

// Sizes of the window.
const (
	windowWidth, windowHeight = 1600, 1000
	headerHeight              = 30
)

func (w *Window) build() {
	s, k := w.session, w.keys
	w.viewer = newViewer(s, k, w.present)
	w.viewer.painted, w.viewer.clock = w.painted, &w.clock
	w.clock.report, w.clock.do = w.options.Frame, w.options.Do
	w.bars = newFindingBars(k, s.ToggleMap, w.explainClass)
	w.explain = newExplanation()
	w.studies = newStudyList(k, s.Select)
	w.status = newStatusLine()
	w.message = newMessageBar(k, s.Dismiss)
	commands := inMenuOrder(s.Commands())
	w.toolbar = newToolbar(k, s, commands)
	w.menus = newMenus(commands)
	w.centre = newEmptyState(k, w.run(idOpen), w.run(idFolder), w.run("file.demo"))
	w.centre.again = w.updates.signal
	w.warning = newWarningStrip()
	w.sort = newButton(k, "", nil, w.run("findings.sort"))

	w.left = w.leftPanel()
	w.over = container.NewVBox(w.message)
	picture := container.NewStack(w.viewer, w.centre.box, w.over)
	bar := container.NewStack(canvas.NewRectangle(colourPanel), container.NewPadded(w.toolbar.content))
	body := container.NewBorder(nil, nil, w.left, w.rightPanel(), picture)
	w.win.SetMaster()
	w.win.SetPadded(false)
	w.win.SetContent(container.NewBorder(bar, w.status, nil, nil, body))
	w.win.SetMainMenu(w.menus.main)
	w.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.Dropped(uris) })
	w.listen(commands)
}

func (w *Window) leftPanel() *fyne.Container {
	add := newButton(w.keys, "", theme.ContentAddIcon(), w.run(idOpen))
	head := header("Studies", add)
	return panel(studiesWidth, container.NewBorder(head, nil, nil, nil, w.studies), false)
}

func (w *Window) rightPanel() fyne.CanvasObject {
	head := header("Findings", sized(w.sort, 132))
	w.rows = container.NewVScroll(w.bars)
	top := container.NewVBox(w.warning, head, newCaptions())
	w.top = top
	w.right = container.New(&findingsLayout{}, top, w.rows, widget.NewSeparator(), w.explain)
	return panel(barsWidth, w.right, true)
}

// header is the title of a panel with something to press at its right.
func header(title string, right fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&tall{headerHeight}, container.NewBorder(nil, nil, strong(title), right))
}

type tall struct{ height float32 }

// MinSize implements fyne.Layout.
func (t *tall) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[0].MinSize().Width, t.height)
}

// Layout implements fyne.Layout.
func (t *tall) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	put(objects[0], 0, 0, s.Width, s.Height)
}

// panel is a column of fixed width with a line on the side of the picture.
func panel(width float32, content fyne.CanvasObject, lineLeft bool) *fyne.Container {
	var left, right fyne.CanvasObject
	edge := canvas.NewRectangle(colourLine)
	edge.SetMinSize(fyne.NewSize(1, 0))
	if lineLeft {
		left = edge
	} else {
		right = edge
	}
	return container.New(&wide{width}, container.NewBorder(nil, nil, left, right, content))
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
	put(o[0], 0, 0, s.Width, top)
	rows := o[1].(*container.Scroll).Content.MinSize().Height + 4
	rows = max(min(rows, s.Height-top-leastExplained), 0)
	put(o[1], 0, top, s.Width, rows)
	put(o[2], 0, top+rows, s.Width, 1)
	put(o[3], 0, top+rows+2, s.Width, max(s.Height-top-rows-2, 0))
}

// listen routes what is typed where no widget has the focus, and the shortcuts.
func (w *Window) listen(commands []app.Command) {
	c := w.win.Canvas()
	c.SetOnTypedKey(w.keys.TypedKey)
	c.SetOnTypedRune(w.keys.TypedRune)
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(w.keys.KeyDown)
		d.SetOnKeyUp(w.keys.KeyUp)
	}
	for _, command := range commands {
		if ch, ok := parseChord(command.Shortcut); ok && !ch.plain() {
			c.AddShortcut(ch.shortcut(), func(fyne.Shortcut) {
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
		w.session.Notify(fmt.Sprintf("%s cannot be opened: it is not a file on this machine. Save it here first.", strings.Join(remote, ", ")))
	}
	w.session.Open(paths...)
}

// explainClass shows what stands behind a row.
func (w *Window) explainClass(class string) {
	w.chosen = class
	w.explain.Present(w.session.State(), class)
}

// present brings everything in line with the session. It runs on the window's
// goroutine.
func (w *Window) present() {
	st := w.session.State()
	if st.Map.Class != "" && st.Map.Class != w.viewer.st.Map.Class {
		w.chosen = st.Map.Class
	}
	if st.Result != nil && !w.reported.findings {
		w.reported.findingsDue = true
	}
	w.viewer.Present(st)
	w.bars.Present(st)
	w.explain.Present(st, w.chosen)
	w.studies.Present(st)
	w.status.Present(st)
	w.toolbar.Present(st)
	w.centre.Present(st)
	if w.message.Present(st) {
		w.over.Refresh()
	}
	if w.warning.Present(st) {
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
	text := "Sorted by margin"
	if st.Sort == app.ByClass {
		text = "Sorted by class"
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
