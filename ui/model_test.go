package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/models"
	"hilum/resources"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// TestTheModelInUseIsOneTruth: what is chosen in the menu is marked there, named with how
// far it is to be believed in the status line, and kept for the next start.
func TestTheModelInUseIsOneTruth(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	for id, want := range map[string]struct{ path, trust string }{
		"model.twin": {models.Twin, "generated films only"}, "model.starter": {models.Starter, "real films"},
		"model.demo": {models.Demo, "generated films only"},
	} {
		h.window.run(id)()
		h.Wait(id, func(st app.State) bool { return st.Model.Path == want.path && !st.Engine.Opening })
		h.Wait("the choice to be kept", func(app.State) bool { return h.Settings.Preferences().Model == want.path })
		if got := checked(h.window.menus.Main); len(got) != 1 || !strings.Contains(got[0], strings.ToLower(want.path)) {
			t.Errorf("%s: marked are %q", id, got)
		}
		named := func(s string) bool { return strings.Contains(s, want.trust) }
		if got := h.window.status.parts; !slices.ContainsFunc(got, named) {
			t.Errorf("%s: the status line says %q", id, got)
		}
	}
	if words := strings.Join(h.window.status.parts, " "); strings.Contains(words, "Test engine") {
		t.Errorf("the status line speaks of the engine: %q", words)
	}
	h.window.run(idCard)()
	page := uitest.WindowCalled("Hilum: Model card").Content()
	if !strings.Contains(strings.Join(uitest.Texts(page), " "), "Test engine") {
		t.Error("the card does not say what computes")
	}
}

// checked are the items of the menu of models that are marked, in lower case.
func checked(m *fyne.MainMenu) (out []string) {
	at := slices.IndexFunc(m.Items, func(menu *fyne.Menu) bool { return menu.Label == "Model" })
	for _, i := range m.Items[at].Items {
		if i.Checked {
			out = append(out, strings.ToLower(i.Label))
		}
	}
	return out
}

// TestModelsOpenedLastAreOffered: files of models, the last first, and none of those that
// come along.
func TestModelsOpenedLastAreOffered(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	var files []string
	for _, name := range []string{"a.onnx", "b.onnx"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, resources.TwinModel(), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
		h.OpenModel(path)
		h.Wait(name, func(st app.State) bool { return st.Model.Path == path && !st.Engine.Opening })
		h.Wait("the choice to be kept", func(app.State) bool { return h.Settings.Preferences().Model == path })
	}
	h.OpenModel(models.Demo)
	h.Wait("the demo", func(st app.State) bool { return st.Model.Path == models.Demo && !st.Engine.Opening })
	slices.Reverse(files)
	if got := h.Settings.Preferences().RecentModels; !slices.Equal(got, files) {
		t.Errorf("%q, not %q", got, files)
	}
}

// TestAnOpenLabIsOfferedTheNewModel: it keeps its own, says which, and takes the other when
// asked to; the offer is taken back when the main window returns to the lab's.
func TestAnOpenLabIsOfferedTheNewModel(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	choose := func(path string) {
		t.Helper()
		h.OpenModel(path)
		h.Wait(path, func(st app.State) bool { return st.Model.Path == path && !st.Engine.Opening })
		h.Settle()
	}
	choose(models.Twin)
	h.window.run(idLab)()
	bench := h.window.lab.b
	h.Wait("the lab's model", func(app.State) bool { return bench.State().ModelSHA256 != "" })
	own := bench.State().ModelSHA256
	content := uitest.WindowCalled("Hilum: confounder lab").Content()
	offered := func() bool {
		return slices.ContainsFunc(uitest.Texts(content), func(s string) bool {
			return strings.HasPrefix(s, "The main window reads with ")
		})
	}
	choose(models.Demo)
	if !offered() || bench.State().ModelSHA256 != own {
		t.Fatalf("offered %v, the lab changed %v", offered(), bench.State().ModelSHA256 != own)
	}
	choose(models.Twin)
	if offered() {
		t.Error("the lab's own model is offered")
	}
	choose(models.Demo)
	uitest.Find(t, content, "Use it here", func(b *kit.Button) bool { return b.Text == "Use it here" }).Tapped(nil)
	h.Wait("the demo", func(st app.State) bool { return bench.State().ModelSHA256 == st.Model.SHA256 })
	h.Settle()
	if offered() {
		t.Error("the offer stays")
	}
}
