package findingspanel

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// The commands that a warning leads to.
const (
	InsistCommand     = "findings.insist"
	cardCommand       = "model.card"
	modelCommand      = "model.open"
	attributesCommand = "study.attributes"
)

// warningStrip is the banner above the findings: the most serious warning, and how many
// more there are. Its room is kept where there is none, so that the rows never move. A
// click on it opens what can be done.
type warningStrip struct {
	widget.BaseWidget
	lines    [2]*canvas.Text
	mark     *canvas.Text
	back     *canvas.Rectangle
	edge     *canvas.Rectangle // beside findings that are withheld
	words    string
	withheld bool
	insisted bool
	warnings []message.Message
	run      func(id string) func()
	env      *kit.Environment
}

var (
	_ fyne.Tappable      = (*warningStrip)(nil)
	_ desktop.Cursorable = (*warningStrip)(nil)
)

const stripHeight = 40

func newWarningStrip(env *kit.Environment, run func(id string) func()) *warningStrip {
	w := &warningStrip{
		env: env, run: run, mark: canvas.NewText("!", env.Colours.Warning),
		back: canvas.NewRectangle(env.Colours.Raised),
		edge: canvas.NewRectangle(env.Colours.Warning),
	}
	for i := range w.lines {
		w.lines[i] = canvas.NewText("", env.Colours.Text)
		w.lines[i].TextSize = kit.TextSize
	}
	w.mark.TextSize, w.mark.TextStyle.Bold = kit.TextSize, true
	w.ExtendBaseWidget(w)
	return w
}

// serious are the warnings that a reader is to see before a finding: the reasons why
// findings are withheld first, and nothing that belongs under the details.
func serious(st app.State) []message.Message {
	out := slices.Clone(st.Withheld)
	for _, w := range st.Warnings {
		if !slices.ContainsFunc(out, func(m message.Message) bool { return m.String() == w.String() }) && !w.IsMinor() {
			out = append(out, w)
		}
	}
	return out
}

// minor are the warnings that change no finding's meaning.
func minor(st app.State) []message.Message {
	return slices.DeleteFunc(slices.Clone(st.Warnings), func(m message.Message) bool { return !m.IsMinor() })
}

// Present takes a state of the session.
func (w *warningStrip) Present(st app.State) {
	list := serious(st)
	words := ""
	if len(list) > 0 {
		words = w.env.Text(list[0])
	}
	if n := len(list); n > 1 {
		words = w.env.Text(kit.Counted(n, "%s warnings")) + ": " + words
	}
	withheld := st.Withheld != nil
	same := words == w.words && withheld == w.withheld
	w.warnings, w.withheld, w.insisted = list, withheld, st.Insisted
	if same {
		return
	}
	w.words = words
	w.Refresh()
}

// Tapped implements fyne.Tappable: all warnings, and what can be done.
func (w *warningStrip) Tapped(*fyne.PointEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(w)
	if len(w.warnings) == 0 || c == nil {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(w)
	popup := widget.NewPopUp(nil, c)
	popup.Content = w.choices(popup.Hide)
	popup.Resize(fyne.NewSize(Width-20, popup.MinSize().Height))
	popup.ShowAtPosition(at.AddXY(0, stripHeight))
}

// choices are the warnings in full and what can be done, one button each.
func (w *warningStrip) choices(hide func()) fyne.CanvasObject {
	box := container.NewVBox()
	for _, m := range w.warnings {
		box.Add(kit.ProseData(w.env.Text(m)))
	}
	add := func(title, id string) {
		b := kit.NewButton(w.env, title, nil, func() {
			hide()
			w.run(id)()
		})
		b.Alignment = widget.ButtonAlignLeading
		box.Add(b)
	}
	switch {
	case w.withheld && w.insisted:
		add("Withhold the findings again", InsistCommand)
	case w.withheld:
		add("Show them all the same", InsistCommand)
	}
	add("What the model is for: its card", cardCommand)
	add("Open another model\u2026", modelCommand)
	add("What the file says of the film", attributesCommand)
	return box
}

// Cursor implements desktop.Cursorable.
func (w *warningStrip) Cursor() desktop.Cursor {
	if len(w.warnings) > 0 {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// MinSize implements fyne.Widget.
func (w *warningStrip) MinSize() fyne.Size { return fyne.NewSize(100, stripHeight) }

// CreateRenderer implements fyne.Widget.
func (w *warningStrip) CreateRenderer() fyne.WidgetRenderer { return &stripRenderer{w} }

type stripRenderer struct{ w *warningStrip }

func (r *stripRenderer) Destroy() {}

func (r *stripRenderer) MinSize() fyne.Size { return r.w.MinSize() }

func (r *stripRenderer) Objects() []fyne.CanvasObject {
	w := r.w
	return []fyne.CanvasObject{w.back, w.edge, w.mark, w.lines[0], w.lines[1]}
}

func (r *stripRenderer) Refresh() {
	r.Layout(r.w.Size())
	canvas.Refresh(r.w)
}

func (r *stripRenderer) Layout(s fyne.Size) {
	w := r.w
	w.back.Hidden, w.mark.Hidden, w.edge.Hidden = w.words == "", w.words == "", !w.withheld || w.words == ""
	kit.Put(w.back, 0, 0, s.Width, s.Height)
	kit.Put(w.edge, 0, 0, 4, s.Height)
	kit.Put(w.mark, 10, 0, 10, s.Height)
	room := max(s.Width-dotWidth-8, 0)
	first, second := twoLines(w.words, room)
	w.lines[0].Text, w.lines[1].Text = first, kit.Shorten(second, room, kit.TextSize, fyne.TextStyle{})
	height := s.Height / 2
	if second == "" {
		height = s.Height
	}
	kit.Put(w.lines[0], dotWidth, 0, room, height)
	kit.Put(w.lines[1], dotWidth, s.Height/2, room, s.Height/2)
	w.lines[0].Refresh()
	w.lines[1].Refresh()
}

// twoLines breaks words after as many as have room.
func twoLines(words string, room float32) (first, second string) {
	list := strings.Fields(words)
	n := len(list)
	for n > 1 && fyne.MeasureText(strings.Join(list[:n], " "), kit.TextSize, fyne.TextStyle{}).Width > room {
		n--
	}
	return strings.Join(list[:n], " "), strings.Join(list[n:], " ")
}
