package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/app/measure"
	"hilum/app/viewport"
	"hilum/ui/menu"
)

// checked gives the function that tells which commands are on, for the marks in the menus.
func (w *Window) checked(st app.State) func(id string) bool {
	return func(id string) bool { return w.panelOn(id) || isOn(st, id) }
}

// panelOn tells whether a part of the window is there that a command shows and hides.
func (w *Window) panelOn(id string) bool {
	switch id {
	case idStudies:
		return w.workspace.studies.shown
	case idFindings:
		return w.workspace.findings.shown
	case idImageOnly:
		return w.workspace.imageOnly
	case idFull:
		return w.win.FullScreen()
	case idSecond:
		return w.second.win != nil
	case idOtherScreen:
		return w.second.onOther()
	}
	return false
}

// isOn tells whether what a command turns on and off is on in a state.
func isOn(st app.State, id string) bool {
	switch id {
	case "view.invert":
		return st.View.Invert
	case "view.fit":
		return st.Picture != nil && st.View.Fit
	case "view.one":
		return st.Picture != nil && st.View.Place.Zoom == 1
	case "map.toggle":
		return st.Map.On
	case "map.signed":
		return st.Map.Signed
	case "map.contours":
		return st.Map.Contours
	case "measure.hide":
		return st.Measure.Hidden
	case "findings.only":
		return st.Only
	case "findings.insist":
		return st.Insisted
	case "list.unseen":
		return st.Query.Unseen
	case "list.positive":
		return st.Query.Positive != ""
	case "list.reverse":
		return st.Query.Reverse
	}
	if tool, ok := strings.CutPrefix(id, "measure."); ok {
		return st.Measure.Tool != measure.NoTool && string(st.Measure.Tool) == tool
	}
	if method, ok := strings.CutPrefix(id, menu.MethodPrefix); ok {
		return st.Map.Method == method || st.Map.Method == classmap.OwnMaps && method == menu.OwnMethod
	}
	return st.Compare.Layout != viewport.OnePicture && layoutOf(id) == st.Compare.Layout
}

// layoutOf is the layout that a command shows, that of one picture for any other command.
func layoutOf(id string) viewport.Layout {
	switch id {
	case "compare.two":
		return viewport.TwoPictures
	case "compare.four":
		return viewport.FourPictures
	case "compare.swipe":
		return viewport.SwipePictures
	case "compare.beside":
		return viewport.BesideItself
	}
	return viewport.OnePicture
}

// offer opens a menu of commands where the mouse is.
func (w *Window) offer(o fyne.CanvasObject, at fyne.Position, ids ...string) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	m := menu.Of(w.env, w.session.Commands(), ids, w.checked(w.session.State()))
	if c != nil && len(m.Items) > 0 {
		widget.ShowPopUpMenuAtPosition(m, c, at)
	}
}
