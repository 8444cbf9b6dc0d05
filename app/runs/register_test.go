package runs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference"
)

// deployed puts a model with a threshold into the register of a manager.
func deployed(t *testing.T, d *RunManager, name, threshold string) {
	t.Helper()
	dir := filepath.Join(d.modelsDir(), name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := Deployment{Model: filepath.Join(dir, modelName), Name: name}
	for path, text := range map[string]string{p.Model: name, p.thresholds(): `{"thresholds": {"Mass": ` + threshold + `}}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if p.SHA256, err = inference.HashFile(p.Model); err != nil {
		t.Fatal(err)
	}
	if p.ThresholdsSHA256, err = inference.HashFile(p.thresholds()); err != nil {
		t.Fatal(err)
	}
	if err := d.keep(func(list []Deployment) []Deployment { return append(list, p) }); err != nil {
		t.Fatal(err)
	}
}

// Any earlier model can be put back, as a new entry with the site's name; one whose file was changed is
// refused and the register stays; what differs is said down to the thresholds.
func TestRestore(t *testing.T) {
	d, err := Open(Config{Dir: t.TempDir(), Demo: inference.Source{Name: "demo"}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := os.WriteFile(d.Deployments().SiteFile(), []byte(`{"name": "Klinikum Nord"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	deployed(t, d, "one", "0.25")
	deployed(t, d, "two", "0.5")
	deployed(t, d, "three", "0.5")
	list, err := d.Deployments().List()
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	figure := func(v float64) string { return strings.TrimPrefix(string(rune('0'+int(v*4))), "") + "/4" }
	got := list[0].Compare(list[1], figure)
	if i := slices.IndexFunc(got, func(c Change) bool { return c.Class }); len(got) != 4 || i < 0 ||
		got[i] != (Change{"Mass", true, "1/4", "2/4"}) {
		t.Errorf("%+v", got)
	}
	if got := list[1].Compare(list[1], figure); got != nil {
		t.Errorf("the same differs: %+v", got)
	}
	p, err := d.Deployments().Restore(1)
	if err != nil || p.Name != "one" || !p.Back || p.Restores != 1 || p.Site != "Klinikum Nord" ||
		d.State().Deployed.Name != "one" {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err = d.Deployments().Restore(4); err != nil || p.Restores != 1 { // the entry that restored the first
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = d.Deployments().Restore(0); err != nil || p.Model != "" || p.Name != "demo" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := os.WriteFile(list[1].Model, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, number := range []int{2, 9, -1} {
		if _, err := d.Deployments().Restore(number); err == nil {
			t.Errorf("deployment %d was put back", number)
		}
	}
	if now, err := d.Deployments().List(); err != nil || len(now) != 6 || now[5].Name != "demo" {
		t.Errorf("%+v, %v", now, err)
	}
}
