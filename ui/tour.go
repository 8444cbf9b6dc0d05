package ui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/tour"
	"hilum/ui/kit"
)

// tourCard tells a new reader what is where, one step at a time, over the lower
// left of the picture's field. It takes no key and stops nothing.
type tourCard struct {
	box   *fyne.Container // over the whole field
	card  *fyne.Container
	steer tourModel
	env   *kit.Environment
	step  int
}

// tourModel is what the card asks of the session.
type tourModel interface {
	TourNext()
	TourBack()
	EndTour()
}

// Measures of the card, in Fyne's units; the longest text in the language of the
// longest words has six lines.
const (
	tourWidth  = 420
	tourHeight = 206
)

func newTourCard(k *kit.Environment, s tourModel) *tourCard {
	c := &tourCard{env: k, steer: s, card: container.NewStack()}
	c.box = container.NewVBox(
		layout.NewSpacer(), container.NewHBox(container.NewPadded(kit.Sized(c.card, tourWidth)), layout.NewSpacer()),
	)
	c.box.Hide()
	return c
}

// Present takes a state of the session.
func (c *tourCard) Present(st app.State) {
	if st.Tour == c.step {
		return
	}
	c.step = st.Tour
	steps := tour.Steps()
	if c.step < 1 || c.step > len(steps) {
		c.box.Hide()
		return
	}
	c.card.Objects = []fyne.CanvasObject{c.content(steps)}
	c.box.Show()
	c.box.Refresh()
}

func (c *tourCard) content(steps []tour.Step) fyne.CanvasObject {
	back := canvas.NewRectangle(c.env.Colours.Raised)
	back.StrokeColor, back.StrokeWidth, back.CornerRadius = c.env.Colours.Selected, 1, 4
	back.SetMinSize(fyne.NewSize(tourWidth, tourHeight))
	step := steps[c.step-1]
	before := kit.NewButton(c.env, "Back", nil, c.steer.TourBack)
	before.SetEnabled(c.step > 1)
	onwards := c.env.T("Next")
	if c.step == len(steps) {
		onwards = c.env.T("Done")
	}
	next := kit.NewButton(c.env, onwards, nil, c.steer.TourNext)
	next.Mark(true)
	buttons := container.NewHBox(
		kit.NewButton(c.env, "Skip the tour", nil, c.steer.EndTour), layout.NewSpacer(), before, next,
	)
	head := container.NewBorder(
		nil, nil, nil, widget.NewLabel(fmt.Sprintf("%d / %d", c.step, len(steps))), kit.Strong(c.env, step.Title),
	)
	return container.NewStack(
		back, container.NewPadded(container.NewBorder(head, buttons, nil, nil, kit.Prose(c.env, step.Text))),
	)
}
