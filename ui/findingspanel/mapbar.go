package findingspanel

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app"
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
// filled or as contours, and from which share of the scale on it is drawn.
type mapBar struct {
	box      *fyne.Container
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
	b.box = container.NewBorder(nil, nil, container.NewHBox(kit.Sized(b.method, 116), b.contours, label), nil, b.floor)
	b.box.Hide()
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

// Present takes a state of the session; true when the room it takes changed.
func (b *mapBar) Present(st app.State) bool {
	names := b.names()
	at := names[0]
	if i := slices.Index(b.methods, st.Map.Method); i >= 0 {
		at = names[i]
	}
	b.method.Display(names, at)
	b.contours.Mark(st.Map.Contours)
	b.floor.Display(st.Map.Floor)
	hidden := !st.Map.On || st.Result == nil
	if hidden == b.box.Hidden {
		return false
	}
	b.box.Hidden = hidden
	return true
}
