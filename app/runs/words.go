package runs

import (
	"hilum/internal/message"
	"hilum/internal/message/reread"
)

// Verb says what a job of the kind is doing, for a status line.
func (k Kind) Verb() string {
	switch k {
	case KindPractice:
		return "Drawing practice films"
	case KindCheck:
		return "Looking at the data"
	case KindEstimate:
		return "Measuring the cost"
	case KindTrain:
		return "Training"
	case KindJudge:
		return "Validating"
	case KindCalibrate:
		return "Calibrating"
	}
	return string(k)
}

// Words say how far the job is, as "reading films, 120 of 1,000".
func (j *Job) Words() message.Message {
	switch {
	case j.Over:
		return reread.Message(j.Error)
	case j.Pausing:
		return message.Of("writing the checkpoint")
	case j.Train != nil && j.Step.Phase == "train":
		return message.Of("epoch %d, step %d of %d", j.Train.Epoch, j.Train.Step, j.Train.Of)
	case j.Step.Total > 0:
		return message.Of("%s, %d of %d", message.Of(phase(j.Step.Phase)), j.Step.Done, j.Step.Total)
	}
	return message.Of("starting")
}

// Phases of the jobs, training's in words and the desk's own.
const (
	phaseTwice     = "looking for films twice"
	phasePrepare   = "running frozen layers"
	phaseTrain     = "training"
	phaseEpoch     = "judging an epoch"
	phaseBootstrap = "drawing patients anew"
	phaseSubgroups = "looking at subgroups"
	phaseVersus    = "comparing with the model in use"
	phaseFigures   = "drawing figures"
	phaseReading   = "reading films"
	phaseDrawing   = "drawing films"
	phaseFit       = "scoring films for thresholds"
	phaseHeldOut   = "scoring films held out"
	phaseSetting   = "setting thresholds"
)

// otherName is what a comparison calls the model that reads films now.
const otherName = "the model in use"

// String is the stage in words.
func (s Stage) String() string {
	return [...]string{"not begun", "data checked", "training stopped", "trained", "ready to deploy"}[s]
}

// StageName is how far the run is, in words: one that only calibrates is never trained.
func (r *Run) StageName() message.Message {
	if r.CalibrateOnly && r.Stage() == Trained {
		return message.Of("ready to calibrate")
	}
	return message.Of(r.Stage().String())
}
