package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"hilum/app"
	"hilum/ui/kit"
)

// noticed is the sentence over the picture. A film that cannot be shown says why in the middle
// of its field already, so that is left out.
func noticed(env *kit.Environment, st app.State) string {
	if st.Current >= 0 && st.Current < len(st.Studies) && st.Studies[st.Current].Error.String() == st.Message.String() {
		return ""
	}
	return env.Text(st.Message)
}

// overPicture lays the prompt over the upper edge of the picture and the message over the
// lower one, and tells how much each covers. It implements fyne.Layout.
type overPicture struct {
	border          fyne.Layout
	prompt, message fyne.CanvasObject
	covered         func(top, bottom float32)
}

func newOverPicture(prompt, message fyne.CanvasObject, covered func(top, bottom float32)) *fyne.Container {
	l := &overPicture{layout.NewBorderLayout(prompt, message, nil, nil), prompt, message, covered}
	return container.New(l, prompt, message)
}

// Layout implements fyne.Layout.
func (o *overPicture) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	o.border.Layout(objects, s)
	height := func(c fyne.CanvasObject) float32 {
		if !c.Visible() {
			return 0
		}
		return c.Size().Height
	}
	o.covered(height(o.prompt), height(o.message))
}

// MinSize implements fyne.Layout.
func (o *overPicture) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return o.border.MinSize(objects)
}
