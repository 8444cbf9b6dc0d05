package radiograph

import "hilum/dicomio"

// Preset is a window that is known by its name, made from the picture's own: films differ
// in what their values mean, so no centre fits all of them.
type Preset struct {
	Name string
	// Wide is its width in widths of the picture's own window.
	Wide float64
	// Dense is how far its centre lies towards what is dense, likewise.
	Dense float64
}

// Presets are those that come along: less and more contrast over the same values, and what
// lies behind the heart and the diaphragm.
func Presets() []Preset {
	return []Preset{{"soft", 1.6, 0}, {"hard", 0.6, 0}, {"mediastinum", 0.6, 0.25}}
}

// Window is the preset on a picture. Dense is bright where high values are shown so.
func (p Preset) Window(im *dicomio.Image) dicomio.Window {
	own := im.DefaultWindow()
	if own.LUT != nil {
		own = im.FullWindow()
	}
	towards := own.Width
	if im.Inverted {
		towards = -towards
	}
	w := Adjusted(own, own.Center+p.Dense*towards, own.Width*p.Wide)
	w.Name = p.Name
	return w
}
