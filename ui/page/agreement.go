package page

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app/records"
	"hilum/inference"
	"hilum/ui/kit"
)

// agreementPage shows sensitivity, specificity and kappa of the model against the
// reader, with intervals and counts, blinded answers on their own.
func agreementPage(env *kit.Environment, list []records.Agreement) fyne.CanvasObject {
	objects := []fyne.CanvasObject{
		kit.Heading(env, "The model against you so far"), kit.Strong(env, inference.NotForDiagnosis),
	}
	if len(list) == 0 {
		objects = append(
			objects, kit.Prose(env, "There are no answers yet. Open a film and answer its findings with A, D or U."),
		)
	}
	for _, g := range list {
		way := env.T("not blinded")
		if g.Blinded {
			way = env.T("blinded")
		}
		if len(g.Classes) == 0 {
			objects = append(objects, kit.Subheading(env, env.T("%s, %s: %s to films that no model had scored", g.Of(), way,
				kit.Counted(g.Answers, "%s answers"))))
			continue
		}
		objects = append(
			objects,
			kit.Subheading(env,
				env.T("%s, %s, model %s, %s", g.Of(), way, g.Model.Name, kit.Counted(g.Answers, "%s answers"))),
			kit.Prose(env, env.T(g.Note())),
			agreementTable(env, g.Classes),
		)
	}
	return kit.Page(container.NewVBox(objects...))
}

func agreementTable(env *kit.Environment, classes []records.ClassAgreement) fyne.CanvasObject {
	grid := container.NewGridWithColumns(5)
	for _, title := range []string{
		env.T("Finding"), env.T("Sensitivity (95%)"), env.T("Specificity (95%)"),
		env.T("Kappa (95%)"), env.T("True and false, unsure"),
	} {
		grid.Add(kit.Strong(env, title))
	}
	for _, c := range classes {
		grid.Add(widget.NewLabel(env.ClassName(c.Class)))
		grid.Add(widget.NewLabel(proportion(env, c.Sensitivity)))
		grid.Add(widget.NewLabel(proportion(env, c.Specificity)))
		grid.Add(widget.NewLabel(kappa(env, c.Kappa)))
		grid.Add(widget.NewLabel(env.T("TP %d  FP %d  TN %d  FN %d  ? %d", c.TP, c.FP, c.TN, c.FN, c.Unsure)))
	}
	return grid
}

// kappa writes Cohen's kappa with its interval, as far as there are such.
func kappa(env *kit.Environment, k records.Kappa) string {
	switch {
	case !k.Defined:
		return "\u2013"
	case !k.Drawn:
		return env.Figure(k.Value)
	}
	return fmt.Sprintf("%s (%s\u2013%s)", env.Figure(k.Value), env.Figure(k.Lo), env.Figure(k.Hi))
}

// proportion writes a share with its interval and counts.
func proportion(env *kit.Environment, p records.Proportion) string {
	if p.N == 0 {
		return "\u2013"
	}
	return fmt.Sprintf("%s (%s\u2013%s)  %d/%d", env.Figure(p.Value), env.Figure(p.Lo), env.Figure(p.Hi), p.K, p.N)
}

// ShowAgreement opens the page of the model against the reader.
func (p *Pages) ShowAgreement(list []records.Agreement) {
	p.page(&p.agreement, func() string {
		return p.env.T(
			"The model against you so far",
		)
	}, fyne.NewSize(940, 640), func() fyne.CanvasObject {
		return agreementPage(p.env, list)
	})
}
