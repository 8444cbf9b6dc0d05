package lab

import (
	"context"
	"errors"
	"strings"
	"time"

	"hilum/internal/message"
	"hilum/internal/store"
	"hilum/training"
)

// JobState is how far a long job is.
type JobState struct {
	Title       string
	Phase       string
	Done, Total int
}

// Jobs are the long jobs: one at a time.
type Jobs struct {
	b    *Bench
	stop context.CancelFunc // within transactions
}

// begin runs a long job that Stop ends.
func (j *Jobs) begin(title string, do func(ctx context.Context, step func(training.Progress)) error) {
	var ctx context.Context
	j.b.hub.Change(func(tx store.Tx) {
		st := j.b.state.In(tx)
		if st.Job != nil {
			st.say(message.Of("Another job is running; wait for it or stop it first."))
			return
		}
		st.Job = &JobState{Title: title}
		ctx, j.stop = context.WithCancel(j.b.hub.Context())
	})
	if ctx == nil {
		return
	}
	last := time.Time{}
	step := func(s training.Progress) {
		if time.Since(last) < stepEvery && s.Done < s.Total {
			return
		}
		last = time.Now()
		j.b.state.Change(func(st *State) { st.Job = &JobState{title, phaseTitle(s.Phase), s.Done, s.Total} })
	}
	j.b.hub.Go(title, func() {
		err := do(ctx, step)
		j.b.state.Change(func(st *State) {
			st.Job = nil
			switch {
			case errors.Is(err, context.Canceled):
				st.say(message.Of("Stopped. Doing it again goes on from here."))
			case err != nil:
				st.say(message.Sentence(err))
			}
		})
	})
}

// phaseTitle names a phase of a long job.
func phaseTitle(name string) string {
	switch name, _, _ = strings.Cut(name, ":"); name {
	case "films":
		return drawingImages
	case "train":
		return trainingModel
	case "test":
		return scoringImages
	case "erase":
		return erasingPlaces
	case "steps":
		return playingSteps
	}
	return name
}

// stepEvery is how often progress is shown at most.
const stepEvery = 100 * time.Millisecond

// Stop ends the job that is running.
func (j *Jobs) Stop() {
	var stop context.CancelFunc
	j.b.hub.Look(func(store.Tx) { stop = j.stop })
	stop()
}

// Titles of the long jobs.
const (
	titleBiased = "Biased model"
	titlePage   = "Lesson page"
)

// Their phases in words.
const (
	drawingImages = "drawing films"
	trainingModel = "training"
	scoringImages = "scoring films"
	erasingPlaces = "erasing"
	playingSteps  = "playing its steps"
)
