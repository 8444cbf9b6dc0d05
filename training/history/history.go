package history

import (
	"encoding/json"
	"time"

	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
)

// Event is what a run says of itself, also a line of metrics.jsonl. One of
// the pointers is set.
type Event struct {
	Plan  *Plan  // once, before work starts
	Step  *Step  // a few times a second at most
	Epoch *Epoch // after each epoch
	Done  *Done  // last
}

// MarshalJSON implements json.Marshaler: the fields beside "event".
func (e Event) MarshalJSON() ([]byte, error) {
	switch {
	case e.Plan != nil:
		return json.Marshal(struct {
			Event string `json:"event"`
			*Plan
		}{"plan", e.Plan})
	case e.Step != nil:
		return json.Marshal(struct {
			Event string `json:"event"`
			*Step
		}{"step", e.Step})
	case e.Epoch != nil:
		return json.Marshal(struct {
			Event string `json:"event"`
			*Epoch
		}{"epoch", e.Epoch})
	}
	return json.Marshal(struct {
		Event string `json:"event"`
		*Done
	}{"done", e.Done})
}

// Plan is what a run is going to do.
type Plan struct {
	Recipe     string             `json:"recipe"`
	Network    string             `json:"network"` // the parent's name
	Classes    []string           `json:"classes"`
	Counts     dataset.Counts     `json:"counts"`
	Unreadable []training.Skipped `json:"unreadable"` // left out
	Duplicates int                `json:"twins"`      // films whose file has the bytes of an earlier one; left out
	Train      int                `json:"n_train"`    // films
	Validate   int                `json:"n_val"`
	Test       int                `json:"n_test"` // kept for later: not looked at
	Positive   []int              `json:"n_pos"`  // of the films trained on, one a class
	Cut        string             `json:"cut"`
	Parameters int                `json:"parameters"` // trained
	Frozen     int                `json:"frozen"`     // not trained
	Steps      int                `json:"steps"`      // an epoch
	Epochs     int                `json:"epochs"`     // at most
	CacheBytes int64              `json:"cache_bytes"`
	Fast       bool               `json:"fast"` // the step goes by the kernels of graph/cpustep
	Resumed    int                `json:"resumed_at_step,omitempty"`
	Notes      []string           `json:"notes"`

	Warnings []string `json:"warnings"` // of the table of labels, among the notes too
}

// Step is how a run goes.
type Step struct {
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

// Epoch is an epoch's outcome on the validation part.
type Epoch struct {
	Epoch     int             `json:"epoch"` // from 1
	Step      int             `json:"step"`
	TrainLoss float64         `json:"train_loss"`
	ValLoss   training.Metric `json:"val_loss"` // plain cross entropy
	AUROC     training.Metric `json:"val_auroc"`
	ByClass   []ClassAUROC    `json:"by_class"`
	Rate      float64         `json:"rate"`
	Best      bool            `json:"best"` // the best so far
	BestEpoch int             `json:"best_epoch"`
	Speed     float64         `json:"images_per_second"`
	Took      time.Duration   `json:"took_ns"`
	Memory    int64           `json:"memory"`
}

// ClassAUROC is the area under the ROC curve of one class, NaN where one outcome
// is missing.
type ClassAUROC struct {
	Class string          `json:"class"`
	AUROC training.Metric `json:"auroc"`
}

// Done is how a run ended.
type Done struct {
	BestEpoch int             `json:"best_epoch"`
	AUROC     training.Metric `json:"val_auroc"`
	Model     string          `json:"model"` // path of model.onnx
	Epochs    int             `json:"epochs"`
	Stopped   string          `json:"stopped,omitempty"` // why before the last epoch
}

// UnmarshalJSON implements json.Unmarshaler for what MarshalJSON writes.
func (e *Event) UnmarshalJSON(data []byte) error {
	var of struct {
		Event string `json:"event"`
	}
	if err := json.Unmarshal(data, &of); err != nil {
		return err
	}
	*e = Event{}
	var into any
	switch of.Event {
	case "plan":
		e.Plan = new(Plan)
		into = e.Plan
	case "step":
		e.Step = new(Step)
		into = e.Step
	case "epoch":
		e.Epoch = new(Epoch)
		into = e.Epoch
	case "done":
		e.Done = new(Done)
		into = e.Done
	default:
		return message.Errorf("event %q is not known", of.Event)
	}
	return json.Unmarshal(data, into)
}
