package viewer

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hilum/ui/kit"
)

// frame is a line around a picture that must not be taken for another patient's.
type frame struct {
	box   *fyne.Container
	lines [4]*canvas.Rectangle // one object around it all would be drawn pixel by pixel
}

// frameWidth is that of the line, in units.
const frameWidth = 4

func newFrame() *frame {
	f := &frame{box: kit.ByHand()}
	for i := range f.lines {
		f.lines[i] = canvas.NewRectangle(color.Transparent)
		f.box.Objects = append(f.box.Objects, f.lines[i])
	}
	f.box.Hide()
	return f
}

// show draws it in a colour around a field.
func (f *frame) show(c color.Color, s fyne.Size) {
	for i, r := range [4][4]float32{
		{0, 0, s.Width, frameWidth}, {0, s.Height - frameWidth, s.Width, frameWidth},
		{0, 0, frameWidth, s.Height}, {s.Width - frameWidth, 0, frameWidth, s.Height},
	} {
		l := f.lines[i]
		kit.Put(l, r[0], r[1], r[2], r[3])
		if l.FillColor != c {
			l.FillColor = c
			l.Refresh()
		}
	}
	f.box.Show()
}

func (f *frame) hide() { f.box.Hide() }
