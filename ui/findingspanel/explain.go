package findingspanel

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/findings"
	"hilum/app/models"
	"hilum/app/studies"
	"hilum/ui/kit"
)

// Explanation says of one class what its row means: in a person's words, and, where the
// reader wants them, the details: the probability before and after calibration, the threshold
// and where it comes from, and how well the model does on that class.
type Explanation struct {
	widget.BaseWidget
	content *fyne.Container
	scroll  *container.Scroll
	box     *fyne.Container // scroll, and about below it
	lines   []line
	texts   []*widget.RichText
	marks   []*canvas.Rectangle
	about   *kit.Button
	details *kit.Button
	open    bool // what is known of the label is shown
	st      app.State
	class   string
	env     *kit.Environment
}

// line is one paragraph of the explanation.
type line struct {
	text string
	kind lineKind
}

type lineKind int

const (
	plainLine lineKind = iota
	headLine
	secondLine
	warningLine
)

func newExplanation(k *kit.Environment, run func(id string) func()) *Explanation {
	e := &Explanation{env: k, content: container.New(&kit.Stacked{Gap: 1})}
	e.grow()
	e.about = kit.NewButton(k, "About this label", theme.InfoIcon(), e.toggleAbout)
	e.details = kit.NewButton(k, "Details", theme.MenuExpandIcon(), run(detailsCommand))
	for _, b := range []*kit.Button{e.details, e.about} {
		b.Alignment = widget.ButtonAlignLeading
		b.Hide()
	}
	e.scroll = container.NewVScroll(container.NewPadded(e.content))
	e.box = container.NewBorder(nil, container.NewHBox(e.details, e.about), nil, nil, e.scroll)
	e.ExtendBaseWidget(e)
	return e
}

// CreateRenderer implements fyne.Widget.
func (e *Explanation) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(e.box)
}

// Present explains a class in a state of the session; with class "" it explains
// the first row.
func (e *Explanation) Present(st app.State, class string) {
	e.st, e.class = st, class
	row, ok := findRow(st.Rows, class)
	about, known := st.Model.About(row.Class)
	lines := explain(e.env, st, class)
	detailed := ok && row.Scored && shown(st)
	e.presentButtons(st.Details, !ok || !known, !detailed)
	if detailed && st.Details {
		lines = append(lines, detailLines(e.env, st, row)...)
	}
	if e.open && !e.about.Hidden {
		lines = append(aboutLines(e.env, row.Class, about), lines...)
	}
	e.set(lines)
}

// presentButtons shows what else there is to be read.
func (e *Explanation) presentButtons(detailed, noAbout, noDetails bool) {
	icon := theme.MenuExpandIcon()
	if detailed {
		icon = theme.MenuDropDownIcon()
	}
	if e.details.Icon != icon || e.about.Hidden != noAbout || e.details.Hidden != noDetails {
		e.details.SetIcon(icon)
		kit.SetVisible(e.about, !noAbout)
		kit.SetVisible(e.details, !noDetails)
		e.box.Refresh()
	}
}

// aboutLines say what a label means and what goes wrong with it.
func aboutLines(env *kit.Environment, class string, about models.ClassInfo) []line {
	out := []line{
		{env.ClassName(class), headLine}, {env.T(about.What), plainLine},
		{env.T("Known pitfalls of the label:") + " " + env.T(about.Pitfalls), warningLine},
	}
	if about.Made != "" {
		out = append(out, line{env.T(about.Made), plainLine})
	}
	return append(out, line{env.T("Source: %s", about.Source), secondLine})
}

// detailsCommand shows the figures behind a finding.
const detailsCommand = "findings.details"

// toggleAbout shows or hides what is known of the label.
func (e *Explanation) toggleAbout() {
	e.open = !e.open
	e.about.Mark(e.open)
	e.Present(e.st, e.class)
}

// explain finds the words that stand in the open.
func explain(env *kit.Environment, st app.State, class string) []line {
	row, ok := findRow(st.Rows, class)
	switch {
	case st.Current < 0:
		return []line{{env.T("Nothing is open. The findings of a film stand here, each around its own threshold."),
			secondLine}}
	case st.Current < len(st.Studies) && st.Studies[st.Current].Status == studies.Failed:
		return []line{{env.T("This file cannot be shown, so there is nothing to score."), secondLine}}
	case st.Hidden:
		var out []line
		if st.Saw {
			out = append(out, line{env.T("You have seen findings of this film before: what you say does not count as blinded."), warningLine})
		}
		return append(out,
			line{env.T("Blinded reading: the findings of this film are hidden until you have answered."), plainLine},
			line{env.T("Say of each finding whether it is present or absent (keys A, D, U), then that there is nothing else."),
				secondLine})
	case !ok || !row.Scored:
		return []line{{waiting(env, st), secondLine}}
	case !shown(st):
		return []line{{env.T("The findings of this film are withheld, with their figures."), secondLine}}
	}
	_, why := findings.InWords(st.Result, row.Finding) // how likely it is stands above
	out := []line{{env.Text(why), plainLine}}
	if row.Compared {
		out = append(out, line{env.Text(findings.ChangeInWords(row)), plainLine})
	}
	if m := mapInSight(st, row.Class); m != nil && !m.Dead().IsZero() {
		out = append(out, line{env.T("Map:") + " " + env.Text(m.Dead()), secondLine})
	}
	return out
}

// waiting says why there are no findings yet, and what to do.
func waiting(env *kit.Environment, st app.State) string {
	switch {
	case st.Engine.Opening:
		return env.T("The model is being opened.")
	case st.Loading:
		return env.T("The picture is being decoded.")
	case st.Scoring:
		return env.T("The picture is being scored.")
	case !st.Engine.Error.IsZero():
		return env.T("No findings: see the message above. Pictures can be read all the same.")
	case !st.Model.Open:
		return env.T("No findings: no model is open. Open one with Model, Open model.")
	}
	return env.T("This picture has not been scored.")
}

func findRow(rows []findings.Row, class string) (findings.Row, bool) {
	for _, r := range rows {
		if r.Class == class {
			return r, true
		}
	}
	if len(rows) == 0 {
		return findings.Row{}, false
	}
	return rows[0], true
}

// set shows the lines, reusing the labels.
func (e *Explanation) set(lines []line) {
	if slices.Equal(lines, e.lines) {
		return
	}
	e.lines = lines
	if len(e.texts) < len(lines) {
		e.grow()
	}
	for i, t := range e.texts {
		row := e.content.Objects[i]
		if i >= len(lines) {
			row.Hide()
			continue
		}
		row.Show()
		e.style(t, e.marks[i], lines[i])
	}
	e.content.Refresh()
	e.scroll.ScrollToTop()
}

// grow makes room for more lines, several at once.
func (e *Explanation) grow() {
	const more = 16
	for range more {
		t, m := widget.NewRichText(&widget.TextSegment{}), canvas.NewRectangle(color.Transparent)
		t.Wrapping = fyne.TextWrapWord
		m.SetMinSize(fyne.NewSize(3, 0))
		e.texts, e.marks = append(e.texts, t), append(e.marks, m)
		row := container.NewBorder(nil, nil, m, nil, kit.Tight(t))
		row.Hide()
		e.content.Objects = append(e.content.Objects, row)
	}
}

func (e *Explanation) style(t *widget.RichText, mark *canvas.Rectangle, l line) {
	segment := t.Segments[0].(*widget.TextSegment)
	segment.Text, segment.Style = l.text, widget.RichTextStyleParagraph
	mark.FillColor = color.Transparent
	switch l.kind {
	case headLine:
		segment.Style.TextStyle.Bold = true
	case secondLine:
		segment.Style.ColorName = theme.ColorNamePlaceHolder
	case warningLine:
		mark.FillColor = e.env.Colours.Warning
	}
	mark.Refresh()
	t.Refresh()
}
