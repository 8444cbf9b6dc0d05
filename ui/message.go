package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
)

// MessageBar is one sentence over the upper edge of the picture: what failed,
// on which file, what to do. It stays until it is dismissed or the next study is
// chosen, and covers no findings.
type MessageBar struct {
	widget.BaseWidget
	text    *widget.Label
	content fyne.CanvasObject
}

func newMessageBar(k *keys, dismiss func()) *MessageBar {
	m := &MessageBar{text: widget.NewLabel("")}
	m.text.Wrapping = fyne.TextWrapWord
	edge := canvas.NewRectangle(colourError)
	edge.SetMinSize(fyne.NewSize(4, 0))
	back := canvas.NewRectangle(colourRaised)
	back.StrokeColor, back.StrokeWidth = colourLine, 1
	quit := newButton(k, "", theme.CancelIcon(), dismiss)
	m.content = container.NewStack(back, container.NewBorder(nil, nil, edge, container.NewVBox(quit), m.text))
	m.ExtendBaseWidget(m)
	m.Hide()
	return m
}

// Present takes a state of the session.
func (m *MessageBar) Present(st app.State) {
	if st.Message == "" {
		if m.Visible() {
			m.Hide()
		}
		return
	}
	if m.text.Text != st.Message {
		m.text.SetText(st.Message)
	}
	if !m.Visible() {
		m.Show()
	}
}

// CreateRenderer implements fyne.Widget.
func (m *MessageBar) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(m.content)
}
