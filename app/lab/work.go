package lab

import (
	"context"
	"reflect"
	"slices"
	"time"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

var (
	errNoEdit = message.New("there is no such edit in the list")
	errNoBox  = message.New("there is no such box")
)

// urgency is how much work a change asks for.
type urgency int

const (
	dragged urgency = iota // picture and score only: more changes come
	settled                // control and strip too
)

// task is what one request works on: a copy of what it needs of the state.
type task struct {
	effect.Subject
	generation int
	began      time.Time
	urgency    urgency
	st         State
}

// request has the present state scored; what was being worked on is given up.
func (b *Bench) request(u urgency) {
	var t task
	var ctx context.Context
	var before, done chan struct{}
	b.hub.Change(func(tx store.Tx) {
		b.stop()
		b.generation++
		b.state.In(tx).Controlling = [2]int{}
		b.state.In(tx).Strip.Drawing = false
		if b.state.In(tx).Image == nil || b.model == nil {
			b.state.In(tx).Scoring = false
			return
		}
		b.state.In(tx).Control = nil
		b.state.In(tx).Scoring = true
		ctx, b.stop = context.WithCancel(b.hub.Context())
		before, b.done = b.done, make(chan struct{})
		done = b.done
		t = task{effect.Subject{Ops: b.cfg.Catalogue.Edits, Model: b.model, Image: b.state.In(tx).Image,
			Images: b.cfg.Images},
			b.generation, time.Now(), u, *b.state.In(tx)}
	})
	if ctx == nil {
		return
	}
	began := b.hub.Go("scoring", func() {
		defer close(done)
		<-before // given up; it ends at once
		err := b.do(ctx, t)
		b.publish(t, func(st *State) {
			st.Scoring, st.Controlling, st.Strip.Drawing = false, [2]int{}, false
			if err != nil && ctx.Err() == nil {
				st.say(message.Sentence(err))
			}
		})
	})
	if !began {
		close(done)
	}
}

// publish changes the state unless a newer request has begun.
func (b *Bench) publish(t task, f func(st *State)) {
	b.hub.Change(func(tx store.Tx) {
		if b.generation == t.generation {
			f(b.state.In(tx))
		}
	})
}

// do edits, scores, tries the edit elsewhere and draws the strip, and shows each
// as soon as it is there.
func (b *Bench) do(ctx context.Context, t task) error {
	edited, now, err := b.scoreNow(ctx, t)
	if err != nil {
		return err
	}
	original := t.st.Original
	if original == nil {
		if original, err = t.Model.Score(ctx, t.Image); err != nil {
			return err
		}
	}
	former, err := b.scoreFormer(ctx, t, original, now)
	if err != nil {
		return err
	}
	b.publish(t, func(st *State) {
		st.Original, st.Former, st.Now = original, former, now
		st.Took, st.Scoring = time.Since(t.began), false
	})
	if t.urgency < settled {
		return nil
	}
	if err := b.tryElsewhere(ctx, t); err != nil {
		return err
	}
	return b.drawStrip(ctx, t, edited, now)
}

func (b *Bench) scoreNow(ctx context.Context, t task) (*dicomio.Image, *inference.Result, error) {
	edited, err := t.Ops.Apply(ctx, t.Image, t.st.Edits, t.Images)
	if err != nil {
		return nil, nil, err
	}
	b.publish(t, func(st *State) { st.Edited = edited })
	now, err := t.Model.Score(ctx, edited)
	return edited, now, err
}

// scoreFormer is the score without the selected edit.
func (b *Bench) scoreFormer(ctx context.Context, t task, original, now *inference.Result) (*inference.Result, error) {
	i := t.st.Selected
	if i < 0 || i >= len(t.st.Edits) {
		return original, nil
	}
	if t.st.Edits[i].Off {
		return now, nil
	}
	rest := slices.Delete(slices.Clone(t.st.Edits), i, i+1)
	if !slices.ContainsFunc(rest, func(e edit.Edit) bool { return !e.Off }) {
		return original, nil
	}
	var kept formerScore
	b.hub.Look(func(store.Tx) { kept = b.former })
	if kept.model == t.Model && kept.image == t.Image && reflect.DeepEqual(kept.edits, rest) {
		return kept.result, nil
	}
	_, r, err := t.Score(ctx, rest)
	if err != nil {
		return nil, err
	}
	b.hub.Look(func(store.Tx) { b.former = formerScore{t.Model, t.Image, rest, r} })
	return r, nil
}

// tryElsewhere computes the control of the selected edit.
func (b *Bench) tryElsewhere(ctx context.Context, t task) error {
	i := t.st.Selected
	if b.cfg.Controls < 0 || i < 0 || i >= len(t.st.Edits) || t.st.Edits[i].Off || !t.Ops.Placed(t.st.Edits[i]) {
		return nil
	}
	c, err := t.Control(ctx, t.st.Edits, i,
		effect.ControlOptions{Places: b.cfg.Controls, Seed: b.cfg.Seed, Progress: func(done, total int) {
			b.publish(t, func(st *State) { st.Controlling = [2]int{done, total} })
		}})
	if err != nil {
		return err
	}
	b.publish(t, func(st *State) { st.Control, st.Controlling = c, [2]int{} })
	return nil
}
