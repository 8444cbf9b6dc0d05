package wizard

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/inference/calib"
	"hilum/training/report"
	"hilum/training/scores"
	"hilum/ui/kit"
	"hilum/ui/plot"
)

// validatePage is the fourth step.
type validatePage struct {
	w       *Wizard
	box     *fyne.Container
	waiting *widget.Label
	inner   *fyne.Container
	classes *classList
	tabs    [4]*kit.Button
	views   [4]fyne.CanvasObject
	tab     int

	roc, pr, reliability *plot.Plot
	confusion            *kit.Table
	mistakes             *thumbs
	mistakesNote         *widget.Label
	subgroups, versus    *kit.Table
	remarks              *kit.Remarks

	shown     *report.Report // what verdict is of
	verdict   *runs.Evaluation
	loading   *report.Report
	class     string
	threshold float64 // looked at; that of the class until a curve was clicked
	changed   bool    // threshold was clicked
}

func newValidatePage(w *Wizard) *validatePage {
	p := &validatePage{
		w: w, waiting: widget.NewLabel(""), confusion: kit.NewTable(w.env, 94, 56, 78), mistakes: newThumbs(w),
		mistakesNote: widget.NewLabel(""),
		subgroups:    kit.NewTable(w.env, 140, 80, 170, 170, 170), versus: kit.NewTable(w.env, 140, 80, 120, 250, 100),
		remarks: kit.NewRemarks(w.env),
	}
	p.waiting.Wrapping, p.mistakesNote.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	p.classes = newClassList(w.env, p.choose)
	p.roc, p.pr, p.reliability = plot.New(w.env, 220, 200), plot.New(w.env, 220, 200), plot.New(w.env, 220, 200)
	p.roc.OnTap = func(_, index int, _, _ float64) { p.look(index) }
	p.pr.OnTap = func(_, index int, _, _ float64) { p.look(index) }
	table := container.NewVScroll(container.NewVBox(kit.Subheading(w.env, "Calls at this threshold"), p.confusion.Box))
	p.views = [4]fyne.CanvasObject{
		container.NewGridWithColumns(2, p.roc, p.pr, p.reliability, table),
		container.NewBorder(p.mistakesNote, nil, nil, nil, container.NewVScroll(p.mistakes.box)),
		container.NewScroll(p.subgroups.Box),
		container.NewScroll(container.NewVBox(p.versus.Box, p.remarks.Box)),
	}
	bar := container.NewHBox()
	for i, name := range []string{
		w.env.T("Curves"), w.env.T("Most wrong"), w.env.T("Subgroups"), w.env.T("Against the model in use"),
	} {
		p.tabs[i] = kit.NewButton(w.env, name, nil, func() { p.turn(i) })
		bar.Add(p.tabs[i])
	}
	again := kit.NewButton(w.env, "Validate again", theme.ViewRefreshIcon(), w.validateAgain)
	report := kit.NewButton(w.env, "Open the report", theme.DocumentIcon(), p.report)
	head := container.NewBorder(nil, nil, bar, container.NewHBox(again, report))
	stack := container.NewStack()
	for _, v := range p.views {
		stack.Add(v)
	}
	p.inner = container.NewBorder(head, nil, p.classes.box, nil, stack)
	p.box = container.NewStack(container.NewVBox(p.waiting), p.inner)
	p.turn(0)
	return p
}

func (p *validatePage) object() fyne.CanvasObject { return p.box }

// enter validates what was trained and not judged yet.
func (p *validatePage) enter(r *runs.Run) {
	if r != nil && r.Stage() == runs.Trained && r.Job == nil && r.Report == nil && !r.CalibrateOnly {
		p.w.start(runs.KindJudge)
	}
}

// turn shows one of the views.
func (p *validatePage) turn(to int) {
	p.tab = to
	for i, v := range p.views {
		v.Hide()
		p.tabs[i].Mark(i == to)
	}
	p.views[to].Show()
	p.inner.Refresh()
}

// report opens the report for people in the desktop's browser.
func (p *validatePage) report() {
	if r := p.w.run(); r != nil {
		p.w.fail(fyne.CurrentApp().OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(r.ReportPage())}))
	}
}

// choose looks at another class.
func (p *validatePage) choose(class string) {
	p.class, p.changed = class, false
	p.w.present()
}

// look sets the threshold of a point of a curve.
func (p *validatePage) look(index int) {
	s, ok := p.scores()
	if !ok {
		return
	}
	if t, on := plot.ThresholdAt(s, index); on {
		p.threshold, p.changed = t, true
		p.w.present()
	}
}

func (p *validatePage) present(_ runs.State, r *runs.Run) {
	if r == nil || r.Report == nil || r.Calibrated == nil {
		p.inner.Hide()
		p.waiting.Show()
		p.waiting.SetText(waitingFor(p.w.env, r))
		return
	}
	p.waiting.Hide()
	reveal(p.inner)
	if p.shown != r.Report {
		p.load(r)
	}
	p.classes.set(classRows(p.w.env, r.Report))
	if p.class == "" || !p.classes.has(p.class) {
		p.class = p.classes.first()
	}
	p.classes.mark(p.class)
	p.presentClass(r)
	p.subgroups.Set(subgroupRows(p.w.env, r.Report, p.class))
	p.versus.Set(versusRows(p.w.env, r.Report))
	p.remarks.Set(said(p.w.env, r.Report.Notes), said(p.w.env, r.Judged.Notes))
}

// waitingFor says why there is no report yet, and what to do.
func waitingFor(env *kit.Environment, r *runs.Run) string {
	switch {
	case r == nil || r.Data == nil:
		return env.T("Nothing to judge yet: choose data first.")
	case r.Job != nil && !r.Job.Over:
		return working(env, r) + "."
	case r.Stage() < runs.Trained:
		return env.T("Nothing to judge yet: train first.")
	}
	return env.T("The model has not been judged yet.")
}

// load reads the scores of a report, beside the window.
func (p *validatePage) load(r *runs.Run) {
	if p.loading == r.Report {
		return
	}
	p.loading = r.Report
	p.w.background(p.w.env.T("reading the scores"), func() (string, error) {
		v, err := runs.OpenEvaluation(p.w.o.Session.Context(), r)
		if err != nil {
			return "", err
		}
		p.w.o.Do(func() {
			if p.loading == r.Report {
				p.shown, p.verdict, p.changed = r.Report, v, false
			}
		})
		return "", nil
	})
}

// scores are those of the class looked at.
func (p *validatePage) scores() (plot.Scores, bool) {
	r := p.w.run()
	if r == nil || p.verdict == nil || p.shown != r.Report {
		return plot.Scores{}, false
	}
	return scoresOf(p.w.env, p.verdict.Scores, r.Calibrated, p.class)
}

func scoresOf(env *kit.Environment, t *scores.Table, c *calib.Calibration, class string) (plot.Scores, bool) {
	for i := range t.Classes {
		if t.Classes[i].Name != class {
			continue
		}
		for _, k := range c.Classes {
			if k.Name == class {
				return plot.Scores{
					Name: env.ClassName(class), Probability: t.Classes[i].Probabilities(k.Calibrator),
					Positive:  t.Classes[i].Positive,
					Threshold: k.Threshold,
				}, true
			}
		}
	}
	return plot.Scores{}, false
}

func (p *validatePage) presentClass(r *runs.Run) {
	s, ok := p.scores()
	if !ok {
		return
	}
	if !p.changed {
		p.threshold = s.Threshold
	}
	own := s.Threshold
	s.Threshold = p.threshold
	p.roc.Draw(plot.ROC(p.w.env, s))
	p.pr.Draw(plot.PR(p.w.env, s))
	p.reliability.Draw(plot.Reliability(p.w.env, s))
	p.confusion.Set(confusionRows(p.w.env, s, own))
	p.presentMistakes(r)
}

// confusionRows count the calls at a threshold, own being the one in force.
func confusionRows(env *kit.Environment, s plot.Scores, own float64) [][]string {
	c := s.Confusion()
	n := func(v float64) string { return env.Count(int(v)) }
	title := env.T("Threshold %s", env.Figure(s.Threshold))
	force := []string{}
	if s.Threshold != own {
		force = []string{env.T("In force"), env.Figure(own)}
	}
	return [][]string{
		{title, env.T("finding"), env.T("no finding")},
		{env.T("Called"), n(c.TP), n(c.FP)},
		{env.T("Not called"), n(c.FN), n(c.TN)},
		force,
		{env.T("Sensitivity"), env.Figure(c.Sensitivity())},
		{env.T("Specificity"), env.Figure(c.Specificity())},
		{env.T("PPV, here"), env.Figure(c.PPV())},
		{env.T("NPV, here"), env.Figure(c.NPV())},
		{"F1", env.Figure(c.F1())},
	}
}

// mostMistakes are shown as pictures.
const mostMistakes = 24

// presentMistakes shows the films of the class that are most wrong.
func (p *validatePage) presentMistakes(r *runs.Run) {
	one := &scores.Table{Rows: p.verdict.Scores.Rows}
	for i := range p.verdict.Scores.Classes {
		if c := p.verdict.Scores.Classes[i]; c.Name == p.class {
			one.Classes = append(one.Classes, c)
		}
	}
	list := one.Misclassified(r.Calibrated, mostMistakes)
	note := p.w.env.T(
		"Films of %s on the wrong side of its threshold, the most wrong first. Labels can be wrong too. A click opens the "+
			"film with its map.",
		p.w.env.ClassName(p.class),
	)
	if len(list) == 0 {
		note = p.w.env.T("No film of %s is on the wrong side of its threshold.", p.w.env.ClassName(p.class))
	}
	p.mistakesNote.SetText(note)
	var images []picture
	for _, m := range list {
		path := p.verdict.Paths[m.Row]
		if path == "" {
			continue
		}
		word := p.w.env.T("called without")
		if m.Missed {
			word = p.w.env.T("missed")
		}
		images = append(
			images,
			picture{
				path, p.w.env.T("%s: %s, threshold %s", word, p.w.env.Figure(m.Probability), p.w.env.Figure(m.Threshold)),
				func() { p.open(path, m.Class) },
			},
		)
	}
	p.mistakes.set(images)
}

// open shows a film in the viewer with the map of this run's model.
func (p *validatePage) open(path, class string) {
	r, s := p.w.run(), p.w.o.Session
	if r == nil {
		return
	}
	if r.Calibrated.ModelSHA256 != s.State().Model.SHA256 {
		s.OpenModel(r.CalibratedModelPath())
		p.w.say(
			p.w.env.T(
				"The viewer reads with the model of this run now. It is not deployed: at its next start the viewer takes the " +
					"deployed one.",
			),
		)
	}
	s.OpenFinding(path, class)
}

// classRows are the classes with their AUROC.
func classRows(env *kit.Environment, r *report.Report) [][2]string {
	var out [][2]string
	for _, c := range r.Classes {
		out = append(out, [2]string{c.Name, share(env, c.AUROC, c.AUROCCI)})
	}
	return out
}

func subgroupRows(env *kit.Environment, r *report.Report, class string) [][]string {
	if len(r.Subgroups) == 0 {
		return [][]string{{env.T("The data say nothing of sex, age or view."), "", "", "", ""}}
	}
	rows := [][]string{
		{env.T("Subgroup"), env.T("films"), env.ClassName(class) + ": AUROC", env.T("sensitivity"),
			env.T("specificity")},
	}
	for _, g := range r.Subgroups {
		row := []string{env.T(g.By) + " " + g.Name, env.Count(g.Rows)}
		if c := g.Classes[class]; c != nil {
			row = append(
				row, share(env, c.AUROC, c.AUROCCI), share(env, c.Sensitivity, c.SensitivityCI),
				share(env, c.Specificity, c.SpecificityCI),
			)
		}
		rows = append(rows, row)
	}
	return rows
}

func versusRows(env *kit.Environment, r *report.Report) [][]string {
	if r.Comparison == nil {
		return [][]string{
			{env.T("Nothing to compare"), "", "", "", ""},
			{env.T("It is the model in use, or shares no class with it.")},
		}
	}
	rows := [][]string{{"AUROC", env.T("this one"), env.T(r.Comparison.With), env.T("difference (95%)"), "DeLong p"}}
	for _, c := range r.Classes {
		if d := r.Comparison.Classes[c.Name]; d != nil {
			rows = append(
				rows, []string{env.ClassName(c.Name), share(env, d.AUROC, nil), share(env, d.Other, nil), difference(env, d),
					d.P.String()},
			)
		}
	}
	m := r.Comparison.Macro
	return append(rows, []string{env.T("Mean"), share(env, m.AUROC, nil), share(env, m.Other, nil), difference(env, &m), ""})
}

// difference is one of AUROCs with its interval, by sign.
func difference(env *kit.Environment, d *report.ClassComparison) string {
	switch {
	case !d.Difference.Defined():
		return "\u2013"
	case d.DifferenceCI == nil:
		return signed(env, float64(d.Difference))
	}
	return env.T("%s (%s to %s)", signed(env, float64(d.Difference)), signed(env, d.DifferenceCI[0]), signed(env, d.DifferenceCI[1]))
}

// signed writes a difference of shares with the minus of print.
func signed(env *kit.Environment, v float64) string {
	return env.Words().Figure(strings.Replace(fmt.Sprintf("%+.3f", v), "-", "\u2212", 1))
}

// classList is a column of classes to choose from, each with a figure.
type classList struct {
	box     *fyne.Container
	rows    *fyne.Container
	env     *kit.Environment
	choose  func(string)
	names   []string
	buttons []*kit.Button
	figures []*canvas.Text
}

const classListWidth, figureInset = 290, 6

func newClassList(k *kit.Environment, choose func(string)) *classList {
	l := &classList{env: k, choose: choose, rows: container.NewVBox()}
	l.box = kit.Panel(k, classListWidth, container.NewVScroll(l.rows), false)
	return l
}

func (l *classList) set(rows [][2]string) {
	for len(l.buttons) < len(rows) {
		i := len(l.buttons)
		b := kit.NewCompactButton(l.env, "", nil, func() { l.choose(l.names[i]) })
		b.Alignment = widget.ButtonAlignLeading
		f := canvas.NewText("", l.env.Colours.Text)
		f.Alignment, f.TextSize = fyne.TextAlignTrailing, kit.TextSize
		l.buttons, l.figures = append(l.buttons, b), append(l.figures, f)
		// the figure lies over the button, so that the whole row takes a click
		row := container.NewStack(
			b, container.NewBorder(nil, nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 0, figureInset), f)),
		)
		l.rows.Add(row)
	}
	l.names = l.names[:0]
	for i, row := range l.rows.Objects {
		if i >= len(rows) {
			row.Hide()
			continue
		}
		row.Show()
		l.names = append(l.names, rows[i][0])
		if name := l.env.ClassName(rows[i][0]); l.buttons[i].Text != name {
			l.buttons[i].SetText(name)
		}
		if l.figures[i].Text != rows[i][1] {
			l.figures[i].Text = rows[i][1]
			l.figures[i].Refresh()
		}
	}
}

func (l *classList) mark(class string) {
	for i, n := range l.names {
		l.buttons[i].Mark(n == class)
		colour := l.env.Colours.Text
		if n == class {
			colour = l.env.Colours.Panel
		}
		if l.figures[i].Color != colour {
			l.figures[i].Color = colour
			l.figures[i].Refresh()
		}
	}
}

func (l *classList) has(class string) bool {
	for _, n := range l.names {
		if n == class {
			return true
		}
	}
	return false
}

func (l *classList) first() string {
	if len(l.names) == 0 {
		return ""
	}
	return l.names[0]
}

// reveal shows what was hidden and lays it out: the toolkit lays out nothing
// that is hidden.
func reveal(c *fyne.Container) {
	if !c.Visible() {
		c.Show()
		c.Refresh()
	}
}
