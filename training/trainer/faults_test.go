package trainer

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hilum/internal/parallel"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/recipe"
)

// headRun is a linear layer on the embeddings of a network with drawn weights:
// cached features, steps of microseconds.
func headRun(t testing.TB, table string) Config {
	t.Helper()
	r, err := recipe.Open("head")
	if err != nil {
		t.Fatal(err)
	}
	r.Size, r.Epochs = 32, 3
	return Config{Data: table, Out: filepath.Join(t.TempDir(), "run"), Arch: "resnet_tiny", Recipe: r, Seed: 1}
}

// A loss that is no number ends the run with a sentence on what to do; the last
// checkpoint stays and can be gone on from.
func TestDivergenceStopsTheRun(t *testing.T) {
	e := openEngine(t)
	c := tinyRun(t, drawImages(t, 48))
	c.Recipe.Optimizer.Clip, c.Recipe.Epochs, c.CheckpointEvery = 0, 40, time.Nanosecond
	steps := 0
	j := Train{Config: c, Engine: e}
	ctx, cancel := context.WithCancel(context.Background())
	j.OnStep = func(s training.Progress) {
		if s.Phase == "train" {
			if steps = s.Done; steps == 7 {
				cancel()
			}
		}
	}
	if _, err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// From here on with a rate that nothing survives.
	path := filepath.Join(c.Out, dataset.RunConfig)
	config := bytes.Replace(read(t, path), []byte(`"rate_body": 0.01`), []byte(`"rate_body": 10`), 1)
	config = bytes.Replace(config, []byte(`"rate_head": 0.02`), []byte(`"rate_head": 10`), 1)
	config = bytes.Replace(config, []byte(`"kind": "one-cycle"`), []byte(`"kind": "constant"`), 1)
	config = bytes.Replace(config, []byte(`"weight_decay": 0.01`), []byte(`"weight_decay": 10`), 1)
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	j.Config.Resume = true
	_, err := j.Run(context.Background())
	if !errors.Is(err, errDiverged) || !strings.Contains(err.Error(), "lower rate") {
		t.Fatalf("error %v after step %d", err, steps)
	}
	if _, err := os.Stat(filepath.Join(c.Out, trainedOut)); err == nil {
		t.Error("a model was written")
	}
	j2 := Train{Config: Config{Out: c.Out, Resume: true}, Engine: e}
	opened, err := j2.open(context.Background())
	if err != nil {
		t.Fatalf("the last checkpoint: %v", err)
	}
	defer opened.close()
	for _, v := range opened.vectors() {
		for _, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				t.Fatal("the last checkpoint holds what is no number")
			}
		}
	}
}

// Lists of events are lists, empty ones too.
func TestPlanHasNoNullLists(t *testing.T) {
	c := headRun(t, drawImages(t, 16))
	c.Recipe.Epochs = 1
	mustTrain(t, Train{Config: c, Engine: openEngine(t)})
	if line, _, _ := bytes.Cut(read(t, filepath.Join(c.Out, metricsFile)), []byte("\n")); bytes.Contains(line,
		[]byte("null")) {
		t.Errorf("plan %s", line)
	}
}

// Files that are empty, cut off or no pictures are left out and listed by name;
// so are second copies of a file.
func TestUnreadableImagesAreLeftOut(t *testing.T) {
	e := openEngine(t)
	table := drawImages(t, 48)
	dir := filepath.Dir(table)
	damage := map[string]func(b []byte) []byte{
		"film002.png": func(b []byte) []byte { return b[:len(b)/2] },
		"film003.png": func([]byte) []byte { return nil },
		"film009.png": func([]byte) []byte { return []byte("no picture at all, but named like one") },
	}
	for name, f := range damage {
		if err := os.WriteFile(filepath.Join(dir, name), f(read(t, filepath.Join(dir, name))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "film013.png"), read(t, filepath.Join(dir, "film012.png")),
		0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "film014.png")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{headRun(t, table), tinyRun(t, table)} {
		c.Recipe.Epochs = 1
		var plan *history.Plan
		r := mustTrain(t, Train{Config: c, Engine: e, OnEvent: func(e history.Event) {
			if e.Plan != nil {
				plan = e.Plan
			}
		}})
		p := r.Plan
		if all := strings.Join(p.Warnings, "\n"); !strings.Contains(all, "copies of films have other labels") ||
			!strings.Contains(all, "film013.png") {
			t.Errorf("a copy with other labels: %q", all)
		}
		if plan == nil || p.Counts.Rows != 48 || p.Counts.Found != 47 || p.Counts.Missing != 1 || p.Duplicates != 1 ||
			p.Train+p.Validate != 43 {
			t.Errorf("%s: plan %+v", c.Recipe.Name, p)
		}
		if len(p.Unreadable) != len(damage) {
			t.Errorf("%s: unreadable %v", c.Recipe.Name, p.Unreadable)
		}
		for _, u := range p.Unreadable {
			if damage[filepath.Base(u.Path)] == nil || !strings.Contains(u.Error, filepath.Base(u.Path)) {
				t.Errorf("%s: unreadable %+v", c.Recipe.Name, u)
			}
		}
	}
}

// A cache that is damaged while the run stands still, or whose films have other
// bytes, is computed again: the model is the same.
func TestDamagedCacheIsComputedAgain(t *testing.T) {
	e := openEngine(t)
	table := drawImages(t, 48)
	want := headRun(t, table)
	model := read(t, mustTrain(t, Train{Config: want, Engine: e}).Model)
	c := headRun(t, table)
	ctx, cancel := context.WithCancel(context.Background())
	j := Train{Config: c, Engine: e, OnEvent: func(e history.Event) {
		if e.Epoch != nil && e.Epoch.Epoch == 1 {
			cancel()
		}
	}}
	if _, err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(c.Out, "cache", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("cache %v (%v)", files, err)
	}
	b := read(t, files[0])
	for i := 100; i < len(b); i += 500 {
		b[i] ^= 0x55
	}
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	j.Config.Resume, j.OnEvent = true, nil
	if got := read(t, mustTrain(t, j).Model); !bytes.Equal(got, model) {
		t.Error("a run on a damaged cache differs")
	}
}

// A run whose films have changed or gone says which.
func TestResumeRefusesOtherImages(t *testing.T) {
	e := openEngine(t)
	table := drawImages(t, 48)
	c := headRun(t, table)
	mustTrain(t, Train{Config: c, Engine: e})
	c.Resume = true
	image := filepath.Join(filepath.Dir(table), "film006.png")
	if err := os.WriteFile(image, append(read(t, image), 0), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Train{Config: c, Engine: e}).Run(context.Background()); err == nil ||
		!strings.Contains(err.Error(), "film006.png has changed") {
		t.Errorf("a changed film: %v", err)
	}
	if err := os.Remove(image); err != nil {
		t.Fatal(err)
	}
	if _, err := (Train{Config: c, Engine: e}).Run(context.Background()); err == nil ||
		!strings.Contains(err.Error(), "film006.png") {
		t.Errorf("a film that is gone: %v", err)
	}
}

// A checkpoint that is not whole is refused, wherever it is damaged.
func TestDamagedCheckpointIsRefused(t *testing.T) {
	var b bytes.Buffer
	vectors := [][]float32{{1, 2, 3}, {}, {4}}
	if err := writeState(&b, state{Step: 7, Curve: []history.Epoch{{Epoch: 1, AUROC: training.Metric(math.NaN())}}},
		vectors); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state.bin")
	try := func(data []byte) (state, error) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return readState(path, [][]float32{make([]float32, 3), {}, make([]float32, 1)})
	}
	if s, err := try(b.Bytes()); err != nil || s.Step != 7 || s.Curve[0].AUROC.Defined() {
		t.Fatalf("%+v %v", s, err)
	}
	for i := range b.Len() {
		bad := bytes.Clone(b.Bytes())
		bad[i] ^= 0x10
		if _, err := try(bad); !errors.Is(err, errState) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := try(b.Bytes()[:i]); !errors.Is(err, errState) {
			t.Errorf("cut off after %d bytes: %v", i, err)
		}
	}
}

// Whatever a checkpoint holds, reading it gives an error or the state, in memory
// bounded by the file.
func FuzzReadState(f *testing.F) {
	var b bytes.Buffer
	if err := writeState(&b, state{Step: 7}, [][]float32{{1, 2, 3}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:20])
	f.Add([]byte(stateMagic + "\xff\xff\xff\x0f"))
	path := filepath.Join(f.TempDir(), "state.bin")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readState(path, [][]float32{make([]float32, 3)}); err != nil && !errors.Is(err, errState) {
			t.Errorf("error %v", err)
		}
	})
}

// A fault in what loads films beside the engine ends the run with an error: the
// loader's goroutine is nobody's.
func TestPanicsOfTheLoaderAreErrors(t *testing.T) {
	e := openEngine(t)
	for name, c := range map[string]struct {
		onStep func(training.Progress)
		spoil  func(*trainer)
	}{
		"what is told":    {func(training.Progress) { panic("on purpose") }, func(*trainer) {}},
		"labels":          {nil, func(t *trainer) { t.images.Train[3].Labels = nil }},
		"a class too far": {nil, func(t *trainer) { t.batches.classes = []int{9, 9} }},
		"no film":         {nil, func(t *trainer) { t.images.Train[3] = nil }},
		"no source":       {nil, func(t *trainer) { t.batches.sampler = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			j := Train{Config: tinyRun(t, drawImages(t, 24)), Engine: e, OnStep: c.onStep}
			opened, err := j.open(t.Context())
			if err == nil {
				c.spoil(opened)
				err = errors.Join(opened.epoch(t.Context()), opened.close())
			}
			var p *parallel.Panic
			if !errors.As(err, &p) || !strings.Contains(err.Error(), "internal error: ") {
				t.Errorf("%v", err)
			}
		})
	}
}
