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

// agreementPage shows sensitivity and specificity of the model against the
// reader, with intervals and counts.
func agreementPage(env *kit.Environment, list []records.Agreement) fyne.CanvasObject {
	objects := []fyne.CanvasObject{
		kit.Heading(env, "The model against you so far"), kit.Strong(env, inference.NotForDiagnosis),
		kit.Prose(env, env.T(records.AgreementNote)),
	}
	if len(list) == 0 {
		objects = append(
			objects, kit.Prose(env, "There are no answers yet. Open a film and answer its findings with A, D or U."),
		)
	}
	for _, g := range list {
		objects = append(
			objects,
			kit.Subheading(env,
				env.T("%s, model %s, %s", g.Reader, g.Model.Name, kit.Counted(g.Answers, "%s answers"))),
			agreementTable(env, g.Classes),
		)
	}
	return kit.Page(container.NewVBox(objects...))
}

func agreementTable(env *kit.Environment, classes []records.ClassAgreement) fyne.CanvasObject {
	grid := container.NewGridWithColumns(4)
	for _, title := range []string{
		env.T("Finding"), env.T("Sensitivity (95%)"), env.T("Specificity (95%)"), env.T("True and false, unsure"),
	} {
		grid.Add(kit.Strong(env, title))
	}
	for _, c := range classes {
		grid.Add(widget.NewLabel(env.ClassName(c.Class)))
		grid.Add(widget.NewLabel(proportion(env, c.Sensitivity)))
		grid.Add(widget.NewLabel(proportion(env, c.Specificity)))
		grid.Add(widget.NewLabel(env.T("TP %d  FP %d  TN %d  FN %d  ? %d", c.TP, c.FP, c.TN, c.FN, c.Unsure)))
	}
	return grid
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
	}, fyne.NewSize(820, 640), func() fyne.CanvasObject {
		return agreementPage(p.env, list)
	})
}
