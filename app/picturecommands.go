package app

import (
	"hilum/app/annotation"
	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/measure"
	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/dicomio"
)

// pictureCommands are those of looking at the picture: window, turning,
// measuring, comparing.
func (s *Session) pictureCommands() []command.Command {
	picture := func() bool { return s.State().Picture != nil }
	study := func() bool { return s.State().Current >= 0 }
	list := []command.Command{
		{ID: "view.lungs", Title: "Window from the lungs", Menu: "View", Shortcut: "V", Do: s.AutoWindow, Enabled: picture},
		{ID: "view.shape", Title: "Straight or S-shaped window", Menu: "View", Shortcut: "Shift+S", Do: s.ToggleShape, Enabled: picture},
		{ID: "view.turn", Title: "Turn clockwise", Menu: "View", Shortcut: "Ctrl+Right", Do: func() { s.Turn(1) }, Enabled: picture},
		{ID: "view.turn.back", Title: "Turn anticlockwise", Menu: "View", Shortcut: "Ctrl+Left", Do: func() { s.Turn(-1) }, Enabled: picture},
		{ID: "view.flip", Title: "Flip left and right", Menu: "View", Shortcut: "Ctrl+Shift+H", Do: s.FlipLeftRight, Enabled: picture},
		{ID: "view.flip.down", Title: "Flip upside down", Menu: "View", Shortcut: "Ctrl+Shift+V", Do: s.FlipUpDown, Enabled: picture},
		{ID: "view.filter", Title: "Next interpolation", Menu: "View", Shortcut: "Shift+I", Do: s.NextFilter, Enabled: picture},
		{ID: "view.lens", Title: "Magnifier glass", Menu: "View", Shortcut: "X", Do: s.ToggleLens, Enabled: picture},
		{ID: "view.corners", Title: "Text in the corners: all, no patient, none", Menu: "View", Shortcut: "H", Do: s.NextCorners, Enabled: picture},
		{ID: "compare.two", Title: "Compare with the prior", Menu: "Compare", Shortcut: "C", Do: func() { s.SetLayout(viewport.TwoPictures) }, Enabled: study},
		{ID: "compare.four", Title: "Compare with three priors", Menu: "Compare", Shortcut: "Shift+C", Do: func() { s.SetLayout(viewport.FourPictures) }, Enabled: study},
		{ID: "compare.swipe", Title: "Swipe over the prior", Menu: "Compare", Shortcut: "Ctrl+Shift+C", Do: func() { s.SetLayout(viewport.SwipePictures) }, Enabled: study},
		{ID: "compare.beside", Title: "Map beside the bare picture", Menu: "Compare", Shortcut: "B", Do: func() { s.SetLayout(viewport.BesideItself) }, Enabled: picture},
		{ID: "compare.older", Title: "Older prior", Menu: "Compare", Shortcut: "Left", Do: s.OlderPrior, Enabled: s.comparing},
		{ID: "compare.newer", Title: "Newer prior", Menu: "Compare", Shortcut: "Right", Do: s.NewerPrior, Enabled: s.comparing},
		{ID: "compare.pin", Title: "Compare with this study", Menu: "Compare", Shortcut: "Ctrl+Shift+K", Do: s.PinPrior, Enabled: study},
	}
	return append(list, s.measureCommands()...)
}

func (s *Session) comparing() bool { return s.State().Compare.Layout.Panes() > 0 }

func (s *Session) measureCommands() []command.Command {
	picture := func() bool { return s.State().Picture != nil }
	marked := func() bool { return len(s.State().Measure.Sheet.Marks) > 0 }
	var list []command.Command
	for _, t := range []struct {
		kind       annotation.Kind
		title, key string
	}{
		{annotation.Length, "Length", "L"}, {annotation.Angle, "Angle", "G"}, {annotation.Cobb, "Cobb angle", "Shift+G"},
		{annotation.CTR, "Cardiothoracic ratio", "T"}, {annotation.Rectangle, "Rectangle", "Shift+R"}, {annotation.Ellipse, "Ellipse", "Shift+E"},
		{annotation.Polygon, "Region with corners", "Shift+P"}, {annotation.Arrow, "Arrow", "Shift+A"}, {annotation.Text, "Text", "Shift+T"},
	} {
		list = append(list, command.Command{ID: "measure." + string(t.kind), Title: t.title, Menu: "Measure", Shortcut: t.key, Do: func() { s.SetTool(measure.Tool(t.kind)) }, Enabled: picture})
	}
	return append(list,
		command.Command{ID: "measure.calibrate", Title: "Calibrate on a known length", Menu: "Measure", Shortcut: "K", Do: func() { s.SetTool(measure.Calibrate) }, Enabled: picture},
		command.Command{ID: "measure.uncalibrate", Title: "Back to the millimetres of the file", Menu: "Measure", Shortcut: "Shift+K", Do: s.Uncalibrate, Enabled: func() bool { return s.State().Measure.Sheet.Calibration != nil }},
		command.Command{ID: "measure.close", Title: "Close the region", Menu: "Measure", Shortcut: "Enter", Do: s.FinishDraft, Enabled: func() bool { return s.State().Measure.Draft != nil }},
		command.Command{ID: "measure.delete", Title: "Delete the chosen mark", Menu: "Measure", Shortcut: "Delete", Do: s.DeleteMark, Enabled: func() bool { return s.State().Measure.Selected != "" }},
		command.Command{ID: "measure.clear", Title: "Delete all marks", Menu: "Measure", Shortcut: "Ctrl+Delete", Do: s.ClearMarks, Enabled: marked},
		command.Command{ID: "measure.undo", Title: "Undo", Menu: "View", Shortcut: "Ctrl+Z", Do: s.Undo, Enabled: func() bool { return s.State().CanUndo }},
		command.Command{ID: "measure.redo", Title: "Redo", Menu: "View", Shortcut: "Ctrl+Shift+Z", Do: s.Redo, Enabled: func() bool { return s.State().CanRedo }},
	)
}

// mapCommands are those of the findings and their maps.
func (s *Session) mapCommands() []command.Command {
	scored := func() bool { return s.State().Result != nil }
	always := func() bool { return true }
	return []command.Command{
		{ID: "map.contours", Title: "Contours instead of filled maps", Menu: "Findings", Shortcut: "Shift+M", Do: func() { s.SetContours(!s.State().Map.Contours) }, Enabled: scored},
		{ID: "map.add", Title: "Add the map of the next finding", Menu: "Findings", Shortcut: "Ctrl+Shift+M", Do: s.addNextMap, Enabled: scored},
		{ID: "findings.only", Title: "Only positive findings", Menu: "Findings", Shortcut: "Shift+O", Do: func() { s.SetOnly(!s.State().Only) }, Enabled: always},
		{ID: "findings.scale", Title: "Probabilities or the operating-point scale", Menu: "Findings", Shortcut: "Ctrl+P", Do: s.toggleScale, Enabled: always},
	}
}

func (s *Session) toggleScale() {
	if s.State().Scale == findings.ProbabilityScale {
		s.SetScale(findings.OperatingScale)
	} else {
		s.SetScale(findings.ProbabilityScale)
	}
}

// addNextMap shows the map of the first row that is not shown yet.
func (s *Session) addNextMap() {
	st := s.State()
	for _, r := range st.Rows {
		if r.Class != st.Map.Class && !st.Map.More.Has(r.Class) {
			s.AddMap(r.Class)
			return
		}
	}
}

// ToggleShape changes between a straight window and a sigmoid of the same centre
// and width (PS3.3 C.11.2.1.3); a table of the file becomes a straight one over
// the range it is for.
func (s *Session) ToggleShape() {
	s.onPicture(func(p *radiograph.Picture, v *radiograph.View) {
		w := v.Window
		if w.LUT != nil {
			w = p.Image.FullWindow()
		}
		w.Name = radiograph.ManualWindow
		if w.Function == dicomio.Sigmoid {
			w.Function = dicomio.LinearExact
		} else {
			w.Function = dicomio.Sigmoid
		}
		v.Window = w
	})
}
