package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Notice is one sentence over an edge of a picture: what was done, with a grey edge, or with
// an orange one what failed, on which file, what to do. It stays until it is dismissed or
// replaced.
type Notice struct {
	widget.BaseWidget
	text    *widget.Label
	edge    *canvas.Rectangle
	content fyne.CanvasObject
	env     *Environment
}

// NewNotice makes a hidden one; dismiss is called when its reader closes it. What can be done
// about it stands at its end.
func NewNotice(env *Environment, dismiss func(), actions ...*Button) *Notice {
	n := &Notice{env: env, text: widget.NewLabel("")}
	n.text.Wrapping = fyne.TextWrapWord
	n.edge = canvas.NewRectangle(env.Colours.Positive)
	n.edge.SetMinSize(fyne.NewSize(4, 0))
	back := canvas.NewRectangle(env.Colours.Raised)
	back.StrokeColor, back.StrokeWidth = env.Colours.Line, 1
	quit := NewButton(env, "", theme.CancelIcon(), dismiss)
	ends := container.NewHBox()
	for _, b := range actions {
		ends.Add(container.NewVBox(b))
	}
	ends.Add(container.NewVBox(quit))
	n.content = container.NewStack(back, container.NewBorder(nil, nil, n.edge, ends, n.text))
	n.ExtendBaseWidget(n)
	n.Hide()
	return n
}

// Present shows a sentence, "" hides it; done tells that it needs no care. It returns true
// when the room it takes changed.
func (n *Notice) Present(sentence string, done bool) bool {
	var edge color.Color = n.env.Colours.Positive
	if done {
		edge = n.env.Colours.Second
	}
	if n.edge.FillColor != edge {
		n.edge.FillColor = edge
		n.edge.Refresh()
	}
	if n.text.Text == sentence {
		return false
	}
	n.text.SetText(sentence)
	if sentence == "" {
		n.Hide()
	} else {
		n.Show()
	}
	return true
}

// Text is the sentence in sight.
func (n *Notice) Text() string { return n.text.Text }

// CreateRenderer implements fyne.Widget.
func (n *Notice) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(n.content) }
