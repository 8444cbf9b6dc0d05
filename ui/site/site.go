// Package site is the pages of a site's physicist beside the steps of the wizard: the dossier of a
// run, its doubtful labels, the models that were put into use, and how the one in use does. Its
// core type is [Host], what the window around a page does for it. It imports app, app/runs,
// app/relabel, app/acceptance, app/watch, ui/kit, ui/plot and Fyne.
package site

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/runs"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// Host is what a page needs of its window. Background runs what takes long; its sentence, or why it
// failed, is said at the foot.
type Host struct {
	Env        *kit.Environment
	Session    *app.Workstation
	Runs       *runs.RunManager
	Do         func(func())
	Say        func(string)
	Fail       func(error) bool
	Ask        func(purpose filedialog.Purpose, do func(path string))
	Background func(what string, f func() (done string, err error))
}

// Page is one of the pages.
type Page interface {
	Object() fyne.CanvasObject
	Present(st runs.State, r *runs.Run) // r is nil while no run is open
	Enter(r *runs.Run)
}

// scrolling is a page's content under each other.
func scrolling(o ...fyne.CanvasObject) *fyne.Container {
	return container.NewStack(container.NewVScroll(container.NewVBox(o...)))
}

// prominent makes a button that does what the page is for.
func prominent(b *kit.Button) *kit.Button {
	b.Importance = widget.MediumImportance
	return b
}
