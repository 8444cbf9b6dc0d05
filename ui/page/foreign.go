package page

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app"
	"hilum/app/radiograph"
	"hilum/app/render"
	"hilum/dicomio/evidence"
	"hilum/ui/kit"
)

// ForeignOptions are what the page of the results of others works with.
type ForeignOptions struct {
	State  func() app.State
	Named  func() bool              // the page says whose film it is
	ShowAs func(o *evidence.Object) // shows the film as a presentation state says
	Save   func(o *evidence.Object) // asks where a document goes, and opens it there
}

// ShowForeign opens the page of what other programs say of the current film.
func (p *Pages) ShowForeign(o ForeignOptions) {
	p.page(&p.foreign, func() string { return p.env.T("Results of others") }, fyne.NewSize(760, 720),
		func() fyne.CanvasObject { return foreignPage(p.env, o) })
}

// Present has the page of the results of others follow the film.
func (p *Pages) Present(st app.State) {
	said := foreignKey{st.Picture, len(st.Foreign.Objects), len(st.Foreign.Unread)}
	if said == p.said {
		return
	}
	p.said = said
	if p.foreign != nil {
		p.again[p.foreign]()
	}
}

// foreignKey is what the page was made for.
type foreignKey struct {
	of              *radiograph.Picture
	objects, unread int
}

// foreignPage lists the objects by maker, each with what it says.
func foreignPage(env *kit.Environment, o ForeignOptions) fyne.CanvasObject {
	st := o.State()
	objects := []fyne.CanvasObject{kit.Heading(env, "Results of others")}
	if p := st.Picture; p != nil {
		objects = append(objects, kit.StrongData(radiograph.WhoseWords(env.Words(), &p.Image.Header, o.Named())))
	}
	if len(st.Foreign.Objects) == 0 {
		objects = append(objects, kit.Prose(env, "No other program says anything of this film. Open the folder of its "+
			"study, or a presentation state, report, segmentation or key object selection that speaks of it."))
	}
	colours := render.EvidenceColours(st.Foreign.Objects)
	for i, one := range st.Foreign.Objects {
		objects = append(objects, foreignObject(env, o, one, colours[i])...)
	}
	for _, m := range st.Foreign.Unread {
		objects = append(objects, kit.ProseData(env.Text(m)))
	}
	return kit.Page(container.NewVBox(objects...))
}

// foreignObject is what one object says, under its maker in the colour of its drawings.
func foreignObject(env *kit.Environment, o ForeignOptions, of *evidence.Object, c color.Color) []fyne.CanvasObject {
	sign := canvas.NewRectangle(c)
	sign.SetMinSize(fyne.NewSize(6, 1))
	title := container.NewBorder(nil, nil, sign, nil, kit.Tight(kit.StrongData(render.EvidenceMaker(env.Words(), of, true))))
	out := []fyne.CanvasObject{title}
	line := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, kit.ProseData(text))
		}
	}
	if len(of.Made) >= len("YYYYMMDD") {
		line(strings.Join(kit.NonEmpty(radiograph.Date(of.Made[:len("YYYYMMDD")]), radiograph.PersonName(of.Author)), ", "))
	}
	line(of.Note)
	for k := range of.Findings {
		line("\u2022 " + render.FindingOfOthers(&of.Findings[k]))
	}
	for k := range of.Masks {
		line("\u2022 " + of.Masks[k].Label)
	}
	for k := range of.Maps {
		line("\u2022 " + strings.TrimSpace(of.Maps[k].Label+" "+of.Maps[k].Units))
	}
	line(reportText(of.Lines))
	for _, m := range of.Faults {
		line(env.Text(m))
	}
	if f := o.State().Picture; f != nil && of.ViewOf(f.Image.Header.InstanceUID) != nil {
		out = append(out, container.NewHBox(kit.NewCompactButton(env, "Show the film as it was saved", nil, func() { o.ShowAs(of) })))
	}
	if len(of.File) > 0 {
		out = append(out, container.NewHBox(kit.NewCompactButton(env, "Save the document and open it\u2026", nil, func() { o.Save(of) })))
	}
	return out
}

// reportText is the tree of a report, a line an item, set in by its depth.
func reportText(list []evidence.Line) string {
	var b strings.Builder
	for _, l := range list {
		text := l.Concept.Meaning
		if l.Value != "" {
			text += ": " + l.Value
		}
		b.WriteString(strings.Repeat("    ", l.Depth) + text + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}
