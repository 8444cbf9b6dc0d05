package lab

import (
	"context"
	"errors"
	"slices"
	"time"

	"hilum/app/lab/bias"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/app/notice"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Config says what a bench works with.
type Config struct {
	Engine   inference.Engine     // the caller closes it after the bench
	Source   inference.Source     // the model
	Controls int                  // random places an edit is tried at; 0 is DefaultControls, under 0 none
	Seed     uint64               // of these places
	Images   edit.Images          // for pasting; nil decodes files
	Words    func() message.Words // the reader's when a page is made, see Player.Words; nil is English

	Catalogue lesson.Catalogue // what there is to choose from
}

// State is everything that a window shows of a bench, at one moment. It is a
// value: the slices and pointers in it are never written to after it was handed
// out.
type State struct {
	Opening     bool   // the model is being opened
	Model       string // its name; "" for none
	ModelSHA256 string // of its file
	Classes     []string

	Image  *dicomio.Image // as it was opened; nil for none
	Name   string         // of the film
	Edited *dicomio.Image // after the edits; Film where there are none
	Frame  edit.Frame     // from film to edited

	Edits            []edit.Edit
	Selected         int // index of an edit, -1 for none
	CanUndo, CanRedo bool
	Boxes            []effect.Box

	Original *inference.Result // of the film
	Former   *inference.Result // without the selected edit; Original where none is selected
	Now      *inference.Result
	Control  *effect.Control // of the selected edit; nil until computed
	Took     time.Duration   // from the last change to its score

	Scoring     bool
	Controlling [2]int // places done and to do; 0, 0 when idle
	Class       string // the class that is looked at, "" for the first
	Strip       Strip

	Lesson     *lesson.Lesson         // being written or played; nil for none
	Step       int                    // of the lesson
	Experiment *bias.ExperimentReport // whose model is in use; nil for none

	Job *JobState // a data set or a model being made; nil for none
	notice.State

	ops edit.Operations // that the edits are of
}

// Sentence says what the selected edit did to the class that is looked at.
func (st *State) Sentence() message.Message {
	if st.Selected < 0 || st.Selected >= len(st.Edits) || st.Edits[st.Selected].Off {
		return message.Message{}
	}
	return effect.Change{Edit: st.Edits[st.Selected], Former: st.Former, Now: st.Now, Class: st.Class,
		Control: st.Control}.Sentence(st.ops)
}

// Bench is one session of the lab: a film, a list of edits that can be undone,
// and what a model says before and after. Every change re-scores in the
// background; the newest wins. All methods may be called from any goroutine and
// return at once unless they say otherwise; Close waits for what they began.
type Bench struct {
	Edits  *Edits  // what is done to the film
	Maps   *Maps   // which maps stand in the strip
	Lesson *Lesson // that is written or played
	Jobs   *Jobs   // data sets, models and pages being made

	cfg   Config
	hub   *store.Hub
	state *store.Value[State]

	// Within transactions.
	model      *inference.Model
	source     inference.Source
	explainer  *inference.Explainer // opened when a strip is first wanted
	ref        lesson.ImageRef      // of the film
	generation int                  // of the request that is being worked on
	stop       context.CancelFunc
	done       chan struct{} // closed when that request is given up or done
	former     formerScore
}

// formerScore keeps the last score without the selected edit: while an edit is
// dragged, it stays the same.
type formerScore struct {
	model  *inference.Model
	image  *dicomio.Image
	edits  []edit.Edit
	result *inference.Result
}

// NewBench makes an empty bench and opens the model in the background.
func NewBench(cfg Config) *Bench {
	if cfg.Images == nil {
		cfg.Images = dicomio.Decode
	}
	if cfg.Controls == 0 {
		cfg.Controls = effect.DefaultControls
	}
	cfg.Catalogue = cfg.Catalogue.Filled()
	b := &Bench{cfg: cfg, stop: func() {}, done: make(chan struct{})}
	close(b.done)
	b.hub = store.New(func(p store.Panic) {
		b.notify(message.Errorf("something went wrong while %s: %v\n%s", p.What, p.Value, p.Stack))
	})
	b.state = store.NewValue(b.hub, State{Selected: -1, Strip: defaultStrip(), ops: cfg.Catalogue.Edits})
	b.Edits, b.Maps, b.Lesson, b.Jobs = &Edits{b: b}, &Maps{b}, &Lesson{b: b}, &Jobs{b: b, stop: func() {}}
	b.Edits.history.reset(snapshot{})
	b.UseModel(cfg.Source)
	return b
}

// State returns what is to be shown now.
func (b *Bench) State() State { return b.state.Get() }

// Catalogue is what there is to choose from on the bench.
func (b *Bench) Catalogue() lesson.Catalogue { return b.cfg.Catalogue }

// Subscribe has f called after every change of the state, on any goroutine and
// with no lock held. cancel ends it.
func (b *Bench) Subscribe(f func()) (cancel func()) { return b.hub.Subscribe(f) }

func (b *Bench) notify(err error) { b.Notify(message.Sentence(err)) }

// say puts a sentence in place that needs the reader's care; the zero value takes one away.
func (st *State) say(m message.Message) { st.State = notice.State{Message: m} }

// Notify shows one sentence; the zero value takes the last one away.
func (b *Bench) Notify(m message.Message) { b.state.Change(func(st *State) { st.say(m) }) }

// Tell shows one sentence of something that was done.
func (b *Bench) Tell(m message.Message) {
	b.state.Change(func(st *State) { st.State = notice.State{Message: m, Done: true} })
}

// UseModel opens a model in place of the one in use, which stays when the new one
// cannot be opened.
func (b *Bench) UseModel(src inference.Source) {
	b.state.Change(func(st *State) { st.Opening = true })
	b.hub.Go("opening a model", func() {
		m, err := inference.OpenModel(b.cfg.Engine, src)
		if err != nil {
			b.state.Change(func(st *State) {
				st.Opening = false
				st.say(message.Sentence(err))
			})
			return
		}
		var old *inference.Model
		var explainer *inference.Explainer
		var done chan struct{}
		b.hub.Change(func(tx store.Tx) {
			b.stop()
			b.generation++
			old, explainer, done = b.model, b.explainer, b.done
			b.model, b.source, b.explainer = m, src, nil
			st := b.state.In(tx)
			st.Opening, st.Model, st.ModelSHA256, st.Classes = false, m.Name, m.SHA256, m.Spec.Classes
			if !slices.Contains(st.Classes, st.Class) {
				st.Class = st.Classes[0]
			}
			st.Original, st.Former, st.Now, st.Control = nil, nil, nil, nil
			st.Strip.Cells = nil
		})
		<-done // nothing uses the old one any more
		b.notifyOf(closeModel(old, explainer))
		b.request(settled)
	})
}

// OpenModel opens a model file in place of the one in use.
func (b *Bench) OpenModel(path string) {
	src, err := inference.ReadSource(path, "")
	if err != nil {
		b.notify(err)
		return
	}
	b.UseModel(src)
}

// notifyOf shows an error, if there is one.
func (b *Bench) notifyOf(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		b.notify(err)
	}
}

// closeModel waits for what still runs on a model.
func closeModel(m *inference.Model, x *inference.Explainer) error {
	var err error
	if x != nil {
		err = x.Close()
	}
	if m != nil {
		err = errors.Join(err, m.Close())
	}
	return err
}

// SetClass chooses the class that sentence and strip are about; before a model is
// open, the one to begin with.
func (b *Bench) SetClass(class string) {
	known := false
	b.state.Change(func(st *State) {
		if known = (st.Classes == nil || slices.Contains(st.Classes, class)) && class != st.Class; known {
			st.Class = class
			st.Strip.Cells = nil
		}
	})
	if known {
		b.request(settled)
	}
}

// Close ends all work, waits for it, and closes the model.
func (b *Bench) Close() error {
	b.hub.Close()
	var m *inference.Model
	var x *inference.Explainer
	b.hub.Look(func(store.Tx) {
		m, x = b.model, b.explainer
		b.model, b.explainer = nil, nil
	})
	return closeModel(m, x)
}
