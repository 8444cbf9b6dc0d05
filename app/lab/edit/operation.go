package edit

import (
	"context"
	"slices"

	"hilum/internal/message"
)

// Operation is what the edits of one kind do to a film and how they are offered to
// people. It is a value: whoever has one of their own appends it to [Standard] and hands the
// list on.
type Operation struct {
	Kind  Kind
	Title func(e Edit) message.Message // in a list
	Doing func(e Edit) message.Message // how a sentence about it begins, as "Erasing this"

	// Placed says that it acts at a place, so that it can be tried at others: its
	// control. Bounded says only that its region must lie on the film.
	Placed, Bounded bool
	// Check says what is wrong with its figures; nil where any will do.
	Check func(e Edit) error

	// One of the two: Apply changes the content of a film, Turn its frame.
	Apply func(ctx context.Context, s *Sheet, e Edit, images Images) error
	Turn  func(f *Frame, e Edit)

	Tools   []Tool   // by which a person makes such an edit
	Sliders []Slider // of what can be changed afterwards
}

// Tool makes an edit.
type Tool struct {
	Text  string     // on its button, short
	Group Group      // where the button stands
	Edit  Edit       // what it makes, but for its region
	Drawn bool       // its region is drawn on the film; the others act at once
	Size  [2]float64 // fractions of the film that a click without a drag takes; 0 is the usual
	Once  bool       // what was made is then moved, not made again
}

// Group is where a tool stands.
type Group string

// The groups, in the words over them.
const (
	ChangesPlaces Group = "Tools"
	LaysOn        Group = "Lay on the film"
	ChangesAll    Group = "The whole film"
)

// Slider is how a person sets a number of an edit.
type Slider struct {
	Name           string
	Min, Max, Step float64
	Of             func(e *Edit) *float64
}

// Operations is a list of operations in the order in which they are shown.
type Operations []Operation

// Standard lists the operations that come along. The last three change the
// frame, the others its content.
func Standard() Operations {
	return Operations{
		erasing(), inPainting(), blurring(), pasting(), marking(), exposing(), addingNoise(), cropping(), rotating(),
		flipping(),
	}
}

// Find finds the operation of a kind.
func (o Operations) Find(k Kind) (Operation, bool) {
	i := slices.IndexFunc(o, func(op Operation) bool { return op.Kind == k })
	if i < 0 {
		return Operation{}, false
	}
	return o[i], true
}

// Kinds lists the kinds of edit.
func (o Operations) Kinds() []Kind {
	out := make([]Kind, len(o))
	for i, op := range o {
		out[i] = op.Kind
	}
	return out
}

// Placed tells whether an edit acts at a place, so that it can be tried at others.
func (o Operations) Placed(e Edit) bool {
	op, _ := o.Find(e.Kind)
	return op.Placed
}

// turns tells the edits that change the frame.
func (o Operations) turns(e Edit) bool {
	op, _ := o.Find(e.Kind)
	return op.Turn != nil
}

// Title names an edit in a list.
func (o Operations) Title(e Edit) message.Message {
	op, ok := o.Find(e.Kind)
	if !ok {
		return message.Data(string(e.Kind))
	}
	return op.Title(e)
}

// Doing is how a sentence about an edit begins.
func (o Operations) Doing(e Edit) message.Message {
	op, ok := o.Find(e.Kind)
	if !ok {
		return message.Data(string(e.Kind))
	}
	return op.Doing(e)
}

// Check says what is wrong with an edit, or nil.
func (o Operations) Check(e Edit) error {
	if err := o.check(e); err != nil {
		return message.Errorf("this edit (%s) makes no sense: %w", e.Kind, err)
	}
	return nil
}

func (o Operations) check(e Edit) error {
	op, ok := o.Find(e.Kind)
	if !ok {
		return message.Errorf("its kind is none of %v", o.Kinds())
	}
	if op.Placed || op.Bounded {
		if err := e.Region.Check(); err != nil {
			return err
		}
	}
	if e.Shape != "" && e.Shape != Rectangle && e.Shape != Ellipse {
		return message.Errorf("its shape %q is neither %s nor %s", e.Shape, Rectangle, Ellipse)
	}
	if !within(e.Soft, 0, 1) || !within(e.Degrees, -360, 360) {
		return message.New("its soft border or its angle is out of range")
	}
	if op.Check == nil {
		return nil
	}
	return op.Check(e)
}

// always is a title that says the same of every edit.
func always(text string) func(Edit) message.Message {
	return func(Edit) message.Message { return message.Of(text) }
}

// Numbers that several operations share.
const (
	softBorder = 0.15 // border of new regions
	blurRadius = 0.03 // of a new blur
	noiseLevel = 0.02 // of new noise
	newTurn    = 5    // degrees of a new rotation
)

// softness is the figure of edits with a border.
func softness() Slider {
	return Slider{"Soft border", 0, 1, 0.05, func(e *Edit) *float64 { return &e.Soft }}
}

// angle is the figure of edits that are turned.
func angle() Slider {
	return Slider{"Degrees", -180, 180, 1, func(e *Edit) *float64 { return &e.Degrees }}
}
