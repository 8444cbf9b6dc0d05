package trainer

import (
	"time"

	"hilum/inference"
	"hilum/inference/zoo"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/recipe"
	"hilum/training/runlock"
)

// Config says what a run trains on what.
type Config struct {
	Data    string            `json:"data"`    // folder or table, see dataset.Open
	Out     string            `json:"-"`       // the run's folder
	Model   string            `json:"model"`   // .onnx to go on from; or
	Arch    string            `json:"arch"`    // a family of the zoo,
	Weights string            `json:"weights"` // with a checkpoint, or with drawn weights where this is ""
	Recipe  recipe.Recipe     `json:"recipe"`
	Seed    uint64            `json:"seed"`
	Unit    dataset.SplitUnit `json:"split_by"`
	Limit   int               `json:"limit,omitempty"` // films to train on at most; 0 takes all
	// go on where the run in Out stopped; it takes everything else from there
	Resume bool `json:"-"`

	Cache      string `json:"-"` // folder of cached features and pictures; "" is the run's own
	CacheLimit int64  `json:"-"` // bytes that the cache may take; 0 is DefaultCacheLimit
	// for the model's card; "" gives it none, so that equal runs give equal bytes
	Date string `json:"date,omitempty"`

	Networks zoo.Networks `json:"-"` // that Arch may name; nil is zoo.Architectures
	Families zoo.Registry `json:"-"` // that Weights may be of; nil is zoo.Families

	CheckpointEvery time.Duration `json:"-"` // within an epoch; 0 is DefaultCheckpointEvery
}

// DefaultCacheLimit bounds what a run keeps on disk besides its checkpoints.
const DefaultCacheLimit = 64 << 30

// DefaultCheckpointEvery is how much work a killed run loses at most.
const DefaultCheckpointEvery = time.Minute

// Train fine-tunes or trains a network. Its run is a folder: config.json (all
// settings, and the part of every film), metrics.jsonl (the events), event files
// for TensorBoard, start.onnx (what training began with), last/ and best/
// (weights and state of the optimizer), and model.onnx, the best weights.
type Train struct {
	Config  Config
	Engine  inference.Engine
	Parent  *inference.Source       // what Config.Model would name, where it is at hand already
	OnStep  func(training.Progress) // phases "check", "prepare", "train", "validate"; may be nil
	OnEvent func(history.Event)     // may be nil
	Held    *runlock.Lock           // the lock of the run's folder, where the caller has it; nil takes it
	Finish  <-chan struct{}         // when closed, training ends after the epoch at hand as if it were the last; nil never
}

// ended says whether a person wants training to end with what it has.
func (j Train) ended() bool {
	select {
	case <-j.Finish:
		return true
	default:
		return false
	}
}

// Report is what Run gives.
type Report struct {
	history.Done
	Plan   history.Plan    `json:"plan"`
	Curve  []history.Epoch `json:"curve"`
	Took   time.Duration   `json:"took_ns"` // of this start
	SHA256 string          `json:"sha256"`  // of model.onnx
}

// Estimate is what a run would cost on this machine, measured on a few
// steps.
type Estimate struct {
	Plan       history.Plan
	Prepare    time.Duration // decoding and frozen layers, once
	Epoch      time.Duration // training and validation
	Total      time.Duration // with all epochs
	Memory     int64         // bytes resident while training
	CacheBytes int64
}
