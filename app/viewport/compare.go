// Package viewport is how the current picture is shown: layout, comparison, corner
// text. It imports app/radiograph and inference.
package viewport

import (
	"slices"

	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/internal/message"
)

// Compare is how the current picture is shown beside earlier ones of the same
// patient, or beside itself without a map.
type Compare struct {
	Layout Layout
	Priors []Pane  // newest first; as many as the layout shows, fewer when there are no more
	Swipe  float64 // where the swiped view is parted, a fraction of the width
	Older  int     // how many newer priors are passed over
	Others int     // priors that are not shown
	Hung   string  // what stands beside the picture by a rule, see Hung; "" for priors alone
}

// Layout is how many pictures are shown and how.
type Layout int

// The layouts.
const (
	OnePicture Layout = iota
	TwoPictures
	FourPictures
	SwipePictures // the prior lies over the current picture, right of a line
	BesideItself  // the bare picture left, the map right
)

// Panes is how many pictures a layout shows beside the current one.
func (l Layout) Panes() int {
	switch l {
	case TwoPictures, SwipePictures:
		return 1
	case FourPictures:
		return 3
	}
	return 0
}

// Pane is a picture beside the current one.
type Pane struct {
	StudyID int
	Title   string
	View    string // of another picture of a study that a rule has hung; "" for a prior
	Date    string // as people write it, "" when the file is silent
	// Identity tells whether it is of the current picture's patient.
	Identity radiograph.Identity
	Picture  *radiograph.Picture
	Result   *inference.Result // as far as it may be seen
	Hidden   bool              // it may not: Result is nil whatever was scored
	Error    message.Message   // one sentence, the zero value while all is well
}

// lacks tells whether the picture, or where scored its score, is still to come.
func (p Pane) lacks(scored bool) bool {
	return p.Error.IsZero() && (p.Picture == nil || scored && p.Result == nil && !p.Hidden)
}

// Mixed tells whether pictures stand side by side that are not known to be of one patient.
func (c Compare) Mixed() bool {
	return slices.ContainsFunc(c.Priors, func(p Pane) bool { return p.Identity != radiograph.SamePatient })
}

// Corners is what the text in the corners of the picture says.
type Corners string

// The states of the corner text.
const (
	AllCorners   Corners = "all"
	ShortCorners Corners = "short" // whose film it is and when it was taken
	NoCorners    Corners = "none"
)

// CornerStates are the states in the order in which one goes round them.
func CornerStates() []Corners { return []Corners{AllCorners, ShortCorners, NoCorners} }
