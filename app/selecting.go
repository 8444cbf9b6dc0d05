package app

import (
	"context"

	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Selecting, showing and closing a study crosses every feature. It is written here, from
// the click to the last map, to be read from top to bottom. The newest selection wins: it
// cancels the context of the last one, and a generation decides whether a result is still
// wanted.

// Select makes a study the current one, by its index: the last load is cancelled, the
// picture is shown as soon as it is decoded and scored after that.
func (w *Workstation) Select(index int) {
	w.hub.Change(func(tx store.Tx) {
		s := w.Studies.In(tx)
		if index < 0 || index >= len(s.Studies) {
			return
		}
		w.leave(tx)
		ctx, generation := w.Studies.Begin(tx, index)
		w.Maps.Leave(tx)
		w.Notices.Say(tx, message.Message{})
		w.Findings.Show(tx, s.Studies[index].ID)
		w.Answers.Leave(tx)
		w.Remarks.Leave(tx)
		w.Foreign.Leave(tx)
		w.Maps.In(tx).Map.Peek = false
		w.Maps.Follow(tx)
		w.Measure.Drop(tx)
		w.Comparison.Begin(tx)
		w.Measure.Show(tx)
		w.History.Tell(tx)
		w.Findings.Warn(tx)
		w.hub.GoIn(tx, "opening a study", func() { w.load(ctx, generation) })
	})
}

// leave remembers how the reader looked at the current study.
func (w *Workstation) leave(tx store.Tx) {
	if id, open := w.Studies.Current(tx); open && w.Studies.In(tx).Picture != nil {
		w.Viewport.Leave(tx, id)
	}
}

// renew begins a new generation of the current study.
func (w *Workstation) renew(tx store.Tx) (context.Context, int) {
	ctx, generation := w.Studies.Renew(tx)
	w.Maps.Leave(tx)
	return ctx, generation
}

// load decodes the current study, shows it and reads it.
func (w *Workstation) load(ctx context.Context, generation int) {
	id, decode, ok := w.Studies.Loader(generation)
	if !ok {
		return
	}
	picture := w.Studies.Await(ctx, id)
	if picture == nil {
		im, err := decode(ctx)
		if err != nil {
			w.cannotShow(ctx, generation, err)
			return
		}
		picture = radiograph.New(im)
	}
	if w.show(generation, id, picture) {
		w.cfg.Trace("picture")
		w.hub.Go("reading annotations", func() { w.Measure.Load(id, picture) })
		w.read(ctx, generation, picture.Image)
	}
}

// show puts a decoded picture on screen; false when the reader has moved on.
func (w *Workstation) show(generation, id int, p *radiograph.Picture) (current bool) {
	w.hub.Change(func(tx store.Tx) {
		if current = w.Studies.Newest(tx, generation); !current {
			return
		}
		w.Studies.Show(tx, id, p)
		w.Viewport.Show(tx, id, p)
		w.Foreign.Load(tx)
		w.Comparison.Find(tx)
		w.Archives.Want(tx, &p.Image.Header)
		w.Measure.Show(tx)
		w.History.Tell(tx)
		w.Findings.Warn(tx)
	})
	return current
}

// cannotShow records why the current study cannot be shown.
func (w *Workstation) cannotShow(ctx context.Context, generation int, err error) {
	if ctx.Err() != nil {
		return // the reader has moved on
	}
	w.hub.Change(func(tx store.Tx) {
		if w.Studies.Newest(tx, generation) {
			why := message.Sentence(err)
			w.Notices.Say(tx, why)
			w.Studies.Fail(tx, why)
		}
	})
}

// read scores the picture on the screen, maps it, and goes on to its priors and its
// neighbours.
func (w *Workstation) read(ctx context.Context, generation int, im *dicomio.Image) {
	kept, again := w.Findings.Score(ctx, generation, im)
	if kept {
		w.cfg.Trace("findings")
	}
	if kept || again {
		w.Maps.Want() // a result of before may lack them
	}
	w.Comparison.Load()
	w.Studies.Prefetch(generation)
}

// fetch decodes and scores a study that is not the current one, or finds what
// was kept.
func (w *Workstation) fetch(ctx context.Context, id int) (*radiograph.Picture, *inference.Result, error) {
	var decode func(context.Context) (*dicomio.Image, error)
	var picture *radiograph.Picture
	var result *inference.Result
	var m *inference.Model
	open := false
	w.hub.Look(func(tx store.Tx) {
		decode, picture, open = w.Studies.Decoder(tx, id)
		result, m = w.Findings.Of(tx, id), w.Models.InUse(tx)
	})
	if !open {
		return nil, nil, context.Canceled
	}
	if picture == nil {
		im, err := decode(ctx)
		if err != nil {
			return nil, nil, err
		}
		picture = radiograph.New(im)
		w.hub.Change(func(tx store.Tx) { w.Studies.Decoded(tx, id, picture) })
	}
	if result == nil && m != nil {
		var err error
		if result, err = m.Score(ctx, picture.Image); err != nil {
			return picture, nil, err
		}
		w.hub.Change(func(tx store.Tx) {
			if w.Studies.Index(tx, id) >= 0 && w.Models.InUse(tx) == m {
				w.Findings.Keep(tx, id, result)
			}
		})
	}
	return picture, result, nil
}

// OpenFinding opens one picture with the map of a class over it, as soon as both
// are there.
func (w *Workstation) OpenFinding(path, class string) {
	w.hub.Change(func(tx store.Tx) {
		w.History.Quietly(tx) // it is about the picture that comes
		w.Maps.Ask(tx, class)
	})
	w.Studies.Open(path)
}

// CloseStudy takes a study off the list, by its index. After the current one the next in
// the list becomes current.
func (w *Workstation) CloseStudy(index int) {
	next, removed, follows := -1, false, false
	w.hub.Change(func(tx store.Tx) {
		s := w.Studies.In(tx)
		if index < 0 || index >= len(s.Studies) {
			return
		}
		if index == s.Current {
			next, follows = w.Studies.Following(tx)
			w.close(tx)
		}
		w.forget(tx, w.Studies.Remove(tx, index))
		removed = true
		if follows {
			next = w.Studies.Index(tx, next)
		}
	})
	if removed {
		w.Studies.Removed()
	}
	if follows {
		w.Select(next)
	}
}

// close has no study on the screen.
func (w *Workstation) close(tx store.Tx) {
	w.Studies.Leave(tx)
	w.Maps.Leave(tx)
	w.Findings.Leave(tx)
	w.Answers.Leave(tx)
	w.Remarks.Leave(tx)
	w.Foreign.Leave(tx)
	w.Measure.Drop(tx)
	w.Comparison.Find(tx)
	w.Measure.Show(tx)
	w.History.Tell(tx)
	w.Findings.Warn(tx)
}

// forget drops what the features keep of a study that was closed.
func (w *Workstation) forget(tx store.Tx, id int) {
	w.Viewport.Forget(tx, id)
	w.Findings.Forget(tx, id)
	w.Measure.Forget(tx, id)
	w.Answers.Forget(tx, id)
	w.History.Forget(tx, id)
}
