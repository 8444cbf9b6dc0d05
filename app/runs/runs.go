// Package runs is training and calibration at the workstation, without its
// window: the list of runs on disk, the jobs that work on them in the background
// while reading goes on, and the model that they put into use. Its core type is
// [RunManager]. A run is a folder and what is shown of it is read from there, so runs
// outlive the program, and a training that was killed is offered to go on. It
// imports training, inference, dicomio and internal/atomicfile, and no toolkit.
package runs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/watch"
	"hilum/training/evaluate"
	"hilum/training/recipe"
	"hilum/training/runlock"
	"hilum/training/scores"
)

// Config says what a desk works with.
type Config struct {
	Dir   string           // the user's data folder of the program; runs lie in runs/
	Start Starter          // how jobs are done
	Demo  inference.Source // the model that comes with the program
	Using string           // path of a model that the program was told to use; "" is the one deployed
	Now   func() time.Time // nil is time.Now

	Catalogue Catalogue // what there is to choose from
}

// State is what a window shows. It is a value: what it points to is not written
// to after it was handed out.
type State struct {
	Runs     []*Run // newest first
	Deployed Deployment
	Previous *Deployment // that one click goes back to; nil for none
}

// Run finds a run by its folder; nil when it is not there.
func (s State) Run(dir string) *Run {
	for _, r := range s.Runs {
		if r.Dir == dir {
			return r
		}
	}
	return nil
}

// Working is the run whose training is at work, else one with any other job;
// nil for none.
func (s State) Working() *Run {
	var other *Run
	for _, r := range s.Runs {
		if r.Job == nil || r.Job.Over {
			continue
		}
		if r.Job.Kind == KindTrain {
			return r
		}
		other = r
	}
	return other
}

// RunManager is the one owner of the runs. All methods may be called from any
// goroutine; those that start work return at once.
type RunManager struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu        sync.Mutex
	state     State
	controls  map[string]*control // of jobs at work, by folder
	listeners watch.Listeners
	closed    bool
}

// control is how a job at work is told to stop.
type control struct {
	kind   Kind
	cancel context.CancelFunc
	finish chan struct{}
	told   bool            // finish was closed
	before <-chan struct{} // closed when the job that this one takes the place of has ended; nil for none
	done   chan struct{}   // closed when this one has ended
}

// Open reads the runs of a data folder, which need not be there yet.
func Open(cfg Config) (*RunManager, error) {
	cfg.Catalogue = cfg.Catalogue.known()
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	d := &RunManager{cfg: cfg, controls: map[string]*control{}}
	runs, err := list(d.runsDir())
	if err != nil {
		return nil, err
	}
	d.state.Runs = runs
	d.state.Deployed, d.state.Previous = d.readDeployed()
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d, nil
}

func (d *RunManager) runsDir() string { return filepath.Join(d.cfg.Dir, "runs") }

// Close stops all jobs, which write their checkpoints, and waits for them.
func (d *RunManager) Close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	d.work.Wait()
}

// State is what is to be shown now.
func (d *RunManager) State() State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

// Subscribe has f called after every change, on any goroutine and with no lock
// held. f must be quick. cancel ends it.
func (d *RunManager) Subscribe(f func()) (cancel func()) { return d.listeners.Subscribe(f) }

// change runs f under the lock and tells the listeners.
func (d *RunManager) change(f func()) {
	d.mu.Lock()
	f()
	d.mu.Unlock()
	d.listeners.Tell()
}

// put replaces one run of the state; a nil run takes it away. Under the lock.
func (d *RunManager) put(dir string, r *Run) {
	runs := slices.Clone(d.state.Runs)
	i := slices.IndexFunc(runs, func(o *Run) bool { return o.Dir == dir })
	switch {
	case i >= 0 && r != nil:
		runs[i] = r
	case i >= 0:
		runs = slices.Delete(runs, i, i+1)
	case r != nil:
		runs = slices.Insert(runs, 0, r)
	}
	d.state.Runs = runs
}

// Create makes a run from the settings; what they leave out gets its default.
// The data may be chosen later.
func (d *RunManager) Create(s Settings) (*Run, error) {
	s, err := d.defaults(s)
	if err != nil {
		return nil, err
	}
	dir, err := d.newDir(s)
	if err != nil {
		return nil, err
	}
	if err := writeJSON(filepath.Join(dir, settingsFile), s); err != nil {
		return nil, err
	}
	r, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	d.change(func() { d.put(dir, r) })
	return r, nil
}

// practiceName is the folder, in the run's own, of films that were drawn for it.
const practiceName = "films"

// PracticeRecipe trains in seconds: practice is about the way, not the network.
const PracticeRecipe = "head"

// CreatePractice makes a run with n phantom films of its own, to be drawn by a
// job of kind KindPractice.
func (d *RunManager) CreatePractice(s Settings, n int) (*Run, error) {
	s.Practice = n
	if s.Recipe.Name == "" {
		recipe, err := d.cfg.Catalogue.Recipes.Open(PracticeRecipe)
		if err != nil {
			return nil, err
		}
		s.Recipe = recipe
	}
	if s.Name == "" {
		s.Name = "Practice"
	}
	r, err := d.Create(s)
	if err != nil {
		return nil, err
	}
	return d.Change(r.Dir, func(s *Settings) { s.Data = filepath.Join(r.Dir, practiceName) })
}

func (d *RunManager) defaults(s Settings) (Settings, error) {
	s.Schema = settingsSchema
	if s.Created.IsZero() {
		s.Created = d.cfg.Now().UTC().Truncate(time.Second)
	}
	if s.Name == "" {
		s.Name = "Run"
		if s.Data != "" {
			s.Name = filepath.Base(s.Data)
		}
	}
	if s.Seed == 0 {
		s.Seed = 1
	}
	if s.Recipe.Name == "" {
		recipe, err := d.cfg.Catalogue.Recipes.Open(recipe.Default)
		if err != nil {
			return s, err
		}
		s.Recipe = recipe
	}
	if s.Calibrator == "" {
		s.Calibrator = DefaultCalibrator
	}
	if s.Policy == "" {
		s.Policy = DefaultPolicy
	}
	if s.FilmsPerDay == 0 {
		s.FilmsPerDay = DefaultFilmsPerDay
	}
	if s.Model == "" && s.Arch == "" {
		path, err := d.InUse()
		if err != nil {
			return s, err
		}
		s.Model = path
	}
	return s, s.check(d.cfg.Catalogue)
}

func (s Settings) check(known Catalogue) error {
	if strings.TrimSpace(s.Name) == "" {
		return message.New("a run needs a name")
	}
	for class, p := range s.Prevalence {
		if !(p > 0 && p < 1) {
			return message.Errorf("the prevalence %v of %s is not between 0 and 1", p, class)
		}
	}
	if !(s.FilmsPerDay > 0 && s.FilmsPerDay <= 1e6) {
		return message.Errorf("%v films a day are not between 0 and a million", s.FilmsPerDay)
	}
	c := evaluate.CalibrateConfig{Calibrator: s.Calibrator, Policy: s.Policy, ByClass: s.ByClass, Methods: known.Methods, Policies: known.Policies}
	if err := c.Check(); err != nil {
		return err
	}
	return s.Recipe.Check()
}

// newDir makes a folder for a run, named by date and name.
func (d *RunManager) newDir(s Settings) (string, error) {
	if err := os.MkdirAll(d.runsDir(), 0o755); err != nil {
		return "", message.Errorf("the folder of runs: %w", err)
	}
	base := s.Created.Format("2006-01-02") + "-" + safeName(s.Name)
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		dir := filepath.Join(d.runsDir(), name)
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return "", message.Errorf("the run's folder: %w", err)
		}
	}
}

// safeName keeps of a name what every file system takes.
func safeName(name string) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}
	const longest = 40
	return strings.Map(keep, name[:min(len(name), longest)])
}

// errWorking refuses what cannot be done while a job works on the run.
var errWorking = message.New("a job is at work on this run; wait for it or pause it")

// changePatience is how long a change waits for a job that is just ending.
const changePatience = 2 * time.Second

// Change changes settings of a run, except while a job is at work on it.
// Results that no longer fit are forgotten: with other data, all of them.
func (d *RunManager) Change(dir string, f func(*Settings)) (*Run, error) {
	d.mu.Lock()
	old, c := d.state.Run(dir), d.controls[dir]
	busy := c != nil && c.kind != KindEstimate
	d.mu.Unlock()
	if c != nil && !busy { // what is being measured will not hold any more
		c.cancel()
		<-c.done
	}
	switch {
	case old == nil:
		return nil, message.Errorf("the run %s is not there any more", filepath.Base(dir))
	case busy:
		return nil, errWorking
	}
	lock, err := runlock.Take(dir, changePatience)
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	s := old.Settings
	s.ByClass = cloneMap(s.ByClass)
	s.Prevalence = cloneMap(s.Prevalence)
	f(&s)
	if err := s.check(d.cfg.Catalogue); err != nil {
		return nil, err
	}
	if err := forget(old, s); err != nil {
		return nil, err
	}
	if err := writeJSON(old.Path(settingsFile), s); err != nil {
		return nil, err
	}
	return d.reload(dir, nil)
}

func cloneMap[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// forget removes the results that other settings make untrue. A run whose
// training began keeps its data and model: those are another run.
func forget(r *Run, s Settings) error {
	var stale []string
	otherData := s.Data != r.Settings.Data || s.Seed != r.Seed || s.CalibrateOnly != r.CalibrateOnly
	otherModel := s.Model != r.Settings.Model || s.Arch != r.Arch || s.Weights != r.Weights
	if (otherData || otherModel) && r.Training != nil {
		return message.New("this run was trained already; make a new run for other data or another model")
	}
	if otherData {
		stale = append(stale, dataFile)
	}
	if otherData || otherModel {
		stale = append(stale, estimateFile, judgedFile)
	}
	if s.Recipe != r.Recipe {
		stale = append(stale, estimateFile)
	}
	for _, name := range stale {
		if err := os.Remove(r.Path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return message.Errorf("a result that is out of date cannot be removed: %w", err)
		}
	}
	return nil
}

// reload reads a run from its folder again and shows it with the job.
func (d *RunManager) reload(dir string, j *Job) (*Run, error) {
	r, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	r.Job = j
	d.change(func() { d.put(dir, r) })
	return r, nil
}

// Begin starts a job on a run. One training is at work at a time; jobs of other
// runs go on beside it. A measurement of the cost makes room for any other job.
func (d *RunManager) Begin(dir string, kind Kind) error {
	inUse, err := d.InUse()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(d.ctx)
	c := &control{kind: kind, cancel: cancel, finish: make(chan struct{}), done: make(chan struct{})}
	j := &Job{Kind: kind, Started: d.cfg.Now()}
	d.change(func() { err = d.admit(dir, c, j) })
	if err != nil {
		cancel()
		return err
	}
	s := Spec{Kind: kind, Dir: dir, InUse: inUse}
	d.work.Go(func() {
		defer cancel()
		defer close(c.done)
		if c.before != nil {
			<-c.before
		}
		err := d.do(ctx, s, c)
		d.ended(ctx, dir, c, err)
	})
	return nil
}

// admit makes room for a job. Under the lock.
func (d *RunManager) admit(dir string, c *control, j *Job) error {
	r := d.state.Run(dir)
	switch {
	case d.closed:
		return message.New("the program is closing")
	case r == nil:
		return message.Errorf("the run %s is not there any more", filepath.Base(dir))
	case d.controls[dir] != nil && d.controls[dir].kind != KindEstimate:
		return errWorking
	case r.Settings.Data == "":
		return message.New("the run has no data yet; choose a folder or a table")
	}
	if other := d.state.Working(); j.Kind == KindTrain && other != nil && other.Job.Kind == KindTrain {
		return message.Errorf("the run %q is training; pause it first", other.Name)
	}
	if old := d.controls[dir]; old != nil {
		old.cancel()
		c.before = old.done
	}
	d.controls[dir] = c
	copied := *r
	copied.Job = j
	d.put(dir, &copied)
	return nil
}

// do does the job; a panic in it becomes an error.
func (d *RunManager) do(ctx context.Context, s Spec, c *control) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = message.Errorf("something went wrong: %v\n%s", r, debug.Stack())
		}
	}()
	return d.cfg.Start(ctx, s, c.finish, func(e Event) { d.change(func() { d.note(s.Dir, e) }) })
}

// note shows an event. Under the lock.
func (d *RunManager) note(dir string, e Event) {
	r := d.state.Run(dir)
	if r == nil || r.Job == nil {
		return
	}
	run, job := *r, *r.Job
	if e.Step != nil {
		job.Step = *e.Step
	}
	if e.Train != nil {
		if e.Train.Step != nil {
			job.Train = e.Train.Step
		}
		run.Training = run.Training.with(*e.Train)
	}
	run.Job = &job
	d.put(dir, &run)
}

// ended shows what the job left, read from the folder.
func (d *RunManager) ended(ctx context.Context, dir string, c *control, err error) {
	d.mu.Lock()
	replaced := d.controls[dir] != c
	if !replaced {
		delete(d.controls, dir)
	}
	old := d.state.Run(dir)
	d.mu.Unlock()
	if replaced || old == nil { // by another job; or deleted
		return
	}
	var j *Job
	if err != nil && ctx.Err() == nil {
		failed := *old.Job
		failed.Over, failed.Error = true, err.Error()
		j = &failed
	}
	if _, err := d.reload(dir, j); err != nil { // the folder is gone
		d.change(func() { d.put(dir, nil) })
	}
}

// Pause stops a run's job after its checkpoint; Begin goes on with it.
func (d *RunManager) Pause(dir string) {
	d.tell(dir, func(c *control, j *Job) {
		j.Pausing = true
		c.cancel()
	})
}

// Finish ends a run's training after the epoch at hand, with the best weights
// so far.
func (d *RunManager) Finish(dir string) {
	d.tell(dir, func(c *control, j *Job) {
		if !c.told {
			c.told, j.Ending = true, true
			close(c.finish)
		}
	})
}

func (d *RunManager) tell(dir string, f func(*control, *Job)) {
	d.change(func() {
		c, r := d.controls[dir], d.state.Run(dir)
		if c == nil || r == nil || r.Job == nil {
			return
		}
		run, job := *r, *r.Job
		f(c, &job)
		run.Job = &job
		d.put(dir, &run)
	})
}

// Interrupted lists the runs whose training began, did not end, and is not at
// work: they can go on.
func (d *RunManager) Interrupted() []*Run {
	var out []*Run
	for _, r := range d.State().Runs {
		if r.Stage() == Interrupted && (r.Job == nil || r.Job.Over) {
			out = append(out, r)
		}
	}
	return out
}

// Delete removes a run with its folder. What was deployed from it stays.
func (d *RunManager) Delete(dir string) error {
	d.mu.Lock()
	known, busy := d.state.Run(dir) != nil, d.controls[dir] != nil
	d.mu.Unlock()
	switch {
	case busy:
		return errWorking
	case !known: // never a folder that is no run
		return message.Errorf("the run %s is not there any more", filepath.Base(dir))
	}
	lock, err := runlock.Take(dir, changePatience)
	if err != nil {
		return err
	}
	lock.Release() // a file that is open cannot be removed everywhere
	if err := os.RemoveAll(dir); err != nil {
		return message.Errorf("the run cannot be deleted: %w", err)
	}
	d.change(func() { d.put(dir, nil) })
	return nil
}

// Export copies a run as one folder, without what serves only to go on with it.
// It returns when the folder is there.
func (d *RunManager) Export(ctx context.Context, dir, to string) error {
	r := d.State().Run(dir)
	if r == nil {
		return message.Errorf("the run %s is not there any more", filepath.Base(dir))
	}
	return export(ctx, r, to)
}

// SetThresholds keeps the choices of the last step, to be carried out by a job
// of kind KindCalibrate.
func (d *RunManager) SetThresholds(dir string, b *ThresholdEditor) (*Run, error) {
	return d.Change(dir, func(s *Settings) {
		s.ByClass = b.Choices()
		s.Prevalence = b.Prevalences()
		s.FilmsPerDay = b.FilmsPerDay
	})
}

// OpenEditor opens the scores that thresholds are set on, with what was chosen
// before.
func (d *RunManager) OpenEditor(r *Run) (*ThresholdEditor, error) {
	t, err := scores.Load(r.FitScores())
	if err != nil {
		return nil, err
	}
	return newBench(t, r.Settings, d.cfg.Catalogue), nil
}
