package passport

import (
	"context"
	"math"
	"math/rand/v2"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/internal/phantom"
)

// tried is what one shortcut did to each class on one film: changes of the log odds, NaN
// where that is not known.
type tried struct{ effect, elsewhere, control []float64 }

// tryAll tries all shortcuts on one film.
func (j Job) tryAll(ctx context.Context, f sourceImage, seed uint64) ([]tried, error) {
	im, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	defer im.Hold()()
	s := effect.Subject{Ops: operations(), Model: j.Model, Image: im}
	_, bare, err := s.Score(ctx, nil)
	if err != nil {
		return nil, message.Errorf("%s: %w", f.name, err)
	}
	out := make([]tried, len(j.Shortcuts))
	for i, short := range j.Shortcuts {
		t := trying{Subject: s, bare: bare, places: j.Config.Places, seed: j.Config.Seed<<32 + seed}
		if out[i], err = t.try(ctx, f, short); err != nil {
			return nil, message.Errorf("%s: %s: %w", f.name, short.Name, err)
		}
	}
	return out, nil
}

// trying is a film while things are laid on it.
type trying struct {
	effect.Subject
	bare   *inference.Result
	places int
	seed   uint64
}

func (t trying) try(ctx context.Context, f sourceImage, short Shortcut) (tried, error) {
	out := tried{t.unknown(), t.unknown(), t.unknown()}
	if short.Edits == nil {
		if f.options == nil {
			return out, nil
		}
		var err error
		out.effect, err = t.redrawn(ctx, *f.options, short)
		return out, err
	}
	im, now, err := t.Score(ctx, short.Edits)
	if err != nil {
		return out, err
	}
	out.effect = difference(t.bare, now)
	if !short.Placed {
		return out, nil
	}
	e := short.Edits[0]
	c, err := t.Control(ctx, short.Edits, 0, effect.ControlOptions{Places: t.places, Seed: t.seed})
	if err != nil {
		return out, err
	}
	if len(c.Places) > 0 {
		for k := range out.elsewhere {
			former := t.bare.Findings[k]
			var sum float64
			for _, p := range c.Probability[k] {
				sum += logOdds(p)
			}
			out.elsewhere[k] = sum/float64(len(c.Places)) - logOdds(former.Probability)
		}
	}
	if share := changedShare(t.Image, im); share > 0 { // else it lies on padding alone
		out.control, err = t.patched(ctx, patchOf(e.Region, share))
	}
	return out, err
}

func (t trying) unknown() []float64 {
	out := make([]float64, len(t.bare.Findings))
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// least is how near to 0 and 1 probabilities are told apart.
const least = 1e-6

// logOdds are those of a calibrated probability. A finding that is improbable without a
// thing may be fifty times as probable with it, and its probability hardly move.
func logOdds(p float64) float64 { return calib.Logit(max(least, min(1-least, p))) }

// difference is what became of the log odds.
func difference(before, now *inference.Result) []float64 {
	out := make([]float64, len(now.Findings))
	for i, f := range now.Findings {
		out[i] = logOdds(f.Probability) - logOdds(before.Findings[i].Probability)
	}
	return out
}

// redrawn draws a phantom without the shortcut and with it.
func (t trying) redrawn(ctx context.Context, o phantom.Options, short Shortcut) ([]float64, error) {
	var results [2]*inference.Result
	for i, change := range []func(*phantom.Options){short.Without, short.Draw} {
		changed := o
		change(&changed)
		im, err := drawn(changed)
		if err != nil {
			return nil, err
		}
		if results[i], err = t.Model.Score(ctx, im); err != nil {
			return nil, err
		}
	}
	return difference(results[0], results[1]), nil
}

// patched pastes pieces of the film itself at random places and gives the mean change.
func (t trying) patched(ctx context.Context, patch edit.Rect) ([]float64, error) {
	rng := rand.New(rand.NewPCG(t.seed, 0x7061746368))
	places := t.Places(patch, t.places, t.seed+1)
	if len(places) == 0 {
		return t.unknown(), nil
	}
	sum := make([]float64, len(t.bare.Findings))
	for _, at := range places {
		from := t.Places(at, 1, rng.Uint64()) // not touching where it goes to
		if len(from) == 0 {
			return t.unknown(), nil
		}
		_, now, err := t.Score(ctx, []edit.Edit{{Kind: edit.Paste, Region: at,
			From: &edit.Piece{X: from[0].X, Y: from[0].Y}}})
		if err != nil {
			return nil, err
		}
		for k, d := range difference(t.bare, now) {
			sum[k] += d / float64(len(places))
		}
	}
	return sum, nil
}

// changedShare is the share of the film's pixels that two pictures of it differ in.
func changedShare(a, b *dicomio.Image) float64 {
	n := 0
	for i, v := range a.Stored {
		if b.Stored[i] != v {
			n++
		}
	}
	return float64(n) / float64(max(len(a.Stored), 1))
}

// patchOf is a region of the same shape and middle that covers a share of the film.
func patchOf(r edit.Rect, share float64) edit.Rect {
	k := min(math.Sqrt(share/(r.W*r.H)), 1)
	w, h := r.W*k, r.H*k
	return edit.Rect{X: r.X + (r.W-w)/2, Y: r.Y + (r.H-h)/2, W: w, H: h}
}
