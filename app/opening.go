package app

import (
	"hilum/app/models"
	"hilum/app/settings"
	"hilum/app/worklist"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Opening an engine and a model, from the call to the first score.

// Start opens the engine and the model in the background.
func (w *Workstation) Start() {
	if w.cfg.OpenEngine == nil {
		w.hub.Change(func(tx store.Tx) {
			w.Models.Unavailable(tx, message.Of("This program was built without an inference engine."))
		})
		return
	}
	w.Models.Opening(true)
	w.hub.Go("starting the engine", func() {
		err := w.openEngine()
		w.Models.Opening(false)
		if err != nil {
			w.hub.Change(func(tx store.Tx) {
				w.Models.Unavailable(tx, message.Sentence(err))
				w.Findings.Warn(tx)
			})
			return
		}
		w.scoreCurrent()
	})
}

func (w *Workstation) openEngine() error {
	engine, err := w.cfg.OpenEngine()
	if err != nil {
		return err
	}
	w.Models.UseEngine(engine)
	if w.cfg.LoadModel == nil {
		return message.New("no model was given")
	}
	src, err := w.cfg.LoadModel()
	if err != nil {
		return err
	}
	return w.useModel(engine, src)
}

// OpenModel opens a model as models.Choice.Path names it, with the thresholds that
// belong to it, in place of the one in use. The old one stays when the new one cannot be opened.
func (w *Workstation) OpenModel(path string) {
	engine := w.Models.Engine()
	if engine == nil {
		w.Notify(message.Of("No model can be opened: the inference engine is not there."))
		return
	}
	w.Models.Opening(true)
	w.hub.Go("opening a model", func() {
		src, err := models.Choice{Path: path}.Source()
		if err == nil {
			err = w.useModel(engine, src)
		}
		w.Models.Opening(false)
		if err == nil {
			err = w.Settings.SetPreferences(func(p *settings.Preferences) {
				if p.Model = src.Path; models.FromFile(src.Path) {
					p.RememberModel(src.Path)
				}
			})
		}
		if err != nil {
			w.Notices.Fail(err)
			return
		}
		w.scoreCurrent()
	})
}

// useModel puts a model in place and forgets the scores of the old one.
func (w *Workstation) useModel(engine inference.Engine, src inference.Source) error {
	m, err := inference.OpenModel(engine, src)
	if err != nil {
		return err
	}
	var old *inference.Model
	w.hub.Change(func(tx store.Tx) {
		old = w.Models.Use(tx, m, src)
		w.Findings.Reset(tx)
		w.Maps.Reset(tx)
		w.Comparison.Find(tx)
		w.Findings.Warn(tx)
		if w.Readers.In(tx).Blinded { // what was seen of one model is not what another says
			blindingOf(w).veil(tx)
		}
	})
	w.listModel(m)
	if old != nil {
		return old.Close() // waits for a score that is running
	}
	return nil
}

// listModel has the list scored by a model from now on.
func (w *Workstation) listModel(m *inference.Model) {
	listed, err := worklist.ModelOf(m)
	if err != nil {
		w.Notices.Fail(err)
	}
	w.Studies.Worklist.UseModel(listed)
}

// scoreCurrent scores what is open when a model has become ready.
func (w *Workstation) scoreCurrent() {
	w.hub.Change(func(tx store.Tx) {
		p := w.Studies.In(tx).Picture
		if p == nil {
			return
		}
		ctx, generation := w.renew(tx)
		w.hub.GoIn(tx, "scoring", func() { w.read(ctx, generation, p.Image) })
	})
}
