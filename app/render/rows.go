package render

import (
	"hilum/dicomio"
	"hilum/internal/raster"
)

// seenRows is a picture as it is seen, made row by row, for drawing it at its own size.
func seenRows(im *dicomio.Image, o raster.Orientation) *raster.Pyramid {
	lo, _ := im.ValueRange()
	w, h := o.Size(im.Width, im.Height)
	value := func(i int) uint16 { return uint16(min(max(int64(im.GrayAt(i))-int64(lo), 0), 65535)) }
	return raster.NewRows(w, h, func(y int, to []uint16) {
		if o == (raster.Orientation{}) {
			for x := range to {
				to[x] = value(y*w + x)
			}
			return
		}
		for x := range to {
			fx, fy := o.Undo(float64(x)+0.5, float64(y)+0.5, float64(im.Width), float64(im.Height))
			to[x] = value(int(fy)*im.Width + int(fx))
		}
	})
}
