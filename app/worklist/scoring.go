package worklist

import (
	"context"
	"errors"
	"maps"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"hilum/app/records"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/internal/message/reread"
)

// Model is what scores a list.
type Model struct {
	ID          records.ModelID
	Classes     []string // in the order of logits and margins
	Calibration *calib.Calibration
	Score       func(ctx context.Context, im *dicomio.Image) (*inference.Result, error)

	reasons sync.Map // message.Message by text: few reasons withhold the findings of many films
}

// ModelOf takes an open model; the list must be given another one before it is
// closed.
func ModelOf(m *inference.Model) (*Model, error) {
	id, err := Identify(m)
	if err != nil {
		return nil, err
	}
	return &Model{ID: id, Classes: m.Spec.Classes, Calibration: m.Calibration, Score: m.Score}, nil
}

// Identify names a model for the records: file, preprocessing, thresholds.
func Identify(m *inference.Model) (records.ModelID, error) {
	thresholds, err := m.Calibration.SHA256()
	if err != nil {
		return records.ModelID{}, err
	}
	return records.ModelID{Name: m.Name, SHA256: m.SHA256, Prep: m.Spec.Prep.Hash(), Thresholds: thresholds}, nil
}

// Progress is how far scoring is.
type Progress struct {
	Running  bool
	Recalled bool    // of the run: what the records had is in the list
	Total    int     // pictures that the model is for
	Done     int     // of Total: scored now or before
	Kept     int     // of Done: scores that were in the records
	Failed   int     // of Total
	Rate     float64 // pictures scored a second in this run
}

// scoring is one run.
type scoring struct {
	cancel  context.CancelFunc
	ended   chan struct{}
	scored  atomic.Int64
	started time.Time

	// Under the list's lock.
	running  bool
	recalled bool // what the records had is in the list
}

// SetModel says what scores from now on; nil is nothing. Scores of another
// model are forgotten, those that the records have of this one come back, and
// a run that was on goes on.
func (l *List) SetModel(m *Model) {
	was := l.stop()
	l.mu.Lock()
	l.model = m
	for _, p := range l.entries {
		p.outcome.Store(nil)
	}
	for _, it := range l.items {
		l.count(it)
	}
	l.mu.Unlock()
	l.publish()
	if m == nil {
		return
	}
	if was {
		l.StartScoring()
		return
	}
	l.spawn("reading scores", func() { scorer{l, m}.recall(l.ctx) })
}

// StartScoring scores what has no score yet, one picture after the other in the
// order of the list, until all is done or StopScoring. It does nothing without
// a model or while a run is on. Failures of an earlier run are tried again.
func (l *List) StartScoring() {
	l.mu.Lock()
	m := l.model
	if m == nil || l.scoring != nil && l.scoring.running || l.closed {
		l.mu.Unlock()
		return
	}
	ctx, cancel := context.WithCancel(l.ctx)
	run := &scoring{cancel: cancel, ended: make(chan struct{}), started: time.Now(), running: true}
	l.scoring = run
	for _, p := range l.entries {
		if o := p.outcome.Load(); o != nil && o.margins == nil && !o.held {
			p.outcome.Store(nil)
		}
	}
	for _, it := range l.items {
		l.count(it)
	}
	l.mu.Unlock()
	l.publish() // as in Add
	l.spawn("scoring the list", func() {
		defer l.changed()
		defer close(run.ended)
		defer cancel()
		defer func() {
			l.mu.Lock()
			run.running = false
			l.mu.Unlock()
		}()
		scores := scorer{l, m}
		scores.recall(ctx)
		l.mu.Lock()
		run.recalled = true
		l.mu.Unlock()
		l.changed()
		scores.all(ctx, run)
	})
}

// StopScoring ends a run after the picture that is being scored and waits for
// that; what was scored is kept, and StartScoring goes on from there.
func (l *List) StopScoring() { l.stop() }

func (l *List) stop() (was bool) {
	l.mu.Lock()
	run := l.scoring
	was = run != nil && run.running
	l.mu.Unlock()
	if was {
		run.cancel()
		select {
		case <-run.ended:
		case <-l.ctx.Done(): // Close waits for it
		}
	}
	return was
}

// progress counts. Under the lock.
func (l *List) progress() Progress {
	var p Progress
	for _, x := range l.entries {
		if !frontal(x.Instance) {
			continue
		}
		p.Total++
		switch o := x.outcome.Load(); {
		case o == nil:
		case o.margins == nil && !o.held:
			p.Failed++
		default:
			p.Done++
			if o.kept {
				p.Kept++
			}
		}
	}
	if run := l.scoring; run != nil {
		p.Running, p.Recalled = run.running, run.recalled
		if s := time.Since(run.started).Seconds(); run.running && s > 0 {
			p.Rate = float64(run.scored.Load()) / s
		}
	}
	return p
}

// waiting lists the pictures without an outcome in the order of the list, those
// that are not shown last.
func (l *List) waiting() []*Entry {
	order := l.Snapshot().order
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fresh {
		l.regroup()
	}
	var out []*Entry
	taken := map[*Entry]bool{}
	take := func(items []*item) {
		for _, it := range items {
			for _, p := range it.entries {
				if !taken[p] && frontal(p.Instance) && p.outcome.Load() == nil && l.entries[p.Location()] == p {
					taken[p] = true
					out = append(out, p)
				}
			}
		}
	}
	take(order)
	take(l.items)
	return out
}

// scorer gives the pictures of a list their outcomes by one model.
type scorer struct {
	l *List
	m *Model
}

// recall takes over what the records have, without decoding.
func (s scorer) recall(ctx context.Context) {
	l, m := s.l, s.m
	if l.cfg.Records == nil {
		return
	}
	wanted, pictures := map[string]records.File{}, map[string]*Entry{}
	for _, p := range l.waiting() {
		if f, err := fileOf(p.Instance); err == nil && f.Location != "" {
			wanted[f.Location], pictures[f.Location] = f, p
		}
	}
	err := l.cfg.Records.FileScores(ctx, m.ID, wanted, func(known records.Score) {
		if o, err := m.outcome(known.Logits, known.Withheld); err == nil {
			o.kept = true
			s.keep(pictures[known.File.Location], known.Picture.Key(), o)
		}
	})
	if err != nil {
		l.trouble(err)
	}
	l.changed()
}

// Score is what the records have of a picture.
type Score struct {
	Findings []inference.Finding // by the calibration in use
	Withheld message.Message     // that they are not to be believed, and why; the zero value for nothing
}

// EachScore gives the score of every picture of the list that the records have
// one of, in the order of places. The files are not read.
func (l *List) EachScore(ctx context.Context, f func(*scan.Instance, records.Picture, Score) error) error {
	l.mu.Lock()
	m, pictures := l.model, maps.Clone(l.entries)
	l.mu.Unlock()
	wanted := map[string]records.File{}
	for location, p := range pictures {
		if now, err := fileOf(p.Instance); err == nil && now.Location != "" {
			wanted[location] = now
		}
	}
	if m == nil || l.cfg.Records == nil {
		return message.New("no model scores the worklist, or no records are kept")
	}
	var failed error
	err := l.cfg.Records.FileScores(ctx, m.ID, wanted, func(s records.Score) {
		findings, err := m.Calibration.Score(s.Logits)
		if err == nil && failed == nil {
			score := Score{Findings: findings}
			if s.Withheld != "" {
				score.Withheld = inference.Withholding([]message.Message{m.reason(s.Withheld)}, false)
			}
			err = f(pictures[s.File.Location].Instance, s.Picture, score)
		}
		if failed == nil {
			failed = err
		}
	})
	return errors.Join(err, failed)
}

// Note takes over what became of an entry elsewhere: the result of the model
// with that hash, or why it cannot be read. It is not kept in the records.
func (l *List) Note(e *Entry, modelSHA256 string, r *inference.Result, problem message.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries[e.Location()] != e {
		return
	}
	o := &outcome{}
	switch {
	case !problem.IsZero():
		o.err = problem
	case r == nil || l.model == nil || l.model.ID.SHA256 != modelSHA256 || len(r.Findings) != len(l.model.Classes):
		return // of another model
	case r.Withheld != nil:
		o.held, o.err = true, r.Withheld[0]
	default:
		for _, f := range r.Findings {
			o.margins = append(o.margins, float32(f.RelMargin))
		}
	}
	e.outcome.Store(o)
	if e.study != nil {
		l.count(e.study)
	}
	l.changed()
}

// Remember keeps in the records what a model said of a picture elsewhere, so that
// it is not scored again.
func (l *List) Remember(location string, of records.Picture, model records.ModelID, r *inference.Result) {
	l.mu.Lock()
	p, m := l.entries[location], l.model
	l.mu.Unlock()
	if p == nil || m == nil || m.ID != model || len(r.Findings) != len(m.Classes) {
		return
	}
	if file, err := fileOf(p.Instance); err == nil && file.Location != "" {
		scorer{l, m}.save([]records.Score{{File: file, Picture: of, Logits: logitsOf(r), Withheld: withheldOf(r)}})
	}
}

// logitsOf are the logits of a result by class.
func logitsOf(r *inference.Result) []float32 {
	out := make([]float32, len(r.Findings))
	for k, f := range r.Findings {
		out[k] = float32(f.Logit)
	}
	return out
}

// withheldOf is the first reason why the findings are withheld, "" for none.
func withheldOf(r *inference.Result) string {
	if r.Withheld == nil {
		return ""
	}
	return r.Withheld[0].String()
}

// fileOf is how a picture's file is now; of an archive's member, the archive. It
// is empty of what is not on the disk.
func fileOf(i *scan.Instance) (records.File, error) {
	if i.Disk() == "" {
		return records.File{}, nil
	}
	info, err := os.Stat(i.Disk())
	if err != nil {
		return records.File{}, err
	}
	return records.File{Location: i.Location(), Size: info.Size(), Modified: info.ModTime().UnixNano()}, nil
}

// outcome makes margins of logits by the calibration in use, unless they are withheld.
func (m *Model) outcome(logits []float32, withheld string) (*outcome, error) {
	findings, err := m.Calibration.Score(logits)
	if err != nil {
		return nil, err
	}
	if withheld != "" {
		return &outcome{held: true, err: m.reason(withheld)}, nil
	}
	o := &outcome{margins: make([]float32, len(findings))}
	for i, f := range findings {
		o.margins[i] = float32(f.RelMargin)
	}
	return o, nil
}

// reason is a text of the records as a message again.
func (m *Model) reason(text string) message.Message {
	known, ok := m.reasons.Load(text)
	if !ok {
		known, _ = m.reasons.LoadOrStore(text, reread.Message(text))
	}
	return known.(message.Message)
}

// keep gives a picture its outcome and its key, unless the model was changed meanwhile.
func (s scorer) keep(p *Entry, picture string, o *outcome) bool {
	l := s.l
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.model != s.m || p == nil {
		return false
	}
	p.outcome.Store(o)
	if picture != "" {
		p.picture = picture
	}
	if p.study != nil {
		l.count(p.study)
	}
	return true
}

// saveEvery is how many scores are written at a time; a killed program scores
// so many again.
const saveEvery = 16

// all scores what waits, also what is added meanwhile.
func (s scorer) all(ctx context.Context, run *scoring) {
	l, m := s.l, s.m
	var unsaved []records.Score
	defer func() { s.save(unsaved) }()
	for {
		list := l.waiting()
		if len(list) == 0 {
			return
		}
		// A new order or new pictures count from the next handful on.
		for _, p := range list[:min(len(list), saveEvery)] {
			if l.gate.pass(ctx) != nil {
				return
			}
			score, o := m.scoreOne(ctx, l.cfg.Records, p)
			if o == nil {
				return // the run was stopped
			}
			picture := ""
			if score != nil {
				picture = score.Picture.Key()
				run.scored.Add(1)
				if score.File.Location != "" {
					unsaved = append(unsaved, *score)
				}
			}
			if !s.keep(p, picture, o) {
				return
			}
			l.changed()
		}
		s.save(unsaved)
		unsaved = nil
	}
}

// scoreOne takes one picture from its file to margins; the outcome is nil when
// ctx ended first, the score is nil when it failed.
func (m *Model) scoreOne(ctx context.Context, known *records.Store, p *Entry) (score *records.Score, o *outcome) {
	defer func() {
		if r := recover(); r != nil {
			score, o = nil, &outcome{err: message.Of("Scoring %s failed: %v.", p.Name(), r)}
		}
	}()
	s, err := m.logits(ctx, known, p.Instance)
	if err == nil {
		o, err = m.outcome(s.Logits, s.Withheld)
	}
	switch {
	case err == nil:
		return s, o // even where ctx has ended meanwhile: what was scored is kept
	case ctx.Err() != nil:
		return nil, nil
	}
	return nil, &outcome{err: message.Of("%v", err)}
}

// logits decodes a picture and scores it, unless the records, nil for none, know the same
// picture from another place.
func (m *Model) logits(ctx context.Context, known *records.Store, i *scan.Instance) (*records.Score, error) {
	file, err := fileOf(i)
	if err != nil {
		return nil, err
	}
	im, err := i.Decode(ctx)
	if err != nil {
		return nil, err
	}
	s := &records.Score{File: file, Picture: records.PictureOf(im)}
	if known != nil {
		if s.Logits, s.Withheld, err = known.Judged(ctx, m.ID, s.Picture); err == nil &&
			len(s.Logits) == len(m.Classes) {
			return s, nil
		}
	}
	r, err := m.Score(ctx, im)
	if err != nil {
		return nil, message.Errorf("cannot score %s: %w", i.Name(), err)
	}
	s.Logits, s.Withheld = logitsOf(r), withheldOf(r)
	return s, nil
}

func (s scorer) save(scores []records.Score) {
	l, m := s.l, s.m
	if l.cfg.Records == nil || len(scores) == 0 {
		return
	}
	err := l.cfg.Records.SaveScores(context.WithoutCancel(l.ctx), m.ID, m.Classes, scores...)
	if err != nil && !errors.Is(err, records.ErrClosed) {
		l.trouble(err)
	}
}
