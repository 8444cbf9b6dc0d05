package lab

import (
	"hilum/app/lab"
	"hilum/ui/kit"
)

// modelOffer says that the main window reads with another model than the bench, and puts
// that one on the bench when asked to.
type modelOffer struct {
	*kit.Notice
	env   *kit.Environment
	title string // of the model that is offered; "" for none
	use   func()
}

func newModelOffer(w *Window) *modelOffer {
	o := &modelOffer{env: w.environment}
	withdraw := func() { w.OfferModel("", nil) }
	o.Notice = kit.NewNotice(o.env, withdraw, kit.NewButton(o.env, "Use it here", nil, func() {
		use := o.use
		withdraw()
		use()
	}))
	return o
}

// present takes a state of the bench; true when the room it takes changed.
func (o *modelOffer) present(st lab.State) bool {
	words := ""
	if o.title != "" && !st.Opening && st.ModelSHA256 != "" {
		words = o.env.T("The main window reads with %s now; this lab still uses %s.", o.title, st.Model)
	}
	return o.Present(words, true)
}

// OfferModel says that the main window reads with another model now, and has use called when
// the reader wants it in the lab too. "" takes an offer away.
func (w *Window) OfferModel(title string, use func()) {
	w.offer.title, w.offer.use = title, use
	w.present()
}
