package trainer

import "testing"

// A person who ends training gets the model of the epochs so far, at least one.
func TestTrainingEndsByHand(t *testing.T) {
	c := tinyRun(t, drawImages(t, 32))
	finish := make(chan struct{})
	close(finish)
	r := mustTrain(t, Train{Config: c, Engine: openEngine(t), Finish: finish})
	if r.Epochs != 1 || r.BestEpoch != 1 || r.Stopped != "ended by hand" {
		t.Errorf("%+v", r.Done)
	}
	if len(read(t, r.Model)) == 0 {
		t.Error("there is no model")
	}
}
