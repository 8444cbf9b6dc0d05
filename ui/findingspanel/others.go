package findingspanel

import (
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/radiograph"
	"hilum/app/render"
	"hilum/dicomio/evidence"
	"hilum/ui/kit"
)

// others are what other programs found on the film, under the name of each maker in the
// colour of its drawings. They stand below the rows of the model in use and are none of
// them: neither sorted, counted nor answered with those.
type others struct {
	box  *fyne.Container
	env  *kit.Environment
	page func() // opens the page of all that they say
	key  othersKey
	said []string // by line, as shown
}

// othersKey is what the lines were made for; lists of objects are never written to.
type othersKey struct {
	of     *radiograph.Picture
	first  *evidence.Object
	n      int
	hidden bool
}

// maxOthers is how many findings of a maker are listed; the page has all.
const maxOthers = 16

func newOthers(env *kit.Environment, page func()) *others {
	return &others{box: container.New(&kit.Stacked{}), env: env, page: page}
}

// Present takes a state of the session; true where the lines changed.
func (o *others) Present(st app.State) bool {
	key := othersKey{of: st.Picture, n: len(st.Foreign.Objects), hidden: st.Foreign.Hidden}
	if key.n > 0 {
		key.first = st.Foreign.Objects[0]
	}
	if key == o.key {
		return false
	}
	o.key, o.box.Objects, o.said = key, nil, nil
	if !key.hidden {
		for _, m := range foundBy(st.Foreign.Objects) {
			o.maker(m)
		}
	}
	o.box.Refresh()
	return true
}

// makerFound is what all objects of one maker found.
type makerFound struct {
	name   string // "" for one that does not say who it is
	colour color.Color
	lines  []string
}

// foundBy is what makers found, in the order of their first objects; makers that found
// nothing that has a name are left out.
func foundBy(list []*evidence.Object) (out []makerFound) {
	colours := render.EvidenceColours(list)
	for i, one := range list {
		lines := foundIn(one)
		if len(lines) == 0 {
			continue
		}
		at := slices.IndexFunc(out, func(m makerFound) bool { return m.name == one.Maker })
		if at < 0 {
			at, out = len(out), append(out, makerFound{name: one.Maker, colour: colours[i]})
		}
		out[at].lines = append(out[at].lines, lines...)
	}
	return out
}

// foundIn are the findings of a report, and what segmentations and maps are of.
func foundIn(o *evidence.Object) (lines []string) {
	for i := range o.Findings {
		lines = append(lines, render.FindingOfOthers(&o.Findings[i]))
	}
	if o.Kind == evidence.Segmentation {
		for i := range o.Masks {
			lines = append(lines, o.Masks[i].Label)
		}
	}
	for i := range o.Maps {
		lines = append(lines, strings.TrimSpace(o.Maps[i].Label+" "+o.Maps[i].Units))
	}
	return slices.DeleteFunc(lines, func(s string) bool { return s == "" })
}

// maker lists what one found.
func (o *others) maker(m makerFound) {
	name := m.name
	if name == "" {
		name = o.env.T("an unnamed maker")
	}
	sign := canvas.NewRectangle(m.colour)
	sign.SetMinSize(fyne.NewSize(4, 1))
	head := o.line(o.env.T("Found by %s", name))
	head.TextStyle.Bold = true
	o.box.Add(widget.NewSeparator())
	o.box.Add(container.NewBorder(nil, nil, sign, nil, kit.Tight(head)))
	for i, text := range m.lines {
		if i == maxOthers {
			more := kit.NewCompactButton(o.env, "", nil, o.page)
			more.SetText(o.env.T("and %d more", len(m.lines)-i))
			o.said = append(o.said, more.Text)
			o.box.Add(container.NewHBox(more))
			break
		}
		o.box.Add(kit.Tight(o.line(text)))
	}
}

func (o *others) line(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.SizeName, l.Wrapping = theme.SizeNameCaptionText, fyne.TextWrapWord
	o.said = append(o.said, text)
	return l
}
