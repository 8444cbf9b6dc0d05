package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/studies"
	"hilum/ui/kit"
)

// placeholder stands where the picture will be and says what to do next, or why
// there is none.
type placeholder struct {
	delayedHint
	box     *fyne.Container
	text    *widget.Label
	buttons *fyne.Container
	card    *fyne.Container
	env     *kit.Environment
}

func newPlaceholder(k *kit.Environment, open, folder, demo func()) *placeholder {
	e := &placeholder{env: k, text: widget.NewLabel("")}
	e.text.Alignment, e.text.Wrapping = fyne.TextAlignCenter, fyne.TextWrapWord
	e.buttons = container.NewHBox()
	for _, b := range []*kit.Button{
		kit.NewButton(k, "Open\u2026", nil, open), kit.NewButton(k, "Open folder\u2026", nil, folder),
		kit.NewButton(k, "Open the demo studies", nil, demo),
	} {
		b.Importance = widget.MediumImportance // on black nothing else says that it is to be pressed
		e.buttons.Add(b)
	}
	e.card = container.NewVBox(kit.Sized(e.text, 460), container.NewCenter(e.buttons))
	e.box = container.NewCenter(e.card)
	return e
}

// Present takes a state of the session.
func (e *placeholder) Present(st app.State) {
	text, buttons := placeholderText(e.env, st)
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

// delayedHint tells a short wait from a long one.
type delayedHint struct {
	again func() // called some time later, on any goroutine, to look again
	since time.Time
	timer *time.Timer
}

// wait is told whether something is being waited for, and tells whether that is
// too short yet to speak of.
func (p *delayedHint) wait(busy bool) bool {
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

func (p *delayedHint) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// placeholderText is what to say in place of a picture, "" when there is one.
func placeholderText(env *kit.Environment, st app.State) (text string, buttons bool) {
	switch {
	case st.Picture != nil:
		return "", false
	case st.Current < 0 || st.Current >= len(st.Studies):
		return env.T(
			"Drop chest films here, PNG, JPEG or DICOM, or a folder of them. Ctrl+O opens files, Ctrl+D the demo studies.",
		), true
	}
	s := st.Studies[st.Current]
	if s.Status == studies.Failed {
		return env.Text(s.Error), true
	}
	return env.T("Decoding %s\u2026", s.Name()), false
}
