package training

import (
	"time"

	"hilum/inference"
	"hilum/training/runlock"
)

// TrainConfig says what a run trains on what.
type TrainConfig struct {
	Data    string    `json:"data"`    // folder or table, see OpenDataset
	Out     string    `json:"-"`       // the run's folder
	Model   string    `json:"model"`   // .onnx to go on from; or
	Arch    string    `json:"arch"`    // a family of the zoo,
	Weights string    `json:"weights"` // with a checkpoint, or with drawn weights where this is ""
	Recipe  Recipe    `json:"recipe"`
	Seed    uint64    `json:"seed"`
	Unit    SplitUnit `json:"split_by"`
	Limit   int       `json:"limit,omitempty"` // films to train on at most; 0 takes all
	Resume  bool      `json:"-"`               // go on where the run in Out stopped; it takes everything else from there

	Cache      string `json:"-"`              // folder of cached features and pictures; "" is the run's own
	CacheLimit int64  `json:"-"`              // bytes that the cache may take; 0 is DefaultCacheLimit
	Date       string `json:"date,omitempty"` // for the model's card; "" gives it none, so that equal runs give equal bytes

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
	Config  TrainConfig
	Engine  inference.Engine
	Parent  *inference.Source // what Config.Model would name, where it is at hand already
	OnStep  func(Step)        // phases "check", "prepare", "train", "validate"; may be nil
	OnEvent func(TrainEvent)  // may be nil
	Held    *runlock.Lock     // the lock of the run's folder, where the caller has it; nil takes it
	Finish  <-chan struct{}   // when closed, training ends after the epoch at hand as if it were the last; nil never
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

// TrainReport is what Run gives.
type TrainReport struct {
	TrainDone
	Plan   TrainPlan     `json:"plan"`
	Curve  []TrainEpoch  `json:"curve"`
	Took   time.Duration `json:"took_ns"` // of this start
	SHA256 string        `json:"sha256"`  // of model.onnx
}

// TrainEstimate is what a run would cost on this machine, measured on a few
// steps.
type TrainEstimate struct {
	Plan       TrainPlan
	Prepare    time.Duration // decoding and frozen layers, once
	Epoch      time.Duration // training and validation
	Total      time.Duration // with all epochs
	Memory     int64         // bytes resident while training
	CacheBytes int64
}
