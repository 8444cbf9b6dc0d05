package evidence

import (
	"math"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// View is how films are to be shown (PS3.3 A.33.1): the whole chain from stored values to
// what is seen, in place of the film's own.
type View struct {
	Films    []string // nil for all that the object is about
	Modality dicomio.Modality
	Window   *dicomio.Window // nil is the identity: all values that the modality transform can give
	Inverse  bool            // low values are bright
	Curve    *dicomio.LUT    // Presentation LUT; nil where there is only a shape
	Rotation int             // 0, 90, 180 or 270 degrees clockwise
	Flip     bool            // left and right are exchanged, after the rotation
	Area     Area
	Shutters []Shutter
	Shade    float64 // of what a shutter hides, 0 black to 1 white
}

// Area is the part of a film that is to be displayed, in pixels of the film before it is
// turned. The zero value is all of it.
type Area struct{ X, Y, Width, Height float64 }

// Shutter hides what lies outside it (PS3.3 C.7.6.11). Exactly one shape is set.
type Shutter struct {
	Box     *[4]float64 // left, upper, right, lower edge in columns and rows, from 0, inclusive
	Centre  *Point
	Radius  float64 // with Centre, in pixels
	Corners []Point
}

// presentation reads a presentation state.
func (r *reader) presentation() {
	s := r.set
	base := View{Modality: dicomio.ReadModality(s), Flip: s.Find(tag.ImageHorizontalFlip).Text() == "Y"}
	if w := s.Find(tag.ImageRotation).Uint16s(); len(w) == 1 {
		if w[0]%90 == 0 && w[0] < 360 {
			base.Rotation = int(w[0])
		} else {
			r.fault("The state turns the film by %d degrees, which is not shown.", int(w[0]))
		}
	}
	base.Inverse = s.Find(tag.PresentationLUTShape).Text() == "INVERSE"
	if items := s.Items(tag.PresentationLUTSequence); len(items) > 0 {
		lut, faults, err := dicomio.ReadPresentationLUT(items[0])
		if err != nil {
			r.fault("The Presentation LUT was left out: %v.", err)
		} else {
			base.Curve = lut
		}
		for _, f := range faults {
			r.fault("The Presentation LUT %s.", f)
		}
	}
	r.shutters(s, &base)
	r.views(base)
	r.layers()
}

// views makes a view for each set of films that has a window or an area of its own.
func (r *reader) views(base View) {
	windows, areas := r.set.Items(tag.SoftcopyVOILUTSequence), r.set.Items(tag.DisplayedAreaSelectionSequence)
	films := func(item dcm.Set) []string { return instances(item, tag.ReferencedImageSequence) }
	apart := false
	for _, item := range append(append([]dcm.Set{}, windows...), areas...) {
		apart = apart || len(films(item)) > 0
	}
	each := [][]string{nil}
	if apart {
		each = nil
		for _, f := range r.o.Films {
			each = append(each, []string{f})
		}
	}
	for _, of := range each {
		v := base
		v.Films = of
		mine := func(item dcm.Set) bool { return of == nil || Speaks(films(item), of[0]) }
		for _, item := range windows {
			if list := dicomio.ReadWindows(item, base.Modality); mine(item) && len(list) > 0 {
				v.Window = &list[0]
			}
		}
		for _, item := range areas {
			if mine(item) {
				v.Area = areaOf(item)
			}
		}
		r.o.Views = append(r.o.Views, v)
	}
}

// areaOf reads a Displayed Area Selection: the corners that are upper left and lower right
// once the film is turned, in pixels of the film before, counted from 1 (PS3.3 C.10.4).
func areaOf(item dcm.Set) Area {
	a, b := item.Find(tag.DisplayedAreaTopLeftHandCorner).Uint32s(),
		item.Find(tag.DisplayedAreaBottomRightHandCorner).Uint32s()
	if len(a) != 2 || len(b) != 2 {
		return Area{}
	}
	at := func(w []uint32, i int) float64 { return float64(int32(w[i])) }
	x0, x1 := min(at(a, 0), at(b, 0))-1, max(at(a, 0), at(b, 0))
	y0, y1 := min(at(a, 1), at(b, 1))-1, max(at(a, 1), at(b, 1))
	return Area{X: x0, Y: y0, Width: x1 - x0, Height: y1 - y0}
}

// shutters reads the Display Shutter Module.
func (r *reader) shutters(s dcm.Set, v *View) {
	number := func(t tag.Tag) float64 { return s.Find(t).Number(math.NaN()) }
	if w := s.Find(tag.ShutterPresentationValue).Uint16s(); len(w) == 1 {
		v.Shade = float64(w[0]) / math.MaxUint16
	}
	for _, shape := range s.Find(tag.ShutterShape).Texts() {
		var one Shutter
		whole := false
		switch shape {
		case "RECTANGULAR":
			box := [4]float64{number(tag.ShutterLeftVerticalEdge) - 1, number(tag.ShutterUpperHorizontalEdge) - 1,
				number(tag.ShutterRightVerticalEdge) - 1, number(tag.ShutterLowerHorizontalEdge) - 1}
			one.Box, whole = &box, box[0] <= box[2] && box[1] <= box[3]
		case "CIRCULAR":
			if c := s.Find(tag.CenterOfCircularShutter).Numbers(); len(c) == 2 {
				one.Centre, one.Radius = &Point{X: c[1] - 0.5, Y: c[0] - 0.5}, number(tag.RadiusOfCircularShutter)
				whole = one.Radius > 0
			}
		case "POLYGONAL":
			v := s.Find(tag.VerticesOfThePolygonalShutter).Numbers()
			for i := 0; i+1 < len(v); i += 2 {
				one.Corners = append(one.Corners, Point{X: v[i+1] - 0.5, Y: v[i] - 0.5})
			}
			whole = len(one.Corners) >= 3
		case "BITMAP":
			r.fault("The state hides parts of the film by a bitmap, which is not shown.")
			continue
		}
		if !whole {
			r.fault("A shutter of the form %s makes no sense and was left out.", shape)
			continue
		}
		v.Shutters = append(v.Shutters, one)
	}
}

// Hides tells whether a shutter covers the pixel at a column and a row.
func (s *Shutter) Hides(column, row int) bool {
	x, y := float64(column), float64(row)
	switch {
	case s.Box != nil:
		return x < s.Box[0] || x > s.Box[2] || y < s.Box[1] || y > s.Box[3]
	case s.Centre != nil:
		return math.Hypot(x+0.5-s.Centre.X, y+0.5-s.Centre.Y) > s.Radius
	}
	return !inside(s.Corners, x+0.5, y+0.5)
}

// inside is the even-odd rule.
func inside(corners []Point, x, y float64) bool {
	in := false
	for i, a := range corners {
		b := corners[(i+1)%len(corners)]
		if (a.Y > y) != (b.Y > y) && x < a.X+(y-a.Y)/(b.Y-a.Y)*(b.X-a.X) {
			in = !in
		}
	}
	return in
}

// Placed gives where a fraction of the displayed area lies in a film of so many pixels,
// in pixels of the film before it is turned.
func (v *View) Placed(p Point, width, height int) Point {
	a := v.Area
	if a.Width <= 0 || a.Height <= 0 {
		a = Area{Width: float64(width), Height: float64(height)}
	}
	x, y := p.X, p.Y
	if v.Flip {
		x = 1 - x
	}
	switch v.Rotation { // back by what the film is turned clockwise
	case 90:
		x, y = y, 1-x
	case 180:
		x, y = 1-x, 1-y
	case 270:
		x, y = 1-y, x
	}
	return Point{X: a.X + x*a.Width, Y: a.Y + y*a.Height}
}

// ViewOf is how the object wants a film to be shown; nil where it says nothing.
func (o *Object) ViewOf(instance string) *View {
	if !o.About(instance) {
		return nil
	}
	for i := range o.Views {
		if Speaks(o.Views[i].Films, instance) {
			return &o.Views[i]
		}
	}
	return nil
}

// Table runs the chain of PS3.4 N.2 of the state for every stored value of a film. The
// film's own transforms and its polarity count for nothing: the state says it all
// (PS3.4 N.2.1 to N.2.4), so that a state of an inverted film is inverse once.
func (v *View) Table(im *dicomio.Image) dicomio.DisplayTable {
	seen := *im
	seen.Modality, seen.Inverted = v.Modality, v.Inverse
	w := v.identity(im)
	if v.Window != nil {
		w = *v.Window
	}
	if v.Curve == nil {
		return seen.DisplayTable(w, false)
	}
	seen.Inverted = false
	lo, hi := im.ValueRange()
	t := dicomio.DisplayTable{First: lo, Gray: make([]uint8, min(int64(hi)-int64(lo)+1, 1<<16))}
	span := float64(max(len(v.Curve.Data)-1, 1))
	for i := range t.Gray {
		if im.Padding.Has(lo + int32(i)) {
			continue // black, as without a curve
		}
		y := w.Apply(seen.ModalityValue(lo + int32(i)))
		p := v.Curve.At(int64(v.Curve.First) + int64(math.Round(y*span)))
		t.Gray[i] = uint8(math.Round(255 * min(float64(p)/v.Curve.White(), 1)))
	}
	return t
}

// identity is the window of a state without one: all that the modality transform can give
// (PS3.4 N.2.2).
func (v *View) identity(im *dicomio.Image) dicomio.Window {
	bits := min(max(im.BitsStored, 1), 16)
	lo, hi := 0.0, float64(int(1)<<bits-1)
	if im.Signed {
		lo, hi = -float64(int(1)<<(bits-1)), float64(int(1)<<(bits-1)-1)
	}
	if l := v.Modality.LUT; l != nil {
		lo, hi = 0, l.White()
	} else {
		lo, hi = v.Modality.Slope*lo+v.Modality.Intercept, v.Modality.Slope*hi+v.Modality.Intercept
	}
	lo, hi = min(lo, hi), max(lo, hi)
	return dicomio.Window{Center: (lo + hi) / 2, Width: max(hi-lo, 1), Function: dicomio.LinearExact}
}

// Presented is Table as a window of the film, for those who show films by windows: a table
// over the film's own modality values, rounded to whole ones. It undoes the polarity of the
// film, which is laid over every window, so that the state's alone counts.
func (v *View) Presented(im *dicomio.Image, name string) dicomio.Window {
	grey := v.Table(im)
	lo := grey.First
	hi := lo + int32(len(grey.Gray)) - 1
	least, greatest := math.Inf(1), math.Inf(-1)
	at := func(s int32) float64 { return math.Round(im.ModalityValue(s)) }
	for s := lo; s <= hi; s++ {
		least, greatest = min(least, at(s)), max(greatest, at(s))
	}
	n := int(min(greatest-least+1, 1<<16))
	l := &dicomio.LUT{First: int32(least), Bits: 8, Data: make([]uint16, n), Top: 255, Explanation: name}
	known := make([]bool, n)
	for s := lo; s <= hi; s++ {
		if i := int(at(s) - least); i < n {
			l.Data[i], known[i] = uint16(grey.At(s)), true
			if im.Inverted {
				l.Data[i] = 255 - l.Data[i]
			}
		}
	}
	for i := 1; i < n; i++ { // values that no stored one has
		if !known[i] {
			l.Data[i] = l.Data[i-1]
		}
	}
	return dicomio.Window{Name: name, LUT: l}
}
