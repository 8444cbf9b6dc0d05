package render

import (
	"image"
	"image/color"
	"image/draw"

	"hilum/app/radiograph"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// drawSides writes the letters of the patient's sides at the edges of a picture that is
// drawn, as the window does: a film that leaves the program turned or mirrored must say so.
func (s Shot) drawSides(on draw.Image, b image.Rectangle) error {
	sides := radiograph.SidesOf(s.Image.Header.PatientOrientation, s.Orient)
	if sides == (radiograph.Sides{}) {
		return nil
	}
	face, err := fittingFace(nil, b.Dx())
	if err != nil {
		return err
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	inset, rise := b.Dx()/60+2, face.Metrics().CapHeight.Ceil()
	across := func(letter string, share int) int { // of the room beside the letter, in halves
		room := b.Dx() - 2*inset - font.MeasureString(face, letter).Ceil()
		return b.Min.X + inset + room*share/2
	}
	down := func(share int) int { return b.Min.Y + inset + rise + (b.Dy()-2*inset-rise)*share/2 }
	for _, l := range []struct {
		letter string
		x, y   int // the left end of its base line
	}{
		{sides.Left, across(sides.Left, 0), b.Min.Y + b.Dy()/2}, {sides.Right, across(sides.Right, 2), b.Min.Y + b.Dy()/2},
		{sides.Top, across(sides.Top, 1), down(0)}, {sides.Bottom, across(sides.Bottom, 1), down(2)},
	} {
		for _, at := range []struct {
			by   int
			grey uint8
		}{{1, 0}, {0, 0xFF}} { // dark edge first, to be read on white
			d := font.Drawer{Dst: on, Src: image.NewUniform(color.Gray{Y: at.grey}), Face: face,
				Dot: fixed.P(l.x+at.by, l.y+at.by)}
			d.DrawString(l.letter)
		}
	}
	return nil
}
