package wizard

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// press taps the button of a page with a text that begins so.
func press(t *testing.T, h *harness, s step, text string) {
	t.Helper()
	for _, o := range test.LaidOutObjects(h.pages[s].object()) {
		if b, ok := o.(*kit.Button); ok && strings.HasPrefix(b.Text, text) {
			h.on(func() { test.Tap(b) })
			return
		}
	}
	t.Fatalf("there is no button %q", text)
}

// A dossier is asked for from the last step; without the site's name none is written, and what was
// typed is kept once there is one.
func TestDossierFromTheLastStep(t *testing.T) {
	h, _ := finished(t)
	h.on(func() { h.show(stepDeploy) })
	press(t, h, stepDeploy, "Dossier")
	if h.at != stepDossier {
		t.Fatalf("the button leads to step %d", h.at)
	}
	press(t, h, stepDossier, "Write the dossier")
	if !strings.Contains(h.foot.text.Text, "name") {
		t.Errorf("without a name: %q", h.foot.text.Text)
	}
	for _, o := range test.LaidOutObjects(h.pages[stepDossier].object()) {
		if b, ok := o.(*kit.Box); ok {
			h.on(func() { b.SetText("Klinikum Nord") })
			break
		}
	}
	press(t, h, stepDossier, "Write the dossier")
	said, err := os.ReadFile(filepath.Join(h.dir, "site.json"))
	if err != nil || !strings.Contains(string(said), `"name": "Klinikum Nord"`) {
		t.Errorf("%s, %v", said, err)
	}
}

// The doubtful labels of a run are found when the page is looked at.
func TestDoubtfulLabels(t *testing.T) {
	h, _ := finished(t)
	h.on(func() { h.show(stepAudit) })
	h.wait(t, "the doubts", func() bool {
		for _, o := range test.LaidOutObjects(h.pages[stepAudit].object()) {
			if l, ok := o.(*widget.Label); ok && strings.Contains(l.Text, "contradict") {
				return true
			}
		}
		return false
	})
}

// A run gets another name on the page of runs, and a run that only calibrates is never called trained.
func TestNamesOfRuns(t *testing.T) {
	h, dir := finished(t)
	if _, err := h.desk.Change(dir, func(s *runs.Settings) { s.Name = "March films" }); err != nil {
		t.Fatal(err)
	}
	h.on(func() { h.show(stepRuns) })
	if got := h.pages[stepRuns].(*runsPage).cells[0].name.Text; got != "March films" {
		t.Errorf("%q", got)
	}
	r := &runs.Run{Settings: runs.Settings{CalibrateOnly: true, Model: "m.onnx", Created: time.Now()},
		Data: &runs.DataSummary{}}
	if got := runDetail(h.env, r, false); strings.Contains(got, "trained") || !strings.Contains(got, "ready to calibrate") {
		t.Errorf("%q", got)
	}
}

// interrupted is a run whose training has not ended.
func interrupted(t *testing.T, root string) {
	t.Helper()
	dir := uitest.FinishedRun(t, root)
	path := filepath.Join(dir, "metrics.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, line := range strings.SplitAfter(string(text), "\n") {
		if !strings.Contains(line, `"done"`) {
			kept = append(kept, line)
		}
	}
	if err := os.WriteFile(path, []byte(strings.Join(kept, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "judged.json")); err != nil {
		t.Fatal(err)
	}
}

// A paused training can be ended with the best weights so far.
func TestKeepTheBestOfAPausedTraining(t *testing.T) {
	h := newHarness(t, func(root string) { interrupted(t, root) })
	h.on(func() { h.open(h.desk.State().Runs[0].Dir) })
	p := h.pages[stepTrain].(*trainPage)
	h.on(func() { h.show(stepTrain) })
	if p.finish.Disabled() {
		t.Fatal("the button is dead while the training is paused")
	}
	h.on(func() { test.Tap(p.finish) })
	h.wait(t, "the training", func() bool { return len(h.asked()) == 1 && h.asked()[0] == runs.KindTrain })
}
