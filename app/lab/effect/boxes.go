package effect

import (
	"slices"

	"hilum/app/lab/edit"
	"hilum/internal/phantom"
)

// Box is a box around something on the film: a finding or what confounds.
type Box struct {
	Label string    `json:"label"` // a class, or any other word
	Rect  edit.Rect `json:"rect"`  // in the film's frame
}

// PhantomBoxes gives the boxes of findings and confounders.
func PhantomBoxes(f *phantom.Image) []Box {
	w, h := float64(f.Width), float64(f.Height)
	var out []Box
	add := func(label string, boxes []phantom.PixelBox) {
		for _, b := range boxes {
			out = append(out,
				Box{label, edit.Rect{X: float64(b.X0) / w, Y: float64(b.Y0) / h, W: float64(b.X1-b.X0) / w,
					H: float64(b.Y1-b.Y0) / h}})
		}
	}
	for _, m := range f.Marks {
		add(string(m.Finding), m.Boxes)
	}
	for _, c := range f.Confounders {
		add(string(c.Kind), c.Boxes)
	}
	return out
}

// IsFinding tells the classes that phantoms can show from other words.
func IsFinding(label string) bool { return slices.Contains(phantom.Findings(), phantom.Finding(label)) }
