package lab

import (
	"context"
	"slices"
	"time"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/training/dataset"
	"hilum/training/evaluate"
)

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

// Strip is a row of maps of the chosen class on the edited film.
type Strip struct {
	Kind    StripKind
	Methods []string // of ByMethod, 1..MaxCells
	Method  string   // of Forgetting
	Cells   []Cell   // as far as they are drawn
	Drawing bool
}

// Cell is one map of a strip.
type Cell struct {
	Title string
	Heat  *inference.Heatmap // nil where Error says why
	Error string
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

func defaultStrip() Strip {
	return Strip{
		Methods: []string{"gradcam", "layercam", "gradient", "smoothgrad", "integrated", "occlusion"},
		Method:  "gradcam",
	}
}

// SetStrip chooses what the strip shows.
func (b *Bench) SetStrip(kind StripKind) {
	b.setStrip(func(s *Strip) error {
		s.Kind = kind
		return nil
	})
}

// SetMethods chooses the methods of a strip by method, up to MaxCells.
func (b *Bench) SetMethods(methods []string) {
	b.setStrip(func(s *Strip) error {
		if err := b.cfg.Catalogue.checkMethods(methods); err != nil {
			return err
		}
		s.Kind, s.Methods = ByMethod, slices.Clone(methods)
		return nil
	})
}

// SetForgetting shows how the map of a method fades as the model forgets.
func (b *Bench) SetForgetting(method string) {
	b.setStrip(func(s *Strip) error {
		if err := b.cfg.Catalogue.checkMethods([]string{method}); err != nil {
			return err
		}
		s.Kind, s.Method = Forgetting, method
		return nil
	})
}

func (b *Bench) setStrip(f func(*Strip) error) {
	var err error
	b.change(func() {
		s := b.state.Strip
		if err = f(&s); err == nil {
			s.Cells = nil
			b.state.Strip = s
		}
	})
	if err != nil {
		b.notify(err)
		return
	}
	b.request(settled)
}

// drawStrip computes the maps one after another and shows each.
func (b *Bench) drawStrip(ctx context.Context, t task, im *dicomio.Image, now *inference.Result) error {
	s := t.st.Strip
	if s.Kind == NoStrip || t.st.Class == "" || indexOf(now, t.st.Class) < 0 {
		return nil
	}
	b.publish(t, func(st *State) { st.Strip.Drawing = true })
	x, err := b.explain(t.model)
	if err != nil {
		return err
	}
	m := mapper{catalogue: b.cfg.Catalogue, x: x, im: im, class: t.st.Class, prep: t.model.Spec.Prep, boxes: inFrame(t.st.Boxes, t.st.Frame)}
	show := func(cells []Cell) { b.publish(t, func(st *State) { st.Strip.Cells = slices.Clone(cells) }) }
	if s.Kind == Forgetting {
		return m.forgetting(ctx, s.Method, show)
	}
	return m.methods(ctx, s.Methods, show)
}

// explain opens the explainer of a model when it is first wanted.
func (b *Bench) explain(m *inference.Model) (*inference.Explainer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.model != m {
		return nil, context.Canceled
	}
	if b.explainer == nil {
		x, err := m.NewExplainer(b.cfg.Engine, b.source, "")
		if err != nil {
			return nil, err
		}
		b.explainer = x
	}
	return b.explainer, nil
}

// inFrame gives the boxes on the edited picture; those cut off are left out.
func inFrame(boxes []Box, f Frame) []Box {
	var out []Box
	for _, x := range boxes {
		if r := f.RectToPicture(x.Rect).clip(); r.W > 0 && r.H > 0 {
			out = append(out, Box{x.Label, r})
		}
	}
	return out
}

// mapper draws maps of one class on one picture.
type mapper struct {
	catalogue Catalogue
	x         *inference.Explainer
	im        *dicomio.Image
	class     string
	prep      inference.Prep
	boxes     []Box // in the picture's frame
}

// methods draws a cell for each method; one that fails says so in its cell.
func (m mapper) methods(ctx context.Context, list []string, show func([]Cell)) error {
	var cells []Cell
	for _, name := range list {
		begun := time.Now()
		method, _ := m.catalogue.Methods.Find(name)
		c := Cell{Title: m.catalogue.MethodTitle(name)}
		maps, err := m.x.Explain(ctx, m.im, method, []string{m.class})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			c.Error = err.Error()
		default:
			c.Heat, c.Hits = &maps[0], m.hits(&maps[0])
		}
		c.Took = time.Since(begun)
		cells = append(cells, c)
		show(cells)
	}
	return nil
}

// forgetting draws the trained model's map and then those of a model whose layers
// are shuffled one after another, from the head down.
func (m mapper) forgetting(ctx context.Context, name string, show func([]Cell)) error {
	method, _ := m.catalogue.Methods.Find(name)
	maps, err := m.x.Explain(ctx, m.im, method, []string{m.class})
	if err != nil {
		return err
	}
	cells := []Cell{{Title: trainedTitle, Heat: &maps[0], Hits: m.hits(&maps[0])}}
	show(cells)
	begun := time.Now()
	steps, err := m.x.Sanity(ctx, m.im, method, m.class, MaxCells-1)
	if err != nil {
		return err
	}
	x0, y0, x1, y1 := m.prep.Footprint(m.im.Width, m.im.Height)
	for i, s := range steps {
		h := &inference.Heatmap{Class: m.class, Width: s.Map.W, Height: s.Map.H, Values: s.Map.Values, X0: x0, Y0: y0, X1: x1, Y1: y1}
		cells = append(cells, Cell{
			Title: forgottenTitle(i+1, s.Layer), Heat: h, Compared: true, SSIM: s.SSIM, Rank: s.Rank,
			Hits: m.hits(h), Took: time.Since(begun) / time.Duration(len(steps)),
		})
	}
	show(cells)
	return nil
}

// hits holds a map against the boxes of each label, in the order of the boxes.
func (m mapper) hits(h *inference.Heatmap) []Hit {
	var labels []string
	byLabel := map[string][]dataset.Box{}
	for _, x := range m.boxes {
		if byLabel[x.Label] == nil {
			labels = append(labels, x.Label)
		}
		byLabel[x.Label] = append(byLabel[x.Label], dataset.Box{Class: x.Label, X: x.Rect.X, Y: x.Rect.Y, W: x.Rect.W, H: x.Rect.H})
	}
	var out []Hit
	for _, l := range labels {
		out = append(out, Hit{l, evaluate.Place(h, byLabel[l], 0)})
	}
	return out
}
