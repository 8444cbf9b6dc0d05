package findingspanel

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/ui/kit"
)

// warningStrip is one line above the findings with the first warning and how
// many more there are; the explanation below has them all.
type warningStrip struct {
	widget.BaseWidget
	text  *canvas.Text
	mark  *canvas.Text
	back  *canvas.Rectangle
	words string
	env   *kit.Environment
}

const stripHeight = 24

func newWarningStrip(env *kit.Environment) *warningStrip {
	w := &warningStrip{
		env: env, text: canvas.NewText("", env.Colours.Text), mark: canvas.NewText("!", env.Colours.Warning),
		back: canvas.NewRectangle(env.Colours.Raised),
	}
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
		words = w.env.Text(st.Warnings[0])
	case n > 1:
		words = w.env.Text(kit.Counted(n, "%s warnings")) + ": " + w.env.Text(st.Warnings[0])
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

func (r *stripRenderer) Destroy() {}

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
	w.text.Text = kit.Shorten(w.words, s.Width-dotWidth-8, kit.TextSize, fyne.TextStyle{})
	kit.Put(w.text, dotWidth, 0, s.Width-dotWidth-8, s.Height)
	w.text.Refresh()
}
