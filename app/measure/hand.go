package measure

import (
	"math"
	"slices"
	"time"

	"hilum/app/annotation"
	"hilum/internal/store"
)

// PressImage is told that the left button went down on the film. reach is how
// near, in pixels of the film, a mark is hit. It tells whether the press was for
// a tool or a mark; otherwise it is for the window.
func (k *Marker) PressImage(at annotation.Point, reach float64) (taken bool) {
	k.change(func(tx store.Tx, d *Drawing) {
		if k.reading.Picture(tx) == nil {
			return
		}
		k.hand.down = at
		switch {
		case d.Asking != AskNothing:
			taken = true
		case d.Tool != NoTool:
			k.setPoint(tx, at, reach)
			taken = true
		default:
			taken = k.grasp(d, at, reach)
		}
	})
	return taken
}

// MoveImage is told where the cursor is, with the button down or not.
func (k *Marker) MoveImage(at annotation.Point) {
	idle := false
	k.hub.Look(func(tx store.Tx) {
		d := k.drawing(tx)
		idle = k.hand.moving == nil && (d.Draft == nil || d.Asking != AskNothing)
	})
	if idle {
		return
	}
	k.change(func(_ store.Tx, d *Drawing) {
		if v := k.hand.moving; v != nil {
			d.move(d.inHand().With(v.at(at)))
			return
		}
		if m := d.Draft; m != nil && len(m.Points) > k.hand.fixed {
			moved := m.WithPoint(len(m.Points)-1, at)
			d.Draft = &moved
		}
	})
}

// ReleaseImage is told that the left button went up. A press far from the
// release sets two points at once.
func (k *Marker) ReleaseImage(at annotation.Point, reach float64) {
	k.change(func(tx store.Tx, d *Drawing) {
		if v := k.hand.moving; v != nil {
			k.hand.moving = nil
			k.keep(tx, d.inHand().With(v.at(at)))
			return
		}
		if p := k.hand.down; d.Draft != nil && d.Asking == AskNothing && math.Hypot(at.X-p.X, at.Y-p.Y) > reach {
			k.setPoint(tx, at, reach)
		}
	})
}

// at is the mark with the cursor there.
func (v *moving) at(p annotation.Point) annotation.Mark {
	dx, dy := p.X-v.from.X, p.Y-v.from.Y
	switch {
	case v.handle >= 0:
		return v.mark.WithPoint(v.handle, p)
	case v.handle == onLabel:
		m := v.mark
		m.Label = &annotation.Point{X: m.Label.X + dx, Y: m.Label.Y + dy}
		return m
	}
	return v.mark.Moved(dx, dy)
}

// grasp chooses the mark that was hit and begins to drag it, or lets go of the
// chosen one.
func (k *Marker) grasp(d *Drawing, at annotation.Point, reach float64) bool {
	if d.Hidden {
		return false
	}
	best, nearest := -1, reach
	if k.graspHandle(d, at, fingerReach*reach) {
		return true
	}
	marks := d.inHand().Marks
	for i, mark := range marks {
		if !d.InSight(mark) {
			continue
		}
		far := mark.Distance(at)
		if mark.ID == d.Selected {
			far *= 0.5 // what is chosen is meant
		}
		if far <= nearest {
			best, nearest = i, far
		}
	}
	if best < 0 {
		d.Selected = ""
		return false
	}
	d.Selected = marks[best].ID
	k.hand.moving = &moving{mark: marks[best], handle: -1, from: at}
	k.graspHandle(d, at, reach)
	return true
}

// fingerReach is how much farther than a line a handle of the chosen mark is reached: a finger
// is no pointer.
const fingerReach = 3

// graspHandle begins to drag the handle of the chosen mark that is nearest, within a reach.
func (k *Marker) graspHandle(d *Drawing, at annotation.Point, reach float64) bool {
	mark, ok := d.inHand().Mark(d.Selected)
	if !ok {
		return false
	}
	nearest := -1
	for i, p := range mark.Points {
		if far := math.Hypot(p.X-at.X, p.Y-at.Y); far <= reach {
			nearest, reach = i, far
		}
	}
	if nearest >= 0 {
		k.hand.moving = &moving{mark: mark, handle: nearest, from: at}
	}
	return nearest >= 0
}

// GraspLabel begins to drag the words of a mark of the picture that the hand is on. at is where
// the cursor is, and from where the words stand now, on the film.
func (k *Marker) GraspLabel(id string, at, from annotation.Point) (taken bool) {
	k.change(func(_ store.Tx, d *Drawing) {
		mark, ok := d.inHand().Mark(id)
		if taken = ok && !d.Hidden && d.Tool == NoTool; !taken {
			return
		}
		d.Selected, mark.Label = id, &from
		k.hand.moving = &moving{mark: mark, handle: onLabel, from: at}
	})
	return taken
}

// TurnTo has the hand work on the picture of a study in sight; an unfinished mark elsewhere is
// dropped. It tells whether the hand is there: a region of a finding is drawn on the current
// picture only.
func (k *Marker) TurnTo(study int) (there bool) {
	k.change(func(tx store.Tx, d *Drawing) {
		if there = d.Of(study).StudyID == study && (study == d.StudyID || d.Tool != RegionTool); !there || d.On == study {
			return
		}
		k.Drop(tx)
		d.On, d.Selected = study, ""
		k.Prompt(tx)
	})
	return there
}

// setPoint makes the floating point of the draft firm, and begins the next.
func (k *Marker) setPoint(tx store.Tx, at annotation.Point, reach float64) {
	d := k.drawing(tx)
	kind := d.Tool.kind()
	_, most := kind.Points()
	if d.Draft == nil {
		d.Draft = &annotation.Mark{Kind: kind, Points: []annotation.Point{at}, Made: time.Now().UTC()}
	}
	m := *d.Draft
	first := m.Points[0]
	if kind == annotation.Polygon && k.hand.fixed >= 3 && math.Hypot(at.X-first.X, at.Y-first.Y) <= reach {
		k.closePolygon(tx, d)
		return
	}
	m = m.WithPoint(len(m.Points)-1, at)
	k.hand.fixed = len(m.Points)
	if k.hand.fixed < most {
		m.Points = append(m.Points, at)
	}
	d.Draft = &m
	k.Prompt(tx)
	if k.hand.fixed == most {
		k.finish(tx)
	}
}

// closePolygon ends a polygon with the corners that were set.
func (k *Marker) closePolygon(tx store.Tx, d *Drawing) {
	if d.Draft == nil || d.Draft.Kind != annotation.Polygon || k.hand.fixed < 3 {
		return
	}
	m := *d.Draft
	m.Points = slices.Clone(m.Points[:k.hand.fixed])
	d.Draft = &m
	k.finish(tx)
}

// FinishDraft closes a polygon; other marks end by themselves.
func (k *Marker) FinishDraft() { k.change(k.closePolygon) }

// finish keeps a complete draft, or asks for what it lacks.
func (k *Marker) finish(tx store.Tx) {
	switch d := k.drawing(tx); {
	case d.Tool == Calibrate:
		d.Asking, d.Prompt = AskLength, "Type the known length in millimetres."
	case d.Draft.Kind == annotation.Text:
		d.Asking, d.Prompt = AskText, "Type the text."
	default:
		k.keepDraft(tx)
	}
}

// keepDraft puts the draft on the sheet; the tool is put down.
func (k *Marker) keepDraft(tx store.Tx) {
	d := k.drawing(tx)
	m := *d.Draft
	if d.Tool == RegionTool {
		k.putDown(tx)
		k.reading.Region(tx, m)
		return
	}
	m.ID = newMarkID(k.drawing(tx).inHand(), m)
	m.By, _ = k.reading.Reader(tx)
	k.Drop(tx)
	d.Tool, d.Prompt, d.Selected = NoTool, "", m.ID
	k.keep(tx, d.inHand().With(m))
}

// SetDraftText ends a text, or writes anew that of the chosen mark; an empty one
// drops a text.
func (k *Marker) SetDraftText(text string) {
	if len(text) > annotation.MaxText {
		text = text[:annotation.MaxText]
	}
	k.change(func(tx store.Tx, d *Drawing) {
		if d.Asking == AskText && d.Draft != nil {
			if text == "" {
				k.putDown(tx)
				return
			}
			d.Draft.Text = text
			k.keepDraft(tx)
			return
		}
		if mark, ok := d.inHand().Mark(d.Selected); ok && (text != "" || mark.Kind != annotation.Text) {
			mark.Text = text
			k.keep(tx, d.inHand().With(mark))
		}
	})
}

// SetKnownLength ends a calibration: the drawn length is that many millimetres.
// What makes no sense is said and asked again.
func (k *Marker) SetKnownLength(mm float64) {
	k.change(func(tx store.Tx, d *Drawing) {
		if d.Asking != AskLength || d.Draft == nil || len(d.Draft.Points) != 2 {
			return
		}
		c := annotation.Calibration{A: d.Draft.Points[0], B: d.Draft.Points[1], Known: mm}
		if err := c.Check(); err != nil {
			k.reading.FailIn(tx, err)
			return
		}
		sheet := d.inHand()
		sheet.Calibration = &c
		k.putDown(tx)
		k.keep(tx, sheet)
	})
}
