// Package app is the program without its window. Its core type is [Session]:
// the one owner of what is open, which model scores it, what is shown and how,
// and every command that changes it. It knows no toolkit; the desktop program
// draws its state and calls its commands, and tests do the same without a
// display. It imports training, inference, dicomio, resources and ui/raster.
package app

import (
	"time"

	"hilum/app/records"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/findings"
	"hilum/ui/raster"
)

// Version is the program's, set by the build.
var Version = "unknown"

// State is everything that a window shows, at one moment. It is a value: the
// slices and pointers in it are never written to after it was handed out.
type State struct {
	Studies []Study
	Current int // index into Studies, -1 for none

	Listed  *worklist.Snapshot // the studies as they are listed; never nil
	ListRow int                // of the current study in Listed, -1 when it is not there
	Key     string             // of the current study in the worklist
	Query   worklist.Query     // what is listed and in which order

	Picture *Picture          // of the current study; nil until decoded
	Result  *inference.Result // of the current study; nil until scored
	Rows    []Row             // the findings as shown, sorted; one a class even before a score
	Loading bool              // the current study is being decoded
	Scoring bool              // the current study is being scored
	Mapping bool              // class maps are being computed
	Method  MethodMaps        // maps of the current study by the method that Map asks for

	View    View
	Map     Map
	Sort    Sort
	Only    bool // only positive findings are listed
	Scale   Scale
	Compare Compare
	Measure Measure
	Corners Corners
	Lens    bool // the magnifier glass follows the cursor
	Engine  EngineState
	Model   ModelState
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

// Study is one opened file in the list on the left.
type Study struct {
	ID      int    // stays the same while the study is open
	Path    string // "" for the embedded demo
	Name    string // the file's name
	Title   string // patient as people write it, or the file's name
	Detail  string // date, view; "" when the file is silent
	Status  Status
	Error   string  // one sentence when Status is Failed
	Seen    bool    // it was the current study once
	Largest float64 // the largest relative margin, -1..1; valid when Scored
	Scored  bool
	Demo    bool

	Patient string // who, as far as is known; "" when nothing tells. Equal for studies of one person
	When    string // when it was taken, sorting as time among those of one person; "" when nothing tells
}

// Status is how far a study is.
type Status int

// The states of a study.
const (
	Waiting Status = iota // not decoded yet
	Ready                 // decoded
	Failed                // cannot be read, see Error
)

// Picture is a decoded image with what drawing it needs.
type Picture struct {
	Image   *dicomio.Image
	Pyramid *raster.Pyramid // of stored value - First, luma for colour
	First   int32

	turned oriented
	lungs  lungs
}

// View is how the reader looks at the picture. None of it reaches the network.
type View struct {
	Window dicomio.Window
	Invert bool             // the reader's inversion, on top of the file's own polarity
	Fit    bool             // Place follows the viewport
	Place  raster.Placement // in the picture as it is seen, turned and mirrored
	Orient raster.Orientation
	Filter raster.Filter
}

// Map is which class maps lie over the picture and how.
type Map struct {
	Class    string   // the chosen class, "" for none
	More     ClassSet // other classes shown with it, each in a colour of its own
	On       bool     // shown over the picture (Peek hides it for the moment)
	Peek     bool     // the bare picture, while a key is held
	Opacity  float64  // 0..1
	Floor    float64  // values below are not shown, 0..1 of the scale
	PerMap   bool     // each map stretched to its own range, as in the literature
	Signed   bool     // evidence against is shown too
	Contours bool     // lines instead of a filled map
	Colours  string   // name of a one-sided colour map, see raster.ColourMaps
	Method   string   // how the maps are computed, see Methods; "" is the model's own
}

// ColourMap is the one to draw with: a two-sided one when evidence against is
// shown.
func (m Map) ColourMap() raster.ColourMap {
	name := m.Colours
	if m.Signed {
		name = raster.Signed
	}
	c, ok := raster.FindColourMap(name)
	if !ok {
		c, _ = raster.FindColourMap(raster.Ember)
	}
	return c
}

// Classes are those whose maps are chosen, the main one first.
func (m Map) Classes() []string {
	var out []string
	if m.Class != "" {
		out = append(out, m.Class)
	}
	for _, c := range m.More.List() {
		if c != m.Class {
			out = append(out, c)
		}
	}
	return out
}

// Layered tells whether the maps are drawn in a colour a class, not in the
// colours of their values.
func (m Map) Layered() bool { return m.Contours || len(m.Classes()) > 1 }

// Shown tells whether a map is to be drawn.
func (m Map) Shown() bool { return m.On && m.Class != "" && !m.Peek }

// Row is one class in the findings panel.
type Row struct {
	Class   string
	Scored  bool // Finding is valid
	Finding inference.Finding

	Compared bool    // Then and Change are valid: a prior is shown beside the picture
	Then     float64 // the relative margin of the prior
	Change   float64 // relative margin now less that then, -2..2
}

// Sort is the order of the findings.
type Sort string

// The orders of the findings.
const (
	ByMargin Sort = "margin" // largest relative margin first
	ByClass  Sort = "class"  // the model's own order
	ByChange Sort = "change" // largest change from the prior first; as ByMargin without one
)

// Scale is what the figures beside the bars are.
type Scale string

// The scales of the figures.
const (
	ProbabilityScale Scale = ""          // probability and threshold
	OperatingScale   Scale = "operating" // 0.5 is at the threshold, see calib.OperatingPoint
)

// Corners is what the text in the corners of the picture says.
type Corners int

// The states of the corner text.
const (
	AllCorners Corners = iota
	NoPatient          // nothing that tells who it is
	NoCorners
	cornerStates
)

// EngineState says what inference runs on, or why it does not.
type EngineState struct {
	Opening bool
	Open    bool
	Info    inference.EngineInfo
	Error   string        // one sentence: what to install
	Took    time.Duration // of the last score, preprocessing and run
}

// ModelState says which model scores, and what is known of it.
type ModelState struct {
	Open        bool
	Name        string
	SHA256      string
	Card        inference.Card
	Classes     []string
	Findings    findings.Set // what the classes mean, as far as the model says it
	Prep        inference.Prep
	HasMaps     bool
	UsualOf     int // training pictures that it knows the features of, see inference.Model.Usual
	Calibrated  bool
	Calibration string // where the thresholds come from, in words
	Thresholds  *calib.Calibration
	Warnings    []string
}
