package viewer

import (
	"image"
	"image/color"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app/annotation"
	"hilum/app/measure"
)

// toolCursor is the cursor of a tool: a cross whose middle is where the tool acts, and the
// tool's sign below at the right.
type toolCursor struct{ picture image.Image }

// Image implements desktop.Cursor.
func (c *toolCursor) Image() (img image.Image, x, y int) { return c.picture, crossMiddle, crossMiddle }

// cursorSize and crossMiddle are measures of a cursor, in pixels.
const cursorSize, crossMiddle = 32, 11

// signs are those of the tools, as lines between places of a square of 12 by 12.
func signs() map[measure.Tool][][4]int {
	box := [][4]int{{1, 2, 10, 2}, {10, 2, 10, 9}, {10, 9, 1, 9}, {1, 9, 1, 2}}
	return map[measure.Tool][][4]int{
		measure.Tool(annotation.Length):    {{1, 10, 10, 1}, {0, 8, 3, 11}, {8, 0, 11, 3}},
		measure.Tool(annotation.Angle):     {{1, 10, 11, 10}, {1, 10, 9, 2}},
		measure.Tool(annotation.Cobb):      {{1, 1, 11, 3}, {1, 11, 11, 8}},
		measure.Tool(annotation.CTR):       {{0, 9, 11, 9}, {3, 4, 8, 4}, {0, 7, 0, 11}, {11, 7, 11, 11}},
		measure.Tool(annotation.Rectangle): box,
		measure.Tool(annotation.Ellipse): {{4, 1, 8, 1}, {8, 1, 11, 5}, {11, 5, 8, 10}, {8, 10, 4, 10},
			{4, 10, 1, 5}, {1, 5, 4, 1}},
		measure.Tool(annotation.Polygon): {{1, 4, 6, 0}, {6, 0, 11, 5}, {11, 5, 8, 11}, {8, 11, 2, 10},
			{2, 10, 1, 4}},
		measure.Tool(annotation.Arrow): {{1, 10, 10, 1}, {10, 1, 5, 2}, {10, 1, 9, 6}},
		measure.Tool(annotation.Text):  {{1, 1, 10, 1}, {6, 1, 6, 11}},
		measure.Calibrate:              {{0, 6, 11, 6}, {0, 3, 0, 9}, {4, 4, 4, 8}, {8, 4, 8, 8}, {11, 3, 11, 9}},
	}
}

// toolCursors are drawn once: the driver keeps what it was given.
var toolCursors = sync.OnceValue(func() map[measure.Tool]desktop.Cursor {
	out := map[measure.Tool]desktop.Cursor{}
	for tool, lines := range signs() {
		out[tool] = &toolCursor{drawCursor(lines)}
	}
	return out
})

// cursorOf is the cursor over the film with a tool in hand, a bare cross without one.
func cursorOf(tool measure.Tool) desktop.Cursor {
	if c, ok := toolCursors()[tool]; ok {
		return c
	}
	return desktop.CrosshairCursor
}

// drawCursor draws cross and sign in white with a dark edge, to be seen on any film.
func drawCursor(sign [][4]int) image.Image {
	const arm, gap, at = 9, 2, 18
	lines := [][4]int{
		{crossMiddle - arm, crossMiddle, crossMiddle - gap, crossMiddle},
		{crossMiddle + gap, crossMiddle, crossMiddle + arm, crossMiddle},
		{crossMiddle, crossMiddle - arm, crossMiddle, crossMiddle - gap},
		{crossMiddle, crossMiddle + gap, crossMiddle, crossMiddle + arm},
	}
	for _, l := range sign {
		lines = append(lines, [4]int{l[0] + at, l[1] + at, l[2] + at, l[3] + at})
	}
	img := image.NewNRGBA(image.Rect(0, 0, cursorSize, cursorSize))
	for _, l := range lines {
		along(l, func(x, y int) {
			for _, d := range []fyne.Delta{{DX: 1}, {DX: -1}, {DY: 1}, {DY: -1}} {
				img.SetNRGBA(x+int(d.DX), y+int(d.DY), color.NRGBA{0, 0, 0, 200})
			}
		})
	}
	for _, l := range lines {
		along(l, func(x, y int) { img.SetNRGBA(x, y, color.NRGBA{255, 255, 255, 255}) })
	}
	return img
}

// along visits the pixels of a line.
func along(l [4]int, visit func(x, y int)) {
	dx, dy := l[2]-l[0], l[3]-l[1]
	n := max(dx, -dx, dy, -dy, 1)
	for i := range n + 1 {
		visit(l[0]+(2*dx*i+n)/(2*n), l[1]+(2*dy*i+n)/(2*n))
	}
}
