package table

import (
	"slices"
	"strings"
)

// BoxColumns say where a list of boxes has what.
type BoxColumns struct {
	Image, Class  int
	Place         [4]int // x, y, w, h; or both corners
	Corners       bool   // Place are x and y of the first corner and of the second
	Width, Height int    // columns of the picture's size; -1 in the NIH's list
}

// FindBoxes tells the columns of a list of boxes: as in the NIH's, with x, y, width
// and height, or with corners; false where they are not all there.
func FindBoxes(header []string) (BoxColumns, bool) {
	keys := make([]string, len(header))
	for i, h := range header {
		keys[i] = key(h)
	}
	find := func(names ...string) int {
		for _, n := range names {
			if i := slices.Index(keys, n); i >= 0 {
				return i
			}
		}
		return -1
	}
	c := BoxColumns{Image: bestOf(header, rolePath),
		Class: find("findinglabel", "class", "classname", "label", "finding",
			"klasse", "befund"), Width: -1, Height: -1}
	if x := slices.IndexFunc(header, func(h string) bool { return strings.HasPrefix(key(h), "bbox") }); x >= 0 {
		c.Place = [4]int{x, x + 1, x + 2, x + 3}
		return c, c.Image >= 0 && c.Class >= 0
	}
	c.Place = [4]int{find("x"), find("y"), find("w", "width", "breite"), find("h", "height", "hoehe")}
	if slices.Min(c.Place[:]) < 0 {
		c.Place, c.Corners = [4]int{find("xmin", "x1", "left"), find("ymin", "y1", "top"), find("xmax", "x2", "right"),
			find("ymax", "y2", "bottom")}, true
	}
	c.Width, c.Height = find("imagewidth", "imgwidth", "bildbreite"), find("imageheight", "imgheight", "bildhoehe")
	if c.Corners && c.Width < 0 {
		c.Width, c.Height = find("width"), find("height")
	}
	return c, c.Image >= 0 && c.Class >= 0 && slices.Min(c.Place[:]) >= 0 && c.Width >= 0 && c.Height >= 0
}

// isCorner tells whether a heading is that of a box's side: y_min is no class.
func isCorner(heading string) bool {
	switch key(heading) {
	case "xmin", "ymin", "xmax", "ymax", "xcenter", "ycenter", "xcentre", "ycentre":
		return true
	}
	return false
}

// used lists the columns with what they are for.
func (c BoxColumns) used() map[int]string {
	names := [4]string{"x", "y", "w", "h"}
	if c.Corners {
		names = [4]string{"x_min", "y_min", "x_max", "y_max"}
	}
	out := map[int]string{c.Image: string(rolePath), c.Class: string(roleClass)}
	for i, at := range c.Place {
		out[at] = names[i]
	}
	if c.Width >= 0 {
		out[c.Width], out[c.Height] = "image_width", "image_height"
	}
	return out
}
