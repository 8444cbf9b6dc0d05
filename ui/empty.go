package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/studies"
	"hilum/ui/kit"
)

// emptyState stands where the picture will be and says what to do next, or why
// there is none.
type emptyState struct {
	patience
	box     *fyne.Container
	text    *widget.Label
	buttons *fyne.Container
	card    *fyne.Container
}

func newEmptyState(k *kit.Keys, open, folder, demo func()) *emptyState {
	e := &emptyState{text: widget.NewLabel("")}
	e.text.Alignment, e.text.Wrapping = fyne.TextAlignCenter, fyne.TextWrapWord
	e.buttons = container.NewHBox()
	for _, b := range []*kit.Button{kit.NewButton(k, "Open\u2026", nil, open), kit.NewButton(k, "Open folder\u2026", nil, folder), kit.NewButton(k, "Open the demo studies", nil, demo)} {
		b.Importance = widget.MediumImportance // on black nothing else says that it is to be pressed
		e.buttons.Add(b)
	}
	e.card = container.NewVBox(kit.Sized(e.text, 460), container.NewCenter(e.buttons))
	e.box = container.NewCenter(e.card)
	return e
}

// Present takes a state of the session.
func (e *emptyState) Present(st app.State) {
	text, buttons := emptyText(st)
	if e.wait(st.Loading) {
		text = "" // most films are there before it could be read
	}
	if e.text.Text == text && e.buttons.Visible() == buttons {
		return
	}
	e.text.SetText(text)
	e.buttons.Hidden, e.box.Hidden = !buttons, text == ""
	e.card.Refresh()
	e.box.Refresh()
}

// shortWait is how long a film may take to decode before words appear that
// would only flicker.
const shortWait = 300 * time.Millisecond

// patience tells a short wait from a long one.
type patience struct {
	again func() // called some time later, on any goroutine, to look again
	since time.Time
	timer *time.Timer
}

// wait is told whether something is being waited for, and tells whether that is
// too short yet to speak of.
func (p *patience) wait(busy bool) bool {
	switch {
	case !busy:
		p.stop()
		p.since = time.Time{}
		return false
	case p.since.IsZero():
		p.since = time.Now()
		p.stop()
		p.timer = time.AfterFunc(shortWait, p.again)
	}
	return time.Since(p.since) < shortWait
}

func (p *patience) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// emptyText is what to say in place of a picture, "" when there is one.
func emptyText(st app.State) (text string, buttons bool) {
	switch {
	case st.Picture != nil:
		return "", false
	case st.Current < 0 || st.Current >= len(st.Studies):
		return kit.T("Drop chest films here, PNG, JPEG or DICOM, or a folder of them. Ctrl+O opens files, Ctrl+D the demo studies."), true
	}
	s := st.Studies[st.Current]
	if s.Status == studies.Failed {
		return kit.Text(s.Error), true
	}
	return kit.T("Decoding %s\u2026", s.Name()), false
}

// warningStrip is one line above the findings with the first warning and how
// many more there are; the explanation below has them all.
type warningStrip struct {
	widget.BaseWidget
	text  *canvas.Text
	mark  *canvas.Text
	back  *canvas.Rectangle
	words string
}

const stripHeight = 24

func newWarningStrip() *warningStrip {
	w := &warningStrip{text: canvas.NewText("", kit.ColourText), mark: canvas.NewText("!", kit.ColourWarning), back: canvas.NewRectangle(kit.ColourRaised)}
	w.text.TextSize, w.mark.TextSize = kit.TextSize, kit.TextSize
	w.mark.TextStyle.Bold = true
	w.ExtendBaseWidget(w)
	w.Hide()
	return w
}

// Present takes a state of the session; true when the room it takes changed.
func (w *warningStrip) Present(st app.State) bool {
	words := ""
	switch n := len(st.Warnings); {
	case n == 1:
		words = kit.Text(st.Warnings[0])
	case n > 1:
		words = kit.Text(counted(n, "%s warnings")) + ": " + kit.Text(st.Warnings[0])
	}
	if words == w.words {
		return false
	}
	w.words = words
	if words == "" {
		w.Hide()
		return true
	}
	w.Show()
	w.Refresh()
	return true
}

// MinSize implements fyne.Widget.
func (w *warningStrip) MinSize() fyne.Size { return fyne.NewSize(100, stripHeight) }

// CreateRenderer implements fyne.Widget.
func (w *warningStrip) CreateRenderer() fyne.WidgetRenderer { return &stripRenderer{w} }

type stripRenderer struct{ w *warningStrip }

func (r *stripRenderer) Destroy()           {}
func (r *stripRenderer) MinSize() fyne.Size { return r.w.MinSize() }
func (r *stripRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.w.back, r.w.mark, r.w.text}
}

func (r *stripRenderer) Refresh() {
	r.Layout(r.w.Size())
	canvas.Refresh(r.w)
}

func (r *stripRenderer) Layout(s fyne.Size) {
	w := r.w
	kit.Put(w.back, 0, 0, s.Width, s.Height)
	kit.Put(w.mark, 10, 0, 10, s.Height)
	w.text.Text = shorten(w.words, s.Width-dotWidth-8, kit.TextSize, fyne.TextStyle{})
	kit.Put(w.text, dotWidth, 0, s.Width-dotWidth-8, s.Height)
	w.text.Refresh()
}
