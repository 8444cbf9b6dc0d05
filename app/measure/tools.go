// Package measure is what is drawn on the pictures in sight: tools, marks, calibration,
// and how they are kept. It imports app/annotation, app/radiograph, app/records and
// dicomio.
package measure

import (
	"slices"

	"hilum/app/annotation"
)

// RegionTool draws a box around the true region of the chosen finding.
const RegionTool Tool = "region"

// Tool is what the left button does on the picture.
type Tool string

// The tools: NoTool changes the window, Calibrate draws a known length, the
// others make a mark of their kind.
const (
	NoTool    Tool = ""
	Calibrate Tool = "calibrate"
)

// Drawn is what is drawn on the picture of a study.
type Drawn struct {
	StudyID int
	Sheet   annotation.Sheet
	Scale   annotation.Scale // by hand or from the file
}

// Drawing is what is drawn on the pictures in sight, and what is being drawn.
type Drawing struct {
	Drawn            // on the current picture
	Beside   []Drawn // on those beside it
	On       int     // the study on whose picture the hand is: Draft and Selected are there
	Tool     Tool
	Draft    *annotation.Mark // not finished; its last point follows the cursor
	Selected string           // ID of the mark whose handles are shown, "" for none
	Prompt   string           // what the next click does
	Asking   Asking           // what is to be typed before the draft can be kept
	Only     string           // key of the reader whose marks alone are in sight, "" for all
	Hidden   bool             // the reader's marks are not shown, until another study or tool is chosen
}

// Of is what is drawn on the picture of a study in sight.
func (d Drawing) Of(study int) Drawn {
	if i := slices.IndexFunc(d.Beside, func(b Drawn) bool { return b.StudyID == study }); i >= 0 {
		return d.Beside[i]
	}
	return d.Drawn
}

// InSight tells whether a mark is to be seen, as far as it matters who drew it.
func (d Drawing) InSight(m annotation.Mark) bool { return d.Only == "" || m.By == d.Only }

// Seen is the drawing with the marks that are in sight.
func (d Drawing) Seen() Drawing {
	if d.Only == "" {
		return d
	}
	d.Beside = slices.Clone(d.Beside)
	d.Drawn = d.Drawn.only(d)
	for i := range d.Beside {
		d.Beside[i] = d.Beside[i].only(d)
	}
	return d
}

func (n Drawn) only(d Drawing) Drawn {
	n.Sheet.Marks = slices.DeleteFunc(slices.Clone(n.Sheet.Marks), func(m annotation.Mark) bool { return !d.InSight(m) })
	return n
}

// inHand is the sheet that the hand works on.
func (d Drawing) inHand() annotation.Sheet { return d.Of(d.On).Sheet }

// move shows another sheet on the picture that the hand works on.
func (d *Drawing) move(s annotation.Sheet) {
	i := slices.IndexFunc(d.Beside, func(b Drawn) bool { return b.StudyID == d.On })
	if i < 0 {
		d.Sheet = s
		return
	}
	d.Beside = slices.Clone(d.Beside)
	d.Beside[i].Sheet = s
}

// Asking is what a draft waits for.
type Asking int

// What a draft can wait for.
const (
	AskNothing Asking = iota
	AskText           // SetDraftText
	AskLength         // SetKnownLength
)

// kind is that of the marks that the tool makes.
func (t Tool) kind() annotation.Kind {
	switch t {
	case Calibrate:
		return annotation.Length
	case RegionTool:
		return annotation.Rectangle
	}
	return annotation.Kind(t)
}
