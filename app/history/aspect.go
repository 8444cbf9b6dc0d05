package history

import (
	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/internal/raster"
)

// Aspect is how a study is looked at, as far as it can be undone. What lies beside
// the picture belongs to the study that the reader changed it at, as the layout
// does.
type Aspect struct {
	View    radiograph.View
	Map     classmap.Map
	Layout  viewport.Layout
	Hung    string // see viewport.Compare
	Swipe   float64
	Older   int
	Corners viewport.Corners
	Lens    bool
	Sort    findings.Sort
	Only    bool
	Scale   findings.Scale
	Query   worklist.Query
}

// Lasting is the aspect without what follows from the size of the window or lasts only
// while a key is held.
func (a Aspect) Lasting() Aspect {
	if a.View.Fit {
		a.View.Place = raster.Placement{}
	}
	a.Map.Peek = false
	return a
}

// part is a part of an aspect that is undone by itself: what the reader did
// to other parts meanwhile, with another study on the screen, stays.
type part struct {
	same func(a, b *Aspect) bool
	take func(to, from *Aspect)
	// drag tells whether what led from a to b changes smoothly, so that more of it
	// in a row is one step; nil for never.
	drag func(a, b *Aspect) bool
}

// partOf makes a part of a value within an aspect.
func partOf[T comparable](of func(*Aspect) *T, drag func(a, b *Aspect) bool) part {
	return part{
		same: func(a, b *Aspect) bool { return *of(a) == *of(b) },
		take: func(to, from *Aspect) { *of(to) = *of(from) },
		drag: drag,
	}
}

// wherePart is what zoom and pan change.
func wherePart() part {
	return part{
		same: func(a, b *Aspect) bool { return a.View.Fit == b.View.Fit && a.View.Place == b.View.Place },
		take: func(to, from *Aspect) { to.View.Fit, to.View.Place = from.View.Fit, from.View.Place },
		drag: func(_, b *Aspect) bool { return !b.View.Fit },
	}
}

func parts() []part {
	always := func(_, _ *Aspect) bool { return true }
	// not one of a key or the menu
	byHand := func(_, b *Aspect) bool { return b.View.Window.Name == radiograph.ManualWindow }
	typed := func(a, b *Aspect) bool { return a.Query.Text != b.Query.Text } // letter by letter
	return []part{
		wherePart(),
		partOf(func(a *Aspect) *dicomio.Window { return &a.View.Window }, byHand),
		partOf(func(a *Aspect) *bool { return &a.View.Invert }, nil),
		partOf(func(a *Aspect) *raster.Orientation { return &a.View.Orient }, nil),
		partOf(func(a *Aspect) *raster.Filter { return &a.View.Filter }, nil),
		partOf(func(a *Aspect) *string { return &a.View.Saved }, nil),
		partOf(func(a *Aspect) *string { return &a.Map.Class }, nil),
		partOf(func(a *Aspect) *classmap.ClassSet { return &a.Map.More }, nil),
		partOf(func(a *Aspect) *bool { return &a.Map.On }, nil),
		partOf(func(a *Aspect) *float64 { return &a.Map.Opacity }, always),
		partOf(func(a *Aspect) *float64 { return &a.Map.Floor }, always),
		partOf(func(a *Aspect) *bool { return &a.Map.PerMap }, nil),
		partOf(func(a *Aspect) *bool { return &a.Map.Signed }, nil),
		partOf(func(a *Aspect) *bool { return &a.Map.Contours }, nil),
		partOf(func(a *Aspect) *string { return &a.Map.Colours }, nil),
		partOf(func(a *Aspect) *string { return &a.Map.Method }, nil),
		partOf(func(a *Aspect) *viewport.Layout { return &a.Layout }, nil),
		partOf(func(a *Aspect) *string { return &a.Hung }, nil),
		partOf(func(a *Aspect) *float64 { return &a.Swipe }, always),
		partOf(func(a *Aspect) *int { return &a.Older }, nil),
		partOf(func(a *Aspect) *viewport.Corners { return &a.Corners }, nil),
		partOf(func(a *Aspect) *bool { return &a.Lens }, nil),
		partOf(func(a *Aspect) *findings.Sort { return &a.Sort }, nil),
		partOf(func(a *Aspect) *bool { return &a.Only }, nil),
		partOf(func(a *Aspect) *findings.Scale { return &a.Scale }, nil),
		partOf(func(a *Aspect) *worklist.Query { return &a.Query }, typed),
	}
}
