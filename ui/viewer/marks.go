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
	box     *fyne.Container
	lines   []*canvas.Line
	handles []*canvas.Circle
	labels  []*block

	nextLine, nextHandle, nextLabel int // the first that is free
	shown                           markKey
}

// markKey is what the layer was last drawn for.
type markKey struct {
	sheet    *annotation.Mark // the first; sheets are never written to
	n        int
	draft    *annotation.Mark
	selected string
	view     radiograph.View
	size     fyne.Size
	scale    annotation.Scale
	hidden   bool
	regions  int // of the chosen finding
	class    string
}

func newMarkLayer() *markLayer { return &markLayer{box: byHand()} }

// Widths of a mark's parts, in units.
const (
	markWidth    = 1.5
	handleRadius = 4
	arrowHead    = 14
	labelGap     = 8
)

// showMarks draws the marks of the current picture where they changed.
func (v *Viewer) showMarks() {
	if v.pane != 0 {
		return
	}
	m := v.st.Measure
	key := markKey{
		n: len(m.Sheet.Marks), draft: m.Draft, selected: m.Selected, view: v.scene.view, size: v.Size(), scale: m.Scale,
	}
	if key.n > 0 {
		key.sheet = &m.Sheet.Marks[0]
	}
	key.class = v.st.ChosenClass()
	key.regions = len(v.st.Answers[key.class].Regions)
	key.hidden = v.scene.picture == nil || m.Hidden || v.st.Map.Peek && m.Draft == nil
	l := v.marks
	if key == l.shown {
		return
	}
	l.shown = key
	l.nextLine, l.nextHandle, l.nextLabel = 0, 0, 0
	if !key.hidden {
		for _, mark := range m.Sheet.Marks {
			v.drawMark(mark, mark.ID == m.Selected)
		}
		if m.Draft != nil {
			v.drawMark(*m.Draft, true)
		}
		for _, region := range v.st.RegionMarks() {
			v.drawRegion(region)
		}
		if c := m.Sheet.Calibration; c != nil {
			v.drawCalibration(*c)
		}
	}
	l.hideRest()
	l.box.Refresh()
}

// onWidget is where a place of the film lies on the widget.
func (v *Viewer) onWidget(p annotation.Point) fyne.Position {
	x, y := v.scene.view.ImageToView(v.scene.picture, [2]int{v.w, v.h}, p.X, p.Y)
	return fyne.NewPos(float32((x-float64(v.shift))/v.pixels), float32(y/v.pixels))
}

func (v *Viewer) drawMark(m annotation.Mark, chosen bool) {
	l := v.marks
	for _, s := range m.Segments() {
		l.line(v.onWidget(s.A), v.onWidget(s.B), chosen)
	}
	if m.Kind == annotation.Arrow && len(m.Points) == 2 {
		v.drawHead(v.onWidget(m.Points[0]), v.onWidget(m.Points[1]), chosen)
	}
	lowest := fyne.NewPos(0, -math.MaxFloat32)
	for _, p := range m.Points {
		at := v.onWidget(p)
		if chosen {
			l.handle(at)
		}
		if at.Y > lowest.Y {
			lowest = at
		}
	}
	lines := m.LinesIn(v.env.Words(), annotation.Measure(m, v.st.Measure.Scale, v.scene.picture))
	if m.Kind == annotation.Text && len(m.Points) == 1 { // it begins where it was put
		l.label(lowest, lines)
		return
	}
	l.label(lowest.AddXY(labelGap, labelGap/2), lines)
}

// drawRegion shows where the reader has seen the chosen finding.
func (v *Viewer) drawRegion(m annotation.Mark) {
	for _, s := range m.Segments() {
		v.marks.line(v.onWidget(s.A), v.onWidget(s.B), true)
	}
	if len(m.Points) > 0 {
		v.marks.label(v.onWidget(m.Points[0]).AddXY(labelGap, labelGap/2),
			[]string{v.env.ClassName(v.st.ChosenClass())})
	}
}

// drawHead is the head of an arrow whose tip is at the first place.
func (v *Viewer) drawHead(tip, end fyne.Position, chosen bool) {
	along := math.Atan2(float64(end.Y-tip.Y), float64(end.X-tip.X))
	for _, turn := range []float64{-math.Pi / 7, math.Pi / 7} {
		s, c := math.Sincos(along + turn)
		v.marks.line(tip, tip.AddXY(float32(arrowHead*c), float32(arrowHead*s)), chosen)
	}
}

// drawCalibration shows the length that the millimetres come from.
func (v *Viewer) drawCalibration(c annotation.Calibration) {
	a, b := v.onWidget(c.A), v.onWidget(c.B)
	v.marks.line(a, b, false)
	text := v.env.Number(c.Known) + " mm"
	v.marks.label(
		fyne.NewPos((a.X+b.X)/2+labelGap, (a.Y+b.Y)/2+labelGap/2), []string{text, v.env.T(annotation.Calibrated)},
	)
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
	o.StrokeColor = kit.ColourMark
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

func (l *markLayer) label(at fyne.Position, lines []string) {
	if l.nextLabel == len(l.labels) {
		b := newBlock(kit.TextSize, fyne.TextAlignLeading, false)
		b.colour = kit.ColourMark
		l.labels = append(l.labels, b)
		l.box.Objects = append(l.box.Objects, b.Raster)
	}
	b := l.labels[l.nextLabel]
	l.nextLabel++
	b.anchor = at
	b.set(lines...)
	b.place(at)
}

// hideRest hides what this drawing had no use for.
func (l *markLayer) hideRest() {
	for _, o := range l.lines[l.nextLine:] {
		o.Hidden = true
	}
	for _, o := range l.handles[l.nextHandle:] {
		o.Hidden = true
	}
	for _, b := range l.labels[l.nextLabel:] {
		b.set()
	}
}
