package chest

// View is how the beam went through the patient.
type View string

// The two frontal views.
const (
	PA View = "PA" // stand, from the back
	AP View = "AP" // portable, from the front
)

// PixelBox is a rectangle of pixels, half open: X0 <= x < X1.
type PixelBox struct{ X0, Y0, X1, Y1 int }

// ConfounderKind names something on a film that is no disease, but from which a
// model can learn to guess one.
type ConfounderKind string

// The kinds of confounder.
const (
	TextTag ConfounderKind = "text" // a word burnt into a corner of the picture
	// a chest drain, on the side of a pneumothorax; without one, see Options.DrainRight
	ChestDrain   ConfounderKind = "drain"
	HospitalLook ConfounderKind = "hospital" // portable AP film of another department: its detector curve and its border
)

// ConfounderKinds lists all kinds.
func ConfounderKinds() []ConfounderKind {
	return []ConfounderKind{TextTag, ChestDrain, HospitalLook}
}

// ConfounderMark is where a confounder lies on a film.
type ConfounderMark struct {
	Kind  ConfounderKind
	Boxes []PixelBox // of a hospital's look: the parts of its border
}
