package viewer

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hilum/app/annotation"
	"hilum/app/radiograph"
	"hilum/ui/kit"
)

// markLayer draws marks over the film: lines, handles of the chosen one, and
// figures beside them. Its objects are kept and moved, never replaced.
type markLayer struct {
	*look
	env     *kit.Environment
	box     *fyne.Container
	lines   []*canvas.Line
	handles []*canvas.Circle
	labels  []*block
	tags    []tag // what labels say, in the order of labels

	nextLine, nextHandle int // the first that is free
	shown                markKey
}

// markKey is what the layer was last drawn for.
type markKey struct {
	sheet    *annotation.Mark // the first; sheets are never written to
	n        int
	known    *annotation.Calibration
	picture  *radiograph.Picture
	draft    *annotation.Mark
	selected string
	view     radiograph.View
	size     fyne.Size
	scale    annotation.Scale
	hidden   bool
	regions  int // of the chosen finding
	class    string
}

func newMarkLayer(l *look, env *kit.Environment) *markLayer {
	return &markLayer{look: l, env: env, box: kit.ByHand()}
}

// Widths of a mark's parts, in units.
const (
	markWidth    = 1.5
	leaderWidth  = 1
	handleRadius = 7 // a finger's, with what lies around it; see hitReach
	arrowHead    = 14
	labelGap     = 8
)

// show draws the marks of the picture where they changed.
func (l *markLayer) show() {
	m := l.st.Measure
	own, inHand := l.drawn()
	key := markKey{
		n: len(own.Sheet.Marks), known: own.Sheet.Calibration, picture: l.scene.picture, view: l.scene.view,
		size: l.size, scale: own.Scale,
	}
	if inHand {
		key.draft, key.selected = m.Draft, m.Selected
	}
	if key.n > 0 {
		key.sheet = &own.Sheet.Marks[0]
	}
	if l.scene.study == m.StudyID { // regions are those of its findings
		key.class = l.st.ChosenClass()
		key.regions = len(l.st.Answers[key.class].Regions)
	}
	key.hidden = l.scene.picture == nil || m.Hidden || l.st.Map.Peek && m.Draft == nil
	if key == l.shown {
		return
	}
	l.shown = key
	l.nextLine, l.nextHandle, l.tags = 0, 0, l.tags[:0]
	if !key.hidden {
		for _, mark := range own.Sheet.Marks {
			l.drawMark(mark, own.Scale, mark.ID == key.selected)
		}
		if key.draft != nil {
			l.drawMark(*key.draft, own.Scale, true)
		}
		if key.regions > 0 {
			for _, region := range l.st.RegionMarks() {
				l.drawRegion(region)
			}
		}
		if c := own.Sheet.Calibration; c != nil {
			l.drawCalibration(*c)
		}
	}
	l.placeLabels()
	l.hideRest()
	l.box.Refresh()
}

func (l *markLayer) drawMark(m annotation.Mark, scale annotation.Scale, chosen bool) {
	for _, s := range m.Segments() {
		l.line(l.onWidget(s.A), l.onWidget(s.B), chosen)
	}
	if m.Kind == annotation.Arrow && len(m.Points) == 2 {
		l.drawHead(l.onWidget(m.Points[0]), l.onWidget(m.Points[1]), chosen)
	}
	lowest := fyne.NewPos(0, -math.MaxFloat32)
	for _, p := range m.Points {
		at := l.onWidget(p)
		if chosen {
			l.handle(at)
		}
		if at.Y > lowest.Y {
			lowest = at
		}
	}
	lines := m.LinesIn(l.env.Words(), annotation.Measure(m, scale, l.scene.picture))
	t := tag{mark: m.ID, lines: lines, of: lowest, at: lowest.AddXY(labelGap, labelGap/2)}
	switch {
	case m.Label != nil:
		t.at, t.fixed = l.onWidget(*m.Label), true
	case m.Kind == annotation.Text && len(m.Points) == 1: // it begins where it was put
		t.at, t.fixed = lowest, true
	}
	l.tags = append(l.tags, t)
}

// drawRegion shows where the reader has seen the chosen finding.
func (l *markLayer) drawRegion(m annotation.Mark) {
	for _, s := range m.Segments() {
		l.line(l.onWidget(s.A), l.onWidget(s.B), true)
	}
	if len(m.Points) > 0 {
		at := l.onWidget(m.Points[0])
		l.tags = append(l.tags, tag{lines: []string{l.env.ClassName(l.st.ChosenClass())}, of: at,
			at: at.AddXY(labelGap, labelGap/2)})
	}
}

// drawHead is the head of an arrow whose tip is at the first place.
func (l *markLayer) drawHead(tip, end fyne.Position, chosen bool) {
	along := math.Atan2(float64(end.Y-tip.Y), float64(end.X-tip.X))
	for _, turn := range []float64{-math.Pi / 7, math.Pi / 7} {
		s, c := math.Sincos(along + turn)
		l.line(tip, tip.AddXY(float32(arrowHead*c), float32(arrowHead*s)), chosen)
	}
}

// drawCalibration shows the length that the millimetres come from.
func (l *markLayer) drawCalibration(c annotation.Calibration) {
	a, b := l.onWidget(c.A), l.onWidget(c.B)
	l.line(a, b, false)
	text := l.env.Number(c.Known) + " mm"
	middle := fyne.NewPos((a.X+b.X)/2, (a.Y+b.Y)/2)
	l.tags = append(l.tags, tag{lines: []string{text, l.env.T(annotation.Calibrated)}, of: middle,
		at: middle.AddXY(labelGap, labelGap/2)})
}

func (l *markLayer) line(a, b fyne.Position, chosen bool) {
	if l.nextLine == len(l.lines) {
		o := canvas.NewLine(kit.ColourMark)
		o.StrokeWidth = markWidth
		l.lines = append(l.lines, o)
		l.box.Objects = append(l.box.Objects, o)
	}
	o := l.lines[l.nextLine]
	l.nextLine++
	o.Position1, o.Position2, o.Hidden = a, b, false
	o.StrokeColor, o.StrokeWidth = kit.ColourMark, markWidth
	if chosen {
		o.StrokeColor = kit.ColourMarkChosen
	}
}

func (l *markLayer) handle(at fyne.Position) {
	if l.nextHandle == len(l.handles) {
		o := canvas.NewCircle(kit.ColourPicture)
		o.StrokeColor, o.StrokeWidth = kit.ColourMarkChosen, markWidth
		l.handles = append(l.handles, o)
		l.box.Objects = append(l.box.Objects, o)
	}
	o := l.handles[l.nextHandle]
	l.nextHandle++
	o.Hidden = false
	kit.Put(o, at.X-handleRadius, at.Y-handleRadius, 2*handleRadius, 2*handleRadius)
}

// hideRest hides what this drawing had no use for.
func (l *markLayer) hideRest() {
	for _, o := range l.lines[l.nextLine:] {
		o.Hidden = true
	}
	for _, o := range l.handles[l.nextHandle:] {
		o.Hidden = true
	}
	for _, b := range l.labels[len(l.tags):] {
		b.set()
	}
}
