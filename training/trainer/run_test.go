package trainer

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hilum/inference"
	"hilum/inference/ort"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/evaluate"
	"hilum/training/history"
	"hilum/training/recipe"
	"hilum/training/scores"
)

// openEngine opens ONNX Runtime on one thread or skips.
func openEngine(t testing.TB) inference.Engine {
	t.Helper()
	e, err := ort.Open(ort.Options{Provider: inference.CPU, Threads: 1})
	if err != nil {
		t.Skip("no ONNX Runtime: ", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// drawImages writes n small films with a table: noise, with a bright disc where
// Mass is 1 and a dark one where Nodule is; some labels are not known.
func drawImages(t testing.TB, n int) (table string) {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 5))
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	rows := [][]string{{"path", "patient", "split", "Mass", "Nodule"}}
	for i := range n {
		mass, nodule := i%2, i/2%2
		im := image.NewGray(image.Rect(0, 0, 40, 36))
		for k := range im.Pix {
			im.Pix[k] = uint8(90 + rng.IntN(60))
		}
		for k, on := range []int{mass, nodule} {
			cx, cy := 8+rng.IntN(24), 8+rng.IntN(20)
			for y := -5; y <= 5 && on == 1; y++ {
				for x := -5; x <= 5; x++ {
					if x*x+y*y <= 25 {
						im.SetGray(cx+x, cy+y, color.Gray{Y: uint8(230 - 215*k)})
					}
				}
			}
		}
		name := fmt.Sprintf("film%03d.png", i)
		var b bytes.Buffer
		if err := png.Encode(&b, im); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		part, label := "train", strconv.Itoa(nodule)
		if i%4 == i/4%4 { // all four kinds
			part = "val"
		} else if i%11 == 0 {
			label = ""
		}
		rows = append(rows, []string{name, fmt.Sprint("p", i/4, part), part, strconv.Itoa(mass), label})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	table = filepath.Join(dir, "films.csv")
	if err := os.WriteFile(table, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return table
}

// tinyRun is a run of seconds: every layer of the smallest network, with
// augmentation, averaged weights and accumulation.
func tinyRun(t testing.TB, table string) Config {
	t.Helper()
	r, err := recipe.Open("full")
	if err != nil {
		t.Fatal(err)
	}
	r.Epochs, r.Patience, r.Batch, r.Accumulate, r.Size = 4, 0, 7, 2, 32
	r.Optimizer.RateBody, r.Optimizer.RateHead, r.EMA = .01, .02, .9
	return Config{Data: table, Out: filepath.Join(t.TempDir(), "run"), Arch: "resnet_tiny", Recipe: r, Seed: 3,
		Date: "2026-01-02"}
}

func mustTrain(t testing.TB, j Train) *Report {
	t.Helper()
	r, err := j.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every recipe learns to see the discs and leaves a model that opens and scores.
func TestRecipesLearn(t *testing.T) {
	e := openEngine(t)
	table := drawImages(t, 96)
	full := tinyRun(t, table)
	full.Recipe.Epochs = 12
	parent := mustTrain(t, Train{Config: full, Engine: e})
	if parent.AUROC < .9 || parent.Plan.Frozen != 0 || parent.Plan.Train != 72 || parent.Plan.Validate != 24 {
		t.Errorf("full: AUROC %v of a plan %+v", parent.AUROC, parent.Plan)
	}
	for _, c := range []struct {
		recipe string
		set    []string
	}{
		{"head", nil}, {"last-block", []string{"views=3"}}, {"last-block", []string{"loss.kind=focal"}},
		{"last-block", []string{"loss.kind=asymmetric", "loss.pos_weight=sqrt"}},
		{"seed", []string{"size=32", "batch=16"}}, {"seed", []string{"size=32", "batch=16", "trunk_batch_stats=true"}},
	} {
		t.Run(c.recipe+strings.Join(c.set, " "), func(t *testing.T) {
			r, err := recipe.Open(c.recipe)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.set {
				name, value, _ := strings.Cut(s, "=")
				if err := r.Set(name, value); err != nil {
					t.Fatal(err)
				}
			}
			r.Epochs = 3
			cfg := Config{Data: table, Out: filepath.Join(t.TempDir(), "run"), Model: parent.Model, Recipe: r, Seed: 3}
			got := mustTrain(t, Train{Config: cfg, Engine: e})
			if got.AUROC < .85 || got.Plan.Frozen == 0 || got.Plan.Parameters == 0 {
				t.Errorf("AUROC %v, plan %+v", got.AUROC, got.Plan)
			}
			checkScores(t, e, got, table)
		})
	}
}

// checkScores opens the model as the programs do and compares its AUROC with the
// run's own.
func checkScores(t *testing.T, e inference.Engine, r *Report, table string) {
	t.Helper()
	src, err := inference.ReadSource(r.Model, "")
	if err != nil {
		t.Fatal(err)
	}
	m, err := inference.OpenModel(e, src)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Spec.Card.ParentSHA256 == "" || m.Spec.Card.Trained != r.Plan.Train ||
		!slices.Equal(m.Spec.Classes, r.Plan.Classes) || !m.Spec.Card.NotForDiagnosis {
		t.Errorf("card %+v of classes %v", m.Spec.Card, m.Spec.Classes)
	}
	scoreFile := filepath.Join(t.TempDir(), "scores.csv")
	if _, err := (evaluate.Score{Config: evaluate.ScoreConfig{Data: table, Split: dataset.Validate, Out: scoreFile},
		Model: m}).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	s, err := scores.Load(scoreFile)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i := range s.Classes {
		sum += auroc(&s.Classes[i])
	}
	if got := sum / float64(len(s.Classes)); math.Abs(got-float64(r.AUROC)) > 1e-9 {
		t.Errorf("the model scores AUROC %v, the run said %v", got, r.AUROC)
	}
}

// Two runs of one seed give the same bytes, another seed does not; the log holds
// what the run told.
func TestEqualRunsGiveEqualBytes(t *testing.T) {
	e := openEngine(t)
	table := drawImages(t, 48)
	var files [][]byte
	for _, seed := range []uint64{3, 3, 4} {
		c := tinyRun(t, table)
		c.Seed = seed
		var told []history.Event
		r := mustTrain(t, Train{Config: c, Engine: e, OnEvent: func(e history.Event) { told = append(told, e) }})
		files = append(files, read(t, r.Model))
		lines := bytes.Split(bytes.TrimSpace(read(t, filepath.Join(c.Out, "metrics.jsonl"))), []byte("\n"))
		if len(lines) != len(told) || told[0].Plan == nil || told[len(told)-1].Done == nil {
			t.Fatalf("%d lines, %d events", len(lines), len(told))
		}
		var done struct {
			Event string
			Best  int     `json:"best_epoch"`
			AUROC float64 `json:"val_auroc"`
			Model string
		}
		if err := json.Unmarshal(lines[len(lines)-1], &done); err != nil || done.Event != "done" ||
			done.Model != r.Model ||
			done.Best != r.BestEpoch || done.AUROC != float64(r.AUROC) {
			t.Errorf("the last line is %s (%v)", lines[len(lines)-1], err)
		}
		if board, _ := filepath.Glob(filepath.Join(c.Out, "events.out.tfevents.*")); len(board) != 1 {
			t.Errorf("event files %v", board)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two runs of one seed differ")
	}
	if bytes.Equal(files[0], files[2]) {
		t.Error("the seed changes nothing")
	}
}

// trainChild is set in a test process that only runs a job, to be killed.
const trainChild = "HILUM_TRAIN_CHILD"

// TestTrainChild is the body of such a process.
func TestTrainChild(t *testing.T) {
	text := os.Getenv(trainChild)
	if text == "" {
		t.Skip("runs in a process of its own")
	}
	c := tinyRun(t, "")
	c.Data, c.Out, _ = strings.Cut(text, "|")
	c.Resume, c.CheckpointEvery = true, time.Nanosecond // at every step
	j := Train{Config: c, Engine: openEngine(t), OnStep: func(s training.Progress) {
		if s.Phase == "train" {
			fmt.Printf("step %d\n", s.Done)
			time.Sleep(20 * time.Millisecond) // time to be killed in
		}
	}}
	if _, err := j.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// killAt starts the job in a child and kills it when it has taken a step.
func killAt(t *testing.T, table, out string, step int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestTrainChild$", "-test.v")
	cmd.Env = append(os.Environ(), trainChild+"="+table+"|"+out)
	var log syncBuffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("step %d\n", step)
	for end := time.Now().Add(time.Minute); !strings.Contains(log.String(), want); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			_ = cmd.Process.Kill()
			t.Fatalf("the child never took step %d:\n%s", step, log.String())
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v\n%s", err, log.String())
	}
}

// A run killed at random steps, again and again, gives the bytes of one that was
// not; so does one that was cancelled.
func TestKilledRunsResumeToTheSameBytes(t *testing.T) {
	if runtime.GOOS == "windows" || testing.Short() {
		t.Skip("needs SIGKILL and some seconds")
	}
	e := openEngine(t)
	table := drawImages(t, 48)
	whole := tinyRun(t, table)
	want := read(t, mustTrain(t, Train{Config: whole, Engine: e}).Model)
	killed := tinyRun(t, table)
	// 36 films: 6 batches, 3 steps an epoch. Within epochs and at their ends.
	for _, step := range []int{1, 3, 5 + rand.IntN(5)} {
		killAt(t, table, killed.Out, step)
	}
	killed.Resume = true
	r := mustTrain(t, Train{Config: killed, Engine: e})
	if !bytes.Equal(read(t, r.Model), want) {
		t.Error("a killed and resumed run differs")
	}
	if len(r.Curve) != 4 || r.Plan.Resumed < 4 {
		t.Errorf("curve of %d epochs, resumed at step %d", len(r.Curve), r.Plan.Resumed)
	}

	cancelled := tinyRun(t, table)
	ctx, cancel := context.WithCancel(context.Background())
	j := Train{Config: cancelled, Engine: e, OnStep: func(s training.Progress) {
		if s.Phase == "train" && s.Done == 4 {
			cancel()
		}
	}}
	if _, err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	j.Config.Resume = true
	if got := read(t, mustTrain(t, Train{Config: j.Config, Engine: e}).Model); !bytes.Equal(got, want) {
		t.Error("a cancelled and resumed run differs")
	}
	j.Config.Resume = false
	if _, err := (Train{Config: j.Config, Engine: e}).Run(context.Background()); err == nil ||
		!strings.Contains(err.Error(), "resume") {
		t.Errorf("a second run in the same folder: %v", err)
	}
}
