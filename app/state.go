// Package app is the program without its window. Its core type is [Session]:
// the one owner of what is open, which model scores it, what is shown and how,
// and every command that changes it. It knows no toolkit; the desktop program
// draws its state and calls its commands, and tests do the same without a
// display. It imports training, inference, dicomio, resources and internal/raster.
package app

import (
	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/measure"
	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/app/studies"
	"hilum/app/viewport"
	"hilum/app/worklist"
	"hilum/inference"
)

// State is everything that a window shows, at one moment. It is a value: the
// slices and pointers in it are never written to after it was handed out.
type State struct {
	Studies []studies.Study
	Current int // index into Studies, -1 for none

	Listed  *worklist.Snapshot // the studies as they are listed; never nil
	ListRow int                // of the current study in Listed, -1 when it is not there
	Key     string             // of the current study in the worklist
	Query   worklist.Query     // what is listed and in which order

	Picture *radiograph.Picture // of the current study; nil until decoded
	Result  *inference.Result   // of the current study; nil until scored
	Rows    []findings.Row      // the findings as shown, sorted; one a class even before a score
	Loading bool                // the current study is being decoded
	Scoring bool                // the current study is being scored
	Mapping bool                // class maps are being computed
	Method  classmap.MethodMaps // maps of the current study by the method that Map asks for

	View    radiograph.View
	Map     classmap.Map
	Sort    findings.Sort
	Only    bool // only positive findings are listed
	Scale   findings.Scale
	Compare viewport.Compare
	Measure measure.Drawing
	Corners viewport.Corners
	Lens    bool // the magnifier glass follows the cursor
	Engine  models.Engine
	Model   models.Model
	// Identity and Answers are of the current picture; nil until it was looked up,
	// and without records.
	Identity *records.Picture
	Answers  map[string]records.Answer // this reader's, by class
	Chosen   string                    // class that was chosen last; see ChosenClass

	// Choices grows whenever the preferences change.
	Choices int
	Tour    int // step of the tour, from 1; 0 for none

	CanUndo bool // of what the reader did to the current study, see Session.Undo
	CanRedo bool

	Message  string   // the last error or notice, one sentence; "" for none
	Warnings []string // about picture, model and thresholds; shown before the findings
}
