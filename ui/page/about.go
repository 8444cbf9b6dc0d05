package page

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/internal/version"
	"hilum/ui/kit"
)

// ShowAbout opens the page about the program.
func (p *Pages) ShowAbout() {
	p.page(
		&p.about, func() string { return p.env.T("About Hilum") }, fyne.NewSize(460, 300),
		func() fyne.CanvasObject { return about(p.env, version.Number, version.Date()) },
	)
}

// about says which Hilum this is, from when, and what it is for.
func about(env *kit.Environment, number, date string) fyne.CanvasObject {
	objects := []fyne.CanvasObject{
		kit.TitleOf("Hilum"), kit.StrongData(env.T("Version %s", number)),
	}
	if date != "" {
		objects = append(objects, kit.ProseData(env.T("of %s", radiograph.Date(strings.ReplaceAll(date, "-", "")))))
	}
	objects = append(
		objects, kit.Strong(env, inference.NotForDiagnosis),
		kit.Prose(env, "Findings of a model on chest films, around the class's own thresholds, with where they come from."),
		kit.ProseData("Apache License 2.0"),
	)
	return kit.Page(container.NewVBox(objects...))
}
