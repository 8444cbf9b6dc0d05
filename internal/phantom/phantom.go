package phantom

import (
	"slices"

	"hilum/internal/message"
)

// View is how the beam went through the patient.
type View string

// The two frontal views.
const (
	PA View = "PA" // stand, from the back
	AP View = "AP" // portable, from the front
)

// The sizes Generate draws, pixels a side.
const (
	MinSize     = 64
	MaxSize     = 4096
	defaultSize = 512
	daysYear    = 365.25
)

// Options say what to draw. The zero value is a normal film of 512 x 512.
type Options struct {
	Seed     uint64 // the person
	Visit    uint64 // the visit: another breath, position and exposure
	Days     int    // since the first visit: people grow older
	Size     int    // pixels across, MinSize..MaxSize; 0 is 512
	Height   int    // pixels down, MinSize..MaxSize; 0 is Size
	View     View   // "" draws it
	Findings []Lesion
	Devices  bool // leads, lines, tubes, pacemakers, as this visit has them

	Confounders []ConfounderKind // what else is shown
	DrainRight  bool             // a chest drain without a pneumothorax is on the viewer's right, not left
}

// Film is one finished phantom with its truth.
type Film struct {
	Width, Height int
	Pixels        []uint16 // 12 bits, 0..4095, row-major; higher is brighter (denser)
	Marks         []Mark   // in class order; a finding wholly hidden by another is left out
	Confounders   []ConfounderMark
	View          View
	Sex           string  // "M" or "F"
	Age           int     // years
	PixelSpacing  float64 // mm at the detector
}

// Mark is where one finding lies.
type Mark struct {
	Finding  Finding
	Severity float64 // as asked for
	Mask     []bool  // row-major, of the film's size: where the finding shows
	Boxes    []Box   // tight around the mask; one a side for findings of both lungs
}

// Box is a rectangle of pixels, half open: X0 <= x < X1.
type Box struct{ X0, Y0, X1, Y1 int }

// Grey8 is the 8-bit view of the pixels, 0..255, row-major.
func (f *Film) Grey8() []uint8 {
	out := make([]uint8, len(f.Pixels))
	for i, v := range f.Pixels {
		out[i] = uint8((uint32(v)*255 + 2047) / 4095)
	}
	return out
}

// Generate draws one film. Equal options give equal bytes on one architecture;
// compilers that fuse multiply and add may round some grey values differently.
// It fails for a size, view, finding or severity that does not exist.
func Generate(o Options) (*Film, error) {
	f, ls, err := draw(&o)
	if err != nil {
		return nil, message.Errorf("phantom: %w", err)
	}
	return f.finish(ls), nil
}

// draw lays all material of the film and fills in the defaults of o.
func draw(o *Options) (*sheet, []*lesion, error) {
	if o.Size == 0 {
		o.Size = defaultSize
	}
	if o.Size < MinSize || o.Size > MaxSize {
		return nil, nil, message.Errorf("size %d is outside %d..%d", o.Size, MinSize, MaxSize)
	}
	if o.Height == 0 {
		o.Height = o.Size
	}
	if o.Height < MinSize || o.Height > MaxSize {
		return nil, nil, message.Errorf("height %d is outside %d..%d", o.Height, MinSize, MaxSize)
	}
	for _, k := range o.Confounders {
		if !slices.Contains(ConfounderKinds(), k) {
			return nil, nil, message.Errorf("unknown kind of confounder %q", k)
		}
	}
	if o.View == "" && slices.Contains(o.Confounders, HospitalLook) {
		o.View = AP
	}
	if o.View != "" && o.View != PA && o.View != AP {
		return nil, nil, message.Errorf("unknown view %q", o.View)
	}
	s := seeds{o.Seed, o.Visit}
	ls, err := newLesions(s, o.Findings)
	if err != nil {
		return nil, nil, err
	}
	b := newBuild(s, o.View)
	b.age += float64(o.Days) / daysYear
	pose := newPose(s.today(streamPose+1<<16), b)
	cam := pose.camera(b, o.Size, o.Height)
	well := b.tabulate(levelPixels / cam.s)
	f := newSheet(s, well, reformed(well, ls), cam, openStore(o.Size, o.Height))
	f.shown = o.Confounders
	f.pose = pose
	f.lay(ls, *o)
	return f, ls, nil
}

// reformed is the person after findings have changed the anatomy.
func reformed(well *anatomy, ls []*lesion) *anatomy {
	if !slices.ContainsFunc(ls, func(l *lesion) bool { return l.reform != nil }) {
		return well
	}
	b := *well.build
	for _, l := range ls {
		if l.reform != nil {
			l.reform(l, &b)
		}
	}
	return b.tabulate(well.step)
}

// lay draws everything the beam meets, findings last.
func (f *sheet) lay(ls []*lesion, o Options) {
	f.cast()
	f.home = f.well.home.tabulate(coarseLevel)
	f.deform = append(f.deform, f.breathed, f.shifted)
	drainSide := -1.0
	if o.DrainRight {
		drainSide = 1
	}
	for _, l := range ls {
		l.attach(f)
		if l.later != nil {
			f.deform = append(f.deform, l.later)
		}
		if l.early != nil {
			l.early(l)
		}
		if l.name == Pneumothorax {
			drainSide = l.sg
		}
	}
	f.drawVessels()
	f.fillLung()
	f.drawAirways()
	f.drawBones()
	f.drawSkin()
	f.fillBody()
	f.drawAbdomen()
	f.drawAorta()
	for _, l := range ls {
		if l.draw != nil {
			l.draw(l)
		}
	}
	if o.Devices {
		f.drawDevices()
	}
	if slices.Contains(f.shown, ChestDrain) {
		f.noteConfounder(ChestDrain, f.drawDrain(drainSide)...)
	}
}

// breathed moves a place in the lung of a usual breath to where it lies today:
// below its root the lung is drawn out by the diaphragm.
func (f *sheet) breathed(v vec) vec {
	side := 0
	if v.x > 0 {
		side = 1
	}
	root := hilum(f.well.build, side)
	if v.y > root {
		v.y = root + (v.y-root)*(f.well.domes[side].top-root)/(f.home.domes[side].top-root)
	}
	return v
}

// shifted moves what lies near the mediastinum along with it.
func (f *sheet) shifted(v vec) vec {
	if d := f.now.shift - f.well.shift; d != 0 {
		v.x += d * bell(v.x/9)
	}
	return v
}

// finish exposes, develops and prints the film, measures its findings and gives
// its grids back.
func (f *sheet) finish(ls []*lesion) *Film {
	f.store.put(f.lung, f.vess, f.open) // only drawing needs them
	for _, l := range ls {
		f.store.put(l.effect)
	}
	b := f.well.build
	l := newLook(f.seeds.today(streamLook), b)
	if slices.Contains(f.shown, HospitalLook) {
		l = hospitalLook(l)
	}
	t := meter(f.seeds, f.well, f.pose, l)
	g := f.develop(f.expose(l, t.dose), l, t)
	f.imprint(g)
	out := &Film{Width: f.w, Height: f.h, Pixels: make([]uint16, len(g.p)), Confounders: f.confounders, View: b.view(), Sex: "F", Age: int(b.age), PixelSpacing: f.cam.pitch()}
	if b.male {
		out.Sex = "M"
	}
	for i, v := range g.p {
		if v < 0 {
			v = 0
		}
		if v > 1 {
			v = 1
		}
		out.Pixels[i] = uint16(v*4095 + 0.5)
	}
	f.store.put(f.soft, f.bone, f.body, g)
	f.store.close()
	for _, l := range ls {
		if m, ok := l.mark(); ok {
			out.Marks = append(out.Marks, m)
		}
	}
	return out
}
