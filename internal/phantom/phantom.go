package phantom

import (
	"slices"

	"hilum/internal/message"
	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
	"hilum/internal/phantom/findings"
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

// Image is one finished phantom with its truth.
type Image struct {
	Width, Height int
	Pixels        []uint16 // 12 bits, 0..4095, row-major; higher is brighter (denser)
	Marks         []Mark   // in class order; a finding wholly hidden by another is left out
	Confounders   []ConfounderMark
	View          View
	Sex           string  // "M" or "F"
	Age           int     // years
	PixelSpacing  float64 // mm at the detector
}

// Grey8 is the 8-bit view of the pixels, 0..255, row-major.
func (f *Image) Grey8() []uint8 {
	out := make([]uint8, len(f.Pixels))
	for i, v := range f.Pixels {
		out[i] = uint8((uint32(v)*255 + 2047) / 4095)
	}
	return out
}

// Generate draws one film. Equal options give equal bytes on one architecture;
// compilers that fuse multiply and add may round some grey values differently.
// It fails for a size, view, finding or severity that does not exist.
func Generate(o Options) (*Image, error) {
	f, ls, err := draw(&o)
	if err != nil {
		return nil, message.Errorf("phantom: %w", err)
	}
	return finish(f, ls), nil
}

// draw lays all material of the film and fills in the defaults of o.
func draw(o *Options) (*chest.Sheet, []*findings.Drawing, error) {
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
		if !slices.Contains(chest.ConfounderKinds(), k) {
			return nil, nil, message.Errorf("unknown kind of confounder %q", k)
		}
	}
	if o.View == "" && slices.Contains(o.Confounders, HospitalLook) {
		o.View = AP
	}
	if o.View != "" && o.View != PA && o.View != AP {
		return nil, nil, message.Errorf("unknown view %q", o.View)
	}
	s := canvas.Seeds{Seed: o.Seed, Visit: o.Visit}
	ls, err := findings.NewLesions(s, o.Findings)
	if err != nil {
		return nil, nil, err
	}
	b := chest.NewBuild(s, o.View)
	b.Age += float64(o.Days) / daysYear
	pose := chest.NewPose(s.Today(canvas.StreamPose+1<<16), b)
	cam := pose.Camera(b, o.Size, o.Height)
	well := b.Tabulate(chest.LevelPixels / cam.S)
	f := chest.NewSheet(s, well, reformed(well, ls), cam, canvas.TakePool(o.Size, o.Height))
	f.Shown = o.Confounders
	f.Pose = pose
	lay(f, ls, *o)
	return f, ls, nil
}

// reformed is the person after findings have changed the anatomy.
func reformed(well *chest.Anatomy, ls []*findings.Drawing) *chest.Anatomy {
	if !slices.ContainsFunc(ls, func(l *findings.Drawing) bool { return l.Reform != nil }) {
		return well
	}
	b := *well.Build
	for _, l := range ls {
		if l.Reform != nil {
			l.Reform(l, &b)
		}
	}
	return b.Tabulate(well.Step)
}

// lay draws everything the beam meets, findings last.
func lay(f *chest.Sheet, ls []*findings.Drawing, o Options) {
	f.Cast()
	f.Home = f.Well.Home.Tabulate(chest.CoarseLevel)
	f.Deform = append(f.Deform, f.Breathed, f.Shifted)
	drainSide := -1.0
	if o.DrainRight {
		drainSide = 1
	}
	for _, l := range ls {
		l.Attach(f)
		if l.Later != nil {
			f.Deform = append(f.Deform, l.Later)
		}
		if l.Early != nil {
			l.Early(l)
		}
		if l.Name == Pneumothorax {
			drainSide = l.Sg
		}
	}
	f.DrawOrgans()
	for _, l := range ls {
		if l.Draw != nil {
			l.Draw(l)
		}
	}
	if o.Devices {
		f.DrawDevices()
	}
	if slices.Contains(f.Shown, ChestDrain) {
		f.NoteConfounder(ChestDrain, f.DrawDrain(drainSide)...)
	}
}

// finish exposes, develops and prints the film, measures its findings and gives
// its grids back.
func finish(f *chest.Sheet, ls []*findings.Drawing) *Image {
	f.Store.Put(f.Lung, f.Vess, f.Open) // only drawing needs them
	for _, l := range ls {
		f.Store.Put(l.Effect)
	}
	b, g := f.Well.Build, f.Print()
	out := &Image{Width: f.W, Height: f.H, Pixels: make([]uint16, len(g.P)), Confounders: f.Confounders, View: b.View(),
		Sex: "F", Age: int(b.Age), PixelSpacing: f.Cam.Pitch()}
	if b.Male {
		out.Sex = "M"
	}
	for i, v := range g.P {
		if v < 0 {
			v = 0
		}
		if v > 1 {
			v = 1
		}
		out.Pixels[i] = uint16(v*4095 + 0.5)
	}
	f.Store.Put(f.Soft, f.Bone, f.Body, g)
	f.Store.Close()
	for _, l := range ls {
		if m, ok := l.Mark(); ok {
			out.Marks = append(out.Marks, m)
		}
	}
	return out
}
