// Package precision shows before any work how frequent the findings of a data set are, how precise
// its figures will be, class by class, and how many films are missing to a precision that a person asks for. Its core type is
// [Panel]. It imports training/samplesize, ui/kit and Fyne.
package precision

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/internal/message"
	"hilum/training/samplesize"
	"hilum/ui/kit"
)

// Class counts the films of a class that figures are made of.
type Class struct {
	Name               string
	Positive, Negative int
	Share              float64 // of these films among all of the data, above 0 and at most 1
}

// Panel is the part of a page.
type Panel struct {
	Box *fyne.Container

	env     *kit.Environment
	plan    samplesize.Plan
	classes []Class
	boxes   [3]*kit.Box
	rows    *kit.Table
	refused *kit.Remarks
}

// New makes an empty panel, which expects what samplesize.Usual does.
func New(env *kit.Environment) *Panel {
	p := &Panel{env: env, plan: samplesize.Usual(), rows: kit.NewTable(env, 170, 120, 100, 100, 100, 250),
		refused: kit.NewRemarks(env)}
	asked := container.NewHBox()
	for i, word := range []string{env.T("Expected AUROC"), env.T("Expected sensitivity and specificity"),
		env.T("Interval wanted, from end to end")} {
		b := kit.NewBox(env)
		b.SetText(env.Figure(*p.value(&p.plan, i)))
		b.OnChanged = func(string) { p.typed() }
		p.boxes[i] = b
		asked.Add(kit.Tight(widget.NewLabel(word)))
		asked.Add(kit.Sized(b, 64))
	}
	p.Box = container.NewVBox(kit.Subheading(env, "How precise the figures will be"),
		asked, p.refused.Box, p.rows.Box,
		kit.Tight(kit.Prose(env,
			"Widths of 95% intervals on the held-out films: AUROC by Hanley and McNeil, sensitivity and specificity by Wilson. Films are taken to be independent; several films of one patient make intervals wider.")))
	return p
}

func (p *Panel) value(plan *samplesize.Plan, i int) *float64 {
	return [...]*float64{&plan.AUROC, &plan.Sensitivity, &plan.Width}[i]
}

// typed takes what stands in the boxes; what cannot be taken is said and changes nothing.
func (p *Panel) typed() {
	plan := p.plan
	for i, b := range p.boxes {
		v, err := p.env.ReadNumber(b.Text)
		if err != nil {
			p.refused.Set([]string{p.env.Words().Sentence(err)}, nil)
			return
		}
		*p.value(&plan, i) = v
	}
	if err := plan.Check(); err != nil {
		p.refused.Set([]string{p.env.Words().Sentence(err)}, nil)
		return
	}
	p.refused.Set(nil, nil)
	p.plan = plan
	p.fill()
}

// Present shows classes.
func (p *Panel) Present(classes []Class) {
	p.classes = classes
	p.Box.Hidden = len(classes) == 0
	p.fill()
}

func (p *Panel) fill() {
	env := p.env
	rows := [][]string{{env.T("Finding"), env.T("with / without"), "AUROC", env.T("Sensitivity"), env.T("Specificity"),
		env.T("missing to the interval wanted")}}
	for _, c := range p.classes {
		x := p.plan.Of(c.Positive, c.Negative)
		rows = append(rows, []string{env.ClassName(c.Name), env.Count(c.Positive) + " / " + env.Count(c.Negative),
			p.half(x.AUROC), p.half(x.Sensitivity), p.half(x.Specificity), p.missing(c, x)})
	}
	p.rows.Set(rows)
}

// half is an interval as what stands on either side.
func (p *Panel) half(width float64) string {
	if math.IsNaN(width) {
		return "\u2013"
	}
	return "\u00b1" + p.env.Figure(width/2)
}

// missing says how many films more a class takes: those with it, and all that have to be labelled.
func (p *Panel) missing(c Class, x samplesize.Precision) string {
	switch {
	case x.More < 0:
		return p.env.T("not known: one side has no film")
	case x.More == 0:
		return p.env.T("enough films")
	}
	all := float64(x.More) / (float64(c.Positive) / float64(c.Positive+c.Negative)) / c.Share
	return p.env.T("%s with it, of about %s films", message.Count(x.More), message.Count(round(all)))
}

// round gives two figures: more would promise too much.
func round(n float64) int {
	if n < 100 {
		return int(math.Ceil(n))
	}
	unit := math.Pow(10, math.Floor(math.Log10(n))-1)
	return int(math.Ceil(n/unit) * unit)
}
