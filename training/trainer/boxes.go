package trainer

import (
	"slices"

	"hilum/inference/prep"
	"hilum/internal/message"
	"hilum/training/augment"
	"hilum/training/dataset"
	"hilum/training/learner"
	"hilum/training/recipe"
)

// maps is where the class maps are that boxes are compared with, in a network
// trained from a cut on; nil for a recipe that leaves boxes unread.
func (n *network) maps(r *recipe.Recipe, cut string) (*learner.Maps, error) {
	h := n.head
	switch {
	case r.Loss.Boxes == 0:
		return nil, nil
	case h.feature == "":
		return nil, message.New("the recipe reads boxes (loss.boxes), and the network has no class maps to compare them with")
	case cut == h.embedding:
		return nil,
			message.New(
				"the recipe reads boxes (loss.boxes) and trains on embeddings, which have no place; choose an earlier cut")
	case n.spec.Prep.Resize != prep.Stretch:
		return nil, message.New("the recipe reads boxes (loss.boxes), which needs whole pictures: set resize to stretch")
	}
	return &learner.Maps{Feature: h.feature, Weight: h.weight, ClassesFirst: h.classesFirst}, nil
}

// sortBoxes gives every film to train on its boxes by class of the network. Only
// findings that the film is labelled with count.
func (bs *batches) sortBoxes() error {
	if bs.recipe.Loss.Boxes == 0 {
		return nil
	}
	found := false
	bs.boxes = make(map[*dataset.Selected][][]dataset.Box, len(bs.images.Train))
	for _, f := range bs.images.Train {
		drawn := make([][]dataset.Box, len(bs.classes))
		bs.boxes[f] = drawn
		for k, class := range bs.classes {
			if f.Labels[class] == dataset.Positive {
				drawn[k] = f.BoxesOf(bs.names[k])
				found = found || len(drawn[k]) > 0
			}
		}
	}
	if !found {
		return message.Errorf("the recipe reads boxes (loss.boxes), and no film to train on has one; set loss.boxes to 0 or add %s",
			dataset.BoxList)
	}
	return nil
}

// drawn counts the findings with boxes of the step that a batch belongs to.
func (bs *batches) drawn(order []int, batch int) int {
	n := 0
	for f := range bs.stepImages(order, batch) {
		for _, boxes := range bs.boxes[f] {
			n += min(len(boxes), 1)
		}
	}
	return n
}

// fillBoxes marks the cells of the class maps that lie in the boxes of a film, as
// the look at it shows them.
func (bs *batches) fillBoxes(b *learner.Batch, row int, w sample, drawn int) {
	cw, ch := bs.learner.MapSize()
	if cw == 0 {
		return
	}
	classes := len(bs.classes)
	clear(b.Inside[row*classes*cw*ch : (row+1)*classes*cw*ch])
	clear(b.Share[row*classes : (row+1)*classes])
	places := bs.places(w, cw, ch)
	for k, boxes := range bs.boxes[w.image] {
		if len(boxes) == 0 {
			continue
		}
		at := row*classes + k
		if markInside(b.Inside[at*cw*ch:(at+1)*cw*ch], boxes, places) {
			b.Share[at] = float32(bs.recipe.Loss.Boxes) / float32(drawn)
		}
	}
}

// probes is how many places a side a cell is tried at: a box of a sixtieth of a
// picture is still seen by cells of a fourteenth.
const probes = 4

// place is a place of a film as fractions of its width and height.
type place struct{ x, y float64 }

// places lists where the probes of all cells come from, those of a cell together.
func (bs *batches) places(w sample, cw, ch int) []place {
	p := bs.sampler.prep
	view := augment.View{Scale: 1}
	if bs.sampler.changed(w) {
		view = bs.recipe.Augment.Draw(bs.sampler.random(w))
	}
	out := make([]place, 0, cw*ch*probes*probes)
	for c := range cw * ch {
		for i := range probes * probes {
			x := (float64(c%cw) + (float64(i%probes)+0.5)/probes) / float64(cw)
			y := (float64(c/cw) + (float64(i/probes)+0.5)/probes) / float64(ch)
			x, y = view.Source(x, y, p.Width, p.Height)
			out = append(out, place{x, y})
		}
	}
	return out
}

// markInside sets 1 in the cells that a box reaches and tells whether there is one.
func markInside(inside []float32, boxes []dataset.Box, places []place) bool {
	const each = probes * probes
	found := false
	for c := range inside {
		if slices.ContainsFunc(places[c*each:(c+1)*each],
			func(p place) bool { return dataset.Inside(boxes, p.x, p.y) }) {
			inside[c], found = 1, true
		}
	}
	return found
}
