package ui

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/app/runs"
	"hilum/inference"
	"hilum/training/evaluate"
	"hilum/ui/golden"
	"hilum/ui/uitest"
	"hilum/ui/wizard"
)

// namePhantoms gives the films of a run's table of scores the names of the
// phantoms beside it, over and over, so that every row has a film.
func namePhantoms(t *testing.T, dir, images string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(images, "images", "*.png"))
	if err != nil || len(found) == 0 {
		t.Fatal("no phantoms", err)
	}
	path := filepath.Join(dir, "scores", "held_out.csv")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows[1:] {
		row[0] = filepath.Base(found[i%len(found)])
	}
	var out strings.Builder
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTheWorstMistakeOpensWithItsMap: a click on the first of the most wrong films
// of the wizard's fourth step shows that film in the viewer, scored by the run's
// model, with the map of the class over it.
func TestTheWorstMistakeOpensWithItsMap(t *testing.T) {
	t.Setenv("FYNE_SCALE", "1")
	h := scoring(t)
	root := t.TempDir()
	model := h.State().Model.SHA256 // the viewer has the run's model already
	dir := uitest.FinishedRun(t, root, func(_ string, c *evaluate.CalibrateConfig) { c.ModelSHA256 = model })
	namePhantoms(t, dir, filepath.Join(root, "films"))
	desk, err := runs.Open(runs.Config{Dir: root, Demo: inference.Source{Name: "demo model", ONNX: []byte("none")},
		Start: func(context.Context, runs.Spec, <-chan struct{}, func(runs.Event)) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	w := wizard.New(h.App, wizard.Options{Session: h.Workstation, Runs: desk, Opener: h.Opener,
		Do: h.window.options.Do})
	t.Cleanup(func() { w.Close(); desk.Close(); w.Wait() })
	w.ShowRun(dir)
	win := uitest.WindowCalled("Hilum: training and calibration")
	tap := func(what string) bool {
		done := false
		uitest.Walk(win.Content(), func(o fyne.CanvasObject) {
			if tappable, ok := o.(fyne.Tappable); ok && !done && strings.Contains(strings.Join(uitest.Texts(o), "\n"),
				what) {
				tappable.Tapped(&fyne.PointEvent{})
				done = true
			}
		})
		return done
	}
	h.Wait("the verdict", func(app.State) bool {
		return strings.Contains(strings.Join(uitest.Texts(win.Content()), "\n"), "Most wrong")
	})
	tap("Most wrong")
	h.Wait("the classes", func(app.State) bool { return tap("Mass") })
	h.Wait("the films", func(app.State) bool { return tap("threshold .") })
	st := h.Wait(
		"the film with its map", func(st app.State) bool {
			return st.Picture != nil && st.Result != nil &&
				!st.Loading
		},
	)
	if !st.Map.Shown() || st.Map.Class != "Mass" || !strings.HasPrefix(st.Studies[st.Current].Location(), root) {
		t.Errorf("map %+v of %s", st.Map, st.Studies[st.Current].Location())
	}
	if classmap.HeatOf(st.ClassMaps(), st.Map, st.Map.Class) == nil {
		t.Error("there is no map to draw")
	}
	h.Listed()
	v := h.window.viewer
	h.pictured()
	h.frame()
	if _, mapped := v.Shown(); !mapped {
		t.Error("the viewer draws no map")
	}
	golden.Check(t, "mistake", h.frame())
}
