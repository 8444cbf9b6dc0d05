package app

import (
	"math"
	"slices"
	"strconv"
	"time"

	"hilum/app/annotation"
	"hilum/app/measure"
	"hilum/app/radiograph"
	"hilum/internal/wording"
)

// measuring is what the session keeps of drawing beside what it shows.
type measuring struct {
	fixed  int              // points of the draft that have been set
	down   annotation.Point // where the button was pressed
	moving *moving          // a mark that is being dragged
}

// moving is a mark on its way.
type moving struct {
	mark   annotation.Mark // as it was
	handle int             // the point that moves, -1 for all of them
	from   annotation.Point
}

// SetTool chooses a tool; an unfinished mark is dropped.
func (s *Session) SetTool(t measure.Tool) {
	s.change(func() {
		if t != measure.NoTool && t != measure.Calibrate && t != measure.RegionTool && !slices.Contains(annotation.Kinds(), annotation.Kind(t)) {
			return
		}
		s.dropDraft()
		s.state.Measure.Tool = t
		s.state.Measure.Selected = ""
		s.prompt()
	})
}

// dropDraft forgets an unfinished mark, and a move of one that was not let go of.
// Under the lock.
func (s *Session) dropDraft() {
	m := &s.state.Measure
	m.Draft, m.Asking = nil, measure.AskNothing
	s.measuring = measuring{}
	if c := s.state.Current; c >= 0 && s.state.Picture != nil {
		m.Sheet = s.entries[c].sheet
	}
}

// prompt says what the next click does. Under the lock.
func (s *Session) prompt() {
	m := &s.state.Measure
	m.Prompt = ""
	switch {
	case s.state.Picture == nil || m.Tool == measure.NoTool:
	case m.Tool == measure.Calibrate:
		m.Prompt = [2]string{"Click on one end of a length that you know.", "Click on the other end."}[min(s.measuring.fixed, 1)]
	case m.Tool == measure.RegionTool:
		m.Prompt = [2]string{"Click on one corner of the region where the finding is.", "Click on the opposite corner."}[min(s.measuring.fixed, 1)]
	default:
		m.Prompt = m.Tool.Kind().Prompt(s.measuring.fixed)
	}
}

// PressFilm is told that the left button went down on the film. reach is how
// near, in pixels of the film, a mark is hit. It tells whether the press was for
// a tool or a mark; otherwise it is for the window.
func (s *Session) PressFilm(at annotation.Point, reach float64) (taken bool) {
	s.change(func() {
		if s.state.Picture == nil {
			return
		}
		m := &s.state.Measure
		s.measuring.down = at
		switch {
		case m.Asking != measure.AskNothing:
			taken = true
		case m.Tool != measure.NoTool:
			s.setPoint(at, reach)
			taken = true
		default:
			taken = s.grasp(at, reach)
		}
	})
	return taken
}

// MoveFilm is told where the cursor is, with the button down or not.
func (s *Session) MoveFilm(at annotation.Point) {
	s.mu.Lock()
	idle := s.measuring.moving == nil && (s.state.Measure.Draft == nil || s.state.Measure.Asking != measure.AskNothing)
	s.mu.Unlock()
	if idle {
		return
	}
	s.change(func() {
		m := &s.state.Measure
		if v := s.measuring.moving; v != nil {
			m.Sheet = m.Sheet.With(v.at(at))
			return
		}
		if d := m.Draft; d != nil && len(d.Points) > s.measuring.fixed {
			moved := d.WithPoint(len(d.Points)-1, at)
			m.Draft = &moved
		}
	})
}

// ReleaseFilm is told that the left button went up. A press far from the
// release sets two points at once.
func (s *Session) ReleaseFilm(at annotation.Point, reach float64) {
	s.change(func() {
		m := &s.state.Measure
		if v := s.measuring.moving; v != nil {
			s.measuring.moving = nil
			s.keepSheet(m.Sheet.With(v.at(at)))
			return
		}
		if d := s.measuring.down; m.Draft != nil && m.Asking == measure.AskNothing && math.Hypot(at.X-d.X, at.Y-d.Y) > reach {
			s.setPoint(at, reach)
		}
	})
}

// at is the mark with the cursor there.
func (v *moving) at(p annotation.Point) annotation.Mark {
	if v.handle >= 0 {
		return v.mark.WithPoint(v.handle, p)
	}
	return v.mark.Moved(p.X-v.from.X, p.Y-v.from.Y)
}

// grasp chooses the mark that was hit and begins to drag it, or lets go of the
// chosen one. Under the lock.
func (s *Session) grasp(at annotation.Point, reach float64) bool {
	m := &s.state.Measure
	best, nearest := -1, reach
	for i, mark := range m.Sheet.Marks {
		d := mark.Distance(at)
		if mark.ID == m.Selected {
			d *= 0.5 // what is chosen is meant
		}
		if d <= nearest {
			best, nearest = i, d
		}
	}
	if best < 0 {
		m.Selected = ""
		return false
	}
	mark := m.Sheet.Marks[best]
	m.Selected = mark.ID
	v := &moving{mark: mark, handle: -1, from: at}
	for i, p := range mark.Points {
		if math.Hypot(p.X-at.X, p.Y-at.Y) <= reach {
			v.handle = i
		}
	}
	s.measuring.moving = v
	return true
}

// setPoint makes the floating point of the draft firm, and begins the next.
// Under the lock.
func (s *Session) setPoint(at annotation.Point, reach float64) {
	m := &s.state.Measure
	kind := m.Tool.Kind()
	_, most := kind.Points()
	if m.Draft == nil {
		m.Draft = &annotation.Mark{Kind: kind, Points: []annotation.Point{at}, Made: time.Now().UTC()}
	}
	d := *m.Draft
	first := d.Points[0]
	if kind == annotation.Polygon && s.measuring.fixed >= 3 && math.Hypot(at.X-first.X, at.Y-first.Y) <= reach {
		s.closePolygon()
		return
	}
	d = d.WithPoint(len(d.Points)-1, at)
	s.measuring.fixed = len(d.Points)
	if s.measuring.fixed < most {
		d.Points = append(d.Points, at)
	}
	m.Draft = &d
	s.prompt()
	if s.measuring.fixed == most {
		s.finish()
	}
}

// closePolygon ends a polygon with the corners that were set. Under the lock.
func (s *Session) closePolygon() {
	m := &s.state.Measure
	if m.Draft == nil || m.Draft.Kind != annotation.Polygon || s.measuring.fixed < 3 {
		return
	}
	d := *m.Draft
	d.Points = slices.Clone(d.Points[:s.measuring.fixed])
	m.Draft = &d
	s.finish()
}

// FinishDraft closes a polygon; other marks end by themselves.
func (s *Session) FinishDraft() { s.change(s.closePolygon) }

// finish keeps a complete draft, or asks for what it lacks. Under the lock.
func (s *Session) finish() {
	m := &s.state.Measure
	switch {
	case m.Tool == measure.Calibrate:
		m.Asking, m.Prompt = measure.AskLength, "Type the known length in millimetres."
	case m.Draft.Kind == annotation.Text:
		m.Asking, m.Prompt = measure.AskText, "Type the text."
	default:
		s.keepDraft()
	}
}

// keepDraft puts the draft on the sheet; the tool is put down. Under the lock.
func (s *Session) keepDraft() {
	m := &s.state.Measure
	d := *m.Draft
	if m.Tool == measure.RegionTool {
		s.putDown()
		s.answerRegion(d)
		return
	}
	d.ID = s.newMarkID(d)
	s.dropDraft()
	m.Tool, m.Prompt, m.Selected = measure.NoTool, "", d.ID
	s.keepSheet(m.Sheet.With(d))
}

// newMarkID is one that no mark of the picture has had: the time it was made,
// and a count where two were made in one tick. Under the lock.
func (s *Session) newMarkID(m annotation.Mark) string {
	id := strconv.FormatInt(m.Made.UnixNano(), 36)
	for n := 2; ; n++ {
		if _, taken := s.state.Measure.Sheet.Mark(id); !taken {
			return id
		}
		id = strconv.FormatInt(m.Made.UnixNano(), 36) + "-" + strconv.Itoa(n)
	}
}

// SetDraftText ends a text, or writes anew that of the chosen mark; an empty one
// drops a text.
func (s *Session) SetDraftText(text string) {
	if len(text) > annotation.MaxText {
		text = text[:annotation.MaxText]
	}
	s.change(func() {
		m := &s.state.Measure
		if m.Asking == measure.AskText && m.Draft != nil {
			if text == "" {
				s.putDown()
				return
			}
			m.Draft.Text = text
			s.keepDraft()
			return
		}
		if mark, ok := m.Sheet.Mark(m.Selected); ok && (text != "" || mark.Kind != annotation.Text) {
			mark.Text = text
			s.keepSheet(m.Sheet.With(mark))
		}
	})
}

// SetKnownLength ends a calibration: the drawn length is that many millimetres.
// What makes no sense is said and asked again.
func (s *Session) SetKnownLength(mm float64) {
	s.change(func() {
		m := &s.state.Measure
		if m.Asking != measure.AskLength || m.Draft == nil || len(m.Draft.Points) != 2 {
			return
		}
		c := annotation.Calibration{A: m.Draft.Points[0], B: m.Draft.Points[1], Known: mm}
		if err := c.Check(); err != nil {
			s.state.Message = wording.Sentence(err)
			return
		}
		sheet := m.Sheet
		sheet.Calibration = &c
		s.putDown()
		s.keepSheet(sheet)
	})
}

// Uncalibrate goes back to the millimetres of the file.
func (s *Session) Uncalibrate() {
	s.change(func() {
		sheet := s.state.Measure.Sheet
		sheet.Calibration = nil
		s.keepSheet(sheet)
	})
}

// putDown lets go of draft and tool. Under the lock.
func (s *Session) putDown() {
	s.dropDraft()
	s.state.Measure.Tool, s.state.Measure.Prompt = measure.NoTool, ""
}

// letGoOfTool is what Escape does while drawing; false when there is nothing to
// let go of. Under the lock.
func (s *Session) letGoOfTool() bool {
	m := &s.state.Measure
	switch {
	case m.Draft != nil:
		s.dropDraft()
		s.prompt()
	case m.Tool != measure.NoTool:
		s.putDown()
	case m.Selected != "":
		m.Selected = ""
	default:
		return false
	}
	return true
}

// SelectMark shows the handles of a mark, "" of none.
func (s *Session) SelectMark(id string) {
	s.change(func() {
		if _, ok := s.state.Measure.Sheet.Mark(id); ok || id == "" {
			s.state.Measure.Selected = id
		}
	})
}

// DeleteMark takes the chosen mark away.
func (s *Session) DeleteMark() {
	s.change(func() {
		m := &s.state.Measure
		if m.Selected != "" {
			s.keepSheet(m.Sheet.Without(m.Selected))
			m.Selected = ""
		}
	})
}

// ClearMarks takes all marks of the picture away.
func (s *Session) ClearMarks() {
	s.change(func() {
		sheet := s.state.Measure.Sheet
		sheet.Marks = nil
		s.state.Measure.Selected = ""
		s.keepSheet(sheet)
	})
}

// keepSheet makes a sheet the current one, on the screen and on the disk. Under the
// lock.
func (s *Session) keepSheet(sheet annotation.Sheet) {
	c := s.state.Current
	if c < 0 {
		return
	}
	e := &s.entries[c]
	if !annotation.Changes(e.sheet, sheet).Nothing() {
		s.addStep(step{marks: true, unmarked: e.sheet, marked: sheet})
		e.sheet = sheet
	}
	s.showSheet()
	s.saveSheet()
}

// showSheet brings the state in line with the current study's sheet. Under the
// lock.
func (s *Session) showSheet() {
	m := &s.state.Measure
	c := s.state.Current
	if c < 0 || s.state.Picture == nil {
		*m = measure.Drawing{Tool: m.Tool}
		s.tellHistory()
		return
	}
	m.Sheet = s.entries[c].sheet
	m.Scale = radiograph.ScaleOf(s.state.Picture.Image.Spacing)
	if k := m.Sheet.Calibration; k != nil {
		m.Scale = k.Scale(m.Scale)
	}
	if _, ok := m.Sheet.Mark(m.Selected); !ok {
		m.Selected = ""
	}
	s.prompt()
	s.tellHistory()
}
