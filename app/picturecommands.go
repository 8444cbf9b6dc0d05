package app

import (
	"hilum/app/annotation"
	"hilum/dicomio"
)

// pictureCommands are those of looking at the picture: window, turning,
// measuring, comparing.
func (s *Session) pictureCommands() []Command {
	picture := func() bool { return s.State().Picture != nil }
	study := func() bool { return s.State().Current >= 0 }
	list := []Command{
		{"view.lungs", "Window from the lungs", "View", "V", s.AutoWindow, picture},
		{"view.shape", "Straight or S-shaped window", "View", "Shift+S", s.ToggleShape, picture},
		{"view.turn", "Turn clockwise", "View", "Ctrl+Right", func() { s.Turn(1) }, picture},
		{"view.turn.back", "Turn anticlockwise", "View", "Ctrl+Left", func() { s.Turn(-1) }, picture},
		{"view.flip", "Flip left and right", "View", "Ctrl+Shift+H", s.FlipLeftRight, picture},
		{"view.flip.down", "Flip upside down", "View", "Ctrl+Shift+V", s.FlipUpDown, picture},
		{"view.filter", "Next interpolation", "View", "Shift+I", s.NextFilter, picture},
		{"view.lens", "Magnifier glass", "View", "X", s.ToggleLens, picture},
		{"view.corners", "Text in the corners: all, no patient, none", "View", "H", s.NextCorners, picture},
		{"compare.two", "Compare with the prior", "Compare", "C", func() { s.SetLayout(TwoPictures) }, study},
		{"compare.four", "Compare with three priors", "Compare", "Shift+C", func() { s.SetLayout(FourPictures) }, study},
		{"compare.swipe", "Swipe over the prior", "Compare", "Ctrl+Shift+C", func() { s.SetLayout(SwipePictures) }, study},
		{"compare.beside", "Map beside the bare picture", "Compare", "B", func() { s.SetLayout(BesideItself) }, picture},
		{"compare.older", "Older prior", "Compare", "Left", s.OlderPrior, s.comparing},
		{"compare.newer", "Newer prior", "Compare", "Right", s.NewerPrior, s.comparing},
		{"compare.pin", "Compare with this study", "Compare", "Ctrl+Shift+K", s.PinPrior, study},
	}
	return append(list, s.measureCommands()...)
}

func (s *Session) comparing() bool { return s.State().Compare.Layout.panes() > 0 }

func (s *Session) measureCommands() []Command {
	picture := func() bool { return s.State().Picture != nil }
	marked := func() bool { return len(s.State().Measure.Sheet.Marks) > 0 }
	var list []Command
	for _, t := range []struct {
		kind       annotation.Kind
		title, key string
	}{
		{annotation.Length, "Length", "L"}, {annotation.Angle, "Angle", "G"}, {annotation.Cobb, "Cobb angle", "Shift+G"},
		{annotation.CTR, "Cardiothoracic ratio", "T"}, {annotation.Rectangle, "Rectangle", "Shift+R"}, {annotation.Ellipse, "Ellipse", "Shift+E"},
		{annotation.Polygon, "Region with corners", "Shift+P"}, {annotation.Arrow, "Arrow", "Shift+A"}, {annotation.Text, "Text", "Shift+T"},
	} {
		list = append(list, Command{"measure." + string(t.kind), t.title, "Measure", t.key, func() { s.SetTool(Tool(t.kind)) }, picture})
	}
	return append(list,
		Command{"measure.calibrate", "Calibrate on a known length", "Measure", "K", func() { s.SetTool(Calibrate) }, picture},
		Command{"measure.uncalibrate", "Back to the millimetres of the file", "Measure", "Shift+K", s.Uncalibrate, func() bool { return s.State().Measure.Sheet.Calibration != nil }},
		Command{"measure.close", "Close the region", "Measure", "Enter", s.FinishDraft, func() bool { return s.State().Measure.Draft != nil }},
		Command{"measure.delete", "Delete the chosen mark", "Measure", "Delete", s.DeleteMark, func() bool { return s.State().Measure.Selected != "" }},
		Command{"measure.clear", "Delete all marks", "Measure", "Ctrl+Delete", s.ClearMarks, marked},
		Command{"measure.undo", "Undo", "View", "Ctrl+Z", s.Undo, func() bool { return s.State().CanUndo }},
		Command{"measure.redo", "Redo", "View", "Ctrl+Shift+Z", s.Redo, func() bool { return s.State().CanRedo }},
	)
}

// mapCommands are those of the findings and their maps.
func (s *Session) mapCommands() []Command {
	scored := func() bool { return s.State().Result != nil }
	always := func() bool { return true }
	return []Command{
		{"map.contours", "Contours instead of filled maps", "Findings", "Shift+M", func() { s.SetContours(!s.State().Map.Contours) }, scored},
		{"map.add", "Add the map of the next finding", "Findings", "Ctrl+Shift+M", s.addNextMap, scored},
		{"findings.only", "Only positive findings", "Findings", "Shift+O", func() { s.SetOnly(!s.State().Only) }, always},
		{"findings.scale", "Probabilities or the operating-point scale", "Findings", "Ctrl+P", s.toggleScale, always},
	}
}

func (s *Session) toggleScale() {
	if s.State().Scale == ProbabilityScale {
		s.SetScale(OperatingScale)
	} else {
		s.SetScale(ProbabilityScale)
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
	s.onPicture(func(p *Picture, v *View) {
		w := v.Window
		if w.LUT != nil {
			w = p.Image.FullWindow()
		}
		w.Name = manualWindow
		if w.Function == dicomio.Sigmoid {
			w.Function = dicomio.LinearExact
		} else {
			w.Function = dicomio.Sigmoid
		}
		v.Window = w
	})
}
