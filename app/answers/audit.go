package answers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"hilum/app/export"
	"hilum/app/records"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Seen is what is on the screen at one moment, as far as the audit log holds it.
type Seen struct {
	Reader string // key of who reads
	Model  string // SHA-256 of the model in use, "" for none
	Image  *dicomio.Image
	Result *inference.Result // also where it is hidden
	Open   bool              // it is shown, and is not hidden from anybody
	Map    ShownMap
	Mapped bool // Map is over the picture
}

// ShownMap is how a map was over the picture.
type ShownMap struct {
	Class  string `json:"class"`
	PerMap bool   `json:"per_map"`
	Signed bool   `json:"signed"`
}

// auditRecorder keeps what happens in a reading: it watches the screen, writes the audit
// log, and stores answers, one after the other in one goroutine.
type auditRecorder struct {
	answers *Answers
	store   *records.Store

	mu     sync.Mutex
	todo   []func(ctx context.Context) error // in order
	wake   chan struct{}
	last   *dicomio.Image                     // that was seen on the screen
	open   seenOpen                           // findings that were seen last
	reads  string                             // key of who read then
	scored *inference.Finding                 // first finding of the result that was seen; tells results apart
	model  string                             // SHA-256 of the model that was seen
	shown  map[string]ShownMap                // maps of the current picture that were on, by class
	known  map[*dicomio.Image]records.Picture // the current picture alone
}

// seenOpen is who saw which findings of which picture.
type seenOpen struct {
	image         *dicomio.Image
	model, reader string
}

func newAuditRecorder(a *Answers, s *records.Store) *auditRecorder {
	return &auditRecorder{
		answers: a, store: s, wake: make(chan struct{}, 1),
		shown: map[string]ShownMap{}, known: map[*dicomio.Image]records.Picture{},
	}
}

// later puts work into the queue; it never waits.
func (d *auditRecorder) later(f func(ctx context.Context) error) {
	d.mu.Lock()
	d.todo = append(d.todo, f)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// pending tells whether something waits in the queue.
func (d *auditRecorder) pending() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.todo) > 0
}

// run does what is queued until the program closes, and then what is left.
func (d *auditRecorder) run() {
	closing := d.answers.hub.Context()
	ctx := context.WithoutCancel(closing)
	for {
		d.mu.Lock()
		list := d.todo
		d.todo = nil
		d.mu.Unlock()
		for _, f := range list {
			if err := f(ctx); err != nil && !errors.Is(err, records.ErrClosed) {
				d.answers.reading.Fail(err)
			}
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-d.wake:
		case <-closing.Done():
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
func (d *auditRecorder) finish(ctx context.Context) {
	reader := d.answers.reader()
	d.mu.Lock()
	var log func(ctx context.Context) error
	if d.last != nil {
		log = d.logShown(d.last, reader)
	}
	d.mu.Unlock()
	if log == nil {
		return
	}
	if err := log(ctx); err != nil {
		d.answers.reading.Trace("the audit log was not finished: " + err.Error())
	}
}

// watch looks at each new state for what the audit log is to hold. States may
// come late or be skipped; what is on the screen long enough to be seen is not.
func (d *auditRecorder) watch() {
	now := d.answers.reading.Seen()
	d.mu.Lock()
	var events []func(ctx context.Context) error
	if now.Model != "" && now.Model != d.model {
		d.model = now.Model
		events = append(events, d.logModel(now.Reader))
	}
	before := d.reads
	d.reads = now.Reader
	if now.Image != d.last || before != now.Reader && now.Image != nil { // another picture, or other eyes on it
		if d.last != nil {
			events = append(events, d.logShown(d.last, before))
		}
		d.last, d.shown, d.scored = now.Image, map[string]ShownMap{}, nil
		if now.Image != nil {
			events = append(events, d.opened(now.Image, now.Reader))
		}
	}
	if r := now.Result; r != nil && now.Image != nil && len(r.Findings) > 0 && &r.Findings[0] != d.scored {
		d.scored = &r.Findings[0]
		events = append(events, d.logScored(now.Image, r, now.Reader))
	}
	if at := (seenOpen{now.Image, now.Model, now.Reader}); now.Open && now.Image != nil && at != d.open {
		d.open = at
		events = append(events, d.keepSight(now.Image, now.Reader))
	}
	if now.Mapped {
		d.shown[now.Map.Class] = now.Map
	}
	d.mu.Unlock()
	for _, e := range events {
		d.later(e)
	}
}

// identity hashes a picture once.
func (d *auditRecorder) identity(im *dicomio.Image) records.Picture {
	if p, ok := d.known[im]; ok {
		return p
	}
	p := records.PictureOf(im)
	d.known = map[*dicomio.Image]records.Picture{im: p}
	return p
}

func (d *auditRecorder) logModel(reader string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		id, ok, err := d.answers.reading.Model()
		if err != nil || !ok {
			return err
		}
		return d.store.Log(ctx, records.Event{Kind: records.ModelOpen, Reader: reader, Model: &id})
	}
}

// keepSight keeps that a reader saw the findings of a picture that are hidden from nobody.
func (d *auditRecorder) keepSight(im *dicomio.Image, reader string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		id, ok, err := d.answers.reading.Model()
		if err != nil || !ok {
			return err
		}
		return d.store.PutSight(ctx, records.Sight{Picture: d.identity(im), Reader: reader, Model: id,
			How: records.SeenOpen})
	}
}

// opened logs that a picture came on the screen, and gives the state its identity and the
// reader's answers.
func (d *auditRecorder) opened(im *dicomio.Image, reader string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		p := d.identity(im)
		if err := d.store.Log(ctx, records.Event{Kind: records.Opened, Reader: reader, Path: im.Path,
			Picture: &p}); err != nil {
			return err
		}
		return d.read(im)(ctx)
	}
}

// read gives the state the identity of a picture and what the reader in the chair said of it.
func (d *auditRecorder) read(im *dicomio.Image) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		a, p, reader := d.answers, d.identity(im), ""
		hidden := func(tx store.Tx) bool { return a.reading.Hidden(tx) }
		var blind bool
		a.hub.Look(func(tx store.Tx) { reader, blind = a.reading.Reader(tx), hidden(tx) })
		answers, err := d.given(ctx, reader, p, blind)
		if err != nil {
			return err
		}
		saw, err := d.store.Saw(ctx, reader, p)
		if err != nil {
			return err
		}
		a.changeFor(im, func(tx store.Tx, s *State) {
			s.Identity = &p
			if a.reading.Reader(tx) == reader && hidden(tx) == blind { // else it is read again
				s.Answers, s.Saw = answers, saw
			}
		})
		return a.reading.Opened(ctx, d.store, im, p)
	}
}

// given is a reader's answers to a picture, by class; hidden leaves those that were given
// while the findings were hidden.
func (d *auditRecorder) given(ctx context.Context, reader string, p records.Picture, hidden bool) (
	map[string]records.Answer, error) {
	list, err := d.store.Answers(ctx, records.AnswerFilter{Reader: reader, Picture: p})
	answers := map[string]records.Answer{}
	for _, a := range list {
		if !hidden || a.Reading != records.OpenReading {
			answers[a.Class] = a
		}
	}
	return answers, err
}

func (d *auditRecorder) logScored(im *dicomio.Image, r *inference.Result,
	reader string) func(ctx context.Context) error {
	type finding struct {
		Class       string  `json:"class"`
		Logit       float64 `json:"logit"`
		Probability float64 `json:"probability"`
		Threshold   float64 `json:"threshold"`
		Positive    bool    `json:"positive"`
	}
	return func(ctx context.Context) error {
		id, ok, err := d.answers.reading.Model()
		if err != nil || !ok {
			return err
		}
		p := d.identity(im)
		d.answers.reading.Remember(im.Path, p, id, r)
		var list []finding
		for _, f := range r.Findings {
			list = append(list, finding{f.Class, f.Logit, f.Probability, f.Threshold, f.Positive})
		}
		detail, err := json.Marshal(map[string]any{"findings": list, "warnings": r.Warnings})
		if err != nil {
			return message.Errorf("audit log: %w", err)
		}
		err = d.store.Log(ctx, records.Event{Kind: records.Scored, Reader: reader, Path: im.Path, Picture: &p,
			Model: &id, Detail: detail})
		if err != nil {
			return err
		}
		return d.complete(ctx, im, r, id, reader)
	}
}

// logShown says which maps were on while a picture was open. It is called under the lock.
func (d *auditRecorder) logShown(im *dicomio.Image, reader string) func(ctx context.Context) error {
	list := []ShownMap{}
	for _, class := range slices.Sorted(maps.Keys(d.shown)) {
		list = append(list, d.shown[class])
	}
	return func(ctx context.Context) error {
		p := d.identity(im)
		detail, err := json.Marshal(map[string]any{"maps": list})
		if err != nil {
			return message.Errorf("audit log: %w", err)
		}
		return d.store.Log(ctx, records.Event{Kind: records.Shown, Reader: reader, Path: im.Path, Picture: &p,
			Detail: detail})
	}
}

// Later does what touches the records after what is queued already; false where nothing
// is kept.
func (a *Answers) Later(f func(ctx context.Context, s *records.Store) error) bool {
	if a.audit == nil {
		return false
	}
	a.audit.later(func(ctx context.Context) error { return f(ctx, a.audit.store) })
	return true
}

// Settle waits until everything so far is in the records.
func (a *Answers) Settle() {
	if a.audit == nil {
		return
	}
	done := make(chan struct{})
	a.audit.later(func(context.Context) error { close(done); return nil })
	<-done
}

// Log is the audit log of what readers said and did.
type Log struct{ a *Answers }

// Log is that of the records; without records nothing is written, and nothing can be read.
func (a *Answers) Log() Log { return Log{a} }

// Export writes into the log that files of a picture left the program.
func (l Log) Export(im *dicomio.Image, files []string, identified bool) {
	a := l.a
	d := a.audit
	if d == nil || im == nil || len(files) == 0 {
		return
	}
	reader := a.reader()
	d.later(func(ctx context.Context) error {
		id, _, err := a.reading.Model()
		if err != nil {
			return err
		}
		return export.LogExport(ctx, d.store,
			export.LogEntry{Reader: reader, Picture: d.identity(im), Model: id, Files: files, Identified: identified})
	})
}

// errNoRecords is the error of what needs records.
var errNoRecords = message.New("nothing is kept: this program was started without records")

// reader is the key of who reads.
func (a *Answers) reader() (key string) {
	a.hub.Look(func(tx store.Tx) { key = a.reading.Reader(tx) })
	return key
}

// Agreement is the model against this reader so far, on the films whose findings may be seen.
// It reads the disk: call it outside the window's goroutine.
func (a *Answers) Agreement(ctx context.Context) ([]records.Agreement, error) {
	if a.audit == nil {
		return nil, message.New("no records are kept")
	}
	list, err := a.audit.store.Answers(ctx, records.AnswerFilter{Reader: a.reader(), History: true})
	if err != nil {
		return nil, err
	}
	hides := a.reading.Hides()
	list = slices.DeleteFunc(list, func(o records.Answer) bool { return hides(o.Picture.Key()) })
	return records.AgreeOn(list), nil
}

// Records is the database that answers are kept in, nil for none.
func (a *Answers) Records() *records.Store {
	if a.audit == nil {
		return nil
	}
	return a.audit.store
}

// Write writes the log into a file, as CSV or as lines of JSON that prove
// themselves. It reads the disk: call it outside the window's goroutine.
func (l Log) Write(ctx context.Context, path string, asCSV bool) (records.AuditState, error) {
	a := l.a
	var state records.AuditState
	store := a.Records()
	switch {
	case store == nil:
		return state, errNoRecords
	case a.reading.Blinded():
		return state, message.New("the audit log tells what the model said of films that are hidden; end blinded reading first, or let somebody else write it (cxr audit export)")
	}
	err := atomicfile.Write(path, func(w io.Writer) (err error) {
		state, err = store.ExportAudit(ctx, w, asCSV)
		return err
	})
	return state, err
}

// Verify checks the chain of the log on the disk.
func (l Log) Verify(ctx context.Context) (records.AuditState, error) {
	store := l.a.Records()
	if store == nil {
		return records.AuditState{}, errNoRecords
	}
	state, err := store.VerifyAudit(ctx, "")
	if err != nil {
		return state, message.Errorf("the audit log does not hold: %w", err)
	}
	return state, nil
}

// ExportLabels writes this reader's answers as a label table that calibration and
// training read. Of films whose findings are hidden it has no scores.
func (a *Answers) ExportLabels(ctx context.Context, path string, identified bool) (*records.LabelReport, error) {
	store := a.Records()
	if store == nil {
		return nil, errNoRecords
	}
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var r *records.LabelReport
	err = atomicfile.Write(path, func(w io.Writer) (err error) {
		r, err = store.ExportLabels(ctx, w, records.LabelOptions{Reader: a.reader(), Identified: identified,
			Folder: folder, Hides: a.reading.Hides()})
		return err
	})
	return r, err
}
