package wizard

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/radiograph"
	"hilum/app/runs"
	"hilum/internal/message"
	"hilum/internal/message/reread"
	"hilum/training"
	"hilum/ui/kit"
)

// sentence makes of an error's text what a person reads.
func sentence(env *kit.Environment, text string) string {
	return env.Words().Sentence(message.Errorf("%v", reread.Message(text)))
}

// working says what the job on a run does and how far it is.
func working(env *kit.Environment, r *runs.Run) string {
	return env.T(r.Job.Kind.Verb()) + ": " + env.Text(r.Job.Words())
}

// said has the sentences of a run's files in the reader's language.
func said(env *kit.Environment, sentences []string) []string {
	return env.Words().Texts(reread.Messages(sentences))
}

// share writes .71 for a figure, with its interval where there is one.
func share(env *kit.Environment, v training.Metric, ci *training.Range) string {
	if !v.Defined() {
		return "\u2013"
	}
	if ci == nil {
		return env.Figure(float64(v))
	}
	return fmt.Sprintf("%s (%s\u2013%s)", env.Figure(float64(v)), env.Figure(ci[0]), env.Figure(ci[1]))
}

// bytes writes an amount of memory.
func bytes(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.0f kB", float64(n)/(1<<10))
}

// thumbs shows films as small pictures, read in the background, that can be
// clicked.
type thumbs struct {
	w     *Wizard
	box   *fyne.Container
	shown string // what is shown, to tell whether it changed
	load  func() // cancels what is being read
	cells []*thumb
}

// picture is one of the pictures.
type picture struct {
	path, caption string
	open          func()
}

// Edge of a picture, and the height of two lines under it.
const thumbEdge, thumbWords = 132, 34

func newThumbs(w *Wizard) *thumbs {
	return &thumbs{w: w, box: container.NewGridWrap(fyne.NewSize(thumbEdge, thumbEdge+thumbWords)), load: func() {}}
}

func (t *thumbs) set(images []picture) {
	var key strings.Builder
	for _, f := range images {
		key.WriteString(f.path + "\n" + f.caption + "\n")
	}
	if key.String() == t.shown {
		return
	}
	t.shown = key.String()
	t.load()
	ctx, cancel := context.WithCancel(t.w.o.Session.Context())
	t.load = cancel
	for len(t.cells) < len(images) { // images are kept: the toolkit caches each for a minute
		c := newThumb(t.w.env)
		t.cells = append(t.cells, c)
		t.box.Add(c)
	}
	for i, c := range t.cells {
		c.Hidden = i >= len(images)
		if i < len(images) {
			c.show(nil, images[i])
		}
	}
	t.box.Refresh()
	t.w.jobs.Go(func() { t.read(ctx, images) })
}

// read decodes the films one after the other.
func (t *thumbs) read(ctx context.Context, images []picture) {
	for i, f := range images {
		img, err := radiograph.Thumbnail(ctx, f.path, 2*thumbEdge)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			f.caption = t.w.env.T("cannot be read")
		}
		t.w.o.Do(func() {
			if ctx.Err() == nil && !t.w.updates.Closed.Load() {
				t.cells[i].show(img, f)
			}
		})
	}
}

// thumb is one small picture with a line below.
type thumb struct {
	widget.BaseWidget
	env   *kit.Environment
	image *canvas.Image
	text  *widget.Label
	open  func()
	edge  *canvas.Rectangle
}

func newThumb(k *kit.Environment) *thumb {
	t := &thumb{
		env: k, image: canvas.NewImageFromImage(image.NewGray(image.Rect(0, 0, 1, 1))), text: widget.NewLabel(""),
		edge: canvas.NewRectangle(color.Transparent),
	}
	t.image.FillMode, t.image.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleFastest
	t.text.Wrapping, t.text.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	t.edge.StrokeWidth = 2
	t.ExtendBaseWidget(t)
	return t
}

func (t *thumb) show(img image.Image, f picture) {
	if img == nil {
		img = image.NewGray(image.Rect(0, 0, 1, 1))
	}
	t.image.Image = img
	t.image.Refresh()
	t.text.SetText(f.caption)
	t.open = f.open
}

// CreateRenderer implements fyne.Widget.
func (t *thumb) CreateRenderer() fyne.WidgetRenderer {
	back := canvas.NewRectangle(kit.ColourPicture)
	picture := container.NewStack(back, t.image, t.edge)
	return widget.NewSimpleRenderer(container.New(&underneath{}, picture, kit.Tight(t.text)))
}

// underneath puts words of a fixed height under a picture.
type underneath struct{}

// MinSize implements fyne.Layout.
func (underneath) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(thumbEdge, thumbEdge+thumbWords)
}

// Layout implements fyne.Layout.
func (underneath) Layout(o []fyne.CanvasObject, s fyne.Size) {
	kit.Put(o[0], 0, 0, s.Width, s.Height-thumbWords)
	kit.Put(o[1], 0, s.Height-thumbWords, s.Width, thumbWords)
}

// Tapped implements fyne.Tappable.
func (t *thumb) Tapped(*fyne.PointEvent) {
	if t.open != nil {
		t.open()
	}
}

// FocusGained implements fyne.Focusable.
func (t *thumb) FocusGained() { t.mark(t.env.Colours.Selected) }

// FocusLost implements fyne.Focusable.
func (t *thumb) FocusLost() { t.mark(color.Transparent) }

func (t *thumb) mark(c color.Color) {
	t.edge.StrokeColor = c
	t.edge.Refresh()
}

// TypedKey implements fyne.Focusable.
func (t *thumb) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyReturn || e.Name == fyne.KeySpace {
		t.Tapped(nil)
		return
	}
	t.env.TypedKey(e)
}

// TypedRune implements fyne.Focusable.
func (t *thumb) TypedRune(r rune) { t.env.TypedRune(r) }

// entry is a text field that hands on what was typed when it is left or when
// Return is pressed.
type entry struct {
	kit.Box
	done    func(string) (taken bool)
	was     string
	refused bool // what stands in it was not taken, and stays to be put right
}

func newEntry(env *kit.Environment, done func(string) (taken bool)) *entry {
	e := &entry{Box: kit.BoxIn(env), done: done}
	e.ExtendBaseWidget(e)
	e.OnSubmitted = func(string) { e.commit() }
	return e
}

// display sets the text, unless a person is typing or has to put right what was typed.
func (e *entry) display(s string) {
	if e.was != s && !e.refused {
		e.was = s
		e.SetText(s)
	}
}

func (e *entry) commit() {
	if e.Text != e.was {
		e.was = e.Text
		e.refused = !e.done(e.Text)
	}
}

// forget lets go of what was not taken.
func (e *entry) forget() { e.refused = false }

// FocusLost implements fyne.Focusable.
func (e *entry) FocusLost() {
	e.Box.FocusLost()
	e.commit()
}

// TypedKey implements fyne.Focusable.
func (e *entry) TypedKey(k *fyne.KeyEvent) {
	if !kit.LeavesBox(e, k) {
		e.Entry.TypedKey(k)
	}
}

// labelled puts a word before a control.
func labelled(word string, width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(nil, nil, kit.Sized(widget.NewLabel(word), width), nil, o)
}
