package edit

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode"

	"hilum/internal/message"
)

// Device is something laid on a film that casts a shadow.
type Device string

// The devices.
const (
	LetterL   Device = "L"         // lead letter of the left side
	LetterR   Device = "R"         // and of the right
	Tag       Device = "tag"       // a word burnt in over a dark plate, Edit.Text or PORTABLE
	Leads     Device = "leads"     // three ECG electrodes with wires
	Drain     Device = "drain"     // chest drain: tube, opaque stripe, side hole
	Pacemaker Device = "pacemaker" // can, header and lead
	Clip      Device = "clip"      // surgical clip
)

// Devices lists all devices.
func Devices() []Device {
	return []Device{LetterL, LetterR, Tag, Leads, Drain, Pacemaker, Clip}
}

// marking lays something on the film that casts a shadow.
func marking() Operation {
	op := Operation{
		Kind: Marker, Placed: true, Check: checkDevice,
		Title:   func(e Edit) message.Message { return e.Device.Title() },
		Doing:   func(e Edit) message.Message { return e.Device.adding() },
		Apply:   func(_ context.Context, s *Sheet, e Edit, _ Images) error { return s.mark(e) },
		Sliders: []Slider{angle()},
	}
	for _, d := range Devices() {
		op.Tools = append(op.Tools,
			Tool{Text: d.short(), Group: LaysOn, Drawn: true, Edit: Edit{Kind: Marker, Device: d},
				Size: d.size(), Once: true})
	}
	return op
}

// Title names a device.
func (d Device) Title() message.Message {
	switch d {
	case LetterL, LetterR:
		return message.Of("Letter %s", string(d))
	case Tag:
		return message.Of("Portable tag")
	case Leads:
		return message.Of("ECG leads")
	case Drain:
		return message.Of("Chest drain")
	case Pacemaker:
		return message.Of("Pacemaker")
	case Clip:
		return message.Of("Surgical clip")
	}
	return message.Data(string(d))
}

// short fits a button.
func (d Device) short() string {
	switch d {
	case Tag:
		return "Tag"
	case Leads:
		return "Leads"
	case Drain:
		return "Drain"
	case Pacemaker:
		return "Pacer"
	case Clip:
		return "Clip"
	}
	return string(d) // a letter
}

// size is what a click takes, fractions of the film.
func (d Device) size() [2]float64 {
	switch d {
	case Tag:
		return [2]float64{0.2, 0.045}
	case Leads:
		return [2]float64{0.5, 0.45}
	case Drain:
		return [2]float64{0.35, 0.4}
	case Pacemaker:
		return [2]float64{0.3, 0.4}
	case Clip:
		return [2]float64{0.03, 0.03}
	}
	return [2]float64{0.05, 0.07} // a letter
}

// adding is how a sentence about a device begins.
func (d Device) adding() message.Message {
	switch d {
	case LetterL, LetterR:
		return message.Of("Adding this letter")
	case Tag:
		return message.Of("Adding this portable tag")
	case Leads:
		return message.Of("Adding these ECG leads")
	case Drain:
		return message.Of("Adding this chest drain")
	case Pacemaker:
		return message.Of("Adding this pacemaker")
	}
	return message.Of("Adding this surgical clip")
}

// maxTagText bounds the word of a tag, in letters.
const maxTagText = 24

// tagText is the word of a tag that is given none.
const tagText = "PORTABLE"

func checkDevice(e Edit) error {
	if !slices.Contains(Devices(), e.Device) {
		return message.Errorf("its device %q is none of %v", e.Device, Devices())
	}
	if n := len([]rune(e.Text)); n > maxTagText {
		return message.Errorf("its text has %d letters, and %d are the most", n, maxTagText)
	}
	if strings.ContainsFunc(e.Text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return message.New("its text holds what cannot be printed")
	}
	return nil
}

// How much of the light that a film would show each material takes: metal in
// front of a chest leaves next to nothing, plastic some.
const (
	opaqueLead    = 0.93
	opaqueSteel   = 0.85
	opaqueCan     = 0.7
	opaqueStripe  = 0.6
	opaqueWire    = 0.4
	opaqueTube    = 0.18
	opaqueButton  = 0.45
	plateStrength = 0.7 // of a tag's plate: what it takes of the brightness
)

// mark lays a device on the film. Shadows multiply as transmissions do
// (Beer-Lambert), so the distance from white is multiplied by 1 - opacity: on a
// film of either polarity the device is bright, and never brighter than white.
func (s *Sheet) mark(e Edit) error {
	at := e.Region.unclipped(s.im.Width, s.im.Height)
	d, err := drawDevice(e, at.w(), at.h())
	if err != nil {
		return err
	}
	turned := turnedSpan(at, e.Degrees)
	in := turned.grow(0, s.im.Width, s.im.Height)
	if in.empty() {
		return nil
	}
	sin, cos := math.Sincos(e.Degrees * math.Pi / 180)
	cx, cy := float64(at.x0+at.x1)/2, float64(at.y0+at.y1)/2
	m := mask{span: in, a: make([]float32, in.w()*in.h())}
	target := make([]grid, s.im.Samples)
	for c := range target {
		target[c] = s.read(in, c)
	}
	for y := range in.h() {
		for x := range in.w() {
			dx, dy := float64(in.x0+x)+0.5-cx, float64(in.y0+y)+0.5-cy
			u, v := dx*cos+dy*sin+float64(at.w())/2-0.5, -dx*sin+dy*cos+float64(at.h())/2-0.5
			opacity, plate := d.ink.inside(u, v), d.plate.inside(u, v)
			i := y*in.w() + x
			if opacity > 0 || plate > 0 {
				m.a[i] = 1
				for c := range target {
					b := target[c].p[i] * (1 - plate)
					target[c].p[i] = 1 - (1-b)*(1-opacity)
				}
			}
		}
	}
	for c := range target {
		s.write(m, c, target[c])
	}
	return nil
}

// turnedSpan is the upright span around one that is turned about its middle.
func turnedSpan(s span, degrees float64) span {
	if degrees == 0 {
		return s
	}
	half := int(math.Ceil(math.Hypot(float64(s.w()), float64(s.h())) / 2))
	cx, cy := (s.x0+s.x1)/2, (s.y0+s.y1)/2
	return span{cx - half - 1, cy - half - 1, cx + half + 1, cy + half + 1}
}

// inside interpolates; beyond the grid there is nothing.
func (g grid) inside(x, y float64) float32 {
	if len(g.p) == 0 || x < -0.5 || y < -0.5 || x > float64(g.w)-0.5 || y > float64(g.h)-0.5 {
		return 0
	}
	return g.at(x, y)
}

// drawing is a device at the size of its region: how much light each pixel takes,
// and the dark plate below a tag.
type drawing struct {
	ink   grid
	plate grid
}

func drawDevice(e Edit, w, h int) (drawing, error) {
	d := drawing{ink: newGrid(w, h)}
	switch e.Device {
	case LetterL, LetterR:
		return d, d.word(string(e.Device), opaqueLead)
	case Tag:
		d.plate = newGrid(w, h)
		for i := range d.plate.p {
			d.plate.p[i] = plateStrength
		}
		text := e.Text
		if text == "" {
			text = tagText
		}
		return d, d.word(text, opaqueLead)
	case Leads:
		d.drawLeads()
	case Drain:
		d.drawDrain()
	case Pacemaker:
		d.drawPacemaker()
	case Clip:
		d.drawClip()
	}
	return d, nil
}

// drawLeads puts three buttons whose wires leave at the lower edge.
func (d drawing) drawLeads() {
	for _, b := range [3]struct{ from, by, to point }{
		{point{0.12, 0.14}, point{0.05, 0.6}, point{0.3, 1}},
		{point{0.88, 0.14}, point{0.95, 0.6}, point{0.45, 1}},
		{point{0.72, 0.66}, point{0.75, 0.9}, point{0.4, 1}},
	} {
		d.line(curve(b.from, b.by, b.by, b.to), 0.006, opaqueWire)
		d.disc(b.from, 0.045, opaqueTube)
		d.disc(b.from, 0.022, opaqueButton)
	}
}

// drawDrain curves from the right edge, between two ribs, up to the apex, and has
// one gap in its stripe: the side hole.
func (d drawing) drawDrain() {
	path := curve(point{1, 0.95}, point{0.55, 0.9}, point{0.3, 0.6}, point{0.12, 0.06})
	d.line(path, 0.035, opaqueTube)
	hole := len(path) * 4 / 5
	d.line(path[:hole], 0.008, opaqueStripe)
	d.line(path[hole+2:], 0.008, opaqueStripe)
}

func (d drawing) drawPacemaker() {
	d.ellipse(point{0.68, 0.22}, 0.27, 0.19, opaqueCan)
	d.ellipse(point{0.68, 0.26}, 0.17, 0.11, opaqueSteel)
	d.line(curve(point{0.52, 0.1}, point{0.1, -0.05}, point{0.02, 0.5}, point{0.35, 0.97}), 0.012, opaqueSteel)
	d.disc(point{0.35, 0.96}, 0.02, opaqueSteel)
}

func (d drawing) drawClip() {
	d.line([]point{{0.15, 0.2}, {0.85, 0.45}}, 0.09, opaqueSteel)
	d.line([]point{{0.15, 0.2}, {0.85, 0.8}}, 0.09, opaqueSteel)
}
