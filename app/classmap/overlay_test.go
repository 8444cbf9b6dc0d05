package classmap

import (
	"context"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
	"hilum/internal/message"
	"hilum/internal/raster"
	"hilum/internal/store"
)

// reading is a study on the screen; what is not set here is not asked for.
type reading struct {
	Reading
	model      *inference.Model
	result     *inference.Result
	generation int
}

func (r *reading) Model(store.Tx) *inference.Model        { return r.model }
func (r *reading) Result(store.Tx) *inference.Result      { return r.result }
func (r *reading) Newest(_ store.Tx, generation int) bool { return r.generation == generation }
func (r *reading) Quietly(store.Tx)                       {}
func (r *reading) Image(store.Tx) *dicomio.Image          { return nil }
func (r *reading) Selection(store.Tx) (context.Context, int) {
	return context.Background(), r.generation
}
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

// TestAMapThatFailedIsGrey: until the reader moves on, or takes another way of mapping; a
// verdict that comes too late changes nothing.
func TestAMapThatFailedIsGrey(t *testing.T) {
	h := store.New(nil)
	r := &reading{model: &inference.Model{}, generation: 2}
	o := NewOverlay(h, r, saliency.Methods(), Map{Class: "Mass", On: true, Colours: raster.Ember})
	failed, passed := mapcheck.Verdict{Empty: message.Of("The map is the same everywhere.")}, mapcheck.Verdict{}
	done := func(model *inference.Model, generation int, v mapcheck.Verdict) {
		h.Change(func(tx store.Tx) {
			o.judged(tx, judging{model: model, generation: generation, class: "Mass"}, v)
		})
	}
	grey := func() bool {
		c := o.state.Get().Map.ColourMap()
		red, green, blue, _ := c.At(1)
		return red == green && green == blue
	}
	done(r.model, 1, failed)
	done(&inference.Model{}, 2, failed)
	if grey() {
		t.Error("a verdict of another study or model is taken for this map's")
	}
	done(r.model, 2, failed)
	if !grey() {
		t.Error("the map that failed has colours")
	}
	o.set(func(m *Map) { m.Class = "Edema" })
	if grey() {
		t.Error("the map of another class is grey")
	}
	o.set(func(m *Map) { m.Class = "Mass" })
	done(r.model, 2, passed)
	if grey() {
		t.Error("a map that passed stays grey")
	}
	for name, leave := range map[string]func(store.Tx){"another study": o.Leave, "another model": o.Reset} {
		done(r.model, 2, failed)
		h.Change(leave)
		if grey() {
			t.Errorf("%s: grey", name)
		}
	}
	if _, err := NewOverlay(h, &reading{}, nil, Map{}).Judge(); err == nil {
		t.Error("a map that nobody sees was judged")
	}
	for v, want := range map[string]mapcheck.Verdict{"not to be believed": failed, "No check": passed} {
		if got := (Judged{Class: "Mass", Verdict: want}).Sentence().String(); !strings.Contains(got, v) {
			t.Errorf("%q", got)
		}
	}
}
