package ui

import (
	"fmt"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/inference"
	"hilum/ui/kit"
)

// Explanation says of one class what stands behind its row: what to know before
// believing it, the probability before and after calibration, the threshold and
// where it comes from, and how well the model does on that class.
type Explanation struct {
	widget.BaseWidget
	content *fyne.Container
	themed  *container.ThemeOverride
	scroll  *container.Scroll
	lines   []line
	texts   []*widget.RichText
	marks   []*canvas.Rectangle
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

func newExplanation() *Explanation {
	e := &Explanation{content: container.New(&kit.Stacked{Gap: 1})}
	e.themed = container.NewThemeOverride(e.content, kit.Dense{})
	e.scroll = container.NewVScroll(container.NewPadded(e.themed))
	e.ExtendBaseWidget(e)
	return e
}

// CreateRenderer implements fyne.Widget.
func (e *Explanation) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(e.scroll)
}

// Present explains a class in a state of the session; with class "" it explains
// the first row.
func (e *Explanation) Present(st app.State, class string) {
	e.set(explain(st, class))
}

// explain finds the words.
func explain(st app.State, class string) []line {
	var out []line
	for _, w := range st.Warnings {
		out = append(out, line{kit.Said(w), warningLine})
	}
	row, ok := findRow(st.Rows, class)
	switch {
	case st.Current < 0:
		return append(out, line{kit.T("Nothing is open. The findings of a film stand here, each around its own threshold."), secondLine})
	case st.Current < len(st.Studies) && st.Studies[st.Current].Status == app.Failed:
		return append(out, line{kit.T("This file cannot be shown, so there is nothing to score."), secondLine})
	case !ok || !row.Scored:
		return append(out, line{waiting(st), secondLine})
	}
	return append(out, explainFinding(st, row.Finding)...)
}

// waiting says why there are no findings yet, and what to do.
func waiting(st app.State) string {
	switch {
	case st.Engine.Opening:
		return kit.T("The model is being opened.")
	case st.Loading:
		return kit.T("The picture is being decoded.")
	case st.Scoring:
		return kit.T("The picture is being scored.")
	case st.Engine.Error != "":
		return kit.T("No findings: see the message above. Pictures can be read all the same.")
	case !st.Model.Open:
		return kit.T("No findings: no model is open. Open one with Model, Open model.")
	}
	return kit.T("This picture has not been scored.")
}

func findRow(rows []app.Row, class string) (app.Row, bool) {
	for _, r := range rows {
		if r.Class == class {
			return r, true
		}
	}
	if len(rows) == 0 {
		return app.Row{}, false
	}
	return rows[0], true
}

func explainFinding(st app.State, f inference.Finding) []line {
	name := className(f.Class)
	out := []line{{name + ": " + verdict(f), headLine}}
	probability := kit.T("Probability %s, not calibrated; logit %s", figure(f.Probability), number(f.Logit))
	if f.Probability != f.Raw {
		probability = kit.T("Probability %s, before calibration %s; logit %s", figure(f.Probability), figure(f.Raw), number(f.Logit))
	}
	out = append(out, line{probability, plainLine})
	out = append(out, thresholdLines(st, f)...)
	return append(out, performance(st.Model.Card, f.Class))
}

func thresholdLines(st app.State, f inference.Finding) []line {
	if f.NoValid != "" {
		return []line{{kit.T("No threshold: %s", kit.Said(f.NoValid)), warningLine}}
	}
	threshold := kit.T("Threshold %s", figure(f.Threshold))
	if ci := f.ThresholdCI; ci != nil {
		threshold += fmt.Sprintf(" (95%% %s\u2013%s)", figure(ci.Lo), figure(ci.Hi))
	}
	out := []line{
		{threshold, plainLine},
		{kit.T("Margin %s of the way to certainty, %s absolute", signedFigure(f.RelMargin), signedFigure(f.AbsMargin)), plainLine},
	}
	if ci := f.ThresholdCI; ci != nil && f.Probability >= ci.Lo && f.Probability <= ci.Hi {
		out = append(out, line{kit.T("The probability lies within the threshold's own interval: either side is possible."), warningLine})
	}
	return append(out, line{thresholdSource(st.Model), secondLine})
}

// thresholdSource says where the thresholds come from.
func thresholdSource(m app.ModelState) string {
	if !m.Calibrated {
		return kit.T("The threshold is .50 because this model is not calibrated.")
	}
	return kit.T("Threshold from %s", m.Calibration)
}

func performance(c inference.Card, class string) line {
	m, ok := c.AUC[class]
	if !ok {
		return line{kit.T("No held-out result is known for this class."), secondLine}
	}
	return line{kit.T("Held-out AUC %s", measured(m)), secondLine}
}

// set shows the lines, reusing the labels.
func (e *Explanation) set(lines []line) {
	if slices.Equal(lines, e.lines) {
		return
	}
	e.lines = lines
	for len(e.texts) < len(lines) {
		t, m := widget.NewRichText(&widget.TextSegment{}), canvas.NewRectangle(color.Transparent)
		t.Wrapping = fyne.TextWrapWord
		m.SetMinSize(fyne.NewSize(3, 0))
		e.texts, e.marks = append(e.texts, t), append(e.marks, m)
		e.content.Objects = append(e.content.Objects, container.NewBorder(nil, nil, m, nil, t))
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
	e.themed.Refresh() // also gives new lines the dense theme
	e.scroll.ScrollToTop()
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
		mark.FillColor = kit.ColourWarning
	}
	mark.Refresh()
	t.Refresh()
}
