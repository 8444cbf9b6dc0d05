package recipe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The seed recipe, value by value, as it was first trained.
func TestRecipesOfTheProgram(t *testing.T) {
	for _, name := range Recipes().Names() {
		r, err := Open(name)
		if e, _ := Recipes().Find(r.Name); err != nil || e.Name != name || r.Description == "" {
			t.Errorf("%s: %+v %v", name, r, err)
		}
		if name != "seed" && r.Augment.Flip != 0 {
			t.Errorf("%s mirrors films, which destroys laterality", name)
		}
	}
	r, err := Open("seed")
	if err != nil {
		t.Fatal(err)
	}
	o, s := r.Optimizer, r.Schedule
	if o.RateBody != 1e-4 || o.RateHead != 1e-3 || o.WeightDecay != 1e-4 || !o.DecayNorms || s.Kind != "restarts" ||
		s.Period != 5 || s.Factor != 2 || s.Floor != 1e-6 ||
		r.Batch != 64 || r.Size != 224 || r.Resize != "stretch" || r.Augment.Flip != .5 || r.Augment.Rotate != 5 ||
		r.Loss.Kind != "bce" || r.BestBy != "auroc" || r.Patience != 3 || !r.BatchStats {
		t.Errorf("seed is %+v", r)
	}
}

func TestEveryValueCanBeSet(t *testing.T) {
	r, err := Open("last-block")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"optimizer.rate_head": "0.5", "cut": "layer2.3", "batch_stats": "false",
		"loss.kind": `"focal"`, "views": "4", "augment.flip": "0.25"} {
		if err := r.Set(name, value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.Optimizer.RateHead != .5 || r.Cut != "layer2.3" || r.BatchStats || r.Loss.Kind != "focal" || r.Views != 4 ||
		r.Augment.Flip != .25 || r.Check() != nil {
		t.Errorf("recipe %+v", r)
	}
	before := r
	for name, value := range map[string]string{"nothing": "1", "optimizer": "1", "optimizer.rate": "1",
		"epochs":      "many",
		"epochs.more": "1", "batch": "1.5", "shuffle": "2", "": "1"} {
		if err := r.Set(name, value); err == nil {
			t.Errorf("%s=%s is accepted", name, value)
		}
	}
	if err := r.Set("nothing", "1"); err == nil || !strings.Contains(err.Error(), "optimizer.rate_head") {
		t.Errorf("%v: want the names that there are", err)
	}
	if r != before {
		t.Error("a refused value changed the recipe")
	}
}

func TestRecipesThatMakeNoSense(t *testing.T) {
	for _, set := range []string{"epochs=0", "batch=0", "optimizer.rate_head=-1", "loss.kind=hinge", "augment.flip=2",
		"cut=", "schedule.kind=square", "ema=1", "precision=quarter",
		"trunk_batch_stats=true", "optimizer.epsilon=0"} {
		r, err := Open("last-block")
		if err != nil {
			t.Fatal(err)
		}
		name, value, _ := strings.Cut(set, "=")
		if err := r.Set(name, value); err != nil {
			t.Fatal(err)
		}
		if err := r.Check(); err == nil || !strings.HasPrefix(err.Error(), "recipe: ") {
			t.Errorf("%s: %v", set, err)
		}
	}
	r, err := Open("full")
	if err != nil {
		t.Fatal(err)
	}
	if r.Views = 1; r.Check() == nil {
		t.Error("features of nothing are cached")
	}
}

func TestRecipeFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	r, err := Open(write("a.json", `{"base": "head", "name": "ours", "epochs": 7, "loss": {"gamma": 3}}`))
	if err != nil || r.Name != "ours" || r.Epochs != 7 || r.Loss.Gamma != 3 || r.Loss.Kind != "bce" ||
		r.Cut != CutEmbedding {
		t.Errorf("%+v %v", r, err)
	}
	for name, text := range map[string]string{
		"no json": "epochs", "unknown": `{"base": "head", "epoch": 7}`, "no base": `{"base": "foot"}`,
		"wrong": `{"base": "head", "epochs": 0}`, "two": `{"base": "head"} {}`, "bare": `{"epochs": 3}`,
	} {
		if _, err := Open(write("b.json", text)); err == nil || !strings.Contains(err.Error(), "b.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open("heads"); err == nil || !strings.Contains(err.Error(), "last-block") {
		t.Errorf("an unknown recipe: %v", err)
	}
}

// The recipes of the models that come along open and are whole.
func TestRecipesOfTheModelsThatComeAlong(t *testing.T) {
	files, err := filepath.Glob("../../resources/*/recipe*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recipes: %v", err)
	}
	for _, f := range files {
		if r, err := Open(f); err != nil || r.Name == "" || r.Description == "" {
			t.Errorf("%s: %+v %v", f, r, err)
		}
	}
}
