// Package edit changes chest films as a person would in a lab: erases a place, lays a
// marker on it, changes exposure or frame. Its core types are [Edit], a change as lessons
// write it, and [Operation], what the edits of one kind do and how they are offered; a list
// of operations, [Standard], is all that knows which there are. Values are edited in
// brightness, so that depth and polarity are honoured and padding stays. It imports only
// dicomio.
package edit

import "math"

// Kind is what an edit does.
type Kind string

// The kinds of edit that come along.
const (
	Erase    Kind = "erase"    // a smooth surface through the border: structure and texture go
	InPaint  Kind = "inpaint"  // patches of the surroundings: looks as if nothing had been there
	Blur     Kind = "blur"     // Gaussian
	Paste    Kind = "paste"    // a piece of this film or of another
	Marker   Kind = "marker"   // something that casts a shadow, see Devices
	Exposure Kind = "exposure" // grey scale of the whole film
	Noise    Kind = "noise"    // quantum noise of the whole film
	Crop     Kind = "crop"
	Rotate   Kind = "rotate"
	Flip     Kind = "flip"
)

// Edit is one change of a film. Which fields count depends on its kind.
type Edit struct {
	Kind Kind `json:"kind"`
	Off  bool `json:"off,omitempty"` // listed, but not applied

	// Region is where it acts. For a crop it is what is kept of the picture as
	// the crops, rotations and flips before left it; for all others a part of
	// the film as it was opened.
	Region Rect    `json:"region,omitzero"`
	Shape  Shape   `json:"shape,omitempty"`
	Soft   float64 `json:"soft,omitempty"` // 0..1, see newMask

	Radius  float64 `json:"radius,omitempty"`  // of Blur: standard deviation, fraction of the film's shorter side
	From    *Piece  `json:"from,omitempty"`    // of Paste
	Device  Device  `json:"device,omitempty"`  // of Marker
	Text    string  `json:"text,omitempty"`    // of a Marker that is a tag
	Degrees float64 `json:"degrees,omitempty"` // of Rotate, clockwise; of Marker
	Upright bool    `json:"upright,omitempty"` // of Flip: top and bottom instead of left and right

	// Exposure maps brightness b, 0..1, to Scale * b^Gamma + Shift.
	Gamma float64 `json:"gamma,omitempty"`
	Scale float64 `json:"scale,omitempty"`
	Shift float64 `json:"shift,omitempty"`

	Amount float64 `json:"amount,omitempty"` // of Noise: standard deviation at mid grey, fraction of the grey scale
	Seed   uint64  `json:"seed,omitempty"`   // of Noise and InPaint
}

// Piece is what is pasted: the rectangle of the region's size whose upper left
// corner is at X, Y, of this film or of another.
type Piece struct {
	Path  string  `json:"path,omitempty"` // of another film; "" is this one
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	Blend bool    `json:"blend,omitempty"` // shifted to meet the border without a seam
}

// within is false for NaN.
func within(v, lo, hi float64) bool { return v >= lo && v <= hi && !math.IsNaN(v) }
