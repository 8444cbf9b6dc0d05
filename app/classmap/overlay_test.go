package classmap

import (
	"testing"

	"hilum/inference"
	"hilum/internal/store"
)

// reading is a study on the screen; what is not set here is not asked for.
type reading struct {
	Reading
	model      *inference.Model
	result     *inference.Result
	generation int
}

func (r *reading) Model(store.Tx) *inference.Model          { return r.model }
func (r *reading) Result(store.Tx) *inference.Result        { return r.result }
func (r *reading) Newest(_ store.Tx, generation int) bool   { return r.generation == generation }
func (r *reading) Mapped(_ store.Tx, now *inference.Result) { r.result = now }

// TestMapsOfTheLastStudyDoNotReachTheNext: class maps that take long belong to the study
// and to the model that they were wanted for.
func TestMapsOfTheLastStudyDoNotReachTheNext(t *testing.T) {
	h := store.New(nil)
	r := &reading{model: &inference.Model{}, result: &inference.Result{}, generation: 2}
	o := NewOverlay(h, r, nil, Map{On: true})
	before := r.result
	maps := []inference.Heatmap{{Class: "Mass"}}
	done := func(m *inference.Model, generation int) {
		h.Change(func(tx store.Tx) {
			o.In(tx).Mapping = true
			o.ownDone(tx, m, generation, maps, nil)
		})
	}
	done(r.model, 1)
	if r.result != before {
		t.Error("the second study got the maps of the first")
	}
	done(&inference.Model{}, 2)
	if r.result != before {
		t.Error("the maps of another model are kept")
	}
	done(r.model, 2)
	if r.result == before || len(r.result.Maps) != 1 || len(before.Maps) != 0 {
		t.Error("maps of the current study are not kept beside its findings")
	}
}
