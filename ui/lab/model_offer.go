package lab

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/lab"
	"hilum/ui/kit"
)

// modelOffer says that the main window reads with another model than the bench, and puts
// that one on the bench when asked to.
type modelOffer struct {
	env     *kit.Environment
	content *fyne.Container
	text    *widget.Label
	title   string // of the model that is offered; "" for none
	use     func()
}

func newModelOffer(env *kit.Environment) *modelOffer {
	o := &modelOffer{env: env, text: widget.NewLabel("")}
	o.text.Wrapping = fyne.TextWrapWord
	back := canvas.NewRectangle(env.Colours.Raised)
	back.StrokeColor, back.StrokeWidth = env.Colours.Line, 1
	take := kit.NewButton(env, env.T("Use it here"), nil, func() {
		use := o.use
		o.withdraw()
		use()
	})
	quit := kit.NewButton(env, "", theme.CancelIcon(), o.withdraw)
	o.content = container.NewStack(back,
		container.NewBorder(nil, nil, nil, container.NewHBox(container.NewCenter(take), quit), o.text))
	o.content.Hide()
	return o
}

func (o *modelOffer) withdraw() {
	o.title = ""
	o.content.Hide()
}

// present takes a state of the bench; true when the room it takes changed.
func (o *modelOffer) present(st lab.State) bool {
	wanted := o.title != "" && !st.Opening && st.ModelSHA256 != ""
	words := ""
	if wanted {
		words = o.env.T("The main window reads with %s now; this lab still uses %s.", o.title, st.Model)
	}
	if o.text.Text == words && o.content.Visible() == wanted {
		return false
	}
	o.text.SetText(words)
	o.content.Hidden = !wanted
	return true
}

// OfferModel says that the main window reads with another model now, and has use called when
// the reader wants it in the lab too. "" takes an offer away.
func (w *Window) OfferModel(title string, use func()) {
	w.offer.title, w.offer.use = title, use
	w.present()
}
