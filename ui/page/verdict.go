package page

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hilum/app/classmap"
	"hilum/inference"
	"hilum/inference/saliency/mapcheck"
	"hilum/ui/kit"
)

// ShowVerdict opens the page of what the checks came to of a map.
func (p *Pages) ShowVerdict(j classmap.Judged) {
	p.page(&p.verdict, func() string { return p.env.T("Whether this map can be believed") }, fyne.NewSize(760, 720),
		func() fyne.CanvasObject { return verdictPage(p.env, j) })
}

// verdictPage says first whether the map can be believed, and why not; then each check.
func verdictPage(env *kit.Environment, j classmap.Judged) fyne.CanvasObject {
	v := j.Verdict
	objects := []fyne.CanvasObject{
		kit.TitleOf(env.T("Map of %s", inference.Named(j.Class))), kit.Strong(env, inference.NotForDiagnosis),
	}
	if v.Passed() {
		objects = append(objects, kit.Prose(env, "No check speaks against this map."))
	} else {
		objects = append(objects, kit.Strong(env, "This map is not to be believed:"))
	}
	for _, why := range v.Reasons() {
		objects = append(objects, kit.ProseData(env.Text(why)))
	}
	for _, o := range v.Outcomes {
		objects = append(objects, kit.StrongData(outcomeTitle(env, o)), kit.ProseData(outcomeText(env, o)))
	}
	return kit.Page(container.NewVBox(objects...))
}

// outcomeTitle is the check and how it ended.
func outcomeTitle(env *kit.Environment, o mapcheck.Outcome) string {
	title := env.T(o.Check.Title)
	switch {
	case !o.Asked:
		return env.T("%s: not asked", title)
	case o.Passed:
		return env.T("%s: passed", title)
	}
	return env.T("%s: failed", title)
}

// outcomeText is the figure, what it is, and the rule; or why it was not asked.
func outcomeText(env *kit.Environment, o mapcheck.Outcome) string {
	if !o.Asked {
		return env.Text(o.Why)
	}
	f := o.Figure
	return env.T("%s (%s to %s).", env.Figure(f.Value), env.Figure(f.Lo), env.Figure(f.Hi)) + " " +
		env.T(o.Check.About) + " " + env.Text(o.Check.Rule)
}
