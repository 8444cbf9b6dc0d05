package trainer

import (
	"strings"
	"testing"

	"hilum/training/history"
	"hilum/training/internal/fixture"
)

// The second training of a folder is refused while the first is at work, resumed or
// not, and leaves its files alone.
func TestOneTrainingAFolder(t *testing.T) {
	e := openEngine(t)
	c := headRun(t, drawImages(t, 32))
	c.Recipe.Epochs = 2
	tried := false
	j := Train{Config: c, Engine: e}
	j.OnEvent = func(event history.Event) {
		if event.Epoch == nil || tried {
			return
		}
		tried = true
		for _, resume := range []bool{false, true} {
			second := Train{Config: c, Engine: e}
			second.Config.Resume, second.Config.Seed = resume, 2
			if _, err := second.Run(t.Context()); err == nil ||
				!strings.Contains(err.Error(), "in use by another program") {
				t.Errorf("a second training, resume %v: %v", resume, err)
			}
		}
		if _, err := (Train{Config: c, Engine: e}).FindRate(t.Context()); err == nil ||
			!strings.Contains(err.Error(), "in use") {
			t.Errorf("a range test beside it: %v", err)
		}
	}
	mustTrain(t, j)
	if !tried {
		t.Error("nothing was tried")
	}
}

// An estimate reads the films and counts those that it could read.
func TestAnEstimateCountsReadableImages(t *testing.T) {
	e := openEngine(t)
	table := drawImages(t, 48)
	all, err := Train{Config: headRun(t, table), Engine: e}.Estimate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bad := fixture.Put(t, strings.TrimSuffix(table, "/films.csv"), "film001.png", "\x89PNG\r\n\x1a\nand nothing")
	c := headRun(t, table)
	c.Recipe.Batch = 2 // the trial takes a few of the films only
	less, err := Train{Config: c, Engine: e}.Estimate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if less.Plan.Train+less.Plan.Validate != all.Plan.Train+all.Plan.Validate-1 || len(less.Plan.Unreadable) != 1 ||
		less.Plan.Unreadable[0].Path != bad {
		t.Errorf("%d and %d films, unreadable %v; before %d and %d", less.Plan.Train, less.Plan.Validate,
			less.Plan.Unreadable, all.Plan.Train, all.Plan.Validate)
	}
	if less.Plan.Train < all.Plan.Train && less.Plan.Positive[0] != all.Plan.Positive[0]-1 {
		t.Errorf("positive %v, before %v", less.Plan.Positive, all.Plan.Positive)
	}
}
