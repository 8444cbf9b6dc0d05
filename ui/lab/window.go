package lab

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app/command"
	"hilum/app/lab"
	"hilum/app/lab/edit"
	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// Options say what a window works with beside its bench.
type Options struct {
	Style  *kit.Style              // how the window speaks and looks; nil for English in the look of a reading room
	Opener filedialog.Opener       // asks for files
	Do     func(func())            // runs a function on the window's goroutine; nil is fyne.Do
	Held   func() fyne.KeyModifier // the modifier keys held now; nil asks the driver
	Runs   string                  // folder where experiments keep data and models; "" for a temporary one
}

// Window is the window of the lab.
type Window struct {
	bench       *lab.Bench
	options     Options
	win         fyne.Window
	environment *kit.Environment
	updates     kit.Coalescer
	cancel      func()

	before, after *pane
	bars          *changeBars
	sentence      *widget.Label
	tools         *toolPanel
	strip         *mapStrip
	lesson        *lessonPanel
	title         *widget.Label
	status        *canvas.Text
	notice        *kit.Notice
	offer         *modelOffer
	undo, redo    *kit.Button
	root, right   *fyne.Container
	list          []command.Command

	hand     *hand
	against  bool // maps show evidence against too
	windowOf *dicomio.Image
	grey     dicomio.Window
}

// New builds the window on a bench, which the window closes with itself.
func New(a fyne.App, bench *lab.Bench, o Options) *Window {
	if o.Style == nil {
		o.Style = kit.NewStyle()
	}
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if o.Held == nil {
		o.Held = kit.HeldModifiers
	}
	w := &Window{
		bench: bench, options: o, win: a.NewWindow(o.Style.T("Hilum: confounder lab")),
	}
	w.hand = newHand(bench, w.present)
	w.list = w.commands()
	w.environment = &kit.Environment{
		Style: o.Style, Commands: func() []command.Command { return w.list }, Modifiers: o.Held, Peek: func(bool) {},
		Help: func() {}, Canvas: w.win.Canvas, Leave: func() { w.win.Canvas().Focus(w.after) },
	}
	w.build()
	w.updates.Do, w.updates.F = o.Do, w.present
	w.cancel = bench.Subscribe(w.updates.Signal)
	w.win.SetOnClosed(w.closed)
	w.present()
	return w
}

// Show opens the window, or brings it to the front.
func (w *Window) Show() {
	w.win.Show()
	w.win.RequestFocus()
	w.win.Canvas().Focus(w.after)
}

// Close closes the window, as its own button does.
func (w *Window) Close() {
	if !w.updates.Closed.Load() {
		w.win.Close()
	}
}

// Closed tells whether the window was closed.
func (w *Window) Closed() bool { return w.updates.Closed.Load() }

func (w *Window) closed() {
	w.updates.Closed.Store(true)
	w.cancel()
	_ = w.bench.Close() // what cannot be closed is gone with the program; there is no window left to say it in
}

// Size of the window.
const windowWidth, windowHeight = 1500, 940

func (w *Window) build() {
	pane := paneOptions{env: w.environment, hand: w.hand, looked: w.looked}
	w.before = newPane(pane, w.environment.T("Before"), false)
	w.after = newPane(pane, w.environment.T("After"), true)
	w.bars = newChangeBars(w.environment, w.bench.SetClass)
	w.sentence = widget.NewLabel("")
	w.sentence.Wrapping = fyne.TextWrapWord
	w.tools = newToolPanel(w)
	w.strip = newMapStrip(w)
	w.lesson = newLessonPanel(w)
	w.title = widget.NewLabel("")
	w.title.TextStyle.Bold, w.title.Truncation = true, fyne.TextTruncateEllipsis
	w.offer = newModelOffer(w)
	w.notice = kit.NewNotice(w.environment, func() { w.bench.Notify(message.Message{}) })

	panes := container.NewGridWithColumns(2, w.before, w.after)
	centre := container.NewBorder(
		nil, w.strip.content, nil, nil,
		container.NewStack(canvas.NewRectangle(kit.ColourPicture), panes, container.NewVBox(w.offer.Notice, w.notice)),
	)
	w.root = container.NewBorder(nil, w.statusLine(), w.tools.content, w.rightPanel(), centre)
	w.win.SetPadded(false)
	w.win.SetContent(container.NewStack(canvas.NewRectangle(w.environment.Colours.Panel), w.root))
	w.win.SetMainMenu(w.menu())
	w.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) {
		if len(uris) > 0 && uris[0].Scheme() == "file" {
			w.bench.Open(uris[0].Path())
		}
	})
	w.listen()
}

func (w *Window) rightPanel() fyne.CanvasObject {
	rows := container.NewVScroll(w.bars)
	w.right = container.New(
		&rightLayout{}, container.NewVBox(w.title, legendRow(w.environment)), rows,
		container.NewVScroll(container.New(&kit.Stacked{Gap: 6}, w.sentence, w.lesson.content)),
	)
	return kit.Panel(w.environment, barsWidth, w.right, true)
}

// legendRow says what bar, frame and band mean.
func legendRow(env *kit.Environment) fyne.CanvasObject {
	row := container.NewHBox()
	add := func(text string, fill, stroke color.Color) {
		r := canvas.NewRectangle(fill)
		r.SetMinSize(fyne.NewSize(14, 9))
		if stroke != nil {
			r.StrokeColor, r.StrokeWidth = stroke, 1
		}
		t := canvas.NewText(env.T(text), env.Colours.Second)
		t.TextSize = kit.CaptionSize
		row.Add(container.NewPadded(container.NewCenter(r)))
		row.Add(container.NewCenter(t))
	}
	add("now", env.Colours.Positive, nil)
	add("without the edit", color.Transparent, env.Colours.Text)
	add("at random places", env.Colours.Groove, nil)
	return row
}

// rightLayout gives the bars what they need and the text the rest.
type rightLayout struct{}

// MinSize implements fyne.Layout.
func (rightLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(barsWidth, o[0].MinSize().Height+200)
}

// leastText is the height that sentence and lesson keep in a low window.
const leastText = 210

// Layout implements fyne.Layout.
func (rightLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	top := o[0].MinSize().Height
	kit.Put(o[0], 0, 0, s.Width, top)
	rows := o[1].(*container.Scroll).Content.MinSize().Height + 4
	rows = max(min(rows, s.Height-top-leastText), 0)
	kit.Put(o[1], 0, top, s.Width, rows)
	kit.Put(o[2], 0, top+rows, s.Width, max(s.Height-top-rows, 0))
}

func (w *Window) statusLine() fyne.CanvasObject {
	w.status = canvas.NewText("", w.environment.Colours.Second)
	notice := canvas.NewText(w.environment.T(inference.NotForDiagnosis), w.environment.Colours.Second)
	w.status.TextSize, notice.TextSize = kit.CaptionSize, kit.CaptionSize
	return container.NewStack(
		canvas.NewRectangle(w.environment.Colours.Panel),
		container.NewPadded(container.NewBorder(nil, nil, w.status, notice)),
	)
}

// relayout is for what came or went.
func (w *Window) relayout() {
	if w.root != nil {
		w.root.Refresh()
	}
}

// present brings everything in line with the bench. It runs on the window's
// goroutine.
func (w *Window) present() {
	if w.root == nil {
		return
	}
	st := w.bench.State()
	grey := w.window(st)
	w.before.present(st.Image, grey, w.rectangles(w.before, st))
	w.after.present(st.Edited, grey, w.rectangles(w.after, st))
	if w.bars.present(st) {
		w.right.Refresh()
	}
	w.tools.present(w, st)
	w.strip.present(st)
	w.lesson.present(st)
	setText(w.title, titleText(w.environment, st))
	setText(w.sentence, sentenceText(w.environment, st))
	offered := w.offer.present(st)
	if w.notice.Present(w.environment.Text(st.Message), st.Done) || offered {
		w.relayout()
	}
	if text := statusText(w.environment, st); w.status.Text != text {
		w.status.Text = text
		w.status.Refresh()
	}
}

func setText(l *widget.Label, text string) {
	if l.Text != text {
		l.SetText(text)
	}
}

// window is the grey scale of both panes: the film's own.
func (w *Window) window(st lab.State) dicomio.Window {
	if st.Image != nil && st.Image != w.windowOf {
		w.windowOf, w.grey = st.Image, st.Image.DefaultWindow()
	}
	return w.grey
}

// titleText names the film and the class, and below them whose film it is.
func titleText(env *kit.Environment, st lab.State) string {
	whose := ""
	if st.Image != nil {
		whose = radiograph.WhoseWords(env.Words(), &st.Image.Header, true)
	}
	switch {
	case st.Image == nil:
		return env.T("No film")
	case st.Class == "":
		return st.Name + "\n" + whose
	}
	return st.Name + ": " + env.ClassName(st.Class) + "\n" + whose
}

func sentenceText(env *kit.Environment, st lab.State) string {
	switch {
	case st.Image == nil:
		return env.T("Open a film, or begin a ready lesson from the menu Lesson.")
	case st.Model == "":
		return env.T("The model is being opened.")
	case len(st.Edits) == 0:
		return env.T("Nothing is edited yet. A click on a row chooses the class that sentence and maps are about.")
	case st.Selected < 0:
		return env.T(
			"All edits together, against the film as it was opened. Select an edit to see what it does alone, and what it " +
				"does elsewhere.",
		)
	}
	text := env.Text(st.Sentence())
	if st.Controlling[1] > 0 {
		text += " " + env.T("Trying it at other places: %d of %d.", st.Controlling[0], st.Controlling[1])
	}
	return text
}

func statusText(env *kit.Environment, st lab.State) string {
	parts := []string{}
	switch {
	case st.Opening:
		parts = append(parts, env.T("opening the model\u2026"))
	case st.Model != "":
		parts = append(parts, st.Model)
	}
	if st.Took > 0 {
		parts = append(parts, env.T("edit and score %d ms", st.Took.Milliseconds()))
	}
	if j := st.Job; j != nil {
		parts = append(parts, jobText(env, j))
	}
	return strings.Join(parts, "   |   ")
}

func jobText(env *kit.Environment, j *lab.JobState) string {
	if j.Total > 0 {
		return env.T("%s: %s %d of %d", env.T(j.Title), env.T(j.Phase), j.Done, j.Total)
	}
	return strings.TrimSuffix(env.T(j.Title)+": "+env.T(j.Phase), ": ")
}

// boxColour tells boxes around findings from those around confounders.
func boxColour(env *kit.Environment, st lab.State, label string) color.NRGBA {
	for _, c := range st.Classes {
		if strings.EqualFold(c, label) {
			return env.Colours.Negative
		}
	}
	return env.Colours.Positive
}

// rectangles are what lies over a pane: boxes, the selected edit, the rectangle
// that is being drawn.
func (w *Window) rectangles(p *pane, st lab.State) []shown {
	if st.Image == nil {
		return nil
	}
	to := func(r edit.Rect) edit.Rect {
		if p.edited {
			return st.Frame.RectToPicture(r)
		}
		return r
	}
	var out []shown
	for _, b := range st.Boxes {
		out = append(
			out,
			shown{
				rect: to(b.Rect), label: w.environment.ClassName(b.Label),
				colour: boxColour(w.environment, st, b.Label),
				dashed: true,
			},
		)
	}
	if i := st.Selected; i >= 0 && i < len(st.Edits) && w.bench.Catalogue().Edits.Placed(st.Edits[i]) {
		e := st.Edits[i]
		out = append(
			out,
			shown{
				rect: to(e.Region), label: w.environment.Text(w.bench.Catalogue().Edits.Title(e)),
				colour: w.environment.Colours.Selected, ellipse: e.Shape == edit.Ellipse, handles: true,
			},
		)
	}
	if g := w.hand.gesture; g.active && g.index < 0 && g.rect.W > 0 {
		r := g.rect
		switch crop := w.hand.tool.makes.Kind == edit.Crop; {
		case crop && !p.edited:
			r = st.Frame.RectToImage(r)
		case !crop:
			r = to(r)
		}
		out = append(out, shown{rect: r, colour: w.environment.Colours.Selected})
	}
	return out
}

// looked zooms and pans both panes together.
func (w *Window) looked(l look) {
	w.before.setLook(l)
	w.after.setLook(l)
}
