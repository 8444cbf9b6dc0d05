package bias

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/phantom"
	"hilum/internal/regular"
	"hilum/training"
	"hilum/training/recipe"
	"hilum/training/trainer"
)

// maxImage bounds the phantoms of lessons, in pixels of a side, and maxReport the file
// of a report, in bytes.
const (
	MaxImage  = 1024
	maxReport = 4 << 20
)

// Experiment is biased phantom data and a small model trained on them.
type Experiment struct {
	Confounder string `json:"confounder"` // kind:Finding:P(shown|finding):P(shown|no finding), see phantom.ParseConfounder
	Other      string `json:"other"`      // a finding that nothing is tied to, for comparison
	// Severity of the confounded finding, from and to, 0..1: what is easy to see
	// is learnt whatever it is tied to.
	Severity [2]float64 `json:"severity"`
	Images   int        `json:"films"` // to train and validate on
	Test     int        `json:"test"`  // films of each of the two test sets
	Size     int        `json:"size"`  // pixels a side
	Seed     uint64     `json:"seed"`
	Epochs   int        `json:"epochs"`
	// Arch is the network that is trained, see zoo.Architectures; "" is
	// resnet_small. resnet_tiny sees finer lines, which its stem does not skip,
	// and trains several times faster, so that more epochs fit into a minute.
	Arch   string `json:"arch,omitempty"`
	Mirror bool   `json:"mirror,omitempty"` // half of the films are mirrored in training: for what lies on either side
}

// The networks of the lab: large enough to learn from some hundred films, small
// enough for minutes.
const (
	smallArch = "resnet_small"
	tinyArch  = "resnet_tiny"
)

func (e Experiment) arch() string { return cmp.Or(e.Arch, smallArch) }

// rate is the learning rate of all layers, which are drawn anew; 0 is none.
func (e Experiment) rate() float64 {
	switch e.arch() {
	case smallArch:
		return 2e-3
	case tinyArch:
		return 4e-3
	}
	return 0
}

// Bounds of an experiment: it must end within minutes.
const (
	leastImages = 40
	mostImages  = 20000
	mostEpochs  = 200
)

// Check says what is wrong with an experiment, or nil.
func (e Experiment) Check() error {
	c, err := phantom.ParseConfounder(e.Confounder)
	if err != nil {
		return err
	}
	switch {
	case e.Other == string(c.Class):
		return message.Errorf("the other finding is %s too", e.Other)
	case !isShare(e.Severity[0]) || !(isShare(e.Severity[1]) && e.Severity[1] >= e.Severity[0]):
		return message.Errorf("severities from %v to %v are not within 0..1", e.Severity[0], e.Severity[1])
	case e.Images < leastImages || e.Images > mostImages || e.Test < leastImages || e.Test > mostImages:
		return message.Errorf("an experiment with %d and %d films is not possible; take %d to %d", e.Images, e.Test,
			leastImages, mostImages)
	case e.Size < phantom.MinSize || e.Size > MaxImage:
		return message.Errorf("films of %d pixels are not possible in an experiment; take %d to %d", e.Size,
			phantom.MinSize, MaxImage)
	case e.rate() == 0:
		return message.Errorf("the lab does not train the network %q; take resnet_small or resnet_tiny", e.Arch)
	case e.Epochs < 1 || e.Epochs > mostEpochs:
		return message.Errorf("%d epochs are not possible; take 1 to %d", e.Epochs, mostEpochs)
	}
	return nil
}

// ExperimentConfig says which experiment and where.
type ExperimentConfig struct {
	Experiment
	Out      string // folder of films, run and report; what is there of the same experiment is used again
	Rounds   int    // of the bootstrap of intervals; 0 is defaultRounds
	Controls int    // random places for each film whose marker is erased; 0 is defaultErasures
}

const (
	defaultRounds   = 1000
	defaultErasures = 4
)

// RunExperiment draws the films, trains and measures.
type RunExperiment struct {
	Config ExperimentConfig
	Engine inference.Engine
	OnStep func(training.Progress) // phases "films", "train", "test", "erase"; may be nil
}

// reportFile lies in the experiment's folder when it is done.
const reportFile = "experiment.json"

// Run does what is not done yet: films first, then the model, then the measures.
// Films and run are kept when ctx ends, and the next Run goes on with them.
func (j RunExperiment) Run(ctx context.Context) (*ExperimentReport, error) {
	if err := j.Config.Check(); err != nil {
		return nil, err
	}
	r, err := j.run(ctx)
	if err != nil {
		return nil, message.Errorf("experiment: %w", err)
	}
	return r, nil
}

func (j RunExperiment) run(ctx context.Context) (*ExperimentReport, error) {
	out := j.Config.Out
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, message.Errorf("cannot make its folder: %w", err)
	}
	old, err := j.claim()
	if err != nil || old != nil {
		return old, err
	}
	f := newImageMaker(j.Config.Experiment, out)
	if err := f.write(ctx, j.step("films")); err != nil {
		return nil, err
	}
	trained, err := j.train(ctx)
	if err != nil {
		return nil, err
	}
	report := &ExperimentReport{Experiment: j.Config.Experiment, Model: filepath.Join(out, runDir, modelFile),
		Validation: training.Metric(trained.AUROC)}
	if err := j.measure(ctx, f, report); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return nil, err
	}
	return report, atomicfile.WriteBytes(filepath.Join(out, reportFile), append(data, '\n'))
}

// claim gives the report of the same experiment where it is done, and refuses a
// folder that holds another.
func (j RunExperiment) claim() (*ExperimentReport, error) {
	asked := filepath.Join(j.Config.Out, "asked.json")
	want, err := json.Marshal(j.Config.Experiment)
	if err != nil {
		return nil, err
	}
	switch have, err := regular.ReadFile(asked); {
	case errors.Is(err, os.ErrNotExist):
		return nil, atomicfile.WriteBytes(asked, want)
	case err != nil:
		return nil, err
	case string(have) != string(want):
		return nil, message.Errorf("the folder %s holds another experiment; name an empty one", j.Config.Out)
	}
	return readExperiment(j.Config.Out)
}

// readExperiment gives the report of an experiment's folder, nil where it is not
// done.
func readExperiment(dir string) (*ExperimentReport, error) {
	f, err := regular.Open(filepath.Join(dir, reportFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r ExperimentReport
	if err := json.NewDecoder(io.LimitReader(f, maxReport)).Decode(&r); err != nil {
		return nil, message.Errorf("%s cannot be read: %w; remove the folder to do the experiment again",
			filepath.Join(dir, reportFile), err)
	}
	r.Model = filepath.Join(dir, runDir, modelFile)
	return &r, nil
}

func (j RunExperiment) step(phase string) func(done, total int) {
	return func(done, total int) {
		if j.OnStep != nil {
			j.OnStep(training.Progress{Phase: phase, Done: done, Total: total})
		}
	}
}

// The experiment's run, see trainer.Train.
const (
	runDir    = "run"
	modelFile = "model.onnx"
)

// train trains the small network from nothing, or goes on where it stopped.
func (j RunExperiment) train(ctx context.Context) (*trainer.Report, error) {
	recipe, err := recipe.Open("full")
	if err != nil {
		return nil, err
	}
	c := j.Config
	recipe.Name, recipe.Epochs, recipe.Patience, recipe.Size = "lab", c.Epochs, 0, c.Size
	// what lies at the edge stays on the film
	recipe.Augment.Rotate, recipe.Augment.Shift, recipe.Augment.Scale = 0, 0.02, 0
	recipe.EMA = 0 // too few steps for an average
	recipe.Optimizer.RateBody, recipe.Optimizer.RateHead, recipe.Optimizer.RateDecay = c.rate(), c.rate(), 1
	if c.Mirror {
		recipe.Augment.Flip = 0.5
	}
	run := filepath.Join(c.Out, runDir)
	_, err = os.Stat(filepath.Join(run, "config.json"))
	job := trainer.Train{
		Config: trainer.Config{
			Data: filepath.Join(c.Out, trainTable), Out: run, Arch: c.arch(), Recipe: recipe, Seed: cmp.Or(c.Seed, 1),
			Resume: err == nil,
		},
		Engine: j.Engine,
		OnStep: func(s training.Progress) { j.step("train: "+s.Phase)(s.Done, s.Total) },
	}
	return job.Run(ctx)
}

// Folder names an experiment's folder: another experiment has another name.
func (e Experiment) Folder() string {
	data, _ := json.Marshal(e) // numbers and words: nothing that could fail
	sum := sha256.Sum256(data)
	return "experiment-" + strings.ReplaceAll(e.Confounder, ":", "-") + "-" + hex.EncodeToString(sum[:4])
}
