package findingspanel

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/findings"
	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/app/studies"
	"hilum/inference"
	"hilum/internal/message/reread"
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
	box     *fyne.Container // scroll, and about below it
	lines   []line
	texts   []*widget.RichText
	marks   []*canvas.Rectangle
	about   *kit.Button
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

func newExplanation(k *kit.Environment) *Explanation {
	e := &Explanation{env: k, content: container.New(&kit.Stacked{Gap: 1})}
	e.grow()
	e.themed = container.NewThemeOverride(e.content, kit.CompactTheme{Theme: kit.Theme{Colours: k.Colours}})
	e.about = kit.NewButton(k, "About this label", theme.InfoIcon(), e.toggleAbout)
	e.about.Alignment = widget.ButtonAlignLeading
	e.about.Hide()
	e.scroll = container.NewVScroll(container.NewPadded(kit.WithCompactThemeOf(e.themed)))
	e.box = container.NewBorder(nil, e.about, nil, nil, e.scroll)
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
	if hidden := !ok || !known; e.about.Hidden != hidden {
		e.about.Hidden = hidden
		e.box.Refresh()
	}
	lines := explain(e.env, st, class)
	if e.open && !e.about.Hidden {
		lines = append(aboutLines(e.env, row.Class, about), lines...)
	}
	e.set(lines)
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

// toggleAbout shows or hides what is known of the label.
func (e *Explanation) toggleAbout() {
	e.open = !e.open
	e.about.Mark(e.open)
	e.Present(e.st, e.class)
}

// explain finds the words.
func explain(env *kit.Environment, st app.State, class string) []line {
	var out []line
	for _, w := range serious(st) {
		out = append(out, line{env.Text(w), warningLine})
	}
	row, ok := findRow(st.Rows, class)
	switch {
	case st.Current < 0:
		return append(
			out, line{env.T("Nothing is open. The findings of a film stand here, each around its own threshold."),
				secondLine},
		)
	case st.Current < len(st.Studies) && st.Studies[st.Current].Status == studies.Failed:
		return append(out, line{env.T("This file cannot be shown, so there is nothing to score."), secondLine})
	case !ok || !row.Scored:
		return append(out, line{waiting(env, st), secondLine})
	}
	if !shown(st) {
		return append(out, line{env.T("The findings of this film are withheld, with their figures."), secondLine})
	}
	out = append(out, explainFinding(env, st, row.Finding)...)
	if st.Result != nil && st.Result.Exclusive {
		out = append(
			out,
			line{
				env.T(
					"Of the classes, which exclude each other, the most probable is %s.",
					env.ClassName(st.Result.MostProbable().Class),
				),
				plainLine,
			},
		)
	}
	if row.Compared {
		out = slices.Insert(out, len(serious(st)), changeLine(env, row))
	}
	return append(append(out, mapLines(env, st, row.Class)...), detailLines(env, st)...)
}

// detailLines are what changes no finding's meaning.
func detailLines(env *kit.Environment, st app.State) []line {
	list := details(st)
	if len(list) == 0 {
		return nil
	}
	out := []line{{env.T("Details"), headLine}}
	for _, m := range list {
		out = append(out, line{env.Text(m), secondLine})
	}
	return out
}

// changeLine says what has changed from the prior.
func changeLine(env *kit.Environment, r findings.Row) line {
	return line{
		env.T(
			"Margin %s now, %s on the prior: change %s", env.SignedFigure(r.Finding.RelMargin),
			env.SignedFigure(r.Then),
			env.SignedFigure(r.Change),
		),
		plainLine,
	}
}

// mapLines say where the class's map is strongest, while it is shown.
func mapLines(env *kit.Environment, st app.State, class string) []line {
	maps := st.ClassMaps()
	at := slices.IndexFunc(maps, func(h inference.Heatmap) bool { return h.Class == class })
	if !st.Map.On || at < 0 || st.Picture == nil || !slices.Contains(st.Map.Classes(), class) {
		return nil
	}
	s := radiograph.Statistics(st.Picture, &maps[at])
	if !s.For {
		return []line{{env.T("Map: no evidence for this class anywhere.") + " " + env.Text(s.Dead), secondLine}}
	}
	where := fmt.Sprintf("x %.0f%%, y %.0f%%", 100*s.X, 100*s.Y)
	if s.Zone != "" {
		where = env.T(s.Zone) + " (" + where + ")"
	}
	text := env.T("Map, strongest place: %s; half of that or more on %s of the picture", where, kit.Percent(s.Half))
	if !math.IsNaN(s.Share) {
		text += "; " + env.T("%s of the evidence around the lungs", kit.Percent(s.Share))
	}
	return []line{{text, secondLine}}
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

func explainFinding(env *kit.Environment, st app.State, f inference.Finding) []line {
	var out []line
	probability := env.T("Probability %s, not calibrated; logit %s", env.Figure(f.Probability), env.Number(f.Logit))
	if f.Probability != f.Raw {
		probability = env.T(
			"Probability %s, before calibration %s; logit %s", env.Figure(f.Probability), env.Figure(f.Raw),
			env.Number(f.Logit),
		)
	}
	out = append(out, line{probability, plainLine})
	out = append(out, thresholdLines(env, st, f)...)
	return append(out, performance(env, st, f.Class))
}

func thresholdLines(env *kit.Environment, st app.State, f inference.Finding) []line {
	if f.NoValid != "" {
		return []line{{env.T("No threshold: %s", reread.Message(f.NoValid)), warningLine}}
	}
	threshold := env.T("Threshold %s", env.Figure(f.Threshold))
	if ci := f.ThresholdCI; ci != nil {
		threshold += fmt.Sprintf(" (95%% %s\u2013%s)", env.Figure(ci.Lo), env.Figure(ci.Hi))
	}
	out := []line{
		{threshold, plainLine},
		{
			env.T(
				"Margin %s of the way to certainty, %s absolute", env.SignedFigure(f.RelMargin),
				env.SignedFigure(f.AbsMargin),
			),
			plainLine,
		},
	}
	if ci := f.ThresholdCI; ci != nil && f.Probability >= ci.Lo && f.Probability <= ci.Hi {
		out = append(
			out, line{env.T("The probability lies within the threshold's own interval: either side is possible."),
				warningLine},
		)
	}
	out = append(out, line{thresholdSource(env, st.Model), secondLine})
	if text := hashes(env, st.Model, f.Class); text != "" {
		out = append(out, line{text, secondLine})
	}
	return out
}

// hashDigits is how much of a hash is shown: enough to tell files apart.
const hashDigits = 8

// hashes say how the class's threshold was chosen and for which files.
func hashes(env *kit.Environment, m models.Model, class string) string {
	if m.Thresholds == nil || !m.Calibrated {
		return ""
	}
	var parts []string
	for _, c := range m.Thresholds.Classes {
		if c.Name == class && c.Policy != "" {
			parts = append(parts, c.Policy)
		}
	}
	for _, h := range []struct{ name, sum string }{
		{env.T("model"), m.Thresholds.ModelSHA256}, {env.T("data"), m.Thresholds.DataSHA256},
	} {
		if len(h.sum) > hashDigits {
			parts = append(parts, h.name+" "+h.sum[:hashDigits])
		}
	}
	return strings.Join(parts, ", ")
}

// thresholdSource says where the thresholds come from.
func thresholdSource(env *kit.Environment, m models.Model) string {
	if !m.Calibrated {
		return env.T("The threshold is .50 because this model is not calibrated.")
	}
	return env.T("Threshold from %s", m.Calibration)
}

// performance is how well the model does on a class, as far as that was measured on films
// of the kind that this one is.
func performance(env *kit.Environment, st app.State, class string) line {
	c := st.Model.Card
	m, ok := c.AUC[class]
	if p := st.Picture; ok && p != nil && !c.Knows(p.Image.Generated) {
		if p.Image.Generated {
			return line{env.T("Its held-out results are of real films and say nothing of a generated one."), secondLine}
		}
		return line{env.T("Its held-out results are of generated films and say nothing of a real one."), secondLine}
	}
	if !ok {
		return line{env.T("No held-out result is known for this class."), secondLine}
	}
	return line{env.T("Held-out AUC %s", kit.Measured(env, m)), secondLine}
}

// set shows the lines, reusing the labels.
func (e *Explanation) set(lines []line) {
	if slices.Equal(lines, e.lines) {
		return
	}
	e.lines = lines
	if len(e.texts) < len(lines) {
		e.grow()
		e.themed.Refresh()
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

// grow makes room for more lines, several at once: each time a part of the window
// is themed anew, the toolkit loads its fonts anew for it and keeps the old ones.
func (e *Explanation) grow() {
	const more = 16
	for range more {
		t, m := widget.NewRichText(&widget.TextSegment{}), canvas.NewRectangle(color.Transparent)
		t.Wrapping = fyne.TextWrapWord
		m.SetMinSize(fyne.NewSize(3, 0))
		e.texts, e.marks = append(e.texts, t), append(e.marks, m)
		row := container.NewBorder(nil, nil, m, nil, t)
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

// verdict is the side of the threshold in words.
func verdict(env *kit.Environment, f inference.Finding) string {
	switch {
	case f.NoValid != "":
		return env.T("no valid threshold")
	case f.Positive:
		return env.T("positive")
	}
	return env.T("negative")
}
