// Package effect says what an edit does to a model: the score without it and with it, the
// same edit at random places, and maps of the evidence held against boxes. Its core type is
// [Subject], a film in front of a model. It imports app/lab/edit, training for placing maps
// on boxes, internal/phantom, inference, inference/calib, inference/saliency and dicomio.
package effect

import (
	"context"
	"math/rand/v2"

	"hilum/app/lab/edit"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
)

// Subject is a film in front of a model.
type Subject struct {
	Ops    edit.Operations
	Model  *inference.Model
	Image  *dicomio.Image
	Images edit.Images
}

// Score edits the film and scores what became of it.
func (s Subject) Score(ctx context.Context, edits []edit.Edit) (*dicomio.Image, *inference.Result, error) {
	im, err := s.Ops.Apply(ctx, s.Image, edits, s.Images)
	if err != nil {
		return nil, nil, err
	}
	r, err := s.Model.Score(ctx, im)
	return im, r, err
}

// Control is the same edit at random places: what any edit of its kind and size
// does. Only what an edit does beyond that is about its place.
type Control struct {
	Edit   int         // index of the edit that was moved
	Places []edit.Rect // where to, in the film's frame
	// Probability of each class of the model at each place: [class][place].
	Probability [][]float64
}

// DefaultControls is at how many places an edit is tried.
const DefaultControls = 20

// Interval is the mean of a class's probability over the places and the middle
// 95 % of it.
func (c *Control) Interval(class int) (mean, lo, hi float64) {
	p := c.Probability[class]
	for _, v := range p {
		mean += v / float64(len(p))
	}
	middle, _ := calib.Percentiles(p, 0.95)
	return mean, middle.Lo, middle.Hi
}

// AsMuch counts the places where a class's probability moved from a former one at
// least as far as the edit moved it, the same way.
func (c *Control) AsMuch(class int, former, now float64) int {
	n := 0
	for _, p := range c.Probability[class] {
		if d := now - former; d >= 0 && p-former >= d || d < 0 && p-former <= d {
			n++
		}
	}
	return n
}

// Control scores the edits with the one at index moved to n places drawn with the
// seed. progress, if not nil, is told after each.
func (s Subject) Control(ctx context.Context, edits []edit.Edit, index int, o ControlOptions) (*Control, error) {
	e := edits[index]
	c := &Control{Edit: index, Places: s.Places(e.Region, o.Places, o.Seed),
		Probability: make([][]float64, len(s.Model.Spec.Classes))}
	if len(c.Places) == 0 {
		return c, nil
	}
	before := edit.NewSheet(s.Image) // the edits before it are the same for all places
	if err := s.Ops.Edit(ctx, before, edits[:index], s.Images); err != nil {
		return nil, err
	}
	frame := s.Ops.Frame(edits, s.Image.Width, s.Image.Height)
	for i, place := range c.Places {
		moved := e
		moved.Region = place
		sh := before.Clone()
		if err := s.Ops.Edit(ctx, sh, append([]edit.Edit{moved}, edits[index+1:]...), s.Images); err != nil {
			return nil, err
		}
		r, err := s.Model.Score(ctx, sh.Develop(frame))
		if err != nil {
			return nil, message.Errorf("the same edit at another place: %w", err)
		}
		for k, f := range r.Findings {
			c.Probability[k] = append(c.Probability[k], f.Probability)
		}
		if o.Progress != nil {
			o.Progress(i+1, len(c.Places))
		}
	}
	return c, nil
}

// ControlOptions say how often and where an edit is tried.
type ControlOptions struct {
	Places   int
	Seed     uint64
	Progress func(done, total int)
}

// Numbers of the search for places.
const (
	triesPerPlace = 50
	mostlyDark    = 0.5 // the share of dark or padded pixels from which a place is beside the patient
)

// Places draws up to n rectangles of r's size that lie on the film, do not touch
// r, and are not mostly black: beside the patient nothing is to be changed.
func (s Subject) Places(r edit.Rect, n int, seed uint64) []edit.Rect {
	r = r.Clip()
	rng := rand.New(rand.NewPCG(seed, 0x636f6e74726f6c))
	dark := edit.Dark(s.Image)
	var out []edit.Rect
	for range n * triesPerPlace {
		if len(out) == n {
			break
		}
		p := edit.Rect{X: rng.Float64() * (1 - r.W), Y: rng.Float64() * (1 - r.H), W: r.W, H: r.H}
		if !p.Overlaps(r) && dark.Share(p) < mostlyDark {
			out = append(out, p)
		}
	}
	return out
}
