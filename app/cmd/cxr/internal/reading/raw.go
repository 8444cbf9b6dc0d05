package reading

import (
	"slices"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/npz"
)

// rawArrays collects what pictures gave for a file of arrays: paths [N], classes [C], logits and probabilities [N, C],
// and, where every picture has them, maps [N, M, h, w] of the classes map_classes [M].
type rawArrays struct {
	classes, paths      []string
	logits, probability []float32
	mapped              []string // the classes of the maps; nil until the first picture
	height, width       int
	maps                []float32
	missing             bool // a picture has no maps
}

func newRawArrays(classes []string) *rawArrays { return &rawArrays{classes: classes} }

// add takes a picture's figures. All pictures of a model have maps of one shape.
func (r *rawArrays) add(path string, result *inference.Result) error {
	r.paths = append(r.paths, path)
	for _, f := range result.Findings {
		r.logits, r.probability = append(r.logits, float32(f.Logit)), append(r.probability, float32(f.Probability))
	}
	if len(result.Maps) == 0 {
		r.missing = true
		return nil
	}
	first := result.Maps[0]
	if r.mapped == nil {
		for _, m := range result.Maps {
			r.mapped = append(r.mapped, m.Class)
		}
		r.height, r.width = first.Height, first.Width
	}
	for _, m := range result.Maps {
		if m.Height != r.height || m.Width != r.width || !slices.Contains(r.mapped, m.Class) {
			return message.Errorf("%s: its maps have another shape than those of the films before", path)
		}
		r.maps = append(r.maps, m.Values...)
	}
	return nil
}

// arrays are those of the file.
func (r *rawArrays) arrays() []npz.Array {
	n, c := len(r.paths), len(r.classes)
	out := []npz.Array{
		{Name: "paths", Shape: []int{n}, Words: r.paths}, {Name: "classes", Shape: []int{c}, Words: r.classes},
		{Name: "logits", Shape: []int{n, c}, Numbers: r.logits},
		{Name: "probabilities", Shape: []int{n, c}, Numbers: r.probability},
	}
	if r.missing || r.mapped == nil {
		return out
	}
	m := len(r.mapped)
	return append(out, npz.Array{Name: "map_classes", Shape: []int{m}, Words: r.mapped},
		npz.Array{Name: "maps", Shape: []int{n, m, r.height, r.width}, Numbers: r.maps})
}
