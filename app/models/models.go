package models

import (
	"errors"
	"time"

	"hilum/app/records"
	"hilum/app/worklist"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of engine and model.
type State struct {
	Engine Engine
	Model  Model
}

// Models has the engine and the model in use. Which of them is in use is changed by
// the workstation, because scores and maps of the old model go with it.
type Models struct {
	hub    *store.Hub
	sets   findingset.Registry // that models may speak
	state  *store.Value[State]
	engine inference.Engine
	model  *inference.Model
	source inference.Source // that the model was opened from
}

// New has no engine and no model. sets are the sets of findings that models may speak;
// nil is findingset.Sets.
func New(h *store.Hub, sets findingset.Registry) *Models {
	return &Models{hub: h, sets: sets, state: store.NewValue(h, State{})}
}

// In is the state within a transaction.
func (m *Models) In(tx store.Tx) *State { return m.state.In(tx) }

// InUse is the model within a transaction; nil for none.
func (m *Models) InUse(store.Tx) *inference.Model { return m.model }

// Opening tells that an engine or a model is being opened, or no longer.
func (m *Models) Opening(on bool) { m.state.Change(func(s *State) { s.Engine.Opening = on }) }

// Unavailable says why there is no engine or model.
func (m *Models) Unavailable(tx store.Tx, why message.Message) { m.state.In(tx).Engine.Error = why }

// Engine is the engine, nil while there is none.
func (m *Models) Engine() (e inference.Engine) {
	m.hub.Look(func(store.Tx) { e = m.engine })
	return e
}

// UseEngine puts an engine in place.
func (m *Models) UseEngine(e inference.Engine) {
	m.hub.Change(func(tx store.Tx) {
		m.engine = e
		s := m.state.In(tx)
		s.Engine.Open, s.Engine.Info = true, e.Info()
	})
}

// Use puts a model in place and gives the old one, which the caller closes.
func (m *Models) Use(tx store.Tx, model *inference.Model, from inference.Source) (old *inference.Model) {
	old, m.model, m.source = m.model, model, from
	s := m.state.In(tx)
	s.Model, s.Engine.Error = describe(model, m.sets), message.Message{}
	s.Model.Path = from.Path
	return old
}

// Took notes how long a score took.
func (m *Models) Took(tx store.Tx, d time.Duration) { m.state.In(tx).Engine.Took = d }

// Network gives the engine, and what the model in use was opened from, to windows that
// open it once more for themselves: what they do then cannot hold up the reading. They
// close what they opened before the workstation is closed. It is false while no model is
// open.
func (m *Models) Network() (e inference.Engine, from inference.Source, ok bool) {
	m.hub.Look(func(store.Tx) { e, from, ok = m.engine, m.source, m.engine != nil && m.model != nil })
	return e, from, ok
}

// ID names the model in use for the records; false without one.
func (m *Models) ID() (records.ModelID, bool, error) {
	var model *inference.Model
	m.hub.Look(func(store.Tx) { model = m.model })
	if model == nil {
		return records.ModelID{}, false, nil
	}
	id, err := worklist.Identify(model)
	return id, err == nil, err
}

// Close closes model and engine, after all work with them.
func (m *Models) Close() error {
	var model *inference.Model
	var engine inference.Engine
	m.hub.Look(func(store.Tx) {
		model, engine = m.model, m.engine
		m.model, m.engine = nil, nil
	})
	var err error
	if model != nil {
		err = model.Close()
	}
	if engine != nil {
		err = errors.Join(err, engine.Close())
	}
	return err
}
