// Package measure is what is drawn on the current picture: tools, marks, calibration,
// and how they are kept. It imports app/annotation, app/radiograph, app/records and
// dicomio.
package measure

import (
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

// Drawing is what is drawn on the current picture, and what is being drawn.
type Drawing struct {
	Tool     Tool
	Sheet    annotation.Sheet
	Draft    *annotation.Mark // not finished; its last point follows the cursor
	Selected string           // ID of the mark whose handles are shown, "" for none
	Prompt   string           // what the next click does
	Asking   Asking           // what is to be typed before the draft can be kept
	Scale    annotation.Scale // of the picture, by hand or from the file
	Hidden   bool             // the reader's marks are not shown, until another study or tool is chosen
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
