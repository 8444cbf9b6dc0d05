package viewer

import (
	"fmt"
	"math"

	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/ui/kit"
)

// windowLine is the window and the zoom.
func windowLine(env *kit.Environment, v radiograph.View) string {
	w := v.Window
	text := fmt.Sprintf("C %s  W %s", env.Number(w.Center), env.Number(w.Width))
	switch {
	case w.LUT != nil && w.Width <= 0:
		text = "VOI LUT " + w.Name
	case w.LUT != nil:
		text = "VOI LUT  " + text
	case w.Function == dicomio.Sigmoid:
		text += "  " + env.T("S-shaped")
	}
	if v.Invert {
		text += "  " + env.T("inverted")
	}
	return fmt.Sprintf("%s   %.0f%%", text, 100*v.Place.Zoom)
}

// pixelLine says what lies at pixel (x, y): the stored value and, where the
// modality transform changes it, the modality value with its unit.
func pixelLine(env *kit.Environment, im *dicomio.Image, x, y int) string {
	if x < 0 || y < 0 || x >= im.Width || y >= im.Height {
		return ""
	}
	at := (y*im.Width + x) * im.Samples
	if at+im.Samples > len(im.Stored) {
		return ""
	}
	text := fmt.Sprintf("x %d  y %d   ", x, y)
	if im.Samples == 3 {
		return text + fmt.Sprintf("R %d  G %d  B %d", im.Stored[at], im.Stored[at+1], im.Stored[at+2])
	}
	stored := im.Stored[at]
	text += fmt.Sprint(stored)
	if m := im.ModalityValue(stored); m != float64(stored) {
		text += " = " + env.Number(m)
		if u := im.Modality.Units; u != "" && u != "US" { // US is "unspecified"
			text += " " + u
		}
	}
	return text
}

// scaleBar is the length in millimetres of a bar of at most room viewport
// pixels, a 1, 2 or 5 with zeros, and its length in pixels. perPixel is the
// millimetres of a viewport pixel.
func scaleBar(perPixel, room float64) (mm, pixels float64) {
	if !(perPixel > 0) || !(room > 0) {
		return 0, 0
	}
	most := perPixel * room
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, k := range []float64{5, 2, 1} {
		if k*unit <= most {
			return k * unit, k * unit / perPixel
		}
	}
	return unit, unit / perPixel
}

// length writes millimetres in the unit people use for that size.
func length(mm float64) string {
	if mm >= 10 {
		return fmt.Sprintf("%g cm", mm/10)
	}
	return fmt.Sprintf("%g mm", mm)
}
