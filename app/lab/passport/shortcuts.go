package passport

import (
	"slices"

	"hilum/app/lab/edit"
	"hilum/internal/phantom"
)

// Shortcut is something on films that is no disease, from which a model can learn to
// guess one. It is a value: [Shortcuts] lists them all.
type Shortcut struct {
	Name  string // in files and JSON
	Title string // for people
	About string // how it is laid on films, in a sentence

	Edits  []edit.Edit // that lay it on a film; nil where it cannot be
	Placed bool        // the one edit acts at a place, and is tried at others
	// Draw changes how a phantom is drawn where no edit can do it; nil where one can. The
	// film without it is drawn with Without.
	Draw, Without func(o *phantom.Options)
}

// Registry is a list of shortcuts in the order in which they are shown.
type Registry []Shortcut

// Find finds a shortcut by its name.
func (r Registry) Find(name string) (Shortcut, bool) {
	i := slices.IndexFunc(r, func(s Shortcut) bool { return s.Name == name })
	if i < 0 {
		return Shortcut{}, false
	}
	return r[i], true
}

// Names lists the names.
func (r Registry) Names() []string {
	out := make([]string, len(r))
	for i, s := range r {
		out[i] = s.Name
	}
	return out
}

// Shortcuts lists what models are tried with. Places are those where the things usually
// lie, the patient's left on the viewer's right.
func Shortcuts() Registry {
	return Registry{
		{Name: "marker", Title: "a portable tag", Placed: true,
			About: "The word PORTABLE on a dark plate, burnt into the lower left corner.",
			Edits: laid(edit.Tag, edit.Rect{X: 0.065, Y: 0.895, W: 0.18, H: 0.04})},
		{Name: "letter-l", Title: "a letter L", Placed: true, About: "A lead letter at the upper right.",
			Edits: laid(edit.LetterL, edit.Rect{X: 0.9, Y: 0.05, W: 0.05, H: 0.07})},
		{Name: "letter-r", Title: "a letter R", Placed: true, About: "A lead letter at the upper left.",
			Edits: laid(edit.LetterR, edit.Rect{X: 0.05, Y: 0.05, W: 0.05, H: 0.07})},
		{Name: "drain", Title: "a chest drain", Placed: true,
			About: "A tube with its opaque stripe, from the side up to the apex of the lung.",
			Edits: laid(edit.Drain, edit.Rect{X: 0.58, Y: 0.25, W: 0.35, H: 0.4})},
		{Name: "leads", Title: "ECG leads", Placed: true, About: "Three electrodes with their wires over the chest.",
			Edits: laid(edit.Leads, edit.Rect{X: 0.25, Y: 0.3, W: 0.5, H: 0.45})},
		{Name: "projection", Title: "an AP projection",
			About:   "The same phantom with the beam from the front instead of from behind; films cannot be given another projection.",
			Draw:    func(o *phantom.Options) { o.View = phantom.AP },
			Without: func(o *phantom.Options) { o.View = phantom.PA }},
		{Name: "overexposure", Title: "a dark exposure", About: "Grey values by a gamma of 1.4.",
			Edits: []edit.Edit{{Kind: edit.Exposure, Gamma: 1.4, Scale: 1}}},
		{Name: "underexposure", Title: "a bright exposure", About: "Grey values by a gamma of 0.7.",
			Edits: []edit.Edit{{Kind: edit.Exposure, Gamma: 0.7, Scale: 1}}},
		{Name: "border", Title: "a printed border", About: "A black margin behind a thin pale line.",
			Edits: []edit.Edit{{Kind: edit.Border}}},
		{Name: "style", Title: "another site's style",
			About: "Another film curve (gamma 0.85, contrast 0.9, brighter by 0.04) and more quantum noise.",
			Edits: []edit.Edit{{Kind: edit.Exposure, Gamma: 0.85, Scale: 0.9, Shift: 0.04},
				{Kind: edit.Noise, Amount: 0.01, Seed: 1}}},
	}
}

// laid is a device at a place.
func laid(d edit.Device, at edit.Rect) []edit.Edit {
	return []edit.Edit{{Kind: edit.Marker, Device: d, Region: at}}
}
