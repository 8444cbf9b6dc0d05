package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"hilum/app/export"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/app/render"
	"hilum/app/settings"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/wording"
)

// diary keeps what happens in a session: it watches the state, writes the audit
// log, and stores answers, one after the other in one goroutine.
type diary struct {
	session *Session
	store   *records.Store
	reader  string

	mu     sync.Mutex
	todo   []func(ctx context.Context) error // in order
	wake   chan struct{}
	last   *radiograph.Picture                // that was seen on the screen
	scored *inference.Finding                 // first finding of the result that was seen; tells results apart
	model  string                             // SHA-256 of the model that was seen
	shown  map[string]showing                 // maps of the current picture that were on, by class
	known  map[*dicomio.Image]records.Picture // the current picture alone
}

// showing is how a map was on.
type showing struct {
	Class  string `json:"class"`
	PerMap bool   `json:"per_map"`
	Signed bool   `json:"signed"`
}

// keep starts the diary of a session. Annotations go into the same file unless
// they have a place of their own.
func (s *Session) keep(store *records.Store, reader string) {
	if s.cfg.Annotations == nil {
		s.cfg.Annotations = store
	}
	if reader == "" {
		reader = settings.ReaderName()
	}
	d := &diary{session: s, store: store, reader: reader, wake: make(chan struct{}, 1), shown: map[string]showing{}, known: map[*dicomio.Image]records.Picture{}}
	s.diary = d
	s.Subscribe(d.watch)
	s.spawn("keeping records", d.run)
}

// later puts work into the queue; it never waits.
func (d *diary) later(f func(ctx context.Context) error) {
	d.mu.Lock()
	d.todo = append(d.todo, f)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run does what is queued until the session closes, and then what is left.
func (d *diary) run() {
	ctx := context.WithoutCancel(d.session.ctx)
	for {
		d.mu.Lock()
		list := d.todo
		d.todo = nil
		d.mu.Unlock()
		for _, f := range list {
			if err := f(ctx); err != nil && !errors.Is(err, records.ErrClosed) {
				d.session.Notify(wording.Sentence(err))
			}
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-d.wake:
		case <-d.session.ctx.Done():
			d.mu.Lock()
			done := len(d.todo) == 0
			d.mu.Unlock()
			if done {
				d.finish(ctx)
				return
			}
		}
	}
}

// finish logs how the last picture was shown.
func (d *diary) finish(ctx context.Context) {
	d.mu.Lock()
	var log func(ctx context.Context) error
	if d.last != nil {
		log = d.logShown(d.last.Image)
	}
	d.mu.Unlock()
	if log == nil {
		return
	}
	if err := log(ctx); err != nil {
		d.session.cfg.Trace("the audit log was not finished: " + err.Error())
	}
}

// watch looks at each new state for what the audit log is to hold. States may
// come late or be skipped; what is on the screen long enough to be seen is not.
func (d *diary) watch() {
	st := d.session.State()
	d.mu.Lock()
	var events []func(ctx context.Context) error
	if st.Model.Open && st.Model.SHA256 != d.model {
		d.model = st.Model.SHA256
		events = append(events, d.logModel)
	}
	if st.Picture != d.last {
		if d.last != nil {
			events = append(events, d.logShown(d.last.Image))
		}
		d.last, d.shown, d.scored = st.Picture, map[string]showing{}, nil
		if st.Picture != nil {
			events = append(events, d.open(st.Picture.Image))
		}
	}
	if r := st.Result; r != nil && st.Picture != nil && len(r.Findings) > 0 && &r.Findings[0] != d.scored {
		d.scored = &r.Findings[0]
		events = append(events, d.logScored(st.Picture.Image, r))
	}
	if st.Map.Shown() && st.Result != nil && st.Result.Maps != nil {
		d.shown[st.Map.Class] = showing{st.Map.Class, st.Map.PerMap, st.Map.Signed}
	}
	d.mu.Unlock()
	for _, e := range events {
		d.later(e)
	}
}

// identity hashes a picture once.
func (d *diary) identity(im *dicomio.Image) records.Picture {
	if p, ok := d.known[im]; ok {
		return p
	}
	p := records.PictureOf(im)
	d.known = map[*dicomio.Image]records.Picture{im: p}
	return p
}

// modelID names the model in use; false without one.
func (s *Session) modelID() (records.ModelID, bool, error) {
	s.mu.Lock()
	m := s.model
	s.mu.Unlock()
	if m == nil {
		return records.ModelID{}, false, nil
	}
	id, err := worklist.Identify(m)
	return id, err == nil, err
}

func (d *diary) logModel(ctx context.Context) error {
	id, ok, err := d.session.modelID()
	if err != nil || !ok {
		return err
	}
	return d.store.Log(ctx, records.Event{Kind: records.ModelOpen, Reader: d.reader, Model: &id})
}

// open logs that a picture came on the screen, and gives the session its
// identity and the reader's answers.
func (d *diary) open(im *dicomio.Image) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		p := d.identity(im)
		if err := d.store.Log(ctx, records.Event{Kind: records.Opened, Reader: d.reader, Path: im.Path, Picture: &p}); err != nil {
			return err
		}
		list, err := d.store.Answers(ctx, records.AnswerFilter{Reader: d.reader, Picture: p})
		if err != nil {
			return err
		}
		answers := map[string]records.Answer{}
		for _, a := range list {
			answers[a.Class] = a
		}
		d.session.changeFor(im, func(st *State) { st.Identity, st.Answers = &p, answers })
		return nil
	}
}

// changeFor changes the state if a picture is still the one on the screen.
func (s *Session) changeFor(im *dicomio.Image, f func(st *State)) {
	s.change(func() {
		if s.state.Picture != nil && s.state.Picture.Image == im {
			f(&s.state)
		}
	})
}

func (d *diary) logScored(im *dicomio.Image, r *inference.Result) func(ctx context.Context) error {
	type finding struct {
		Class       string  `json:"class"`
		Logit       float64 `json:"logit"`
		Probability float64 `json:"probability"`
		Threshold   float64 `json:"threshold"`
		Positive    bool    `json:"positive"`
	}
	return func(ctx context.Context) error {
		id, ok, err := d.session.modelID()
		if err != nil || !ok {
			return err
		}
		p := d.identity(im)
		d.session.list.Remember(im.Path, p, id, r)
		var list []finding
		for _, f := range r.Findings {
			list = append(list, finding{f.Class, f.Logit, f.Probability, f.Threshold, f.Positive})
		}
		detail, err := json.Marshal(map[string]any{"findings": list, "warnings": r.Warnings})
		if err != nil {
			return fmt.Errorf("audit log: %w", err)
		}
		return d.store.Log(ctx, records.Event{Kind: records.Scored, Reader: d.reader, Path: im.Path, Picture: &p, Model: &id, Detail: detail})
	}
}

// logShown says which maps were on while a picture was open. Under the lock.
func (d *diary) logShown(im *dicomio.Image) func(ctx context.Context) error {
	list := []showing{}
	for _, class := range slices.Sorted(maps.Keys(d.shown)) {
		list = append(list, d.shown[class])
	}
	return func(ctx context.Context) error {
		p := d.identity(im)
		detail, err := json.Marshal(map[string]any{"maps": list})
		if err != nil {
			return fmt.Errorf("audit log: %w", err)
		}
		return d.store.Log(ctx, records.Event{Kind: records.Shown, Reader: d.reader, Path: im.Path, Picture: &p, Detail: detail})
	}
}

// Answer stores what the reader says of a finding of the current picture, in the
// background; the state has it when it is on the disk. records.Withdrawn takes
// an answer back.
func (s *Session) Answer(class string, v records.Verdict, note string, regions ...records.Region) {
	s.answer(class, opinion{v, note, regions}, true)
}

// answer is Answer; with step it can be undone.
func (s *Session) answer(class string, o opinion, step bool) {
	d := s.diary
	st := s.State()
	f, found := render.Finding(st.Result, class)
	switch {
	case d == nil:
		s.Notify("Answers are not kept: this program was started without records.")
		return
	case !found || st.Picture == nil:
		s.Notify("There is no finding to answer; wait for the score.")
		return
	}
	s.say(class, o, step)
	im := st.Picture.Image
	d.later(func(ctx context.Context) error {
		id, ok, err := s.modelID()
		if err != nil || !ok {
			return errors.Join(errors.New("the answer was not kept: the model is gone"), err)
		}
		stored, err := d.store.Answer(ctx, records.Answer{
			Reader: d.reader, Picture: d.identity(im), Class: class, Verdict: o.verdictOr(records.Withdrawn), Note: o.note, Regions: o.regions,
			Model: id, Logit: f.Logit, Probability: f.Probability, Threshold: f.Threshold, Positive: f.Positive,
		})
		if err != nil {
			return fmt.Errorf("the answer was not kept: %w", err)
		}
		s.changeFor(im, func(st *State) {
			st.Answers = maps.Clone(st.Answers)
			if st.Answers == nil {
				st.Answers = map[string]records.Answer{}
			}
			if st.Answers[class] = stored[0]; stored[0].Verdict == records.Withdrawn {
				delete(st.Answers, class)
			}
		})
		return nil
	})
}

// say notes what the reader says of a class before it is on the disk, so that
// the steps to undo follow each other as they were made.
func (s *Session) say(class string, o opinion, isStep bool) {
	s.change(func() {
		if s.state.Current < 0 || s.state.Identity == nil {
			return // what was said before is not known yet
		}
		e := &s.entries[s.state.Current]
		before, known := e.said[class]
		if !known {
			a := s.state.Answers[class]
			before = opinion{a.Verdict, a.Note, a.Regions}
		}
		if e.said == nil {
			e.said = map[string]opinion{}
		}
		if o.verdict == records.Withdrawn {
			o = opinion{}
		}
		e.said[class] = o
		if isStep {
			s.addStep(step{class: class, unsaid: before, said: o})
		}
	})
}

// Agreement is the model against this reader so far. It reads the disk: call it
// outside the window's goroutine.
func (s *Session) Agreement(ctx context.Context) ([]records.Agreement, error) {
	if s.diary == nil {
		return nil, errors.New("no records are kept")
	}
	list, err := s.diary.store.Answers(ctx, records.AnswerFilter{Reader: s.diary.reader})
	if err != nil {
		return nil, err
	}
	return records.AgreeOn(list), nil
}

// Records is the database that the session keeps, nil for none.
func (s *Session) Records() *records.Store {
	if s.diary == nil {
		return nil
	}
	return s.diary.store
}

// LogExport writes into the audit log that files of the current picture left
// the program.
func (s *Session) LogExport(files []string, identified bool) {
	if st := s.State(); st.Picture != nil {
		s.logExport(export.Subject{Image: st.Picture.Image}, files, identified)
	}
}

// logExport is LogExport of a picture that need not be the current one any more.
func (s *Session) logExport(of export.Subject, files []string, identified bool) {
	d := s.diary
	if d == nil || len(files) == 0 {
		return
	}
	d.later(func(ctx context.Context) error {
		id, _, err := s.modelID()
		if err != nil {
			return err
		}
		return export.LogExport(ctx, d.store, export.LogEntry{Reader: d.reader, Picture: d.identity(of.Image), Model: id, Files: files, Identified: identified})
	})
}
