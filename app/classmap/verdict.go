package classmap

import (
	"context"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Judged is what the checks came to of the map in sight.
type Judged struct {
	Class, Method string // Method as in Map
	Verdict       mapcheck.Verdict
}

// Sentence says whether the map can be believed, and the first reason why not.
func (j Judged) Sentence() message.Message {
	if why := j.Verdict.Reasons(); len(why) > 0 {
		return message.Of("The map of %s is not to be believed. %s", inference.Named(j.Class), why[0])
	}
	return message.Of("No check speaks against the map of %s.", inference.Named(j.Class))
}

// judging is what a verdict is about.
type judging struct {
	model      *inference.Model
	image      *dicomio.Image
	class      string
	name       string // of the method, as in Map
	method     saliency.Method
	generation int
}

// Judge tests whether the map in sight can be believed. It runs the model some hundred
// times and returns when that is done, or with the error of a study that was left
// meanwhile. A map that fails is drawn grey from then on.
func (o *Overlay) Judge() (Judged, error) {
	var j judging
	var ctx context.Context
	o.hub.Look(func(tx store.Tx) {
		m := o.state.In(tx).Map
		j = judging{model: o.reading.Model(tx), image: o.reading.Image(tx), class: m.Class, name: m.Method,
			method: saliency.GradCAM()} // the model's own maps are its closed form
		ctx, j.generation = o.reading.Selection(tx)
	})
	if j.model == nil || j.image == nil || j.class == "" {
		return Judged{}, message.New("no map is shown")
	}
	if j.name != OwnMaps {
		j.method, _ = o.methods.Find(j.name)
	}
	v, err := j.model.JudgeMap(ctx, j.image, j.method, j.class, inference.Known{})
	if err != nil {
		return Judged{}, err
	}
	o.hub.Change(func(tx store.Tx) { o.judged(tx, j, v) })
	return Judged{Class: j.class, Method: j.name, Verdict: v}, nil
}

// judged draws the map grey where it failed, unless the reader has moved on.
func (o *Overlay) judged(tx store.Tx, j judging, v mapcheck.Verdict) {
	m := &o.state.In(tx).Map
	if !o.reading.Newest(tx, j.generation) || o.reading.Model(tx) != j.model || m.Method != j.name {
		return
	}
	o.reading.Quietly(tx)
	switch {
	case !v.Passed():
		m.Doubted = j.class
	case m.Doubted == j.class:
		m.Doubted = ""
	}
}
