package viewer

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"golang.org/x/image/font"

	"hilum/app/radiograph"
	"hilum/app/render"
	"hilum/app/viewport"
	"hilum/dicomio/evidence"
	"hilum/ui/kit"
)

// foreignLayer draws what other programs say of a film over it: one transparent
// raster at device resolution that lies where the film does.
type foreignLayer struct {
	*look
	of    *imageLayer
	env   *kit.Environment
	image *canvas.Raster
	drawn *image.RGBA // as it was last painted; nil where that is stale
	shown foreignKey
	face  font.Face
	size  float64 // of the face, in device pixels
}

// foreignKey is what the layer was last drawn for.
type foreignKey struct {
	first   *evidence.Object // lists are never written to
	n       int
	hidden  bool
	picture *radiograph.Picture
	view    radiograph.View // without window and filter, which change nothing here
	w, h    int
	part    image.Rectangle
}

func newForeignLayer(of *imageLayer, env *kit.Environment) *foreignLayer {
	l := &foreignLayer{look: of.look, of: of, env: env}
	l.image = canvas.NewRaster(l.paint)
	l.image.ScaleMode = canvas.ImageScalePixels // it is drawn at device resolution
	l.image.Hide()
	return l
}

// Sizes of what others draw, in units: texts as high as ours, lines as wide as our marks.
const foreignLine = markWidth

// foreignObjects are those that are drawn now; none while they are hidden.
func (l *look) foreignObjects() []*evidence.Object {
	switch {
	case l.scene.picture == nil || l.st.Foreign.Hidden || l.st.Map.Peek:
		return nil
	case l.pane == 0:
		return l.st.Foreign.Objects
	case l.st.Compare.Layout == viewport.BesideItself:
		return nil // the bare picture
	}
	return l.st.Foreign.Beside[l.scene.study]
}

// savedView is the presentation state that the film is shown by; nil for none.
func (l *look) savedView() *evidence.View {
	if l.pane != 0 || l.scene.picture == nil {
		return nil
	}
	if o := l.st.Foreign.Named(l.scene.view.Saved); o != nil {
		return o.ViewOf(l.scene.picture.Image.Header.InstanceUID)
	}
	return nil
}

// show draws what others say where it changed.
func (l *foreignLayer) show() {
	list, saved := l.foreignObjects(), l.savedView()
	key := foreignKey{n: len(list), picture: l.scene.picture, w: l.w, h: l.h, part: l.of.part}
	if key.n > 0 {
		key.first = list[0]
	}
	v := l.scene.view
	key.view = radiograph.View{Place: v.Place, Orient: v.Orient, Saved: v.Saved}
	key.hidden = key.part.Empty() || key.n == 0 && (saved == nil || len(saved.Shutters) == 0)
	if key == l.shown {
		return
	}
	l.shown, l.drawn = key, nil
	l.image.Hidden = key.hidden
	if !key.hidden {
		l.image.Move(l.of.image.Position())
		l.image.Resize(l.of.image.Size())
	}
	l.image.Refresh()
}

// paint is called by the toolkit's painter with the size in device pixels.
func (l *foreignLayer) paint(w, h int) image.Image {
	area := image.Rect(0, 0, w, h)
	if l.drawn != nil && l.drawn.Rect == area {
		return l.drawn
	}
	l.drawn = image.NewRGBA(area)
	p := l.scene.picture
	if p == nil || !l.useFace() {
		return l.drawn
	}
	view, viewport := l.scene.view, [2]int{l.w, l.h}
	l.drawn.Rect = area.Add(l.of.part.Min) // the part of the viewport that it is
	render.Evidence{
		Image: p.Image, Objects: l.foreignObjects(), View: l.savedView(), Face: l.face,
		Line: foreignLine * l.pixels, Words: l.env.Words(), FreeText: true,
		Seen: func(x, y float64) (float64, float64) { return view.ImageToView(p, viewport, x, y) },
		Undo: func(x, y float64) (float64, float64) { return view.ViewToImage(p, viewport, x, y) },
	}.Draw(l.drawn)
	l.drawn.Rect = area
	return l.drawn
}

// useFace has the face in the size of text on the screen; false where there is none.
func (l *foreignLayer) useFace() bool {
	size := float64(kit.TextSize) * l.pixels
	if l.face != nil && l.size == size {
		return true
	}
	face, err := render.EvidenceFace(size)
	if err != nil { // the font is part of the program
		return false
	}
	if l.face != nil {
		_ = l.face.Close() // it holds no resource that could fail
	}
	l.face, l.size = face, size
	return true
}

// makers names whoever says something of the film, in the colour in which it is drawn.
type makers struct {
	box   *fyne.Container
	lines []*block
	env   *kit.Environment
}

// maxMakers is how many lines name makers; more are counted.
const maxMakers = 6

func newMakers(env *kit.Environment) *makers { return &makers{box: kit.ByHand(), env: env} }

// show names the makers of objects.
func (m *makers) show(list []*evidence.Object) {
	var lines []string
	var colours []color.Color
	own := render.EvidenceColours(list)
	for i, o := range list {
		if i == maxMakers {
			lines, colours = append(lines, m.env.T("and %d more", len(list)-i)), append(colours, nil)
			break
		}
		line := render.EvidenceMaker(m.env.Words(), o, true)
		if len(o.Made) >= len("YYYYMMDD") {
			line += ", " + radiograph.Date(o.Made[:len("YYYYMMDD")])
		}
		lines, colours = append(lines, line), append(colours, own[i])
	}
	for len(m.lines) < len(lines) {
		b := newBlock(kit.CaptionSize, fyne.TextAlignTrailing, false)
		m.lines = append(m.lines, b)
		m.box.Objects = append(m.box.Objects, b.Raster)
	}
	for i, b := range m.lines {
		if i >= len(lines) {
			b.set()
			continue
		}
		b.dress(kit.ColourDarkPlate, colours[i])
		b.set(lines[i])
	}
}

// extent is what the lines take.
func (m *makers) extent() (s fyne.Size) {
	for _, b := range m.lines {
		if !b.Hidden {
			s = fyne.NewSize(max(s.Width, b.extent.Width), s.Height+b.extent.Height)
		}
	}
	return s
}

// place puts the lines one under the other, their right ends at a place.
func (m *makers) place(at fyne.Position) {
	for _, b := range m.lines {
		if !b.Hidden {
			b.place(at)
			at.Y += b.extent.Height
		}
	}
}
