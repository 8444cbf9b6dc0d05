package runs

import (
	"time"

	"hilum/app/runs/process"
	"hilum/training"
	"hilum/training/history"
)

// Kind is what a job does.
type Kind string

// The kinds of jobs, each on the folder of one run.
const (
	KindPractice  Kind = "practice"  // draw phantoms, then look at them as at other data
	KindCheck     Kind = "check"     // look at the data
	KindEstimate  Kind = "estimate"  // measure what training will cost
	KindTrain     Kind = "train"     // train, go on, then judge
	KindJudge     Kind = "judge"     // score, set thresholds, write the report
	KindCalibrate Kind = "calibrate" // set thresholds as chosen, write the report
)

// Spec is a job as it is handed to whoever does it.
type Spec struct {
	Kind  Kind   `json:"kind"`
	Dir   string `json:"dir"`    // of the run
	InUse string `json:"in_use"` // path of the model that reads films now, to compare with; "" for none
}

// Event is what a job says while it is at work. One of the pointers is set.
type Event struct {
	Step  *training.Progress `json:"step,omitempty"`
	Train *history.Event     `json:"train,omitempty"`
}

// Job is a job as the window shows it.
type Job struct {
	Kind    Kind
	Started time.Time
	Step    training.Progress // the last one
	Train   *history.Step     // the last one of training
	Pausing bool              // it was told to stop and is writing its checkpoint
	Ending  bool              // it was told to end training after this epoch
	Over    bool              // it is no longer at work; Error says why
	Error   string            // one sentence; "" while all is well
}

// Left estimates how long the job still takes; false where that is not known.
func (j *Job) Left(now time.Time) (time.Duration, bool) {
	if j.Train != nil && j.Step.Phase == "train" {
		return j.Train.Left, j.Train.Left > 0
	}
	elapsed := now.Sub(j.Started)
	if j.Step.Done < 1 || j.Step.Total < j.Step.Done || elapsed < time.Second {
		return 0, false
	}
	return elapsed * time.Duration(j.Step.Total-j.Step.Done) / time.Duration(j.Step.Done), true
}

// Share is how much of the present phase is done, 0..1.
func (j *Job) Share() float64 {
	if j.Train != nil && j.Step.Phase == "train" && j.Train.Of > 0 {
		return float64(j.Train.Step) / float64(j.Train.Of)
	}
	if j.Step.Total < 1 {
		return 0
	}
	return float64(j.Step.Done) / float64(j.Step.Total)
}

// phase is a phase of a job in words.
func phase(name string) string {
	words := map[string]string{
		"check": phaseTwice, "prepare": phasePrepare, "train": phaseTrain, "validate": phaseEpoch,
		"bootstrap": phaseBootstrap, "subgroups": phaseSubgroups, "comparison": phaseVersus, "figures": phaseFigures,
	}
	if w, ok := words[name]; ok {
		return w
	}
	return name
}

// Starter does a job, as Worker.Do does.
type Starter = process.Work[Spec, Event]

// InProcess does jobs in processes of this program, which it starts with these
// arguments, such as where its engine is. Its main calls RunChild.
func InProcess(args ...string) Starter {
	return process.In[Spec, Event](process.Program{Args: args})
}

// RunChild must be called early in main, see process.RunChild.
func RunChild(w Worker) { process.RunChild(w.Do) }
