package page

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hilum/app/lab/passport"
	"hilum/inference"
	"hilum/ui/kit"
)

// ShowPassport opens the page of what shortcuts a model takes.
func (p *Pages) ShowPassport(made *passport.Passport) {
	p.page(&p.passport, func() string { return p.env.T("Shortcut passport") }, fyne.NewSize(760, 720),
		func() fyne.CanvasObject { return passportPage(p.env, made) })
}

func passportPage(env *kit.Environment, made *passport.Passport) fyne.CanvasObject {
	objects := []fyne.CanvasObject{kit.TitleOf(made.Model), kit.Strong(env, inference.NotForDiagnosis)}
	for _, n := range made.Notes {
		objects = append(objects, kit.Strong(env, n))
	}
	if taken := made.Taken(); len(taken) > 0 {
		objects = append(objects, kit.Subheading(env, "This model takes shortcuts:"))
		for _, e := range taken {
			objects = append(objects, kit.ProseData(env.Text(e.Sentence())))
		}
	} else {
		objects = append(objects, kit.Prose(env, "Nothing that was laid on films is taken for a finding."))
	}
	objects = append(objects, kit.ProseData(env.Text(passport.Rule())), kit.Subheading(env, "What was laid on films"))
	for _, s := range passport.Shortcuts() {
		objects = append(objects, kit.ProseData(env.T(s.Title)+": "+env.T(s.About)))
	}
	return kit.Page(container.NewVBox(objects...))
}
