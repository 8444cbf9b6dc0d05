package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// messageBar is one sentence over the lower edge of the picture, away from whose film it
// is: what was done, with a grey edge, or with an orange one what failed, on which file,
// what to do. It stays until it is dismissed or the next study is
// chosen, and covers no findings.
type messageBar struct {
	widget.BaseWidget
	text    *widget.Label
	edge    *canvas.Rectangle
	content fyne.CanvasObject
	env     *kit.Environment
}

func newMessageBar(k *kit.Environment, dismiss func()) *messageBar {
	m := &messageBar{env: k, text: widget.NewLabel("")}
	m.text.Wrapping = fyne.TextWrapWord
	m.edge = canvas.NewRectangle(k.Colours.Positive)
	m.edge.SetMinSize(fyne.NewSize(4, 0))
	back := canvas.NewRectangle(k.Colours.Raised)
	back.StrokeColor, back.StrokeWidth = k.Colours.Line, 1
	quit := kit.NewButton(k, "", theme.CancelIcon(), dismiss)
	m.content = container.NewStack(back, container.NewBorder(nil, nil, m.edge, container.NewVBox(quit), m.text))
	m.ExtendBaseWidget(m)
	m.Hide()
	return m
}

// Present takes a state of the session; true when the room it takes changed. A
// study that cannot be shown says why in the middle of the picture's field, so
// the bar leaves that out.
func (m *messageBar) Present(st app.State) bool {
	said := st.Message
	if st.Current >= 0 && st.Current < len(st.Studies) && st.Studies[st.Current].Error.String() == said.String() {
		said = message.Message{}
	}
	text := m.env.Text(said)
	colour := m.env.Colours.Positive
	if st.Done {
		colour = m.env.Colours.Second
	}
	if m.edge.FillColor != colour {
		m.edge.FillColor = colour
		m.edge.Refresh()
	}
	if m.text.Text == text {
		return false
	}
	m.text.SetText(text)
	if text == "" {
		m.Hide()
	} else {
		m.Show()
	}
	return true
}

// CreateRenderer implements fyne.Widget.
func (m *messageBar) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(m.content)
}
