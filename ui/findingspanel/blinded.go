package findingspanel

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/ui/kit"
)

// blindedBar ends a blinded reading of a film: nothing else is there, or the findings are
// wanted at once.
type blindedBar struct {
	box            fyne.CanvasObject
	finish, reveal *kit.Button
	st             app.State // that was shown last: what is said is said of its film
	sure           bool      // the reader was asked whether the findings are to be shown
	env            *kit.Environment
}

func newBlindedBar(env *kit.Environment, a Answers) *blindedBar {
	b := &blindedBar{env: env}
	b.finish = kit.NewCompactButton(env, "Nothing else: all absent", nil, func() { a.Finish(b.st.Asked()) })
	b.finish.Importance = widget.MediumImportance
	b.finish.Tip = func() string { return b.env.T("All others are recorded as absent; then the model's are shown") }
	b.reveal = kit.NewCompactButton(env, "Show them now", nil, func() {
		if b.sure { // looking cannot be taken back
			a.Reveal(b.st.Asked())
		}
		b.ask(!b.sure)
	})
	b.reveal.Tip = func() string { return b.env.T("It is recorded that you had not finished") }
	b.box = container.New(kit.Fair{}, b.finish, b.reveal)
	b.box.Hide()
	return b
}

// ask asks whether the findings are to be shown, or has the question be forgotten.
func (b *blindedBar) ask(on bool) {
	text := b.env.T("Show them now")
	if on {
		text = b.env.T("Show without answers?")
	}
	if b.sure = on; b.reveal.Text != text {
		b.reveal.SetText(text)
		b.box.Refresh()
	}
}

// height is the room that it takes now.
func (b *blindedBar) height() float32 {
	if !b.box.Visible() {
		return 0
	}
	return b.box.MinSize().Height
}

// Present takes a state of the session; on tells whether answers are kept. It is true where
// the room that it takes changed.
func (b *blindedBar) Present(st app.State, on bool) (changed bool) {
	if !st.Hidden || st.Last != b.st.Last || st.Asked() != b.st.Asked() {
		b.ask(false)
	}
	b.st = st
	b.finish.SetEnabled(on)
	b.reveal.SetEnabled(on)
	text := b.env.T("Nothing else: all absent")
	if st.Unanswered() == 0 {
		text = b.env.T("Done: show the findings")
	}
	if b.finish.Text != text {
		b.finish.SetText(text)
		b.box.Refresh()
	}
	changed = b.box.Visible() != st.Hidden
	kit.SetVisible(b.box, st.Hidden)
	return changed
}
