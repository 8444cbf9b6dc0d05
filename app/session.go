package app

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hilum/app/annotation"
	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/export"
	"hilum/app/measure"
	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/app/settings"
	"hilum/app/studies"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/watch"
	"hilum/internal/wording"
)

// Config says what a session works with. Everything may be left out: without an
// engine pictures still open.
type Config struct {
	// OpenEngine loads the runtime; nil for none. It is called once, in the
	// background.
	OpenEngine func() (inference.Engine, error)
	// LoadModel reads the model to open on the engine; nil for none.
	LoadModel func() (inference.Source, error)
	// Decode reads a picture; nil is dicomio.Decode.
	Decode func(ctx context.Context, path string) (*dicomio.Image, error)
	// Annotations keeps what is drawn on pictures; nil is Records, and without
	// those it is kept only while the program runs.
	Annotations measure.Store
	// Dir is the folder for preferences; "" keeps nothing.
	Dir string
	// Records keeps answers and the audit log; nil keeps none. Whoever made it
	// closes it, after the session.
	Records *records.Store
	// Reader is who answers; "" is the system's user.
	Reader string
	// Trace is told of milestones ("picture", "findings"); nil for nobody.
	Trace func(milestone string)
}

// Session is the program's state and what changes it. All methods may be called
// from any goroutine and return at once; work goes on in goroutines that Close
// waits for.
type Session struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu          sync.Mutex
	closed      bool
	state       State
	entries     []entry // beside state.Studies, same order
	nextID      int
	generation  int             // of the current selection: a result of an older one is stale
	current     context.Context // of that generation
	stopCurrent context.CancelFunc
	recent      studies.Pictures
	viewport    [2]int
	measuring   measuring
	watching    watching
	pinned      int // ID+1 of the study that all others are compared with, 0 for none
	touched     time.Time
	ahead       *ahead // nil while nothing is fetched ahead
	model       *inference.Model
	source      inference.Source // that the model was opened from
	engine      inference.Engine
	commands    []command.Command
	prefs       settings.Preferences // the part that the state does not show
	journalLock io.Closer            // held while this program keeps what is open; nil otherwise
	crashed     atomic.Bool
	listeners   watch.Listeners
	list        *worklist.List
	listPaused  bool                // the reader has stopped its scoring
	resting     *time.Timer         // until the list may go on
	diary       *diary              // nil keeps nothing
	own         *atomicfile.Outputs // pages and pictures that are made without asking for a name
	exporting   sync.Mutex
	exporters   [2]export.Exporter // without identity and with it
	said        wording.Words      // see SetWords
}

// entry is what the session keeps of a study beside what it shows.
type entry struct {
	source
	result  *inference.Result
	view    *radiograph.View // how the reader left it; nil before it was seen
	sheet   annotation.Sheet // what is drawn on it
	history history
	said    map[string]opinion // what the reader said of the classes, as far as it was answered here
	keeper  *keeper
}

// source is where a study's picture and attributes come from.
type source struct {
	instance   *scan.Instance // nil where there is none
	load       func(ctx context.Context) (*dicomio.Image, error)
	attributes func(ctx context.Context) ([]inspect.Attribute, error)
}

// New makes a session with nothing open.
func New(cfg Config) *Session {
	if cfg.Decode == nil {
		cfg.Decode = dicomio.Decode
	}
	if cfg.Annotations == nil && cfg.Records != nil {
		cfg.Annotations = cfg.Records
	}
	if cfg.Trace == nil {
		cfg.Trace = func(string) {}
	}
	s := &Session{cfg: cfg, stopCurrent: func() {}, own: &atomicfile.Outputs{Existing: atomicfile.Number, Again: true}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	p := settings.Load(cfg.Dir)
	s.prefs = p
	s.state = State{
		Current: -1, Sort: p.Sort, View: radiograph.View{Fit: true},
		Map: classmap.Map{Opacity: p.Opacity, PerMap: p.PerMap, Signed: p.Signed, Colours: p.Colours},
	}
	s.state.Rows = s.rows()
	s.list = s.newList(cfg.Records)
	s.state.Listed, s.state.ListRow = s.list.Snapshot(), -1
	s.commands = s.builtin()
	if cfg.Records != nil {
		s.keep(cfg.Records, cfg.Reader)
	}
	return s
}

// State returns what is to be shown now.
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Subscribe has f called after every change of the state, on any goroutine and
// with no lock held. f must be quick. cancel ends it.
func (s *Session) Subscribe(f func()) (cancel func()) { return s.listeners.Subscribe(f) }

// change runs f under the lock and tells the listeners.
func (s *Session) change(f func()) {
	s.mu.Lock()
	picture, before := s.state.Picture, s.aspectNow()
	f()
	s.remember(picture, before)
	s.mu.Unlock()
	s.listeners.Tell()
}

// spawn is the only starter of goroutines here: their end is waited for, and a
// panic in one becomes a message instead of the end of the program.
func (s *Session) spawn(what string, f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spawnLocked(what, f)
}

// spawnLocked is spawn under the lock.
func (s *Session) spawnLocked(what string, f func()) {
	if s.closed {
		return
	}
	s.work.Go(func() {
		s.Guard(what, f)
	})
}

// Start opens the engine and the model in the background.
func (s *Session) Start() {
	if s.cfg.OpenEngine == nil {
		s.change(func() { s.state.Engine.Error = "This program was built without an inference engine." })
		return
	}
	s.change(func() { s.state.Engine.Opening = true })
	s.spawn("starting the engine", func() {
		err := s.openEngine()
		s.change(func() { s.state.Engine.Opening = false })
		if err != nil {
			s.change(func() {
				s.state.Engine.Error = wording.Sentence(err)
				s.state.Warnings = s.warnings()
			})
			return
		}
		s.scoreCurrent()
	})
}

func (s *Session) openEngine() error {
	engine, err := s.cfg.OpenEngine()
	if err != nil {
		return err
	}
	s.change(func() {
		s.engine = engine
		s.state.Engine.Open, s.state.Engine.Info = true, engine.Info()
	})
	if s.cfg.LoadModel == nil {
		return errors.New("no model was given")
	}
	src, err := s.cfg.LoadModel()
	if err != nil {
		return err
	}
	return s.useModel(engine, src)
}

// OpenModel opens a model as ModelChoice.Path names it, with the thresholds that
// belong to it, in place of the one in use. The old one stays when the new one cannot be opened.
func (s *Session) OpenModel(path string) {
	s.mu.Lock()
	engine := s.engine
	s.mu.Unlock()
	if engine == nil {
		s.Notify("No model can be opened: the inference engine is not there.")
		return
	}
	s.change(func() { s.state.Engine.Opening = true })
	s.spawn("opening a model", func() {
		src, err := models.Choice{Path: path}.Source()
		if err == nil {
			err = s.useModel(engine, src)
		}
		s.change(func() { s.state.Engine.Opening = false })
		if err != nil {
			s.Notify(wording.Sentence(err))
			return
		}
		s.scoreCurrent()
	})
}

// useModel puts a model in place and forgets the scores of the old one.
func (s *Session) useModel(engine inference.Engine, src inference.Source) error {
	m, err := inference.OpenModel(engine, src)
	if err != nil {
		return err
	}
	var old *inference.Model
	s.change(func() {
		old, s.model, s.source = s.model, m, src
		s.state.Model = models.Describe(m)
		s.state.Engine.Error = ""
		s.state.Studies = slices.Clone(s.state.Studies)
		for i := range s.entries {
			s.entries[i].result = nil
			s.state.Studies[i].Scored = false
		}
		s.state.Result, s.state.Method = nil, classmap.MethodMaps{}
		s.findPriors()
		s.state.Warnings = s.warnings()
	})
	s.listModel(m)
	if old != nil {
		return old.Close() // waits for a score that is running
	}
	return nil
}

// Close ends all work, waits for it, and closes model and engine.
func (s *Session) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
	s.list.Close()
	s.savePreferences()
	s.endJournal()
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.model != nil {
		err = s.model.Close()
		s.model = nil
	}
	if s.engine != nil {
		err = errors.Join(err, s.engine.Close())
		s.engine = nil
	}
	return err
}

// Context ends when the session closes; work beside the window watches it.
func (s *Session) Context() context.Context { return s.ctx }

// Notify shows one sentence to the reader.
func (s *Session) Notify(message string) {
	s.change(func() { s.state.Message = message })
}

// Dismiss takes the message away.
func (s *Session) Dismiss() { s.Notify("") }
