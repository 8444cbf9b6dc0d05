package training

import (
	"encoding/json"
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

// TrainEvent is what a run says of itself, also a line of metrics.jsonl. One of
// the pointers is set.
type TrainEvent struct {
	Plan  *TrainPlan  // once, before work starts
	Step  *TrainStep  // a few times a second at most
	Epoch *TrainEpoch // after each epoch
	Done  *TrainDone  // last
}

// MarshalJSON implements json.Marshaler: the fields beside "event".
func (e TrainEvent) MarshalJSON() ([]byte, error) {
	switch {
	case e.Plan != nil:
		return json.Marshal(struct {
			Event string `json:"event"`
			*TrainPlan
		}{"plan", e.Plan})
	case e.Step != nil:
		return json.Marshal(struct {
			Event string `json:"event"`
			*TrainStep
		}{"step", e.Step})
	case e.Epoch != nil:
		return json.Marshal(struct {
			Event string `json:"event"`
			*TrainEpoch
		}{"epoch", e.Epoch})
	}
	return json.Marshal(struct {
		Event string `json:"event"`
		*TrainDone
	}{"done", e.Done})
}

// TrainPlan is what a run is going to do.
type TrainPlan struct {
	Recipe     string        `json:"recipe"`
	Network    string        `json:"network"` // the parent's name
	Classes    []string      `json:"classes"`
	Counts     Counts        `json:"counts"`
	Unreadable []SkippedFilm `json:"unreadable"` // left out
	Twins      int           `json:"twins"`      // films whose file has the bytes of an earlier one; left out
	Train      int           `json:"n_train"`    // films
	Validate   int           `json:"n_val"`
	Test       int           `json:"n_test"` // kept for later: not looked at
	Positive   []int         `json:"n_pos"`  // of the films trained on, one a class
	Cut        string        `json:"cut"`
	Parameters int           `json:"parameters"` // trained
	Frozen     int           `json:"frozen"`     // not trained
	Steps      int           `json:"steps"`      // an epoch
	Epochs     int           `json:"epochs"`     // at most
	CacheBytes int64         `json:"cache_bytes"`
	Fast       bool          `json:"fast"` // the step goes by the kernels of graph/fast
	Resumed    int           `json:"resumed_at_step,omitempty"`
	Notes      []string      `json:"notes"`

	Warnings []string `json:"warnings"` // of the table of labels, among the notes too
}

// TrainStep is how a run goes.
type TrainStep struct {
	Epoch   int           `json:"epoch"` // from 1
	Step    int           `json:"step"`  // of the run, from 1
	Of      int           `json:"steps"` // of the run, at most
	Loss    float64       `json:"loss"`  // mean over the epoch so far
	Rate    float64       `json:"rate"`  // of the head
	Norm    float64       `json:"grad_norm"`
	Speed   float64       `json:"images_per_second"`
	Left    time.Duration `json:"left_ns"` // until the last epoch, at most
	Memory  int64         `json:"memory"`  // bytes resident
	Elapsed time.Duration `json:"elapsed_ns"`
}

// TrainEpoch is an epoch's outcome on the validation part.
type TrainEpoch struct {
	Epoch     int           `json:"epoch"` // from 1
	Step      int           `json:"step"`
	TrainLoss float64       `json:"train_loss"`
	ValLoss   Figure        `json:"val_loss"` // plain cross entropy
	AUROC     Figure        `json:"val_auroc"`
	ByClass   []ClassAUROC  `json:"by_class"`
	Rate      float64       `json:"rate"`
	Best      bool          `json:"best"` // the best so far
	BestEpoch int           `json:"best_epoch"`
	Speed     float64       `json:"images_per_second"`
	Took      time.Duration `json:"took_ns"`
	Memory    int64         `json:"memory"`
}

// ClassAUROC is the area under the ROC curve of one class, NaN where one outcome
// is missing.
type ClassAUROC struct {
	Class string `json:"class"`
	AUROC Figure `json:"auroc"`
}

// TrainDone is how a run ended.
type TrainDone struct {
	BestEpoch int    `json:"best_epoch"`
	AUROC     Figure `json:"val_auroc"`
	Model     string `json:"model"` // path of model.onnx
	Epochs    int    `json:"epochs"`
	Stopped   string `json:"stopped,omitempty"` // why before the last epoch
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
