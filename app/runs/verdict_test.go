package runs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hilum/training/dataset"
)

// TestAVerdictIsReplacedOnlyByAFinishedOne: a validation that is broken off in each of its
// phases leaves the one before in force, to the byte; the next one takes its place.
func TestAVerdictIsReplacedOnlyByAFinishedOne(t *testing.T) {
	needEngine(t)
	d := openDesk(t, t.TempDir(), InProcess())
	trained, err := d.Create(tiny(t, images(t)))
	if err != nil {
		t.Fatal(err)
	}
	do(t, d, trained.Dir, KindTrain)
	r, err := d.Create(Settings{Name: "Site", Data: images(t), CalibrateOnly: true, Model: trained.Path(modelName),
		Policy: "f1"})
	if err != nil {
		t.Fatal(err)
	}
	do(t, d, r.Dir, KindCheck)
	r = do(t, d, r.Dir, KindJudge)
	files := []string{judgedFile, fitScores, heldOutScores, reportDir + "/report.json",
		calibratedDir + "/" + thresholdsName, calibratedDir + "/" + modelName}
	hashes := func() (out []string) {
		for _, name := range files {
			out = append(out, mustHash(t, r.Path(name)))
		}
		return out
	}
	before := hashes()
	for _, phase := range []string{phaseFit, phaseHeldOut, phaseSetting} {
		ctx, cancel := context.WithCancel(t.Context())
		err := worker().Do(ctx, Spec{Kind: KindJudge, Dir: r.Dir}, nil, func(e Event) {
			if e.Step != nil && e.Step.Phase == phase {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: the validation was not broken off: %v", phase, err)
		}
		now, err := openRun(r.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if now.Stage() != Validated {
			t.Errorf("%s: broken off, the run is at stage %v", phase, now.Stage())
		}
		for i, h := range hashes() {
			if h != before[i] {
				t.Errorf("%s: broken off, %s is another", phase, files[i])
			}
		}
	}
	r = do(t, d, r.Dir, KindJudge)
	if _, err := os.Stat(r.Path(nextDir)); err == nil || r.Stage() != Validated || r.Report.Rows != r.Data.Images[dataset.Test] {
		t.Errorf("validated again: stage %v, the folder of the next one is there %v", r.Stage(), err == nil)
	}
}

// TestPublishingIsFinishedWhereItStopped: after an end at any place the next call brings the
// whole new verdict, with the old tables of scores where no film was scored.
func TestPublishingIsFinishedWhereItStopped(t *testing.T) {
	for _, rescored := range []bool{true, false} {
		for stop := range 7 {
			dir := t.TempDir()
			put := func(name, text string) {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{fitScores, heldOutScores, inUseScores, scoresDir + "/" + thresholdsName,
				reportDir + "/report.json", reportDir + "/gone.png", calibratedDir + "/" + modelName, judgedFile} {
				put(name, "old")
			}
			made := []string{scoresDir + "/" + thresholdsName, reportDir + "/report.json", calibratedDir + "/" + modelName, judgedFile}
			if rescored {
				made = append(made, fitScores, heldOutScores)
			}
			for _, name := range made {
				put(nextDir+"/"+name, "new")
			}
			for i, name := range []string{scoresDir, reportDir, calibratedDir} { // as far as it came
				to, from := filepath.Join(dir, name), filepath.Join(dir, nextDir, name)
				whole := name != scoresDir || rescored
				if whole && stop > 2*i {
					if err := os.RemoveAll(to); err != nil {
						t.Fatal(err)
					}
				}
				if whole && stop > 2*i+1 {
					if err := os.Rename(from, to); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := publish(dir); err != nil {
				t.Fatalf("rescored %v, stopped after %d: %v", rescored, stop, err)
			}
			want := map[string]string{fitScores: "new", heldOutScores: "new", inUseScores: "", reportDir + "/gone.png": ""}
			if !rescored {
				want = map[string]string{fitScores: "old", heldOutScores: "old", inUseScores: "old", reportDir + "/gone.png": ""}
			}
			for _, name := range made {
				want[name] = "new"
			}
			for name, text := range want {
				got, _ := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
				if string(got) != text {
					t.Errorf("rescored %v, stopped after %d: %s is %q, want %q", rescored, stop, name, got, text)
				}
			}
			if _, err := os.Stat(filepath.Join(dir, nextDir)); err == nil {
				t.Errorf("rescored %v, stopped after %d: the folder of the next verdict stays", rescored, stop)
			}
		}
	}
}
