// Package mapcheck says whether a map of evidence can be believed: whether it follows what
// the model learnt, whether the score follows the map, whether it holds still when the
// picture hardly changes, whether it is more than a habit, and whether it points at what is
// known to be there. Each question is a [Check] with a figure, a 95% interval and a rule;
// all rules stand in rules.go.
//
// The core type is [Subject], a map together with what it was made by. The package knows
// neither runtime nor model file: it imports inference/saliency, inference/tensor and, for
// intervals, inference/calib.
package mapcheck

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"

	"hilum/inference/saliency"
	"hilum/inference/tensor"
	"hilum/internal/message"
)

// Subject is a map of one class in front of what made it. All maps, boxes and the prior
// cover the whole of Image.
type Subject struct {
	Image tensor.Tensor // [1, C, H, W], as the network takes it
	// Explain maps the evidence of the class in a picture.
	Explain func(ctx context.Context, image tensor.Tensor) (saliency.Map, error)
	// Scores gives the logit of the class for pictures [N, C, H, W].
	Scores func(ctx context.Context, images tensor.Tensor) ([]float64, error)
	// Forgotten is Explain of a model whose weights are all shuffled, another for each seed.
	Forgotten func(ctx context.Context, image tensor.Tensor, seed uint64) (saliency.Map, error)

	Prior *saliency.Map // where the class lies in other patients' pictures; nil where that is not known
	Boxes []Box         // where it lies in this one; nil where that is not known
}

// Box is a place, as fractions of the picture's width and height.
type Box struct{ X0, Y0, X1, Y1 float64 }

// Options say how thoroughly a map is tested. Zero values take the defaults.
type Options struct {
	Draws int    // shuffled models, shifts and noisy copies, each; 8, and 2 at least
	Tries int    // random places that the map is moved to; 20
	Steps int    // in which the picture is taken away or put back; 10
	Cells int    // the picture is taken away by cells of so many a side, at most its pixels; 16
	Seed  uint64 // of all draws
}

func (o Options) withDefaults(h, w int) Options {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&o.Draws, 8)
	set(&o.Tries, 20)
	set(&o.Steps, 10)
	set(&o.Cells, 16)
	o.Draws, o.Cells = max(o.Draws, 2), min(o.Cells, h, w)
	return o
}

// Figure is what a check measured.
type Figure struct {
	Value, Lo, Hi float64 // with its 95% interval
	// Against is what else a rule needs: the share of random places that did as much as the
	// map, or that of the picture which boxes cover.
	Against float64
}

// Outcome is what a check came to.
type Outcome struct {
	Check  Check
	Asked  bool // false where there was nothing to hold the map against; then Figure is empty
	Figure Figure
	Passed bool            // false where it was not asked
	Why    message.Message // in a sentence: why it failed or was not asked; the zero value where it passed
}

// Verdict is what all checks came to.
type Verdict struct {
	Outcomes []Outcome
	Empty    message.Message // why there is nothing to test; the zero value for a map with evidence
}

// Passed tells whether the map may be believed: no check that was asked failed.
func (v Verdict) Passed() bool { return len(v.Reasons()) == 0 }

// Reasons are the sentences why a map is not to be believed.
func (v Verdict) Reasons() []message.Message {
	if !v.Empty.IsZero() {
		return []message.Message{v.Empty}
	}
	var out []message.Message
	for _, o := range v.Outcomes {
		if o.Asked && !o.Passed {
			out = append(out, o.Why)
		}
	}
	return out
}

// MarshalJSON writes whether the map passed, why not, and each check with figure and rule.
func (v Verdict) MarshalJSON() ([]byte, error) {
	out := verdictJSON{Passed: v.Passed(), Why: append([]message.Message{}, v.Reasons()...), Checks: []outcomeJSON{}}
	for _, o := range v.Outcomes {
		j := outcomeJSON{Name: o.Check.Name, Asked: o.Asked, Rule: o.Check.Rule, Why: o.Why}
		if o.Asked {
			j.Value, j.Lo, j.Hi, j.Passed = &o.Figure.Value, &o.Figure.Lo, &o.Figure.Hi, &o.Passed
		}
		out.Checks = append(out.Checks, j)
	}
	return json.Marshal(out)
}

type verdictJSON struct {
	Passed bool              `json:"passed"`
	Why    []message.Message `json:"why"`
	Checks []outcomeJSON     `json:"checks"`
}

// outcomeJSON has null for what was not asked.
type outcomeJSON struct {
	Name   string          `json:"name"`
	Asked  bool            `json:"asked"`
	Value  *float64        `json:"value"`
	Lo     *float64        `json:"lo"`
	Hi     *float64        `json:"hi"`
	Passed *bool           `json:"passed"`
	Rule   message.Message `json:"rule"`
	Why    message.Message `json:"why,omitzero"`
}

// trial is a map while it is tested.
type trial struct {
	Subject
	o    Options
	m    saliency.Map // at its own resolution
	full saliency.Map // at the picture's
	near []near       // maps of copies of the picture, of all kinds
}

// near is the map of a copy of the picture that hardly differs.
type near struct {
	dx, dy int // pixels by which the copy was moved right and down
	m      saliency.Map
}

// Judge puts all checks to a map. An error is one of running the model, or of the context.
func Judge(ctx context.Context, s Subject, o Options) (Verdict, error) {
	shape := s.Image.Shape
	if len(shape) != 4 || shape[0] != 1 {
		return Verdict{}, message.Errorf("verdict: a picture of shape %v, not [1, C, H, W]", shape)
	}
	t := &trial{Subject: s, o: o.withDefaults(int(shape[2]), int(shape[3]))}
	var err error
	if t.m, err = s.Explain(ctx, s.Image); err != nil {
		return Verdict{}, message.Errorf("verdict: %w", err)
	}
	if why := nothing(t.m); !why.IsZero() {
		return Verdict{Empty: why}, nil
	}
	t.full = t.m.Resized(int(shape[2]), int(shape[3]))
	var v Verdict
	for _, c := range Checks() {
		out := Outcome{Check: c}
		if missing := c.missing(t); !missing.IsZero() {
			out.Why = missing
			v.Outcomes = append(v.Outcomes, out)
			continue
		}
		out.Figure, err = c.measure(ctx, t)
		switch {
		case errors.Is(err, saliency.ErrNoWeights):
			out.Why = message.Of("Not asked: %v.", err)
		case err != nil:
			return Verdict{}, message.Errorf("verdict: %w", err)
		case c.passes(out.Figure):
			out.Asked, out.Passed = true, true
		default:
			out.Asked, out.Why = true, c.why(out.Figure)
		}
		v.Outcomes = append(v.Outcomes, out)
	}
	return v, nil
}

// nothing says why a map holds no evidence at all.
func nothing(m saliency.Map) message.Message {
	same := true
	for _, v := range m.Values {
		if v != v || v-v != 0 {
			return message.Of("The map has values that are no numbers.")
		}
		same = same && v == m.Values[0]
	}
	if same {
		return message.Of("The map is the same everywhere.")
	}
	return message.Message{}
}

// random is the source of the draws of one check.
func (t *trial) random(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(t.o.Seed, stream)) }
