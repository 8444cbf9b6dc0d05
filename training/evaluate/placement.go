package evaluate

import (
	"cmp"

	"hilum/inference"
	"hilum/training/dataset"
)

// Placement is how well one class map lies on boxes; see Localise.
type Placement struct {
	Hit       bool    // the place of the strongest evidence is in a box
	IoU, IoBB float64 // 0..1
}

// Place holds a class map against boxes. level is the share of the map's maximum
// that counts as marked; 0 is DefaultLevel.
func Place(h *inference.Heatmap, boxes []dataset.Box, level float64) Placement {
	p := newRegion(boxes).compare(evidence(h), cmp.Or(level, DefaultLevel))
	x, y, ok := h.Peak() // a map without evidence points at nothing: a miss
	return Placement{Hit: ok && holds(boxes, x, y) > 0, IoU: p.iou, IoBB: p.iobb}
}
