package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/measure"
	"hilum/ui/kit"
)

// promptModel is what the prompt asks of the session.
type promptModel interface {
	SetDraftText(text string)
	SetKnownLength(mm float64)
	SetTool(measure.Tool)
}

// promptBar says over the picture what the tool in hand wants next, and takes
// the text or the length that it wants.
type promptBar struct {
	box    *fyne.Container
	text   *widget.Label
	entry  *promptEntry
	asking measure.Asking
	focus  func(fyne.Focusable)
	env    *kit.Environment
}

// promptEntry is a box that keeps the keyboard while it is asked for.
type promptEntry struct {
	kit.Box
	again func() // gives it the keyboard back that a click took
}

func newPromptEntry(env *kit.Environment) *promptEntry {
	e := &promptEntry{Box: kit.BoxIn(env)}
	e.ExtendBaseWidget(e)
	return e
}

// FocusLost implements fyne.Focusable: the click that sets a text down takes the keyboard
// from the box that it opens.
func (e *promptEntry) FocusLost() {
	e.Box.FocusLost()
	e.again()
}

func newPromptBar(env *kit.Environment, s promptModel, focus func(fyne.Focusable)) *promptBar {
	p := &promptBar{env: env, text: widget.NewLabel(""), entry: newPromptEntry(env), focus: focus}
	p.entry.OnEscape = func() { s.SetTool(measure.NoTool) }
	p.entry.again = func() {
		if p.asking != measure.AskNothing {
			focus(p.entry)
		}
	}
	p.entry.OnSubmitted = func(text string) {
		if p.asking == measure.AskText {
			s.SetDraftText(strings.TrimSpace(text))
			return
		}
		if mm, err := env.ReadNumber(text); err == nil {
			s.SetKnownLength(mm)
			return
		}
		s.SetKnownLength(0) // which says what is possible
	}
	back := canvas.NewRectangle(env.Colours.Raised)
	back.StrokeColor, back.StrokeWidth = env.Colours.Line, 1
	p.box = container.NewCenter(container.NewStack(back, container.NewHBox(p.text, kit.Sized(p.entry, 220))))
	p.box.Hide()
	return p
}

// Present takes a state of the session; true when the room it takes changed.
func (p *promptBar) Present(st app.State) bool {
	words := p.env.T(st.Measure.Prompt)
	if st.Measure.Prompt == "" {
		words = ""
	}
	asking := st.Measure.Asking
	if p.text.Text == words && p.asking == asking {
		return false
	}
	p.text.SetText(words)
	p.box.Hidden = words == ""
	p.entry.Hidden = asking == measure.AskNothing
	if asking != p.asking {
		p.asking = asking
		p.entry.SetText("")
		if asking == measure.AskNothing {
			p.focus(nil)
		} else {
			p.focus(p.entry)
		}
	}
	p.box.Refresh()
	return true
}
