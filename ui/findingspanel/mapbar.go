package findingspanel

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app"
	"hilum/inference"
	"hilum/ui/kit"
)

// MapModel is what the map bar asks of the session.
type MapModel interface {
	Methods() []string
	MethodTitle(method string) string
	SetMethod(method string)
	SetContours(on bool)
	SetFloor(v float64)
	State() app.State
}

// mapBar stands over the findings while a map is shown: how it is computed,
// filled or as contours, from which share of the scale on it is drawn, and what is known
// to be wrong with the model's maps. Its room is kept while there is none.
type mapBar struct {
	box      *fyne.Container // the room
	bar      *fyne.Container // what stands in it
	caveat   *canvas.Text
	model    MapModel
	methods  []string // by which maps can be computed, the model's own first
	method   *kit.Choice
	contours *kit.Button
	floor    *kit.Slider
	env      *kit.Environment
}

func newMapBar(k *kit.Environment, s MapModel) *mapBar {
	b := &mapBar{env: k, model: s, methods: s.Methods()}
	b.method = kit.NewChoice(k, b.names(), func(name string) {
		if i := slices.Index(b.names(), name); i >= 0 {
			s.SetMethod(b.methods[i])
		}
	})
	b.contours = kit.NewButton(k, "Contours", nil, func() { s.SetContours(!s.State().Map.Contours) })
	b.floor = kit.NewSlider(k, 0, 0.95, 0.05, s.SetFloor)
	label := canvas.NewText(" "+k.T("from"), k.Colours.Second)
	label.TextSize = kit.TextSize
	b.caveat = canvas.NewText("", k.Colours.Second)
	b.caveat.TextSize = kit.CaptionSize
	row := container.NewBorder(nil, nil, container.NewHBox(kit.Sized(b.method, 116), b.contours, label), nil, b.floor)
	b.bar = container.New(&kit.Stacked{}, row, container.New(inset{dotWidth}, b.caveat))
	b.bar.Hide()
	b.box = inSlot(mapBarHeight, b.bar)
	return b
}

// names are the methods as the choice shows them.
func (b *mapBar) names() []string {
	out := []string{b.env.T("Own map")}
	for _, m := range b.methods[1:] {
		out = append(out, b.env.T(b.model.MethodTitle(m)))
	}
	return out
}

// mapBarHeight is the room of the controls and of the caveat below them.
const mapBarHeight = 47

// mapCaveat says what the model's card knows to be wrong with its maps; "" for nothing.
func mapCaveat(env *kit.Environment, c inference.Card) string {
	if c.Pointing == nil || c.PointingPrior == nil || c.Pointing.Value >= c.PointingPrior.Value {
		return ""
	}
	return env.T(
		"Its maps hit the finding in %s; without looking: %s.", kit.Percent(c.Pointing.Value),
		kit.Percent(c.PointingPrior.Value),
	)
}

// Present takes a state of the session.
func (b *mapBar) Present(st app.State) {
	names := b.names()
	at := names[0]
	if i := slices.Index(b.methods, st.Map.Method); i >= 0 {
		at = names[i]
	}
	b.method.Display(names, at)
	b.contours.Mark(st.Map.Contours)
	b.floor.Display(st.Map.Floor)
	hidden := !st.Map.On || st.Result == nil
	caveat := mapCaveat(b.env, st.Model.Card)
	if hidden == b.bar.Hidden && caveat == b.caveat.Text {
		return
	}
	b.bar.Hidden, b.caveat.Text = hidden, caveat
	b.box.Refresh()
}

// inset is a layout with some room at the left.
type inset struct{ left float32 }

// MinSize implements fyne.Layout.
func (l inset) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, o[0].MinSize().Height)
}

// Layout implements fyne.Layout.
func (l inset) Layout(o []fyne.CanvasObject, s fyne.Size) {
	kit.Put(o[0], l.left, 0, s.Width-l.left, s.Height)
}
