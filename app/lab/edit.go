package lab

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Kind is what an edit does.
type Kind string

// The kinds of edit. The last three change the frame, the others its content.
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

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{Erase, InPaint, Blur, Paste, Marker, Exposure, Noise, Crop, Rotate, Flip}
}

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

// Placed tells whether the edit acts at a place, so that it can be tried at
// others.
func (k Kind) Placed() bool {
	return slices.Contains([]Kind{Erase, InPaint, Blur, Paste, Marker}, k)
}

// geometric tells the edits that change the frame.
func (k Kind) geometric() bool { return k == Crop || k == Rotate || k == Flip }

// The bounds of an edit's figures.
const (
	maxRadius  = 0.25
	maxGamma   = 8
	maxScale   = 8
	maxAmount  = 0.5
	maxTagText = 24 // letters
	leastCrop  = 0.02
)

// Check says what is wrong with an edit, or nil.
func (e Edit) Check() error {
	if err := e.check(); err != nil {
		return fmt.Errorf("this edit (%s) makes no sense: %w", e.Kind, err)
	}
	return nil
}

func (e Edit) check() error {
	if !slices.Contains(Kinds(), e.Kind) {
		return fmt.Errorf("its kind is none of %v", Kinds())
	}
	if e.Kind.Placed() || e.Kind == Crop {
		if err := e.Region.check(); err != nil {
			return err
		}
	}
	if e.Shape != "" && e.Shape != Rectangle && e.Shape != Ellipse {
		return fmt.Errorf("its shape %q is neither %s nor %s", e.Shape, Rectangle, Ellipse)
	}
	if !within(e.Soft, 0, 1) || !within(e.Degrees, -360, 360) {
		return errors.New("its soft border or its angle is out of range")
	}
	return e.checkFigures()
}

// checkFigures checks what belongs to one kind.
func (e Edit) checkFigures() error {
	switch e.Kind {
	case Blur:
		if !(e.Radius > 0 && e.Radius <= maxRadius) {
			return fmt.Errorf("its radius %v is not within 0..%v", e.Radius, maxRadius)
		}
	case Paste:
		if e.From == nil || !within(e.From.X, -1, 1) || !within(e.From.Y, -1, 1) {
			return errors.New("it does not say what to paste")
		}
	case Marker:
		return e.checkDevice()
	case Exposure:
		if !(e.Gamma > 0 && e.Gamma <= maxGamma) || !within(e.Scale, 0, maxScale) || !within(e.Shift, -1, 1) {
			return errors.New("its gamma, scale or shift is out of range")
		}
	case Noise:
		if !within(e.Amount, 0, maxAmount) {
			return fmt.Errorf("its amount %v is not within 0..%v", e.Amount, maxAmount)
		}
	case Crop:
		if c := e.Region.clip(); c.W < leastCrop || c.H < leastCrop {
			return errors.New("it leaves too little of the picture")
		}
	}
	return nil
}

// within is false for NaN.
func within(v, lo, hi float64) bool { return v >= lo && v <= hi && !math.IsNaN(v) }
