// Package runs is training and calibration at the workstation, without its
// window: the list of runs on disk, the jobs that work on them in the background
// while reading goes on, and the model that they put into use. Its core type is
// [RunManager]. A run is a folder and what is shown of it is read from there, so runs
// outlive the program, and a training that was killed is offered to go on. It
// imports training, inference, dicomio and internal/store, and no toolkit; the rooms
// below hold the protocol of the processes and the editor of thresholds.
package runs

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hilum/app/runs/thresholds"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
	"hilum/training/runlock"
	"hilum/training/scores"
)

// Config says what a run manager works with.
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
	cfg      Config
	hub      *store.Hub
	state    *store.Value[State]
	controls map[string]*control // of jobs at work, by folder; within transactions
	using    *inference.Source   // the model that reads films now; nil until told; within transactions
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
	first := State{Runs: runs}
	first.Deployed, first.Previous = d.readDeployed()
	d.hub = store.New(d.failed)
	d.state = store.NewValue(d.hub, first)
	return d, nil
}

func (d *RunManager) runsDir() string { return filepath.Join(d.cfg.Dir, "runs") }

// Close stops all jobs, which write their checkpoints, and waits for them.
func (d *RunManager) Close() { d.hub.Close() }

// State is what is to be shown now.
func (d *RunManager) State() State { return d.state.Get() }

// Subscribe has f called after every change, on any goroutine and with no lock
// held. f must be quick. cancel ends it.
func (d *RunManager) Subscribe(f func()) (cancel func()) { return d.hub.Subscribe(f) }

// put replaces one run of the state; a nil run takes it away.
func (d *RunManager) put(tx store.Tx, dir string, r *Run) {
	s := d.state.In(tx)
	runs := slices.Clone(s.Runs)
	i := slices.IndexFunc(runs, func(o *Run) bool { return o.Dir == dir })
	switch {
	case i >= 0 && r != nil:
		runs[i] = r
	case i >= 0:
		runs = slices.Delete(runs, i, i+1)
	case r != nil:
		runs = slices.Insert(runs, 0, r)
	}
	s.Runs = runs
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
	d.hub.Change(func(tx store.Tx) { d.put(tx, dir, r) })
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

// errWorking refuses what cannot be done while a job works on the run.
var errWorking = message.New("a job is at work on this run; wait for it or pause it")

// changePatience is how long a change waits for a job that is just ending.
const changePatience = 2 * time.Second

// Change changes settings of a run, except while a job is at work on it.
// Results that no longer fit are forgotten: with other data, all of them.
func (d *RunManager) Change(dir string, f func(*Settings)) (*Run, error) {
	var old *Run
	var c *control
	d.hub.Look(func(tx store.Tx) { old, c = d.state.In(tx).Run(dir), d.controls[dir] })
	if old == nil {
		return nil, message.Errorf("the run %s is not there any more", filepath.Base(dir))
	}
	s := old.Settings
	s.ByClass, s.Prevalence, s.Columns = cloneMap(s.ByClass), cloneMap(s.Prevalence), cloneMap(s.Columns)
	f(&s)
	if c != nil {
		if !c.givesWay(old, s) {
			return nil, errWorking
		}
		c.cancel()
		<-c.done
	}
	lock, err := runlock.Take(dir, changePatience)
	if err != nil {
		return nil, err
	}
	defer lock.Release()
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

// reload reads a run from its folder again and shows it with the job.
func (d *RunManager) reload(dir string, j *Job) (*Run, error) {
	r, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	r.Job = j
	d.hub.Change(func(tx store.Tx) { d.put(tx, dir, r) })
	return r, nil
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
	var known, busy bool
	d.hub.Look(func(tx store.Tx) { known, busy = d.state.In(tx).Run(dir) != nil, d.controls[dir] != nil })
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
	d.hub.Change(func(tx store.Tx) { d.put(tx, dir, nil) })
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
func (d *RunManager) SetThresholds(dir string, b *thresholds.Editor) (*Run, error) {
	return d.Change(dir, func(s *Settings) {
		s.ByClass = b.Choices()
		s.Prevalence = b.Prevalences()
		s.ImagesPerDay = b.ImagesPerDay
	})
}

// OpenEditor opens the scores that thresholds are set on, with what was chosen
// before.
func (d *RunManager) OpenEditor(r *Run) (*thresholds.Editor, error) {
	t, err := scores.Load(r.FitScores())
	if err != nil {
		return nil, err
	}
	s, known := r.Settings, d.cfg.Catalogue
	return thresholds.New(t, thresholds.Config{
		Calibrator: s.Calibrator, Policy: s.Policy, ByClass: s.ByClass, Prevalence: s.Prevalence,
		ImagesPerDay: s.ImagesPerDay,
		Methods:      known.Methods, Policies: known.Policies,
	}), nil
}
