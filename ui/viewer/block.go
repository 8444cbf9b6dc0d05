package viewer

import (
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hilum/ui/kit"
)

// block is some lines of text with a shadow on a soft plate, anchored at a corner and
// drawn as one still.
type block struct {
	*kit.CachedRaster
	size    float32
	align   fyne.TextAlign
	upwards bool // the anchor is the last line's bottom
	anchor  fyne.Position
	lines   []string
	extent  fyne.Size      // of the lines, without the shadow
	texts   []*canvas.Text // two a line: the shadow, and over it the text
	colour  color.Color    // of the text; nil is that of text over a film
	plate   *canvas.Rectangle
}

// plateEdge is how far the plate stands out to the left and right of its text.
const plateEdge = 4

func newBlock(size float32, align fyne.TextAlign, upwards bool) *block {
	b := &block{CachedRaster: kit.NewCachedRaster(), size: size, align: align, upwards: upwards}
	b.plate = canvas.NewRectangle(kit.ColourPlate)
	b.plate.CornerRadius = 3
	b.Hide()
	return b
}

// set writes the lines.
func (b *block) set(lines ...string) {
	if slices.Equal(lines, b.lines) {
		return
	}
	b.lines = append(b.lines[:0], lines...)
	b.Hidden = len(lines) == 0
	for len(b.texts) < 2*len(lines) {
		b.texts = append(b.texts, b.text(b.under()), b.text(b.onImage()))
	}
	height := b.height()
	b.extent = fyne.NewSize(0, height*float32(len(lines)))
	drawn := make([]fyne.CanvasObject, 2*len(lines))
	for i := range drawn {
		b.texts[i].Text = lines[i/2]
		drawn[i] = b.texts[i]
		b.extent.Width = max(b.extent.Width, float32(math.Ceil(float64(b.texts[i].MinSize().Width))))
	}
	for i := range drawn {
		lower := float32(shadow * (1 - i%2))
		kit.Put(drawn[i], plateEdge+lower, height*float32(i/2)+lower, b.extent.Width, height)
	}
	kit.Put(b.plate, 0, 0, b.extent.Width+2*plateEdge, b.extent.Height)
	b.place(b.anchor)
	b.Set(append([]fyne.CanvasObject{b.plate}, drawn...))
}

// dress gives the block a plate and a text of some colours; a nil text is that of text over
// a film. What is written is drawn anew.
func (b *block) dress(plate, text color.Color) {
	if b.plate.FillColor == plate && b.colour == text {
		return
	}
	b.plate.FillColor, b.colour = plate, text
	for i, t := range b.texts {
		if t.Color = b.onImage(); i%2 == 0 {
			t.Color = b.under()
		}
	}
	lines := b.lines
	b.lines = nil
	b.set(lines...)
}

// under is the colour of the shadow: none on a plate that hides the film.
func (b *block) under() color.Color {
	if _, _, _, alpha := b.plate.FillColor.RGBA(); alpha == 0xFFFF {
		return color.Transparent
	}
	return kit.ColourShadow
}

func (b *block) onImage() color.Color {
	if b.colour != nil {
		return b.colour
	}
	return kit.ColourOnImage
}

func (b *block) text(c color.Color) *canvas.Text {
	t := canvas.NewText("", c)
	t.TextSize, t.Alignment = b.size, b.align
	t.TextStyle.Bold = b.size > kit.TextSize
	return t
}

// height is that of a line.
func (b *block) height() float32 { return fyne.MeasureText("X", b.size, fyne.TextStyle{}).Height }

// shadow is how far the shadow of a text lies to its lower right.
const shadow = 1

// place puts the block at its anchor: the corner that its alignment and upwards
// name.
func (b *block) place(anchor fyne.Position) {
	b.anchor = anchor
	b.Put(b.Raster, b.corner(anchor), b.extent.AddWidthHeight(2*plateEdge+shadow, shadow))
}

// corner is the upper left one of the plate when the block is at an anchor.
func (b *block) corner(anchor fyne.Position) fyne.Position {
	switch b.align {
	case fyne.TextAlignTrailing:
		anchor.X -= b.extent.Width
	case fyne.TextAlignCenter:
		anchor.X -= b.extent.Width / 2
	}
	if b.upwards {
		anchor.Y -= b.extent.Height
	}
	return anchor.SubtractXY(plateEdge, 0)
}
