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
	confusion            *table
	mistakes             *thumbs
	mistakesNote         *widget.Label
	subgroups, versus    *table
	remarks              *remarks

	shown     *report.Report // what verdict is of
	verdict   *runs.Evaluation
	loading   *report.Report
	class     string
	threshold float64 // looked at; that of the class until a curve was clicked
	changed   bool    // threshold was clicked
}

func newValidatePage(w *Wizard) *validatePage {
	p := &validatePage{
		w: w, waiting: widget.NewLabel(""), confusion: newTable(94, 56, 78), mistakes: newThumbs(w), mistakesNote: widget.NewLabel(""),
		subgroups: newTable(140, 80, 170, 170, 170), versus: newTable(140, 80, 120, 250, 100), remarks: newRemarks(),
	}
	p.waiting.Wrapping, p.mistakesNote.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	p.classes = newClassList(w.keys, p.choose)
	p.roc, p.pr, p.reliability = plot.New(w.keys, 220, 200), plot.New(w.keys, 220, 200), plot.New(w.keys, 220, 200)
	p.roc.OnTap = func(_, index int, _, _ float64) { p.look(index) }
	p.pr.OnTap = func(_, index int, _, _ float64) { p.look(index) }
	table := container.NewVScroll(container.NewVBox(kit.Subheading("Calls at this threshold"), p.confusion.box))
	p.views = [4]fyne.CanvasObject{
		container.NewGridWithColumns(2, p.roc, p.pr, p.reliability, table),
		container.NewBorder(p.mistakesNote, nil, nil, nil, container.NewVScroll(p.mistakes.box)),
		container.NewScroll(p.subgroups.box),
		container.NewScroll(container.NewVBox(p.versus.box, p.remarks.box)),
	}
	bar := container.NewHBox()
	for i, name := range []string{kit.T("Curves"), kit.T("Most wrong"), kit.T("Subgroups"), kit.T("Against the model in use")} {
		p.tabs[i] = kit.NewButton(w.keys, name, nil, func() { p.turn(i) })
		bar.Add(p.tabs[i])
	}
	again := kit.NewButton(w.keys, "Validate again", theme.ViewRefreshIcon(), func() { w.start(runs.KindJudge) })
	report := kit.NewButton(w.keys, "Open the report", theme.DocumentIcon(), p.report)
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
		p.waiting.SetText(waitingFor(r))
		return
	}
	p.waiting.Hide()
	reveal(p.inner)
	if p.shown != r.Report {
		p.load(r)
	}
	p.classes.set(classRows(r.Report))
	if p.class == "" || !p.classes.has(p.class) {
		p.class = p.classes.first()
	}
	p.classes.mark(p.class)
	p.presentClass(r)
	p.subgroups.set(subgroupRows(r.Report, p.class))
	p.versus.set(versusRows(r.Report))
	p.remarks.set(said(r.Report.Notes), said(r.Judged.Notes))
}

// waitingFor says why there is no report yet, and what to do.
func waitingFor(r *runs.Run) string {
	switch {
	case r == nil || r.Data == nil:
		return kit.T("Nothing to judge yet: choose data first.")
	case r.Job != nil && !r.Job.Over:
		return working(r) + "."
	case r.Stage() < runs.Trained:
		return kit.T("Nothing to judge yet: train first.")
	}
	return kit.T("The model has not been judged yet.")
}

// load reads the scores of a report, beside the window.
func (p *validatePage) load(r *runs.Run) {
	if p.loading == r.Report {
		return
	}
	p.loading = r.Report
	p.w.background(kit.T("reading the scores"), func() (string, error) {
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
	return scoresOf(p.verdict.Scores, r.Calibrated, p.class)
}

func scoresOf(t *scores.Table, c *calib.Calibration, class string) (plot.Scores, bool) {
	for i := range t.Classes {
		if t.Classes[i].Name != class {
			continue
		}
		for _, k := range c.Classes {
			if k.Name == class {
				return plot.Scores{Name: kit.ClassName(class), Probability: t.Classes[i].Probabilities(k.Calibrator), Positive: t.Classes[i].Positive, Threshold: k.Threshold}, true
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
	p.roc.Draw(plot.ROC(s))
	p.pr.Draw(plot.PR(s))
	p.reliability.Draw(plot.Reliability(s))
	p.confusion.set(confusionRows(s, own))
	p.presentMistakes(r)
}

// confusionRows count the calls at a threshold, own being the one in force.
func confusionRows(s plot.Scores, own float64) [][]string {
	c := s.Confusion()
	n := func(v float64) string { return kit.Count(int(v)) }
	title := kit.T("Threshold %s", plain(s.Threshold))
	force := []string{}
	if s.Threshold != own {
		force = []string{kit.T("In force"), plain(own)}
	}
	return [][]string{
		{title, kit.T("finding"), kit.T("no finding")},
		{kit.T("Called"), n(c.TP), n(c.FP)},
		{kit.T("Not called"), n(c.FN), n(c.TN)},
		force,
		{kit.T("Sensitivity"), plain(c.Sensitivity())},
		{kit.T("Specificity"), plain(c.Specificity())},
		{kit.T("PPV, here"), plain(c.PPV())},
		{kit.T("NPV, here"), plain(c.NPV())},
		{"F1", plain(c.F1())},
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
	note := kit.T("Films of %s on the wrong side of its threshold, the most wrong first. Labels can be wrong too. A click opens the film with its map.", kit.ClassName(p.class))
	if len(list) == 0 {
		note = kit.T("No film of %s is on the wrong side of its threshold.", kit.ClassName(p.class))
	}
	p.mistakesNote.SetText(note)
	var films []film
	for _, m := range list {
		path := p.verdict.Paths[m.Row]
		if path == "" {
			continue
		}
		word := kit.T("called without")
		if m.Missed {
			word = kit.T("missed")
		}
		films = append(films, film{path, kit.T("%s: %s, threshold %s", word, plain(m.Probability), plain(m.Threshold)), func() { p.open(path, m.Class) }})
	}
	p.mistakes.set(films)
}

// open shows a film in the viewer with the map of this run's model.
func (p *validatePage) open(path, class string) {
	r, s := p.w.run(), p.w.o.Session
	if r == nil {
		return
	}
	if r.Calibrated.ModelSHA256 != s.State().Model.SHA256 {
		s.OpenModel(r.CalibratedModelPath())
		p.w.say(kit.T("The viewer reads with the model of this run now. It is not deployed: at its next start the viewer takes the deployed one."))
	}
	s.OpenFinding(path, class)
}

// classRows are the classes with their AUROC.
func classRows(r *report.Report) [][2]string {
	var out [][2]string
	for _, c := range r.Classes {
		out = append(out, [2]string{c.Name, share(c.AUROC, c.AUROCCI)})
	}
	return out
}

func subgroupRows(r *report.Report, class string) [][]string {
	if len(r.Subgroups) == 0 {
		return [][]string{{kit.T("The data say nothing of sex, age or view."), "", "", "", ""}}
	}
	rows := [][]string{{kit.T("Subgroup"), kit.T("films"), kit.ClassName(class) + ": AUROC", kit.T("sensitivity"), kit.T("specificity")}}
	for _, g := range r.Subgroups {
		row := []string{kit.T(g.By) + " " + g.Name, kit.Count(g.Rows)}
		if c := g.Classes[class]; c != nil {
			row = append(row, share(c.AUROC, c.AUROCCI), share(c.Sensitivity, c.SensitivityCI), share(c.Specificity, c.SpecificityCI))
		}
		rows = append(rows, row)
	}
	return rows
}

func versusRows(r *report.Report) [][]string {
	if r.Comparison == nil {
		return [][]string{{kit.T("Nothing to compare"), "", "", "", ""}, {kit.T("It is the model in use, or shares no class with it.")}}
	}
	rows := [][]string{{"AUROC", kit.T("this one"), kit.T(r.Comparison.With), kit.T("difference (95%)"), "DeLong p"}}
	for _, c := range r.Classes {
		if d := r.Comparison.Classes[c.Name]; d != nil {
			rows = append(rows, []string{kit.ClassName(c.Name), share(d.AUROC, nil), share(d.Other, nil), difference(d), d.P.String()})
		}
	}
	m := r.Comparison.Macro
	return append(rows, []string{kit.T("Mean"), share(m.AUROC, nil), share(m.Other, nil), difference(&m), ""})
}

// difference is one of AUROCs with its interval, by sign.
func difference(d *report.ClassComparison) string {
	switch {
	case !d.Difference.Defined():
		return "\u2013"
	case d.DifferenceCI == nil:
		return signed(float64(d.Difference))
	}
	return kit.T("%s (%s to %s)", signed(float64(d.Difference)), signed(d.DifferenceCI[0]), signed(d.DifferenceCI[1]))
}

// signed writes a difference of shares with the minus of print.
func signed(v float64) string { return strings.Replace(fmt.Sprintf("%+.3f", v), "-", "\u2212", 1) }

// classList is a column of classes to choose from, each with a figure.
type classList struct {
	box     *fyne.Container
	rows    *fyne.Container
	keys    *kit.Keys
	choose  func(string)
	names   []string
	buttons []*kit.Button
	figures []*canvas.Text
}

const classListWidth, figureInset = 290, 6

func newClassList(k *kit.Keys, choose func(string)) *classList {
	l := &classList{keys: k, choose: choose, rows: container.NewVBox()}
	l.box = kit.Panel(classListWidth, container.NewVScroll(l.rows), false)
	return l
}

func (l *classList) set(rows [][2]string) {
	for len(l.buttons) < len(rows) {
		i := len(l.buttons)
		b := kit.NewButton(l.keys, "", nil, func() { l.choose(l.names[i]) })
		b.Alignment = widget.ButtonAlignLeading
		f := canvas.NewText("", kit.ColourText)
		f.Alignment, f.TextSize = fyne.TextAlignTrailing, kit.TextSize
		l.buttons, l.figures = append(l.buttons, b), append(l.figures, f)
		// the figure lies over the button, so that the whole row takes a click
		row := container.NewStack(b, container.NewBorder(nil, nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 0, figureInset), f)))
		l.rows.Add(kit.WithCompactTheme(row))
	}
	l.names = l.names[:0]
	for i, row := range l.rows.Objects {
		if i >= len(rows) {
			row.Hide()
			continue
		}
		row.Show()
		l.names = append(l.names, rows[i][0])
		if name := kit.ClassName(rows[i][0]); l.buttons[i].Text != name {
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
		colour := kit.ColourText
		if n == class {
			colour = kit.ColourPanel
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
