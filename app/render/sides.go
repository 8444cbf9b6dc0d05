package render

import (
	"image"
	"image/color"
	"image/draw"

	"hilum/app/radiograph"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// drawSides writes the letters of the sides at the left and right edge of a
// picture that is drawn, as the window does: a film that leaves the program turned
// or mirrored must say so.
func (s Shot) drawSides(on draw.Image, b image.Rectangle) error {
	left, right := radiograph.Sides(s.Image.Header.PatientOrientation, s.Orient)
	if left == "" && right == "" {
		return nil
	}
	face, err := fittingFace(nil, b.Dx())
	if err != nil {
		return err
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	inset, base := b.Dx()/60+2, b.Min.Y+b.Dy()/2
	for i, letter := range []string{left, right} {
		x := b.Min.X + inset
		if i == 1 {
			x = b.Max.X - inset - font.MeasureString(face, letter).Ceil()
		}
		for _, at := range []struct {
			by   int
			grey uint8
		}{{1, 0}, {0, 0xFF}} { // dark edge first, to be read on white
			d := font.Drawer{Dst: on, Src: image.NewUniform(color.Gray{Y: at.grey}), Face: face,
				Dot: fixed.P(x+at.by, base+at.by)}
			d.DrawString(letter)
		}
	}
	return nil
}
