package viewport

// Mouse is what the reader's mouse does to the picture, as users of other viewers are used
// to it.
type Mouse struct {
	Left   Drag `json:"left"` // with no tool in hand
	Middle Drag `json:"middle"`
	Right  Drag `json:"right"`
	// BrighterDown has a drag downwards make the picture brighter instead of darker.
	BrighterDown bool `json:"brighter_down"`
	// WidthUpDown has the width change with up and down, and the brightness with left and
	// right: the other way about than without.
	WidthUpDown bool `json:"width_up_down"`
}

// Drag is what a drag does.
type Drag string

// What drags do.
const (
	DragsWindow Drag = "window"
	DragsPan    Drag = "pan"
	DragsZoom   Drag = "zoom"
)

// DefaultMouse is the usual one.
func DefaultMouse() Mouse { return Mouse{Left: DragsWindow, Middle: DragsPan, Right: DragsPan} }

// Sane is the mouse with the usual drag where one makes no sense.
func (m Mouse) Sane() Mouse {
	usual := DefaultMouse()
	for _, d := range []struct {
		has   *Drag
		usual Drag
	}{{&m.Left, usual.Left}, {&m.Middle, usual.Middle}, {&m.Right, usual.Right}} {
		if *d.has != DragsWindow && *d.has != DragsPan && *d.has != DragsZoom {
			*d.has = d.usual
		}
	}
	return m
}

// Turned is a drag of the window as DragWindow takes it: right wider, down darker.
func (m Mouse) Turned(dx, dy float64) (wider, darker float64) {
	if m.WidthUpDown {
		dx, dy = dy, dx
	}
	if m.BrighterDown {
		dy = -dy
	}
	return dx, dy
}
