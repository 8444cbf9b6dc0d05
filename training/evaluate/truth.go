package evaluate

import (
	"context"
	"path/filepath"

	"hilum/inference"
	"hilum/inference/saliency/mapcheck"
	"hilum/training/dataset"
)

// Truth is what the boxes of a data set say of findings without asking a model.
type Truth struct {
	data    *dataset.Dataset
	classes []string
	prior   *boxPrior
}

// OpenTruth reads a data set for a model, with the boxes of a list in place of its own
// where one is named.
func OpenTruth(ctx context.Context, data, boxes string, m *inference.Model) (*Truth, error) {
	d, err := dataset.Open(ctx, data, ownFindings(m)...)
	if err == nil && boxes != "" {
		err = d.ReadBoxes(boxes)
	}
	if err != nil {
		return nil, err
	}
	return newTruth(d, m.Spec.Classes), nil
}

func newTruth(d *dataset.Dataset, classes []string) *Truth {
	return &Truth{d, classes, newBoxPrior(d.Boxed(), classes)}
}

// Of is what is known of a class on the film of a file. Of a film that the data set does
// not have only the prior is known, for which each of its patients is another.
func (t *Truth) Of(path, class string) inference.Known {
	return t.of(t.find(path), class)
}

func (t *Truth) of(f *dataset.Image, class string) inference.Known {
	var k inference.Known
	patient := ""
	if f != nil {
		patient = f.Patient
		for _, b := range f.BoxesOf(class) {
			k.Boxes = append(k.Boxes, mapcheck.Box{X0: b.X, Y0: b.Y, X1: b.X + b.W, Y1: b.Y + b.H})
		}
	}
	at := classIndex(t.classes, class)
	if at < 0 {
		return k
	}
	if prior, ok := t.prior.without(at, patient); ok {
		k.Prior = &inference.Heatmap{Class: class, Width: regionSide, Height: regionSide, Values: prior.values(),
			X1: 1, Y1: 1}
	}
	return k
}

// find finds the film of a file: by its whole path, else by its name where that is the
// only one.
func (t *Truth) find(path string) *dataset.Image {
	var named *dataset.Image
	n := 0
	for i := range t.data.Images {
		f := &t.data.Images[i]
		if f.Path == path {
			return f
		}
		if filepath.Base(f.Path) == filepath.Base(path) {
			named = f
			n++
		}
	}
	if n != 1 {
		return nil
	}
	return named
}
