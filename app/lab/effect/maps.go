package effect

import (
	"context"
	"time"

	"hilum/app/lab/edit"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/prep"
	"hilum/inference/saliency"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/evaluate"
)

// Lines say what a map hits, or why there is none.
func (c Cell) Lines() []message.Message {
	var out []message.Message
	if !c.Error.IsZero() {
		out = append(out, c.Error)
	}
	if c.Compared {
		out = append(out, message.Of("left of the map: SSIM %s, rank correlation %s", figure(c.SSIM), figure(c.Rank)))
	}
	for _, h := range c.Hits {
		if h.Hit {
			out = append(out, message.Of("hits %s, IoU %s", inference.Named(h.Label), figure(h.IoU)))
		} else {
			out = append(out, message.Of("misses %s, IoU %s", inference.Named(h.Label), figure(h.IoU)))
		}
	}
	return out
}

// trainedTitle stands over the map before any layer is shuffled.
func trainedTitle() message.Message { return message.Of("Trained") }

func forgottenTitle(n int, last string) message.Message {
	return message.Of("%d forgotten: %s", n, last)
}

// StripKind is what a strip of maps compares.
type StripKind string

// The kinds of strip.
const (
	NoStrip    StripKind = ""
	ByMethod   StripKind = "methods" // the same class by several methods
	Forgetting StripKind = "layers"  // one method while the model forgets layer after layer
)

// MaxCells is how many maps stand side by side.
const MaxCells = 6

// DefaultMethods are those that a strip compares when none are chosen.
func DefaultMethods() []string {
	return []string{"gradcam", "layercam", "gradient", "smoothgrad", "integrated", "occlusion"}
}

// Cell is one map of a strip.
type Cell struct {
	Title message.Message
	Heat  *inference.Heatmap // nil where Error says why
	Error message.Message
	Took  time.Duration

	// SSIM and Rank say, of a strip of forgetting layers, how much of the trained
	// model's map is left; valid when Compared.
	Compared   bool
	SSIM, Rank float64

	Hits []Hit // one for each label among the boxes
}

// Hit is how a map lies on the boxes of one label.
type Hit struct {
	Label string
	evaluate.Placement
}

// InFrame gives the boxes on the edited picture; those cut off are left out.
func InFrame(boxes []Box, f edit.Frame) []Box {
	var out []Box
	for _, x := range boxes {
		if r := f.RectToPicture(x.Rect).Clip(); r.W > 0 && r.H > 0 {
			out = append(out, Box{x.Label, r})
		}
	}
	return out
}

// Mapper draws maps of one class on one picture.
type Mapper struct {
	Methods   saliency.Registry
	Explainer *inference.Explainer
	Image     *dicomio.Image
	Class     string
	Prep      prep.Prep
	Boxes     []Box // in the picture's frame
}

// ByMethod draws a cell for each method; one that fails says so in its cell.
func (m Mapper) ByMethod(ctx context.Context, list []string, show func([]Cell)) error {
	var cells []Cell
	for _, name := range list {
		begun := time.Now()
		method, _ := m.Methods.Find(name)
		c := Cell{Title: message.Of(method.Title)}
		maps, err := m.Explainer.Explain(ctx, m.Image, method, []string{m.Class})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			c.Error = message.Of("%v", err)
		default:
			c.Heat, c.Hits = &maps[0], m.hits(&maps[0])
		}
		c.Took = time.Since(begun)
		cells = append(cells, c)
		show(cells)
	}
	return nil
}

// Forgetting draws the trained model's map and then those of a model whose layers
// are shuffled one after another, from the head down.
func (m Mapper) Forgetting(ctx context.Context, name string, show func([]Cell)) error {
	method, _ := m.Methods.Find(name)
	maps, err := m.Explainer.Explain(ctx, m.Image, method, []string{m.Class})
	if err != nil {
		return err
	}
	cells := []Cell{{Title: trainedTitle(), Heat: &maps[0], Hits: m.hits(&maps[0])}}
	show(cells)
	begun := time.Now()
	steps, err := m.Explainer.Sanity(ctx, m.Image, method, m.Class, MaxCells-1)
	if err != nil {
		return err
	}
	x0, y0, x1, y1 := m.Prep.Footprint(m.Image.Width, m.Image.Height)
	for i, s := range steps {
		h := &inference.Heatmap{Class: m.Class, Width: s.Map.W, Height: s.Map.H, Values: s.Map.Values, X0: x0, Y0: y0,
			X1: x1, Y1: y1}
		cells = append(cells, Cell{
			Title: forgottenTitle(i+1, s.Layer), Heat: h, Compared: true, SSIM: s.SSIM, Rank: s.Rank,
			Hits: m.hits(h), Took: time.Since(begun) / time.Duration(len(steps)),
		})
	}
	show(cells)
	return nil
}

// hits holds a map against the boxes of each label, in the order of the boxes.
func (m Mapper) hits(h *inference.Heatmap) []Hit {
	var labels []string
	byLabel := map[string][]dataset.Box{}
	for _, x := range m.Boxes {
		if byLabel[x.Label] == nil {
			labels = append(labels, x.Label)
		}
		byLabel[x.Label] = append(byLabel[x.Label],
			dataset.Box{Class: x.Label, X: x.Rect.X, Y: x.Rect.Y, W: x.Rect.W, H: x.Rect.H})
	}
	var out []Hit
	for _, l := range labels {
		out = append(out, Hit{l, evaluate.Place(h, byLabel[l], 0)})
	}
	return out
}
