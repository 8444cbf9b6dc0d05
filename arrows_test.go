// Package hilum_test holds what is true of the whole module: the arrows between
// its packages.
package hilum_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows lists for each package the packages of the module that it may import,
// test files apart. A folder stands for what is below it where it ends in "/".
// The map in ARCHITECTURE.md says the same in words.
var arrows = map[string][]string{
	"app":                       {"app/annotation", "app/answers", "app/classmap", "app/command", "app/export", "app/findings", "app/history", "app/measure", "app/models", "app/notice", "app/radiograph", "app/records", "app/recovery", "app/settings", "app/studies", "app/tour", "app/viewport", "app/worklist", "dicomio", "inference", "inference/findingset", "inference/saliency", "internal/raster", "internal/store"},
	"app/annotation":            {},
	"app/answers":               {"app/annotation", "app/command", "app/export", "app/records", "app/report", "dicomio", "inference", "internal/atomicfile", "internal/store"},
	"app/apptest":               {"dicomio", "inference", "internal/tinynet"},
	"app/classmap":              {"app/command", "dicomio", "inference", "inference/saliency", "internal/raster", "internal/store"},
	"app/cmd/cxr":               {"app/classmap", "app/export", "app/lab/bias", "app/lab/edit", "app/lab/lesson", "app/measure", "app/models", "app/radiograph", "app/records", "app/render", "app/report", "app/settings", "app/studies", "app/worklist", "dicomio", "inference", "inference/calib", "inference/findingset", "inference/graph", "inference/graph/grad", "inference/novelty", "inference/ort", "inference/saliency", "inference/zoo", "internal/atomicfile", "internal/filename", "internal/home", "internal/parallel", "internal/phantom", "internal/plain", "internal/raster", "internal/regular", "internal/version", "resources", "training", "training/dataset", "training/describe", "training/evaluate", "training/history", "training/recipe", "training/report", "training/trainer", "internal/catalogue", "internal/message/reread"},
	"app/cmd/hilum":             {"app", "app/models", "app/runs", "app/settings", "dicomio", "inference", "inference/ort", "internal/home", "internal/plain", "internal/version", "resources", "ui", "ui/kit", "internal/raster", "internal/catalogue"},
	"app/command":               {},
	"app/export":                {"app/annotation", "app/classmap", "app/models", "app/records", "app/render", "app/report", "app/worklist", "dicomio", "inference", "inference/findingset", "internal/atomicfile", "internal/home", "internal/raster", "internal/regular", "internal/version"},
	"app/findings":              {"app/command", "dicomio", "inference", "internal/store"},
	"app/history":               {"app/annotation", "app/answers", "app/classmap", "app/command", "app/findings", "app/measure", "app/radiograph", "app/viewport", "app/worklist", "dicomio", "internal/raster", "internal/store"},
	"app/lab":                   {"app/lab/bias", "app/lab/edit", "app/lab/effect", "app/lab/lesson", "dicomio", "inference", "internal/watch", "training", "training/dataset"},
	"app/lab/bias":              {"app/lab/edit", "app/lab/effect", "dicomio", "inference", "inference/calib", "internal/atomicfile", "internal/parallel", "internal/phantom", "internal/regular", "training", "training/dataset", "training/recipe", "training/trainer"},
	"app/lab/edit":              {"dicomio"},
	"app/lab/effect":            {"app/lab/edit", "dicomio", "inference", "inference/calib", "inference/saliency", "internal/phantom", "training/dataset", "training/evaluate"},
	"app/lab/labtest":           {"dicomio", "inference", "inference/ort", "internal/tinynet"},
	"app/lab/lesson":            {"app/classmap", "app/lab/bias", "app/lab/edit", "app/lab/effect", "app/radiograph", "dicomio", "inference", "inference/saliency", "internal/atomicfile", "internal/phantom", "internal/raster", "internal/regular", "resources", "training"},
	"app/measure":               {"app/annotation", "app/command", "app/radiograph", "app/records", "dicomio", "internal/store"},
	"app/models":                {"app/records", "app/worklist", "inference", "inference/calib", "inference/findingset", "internal/regular", "internal/store", "resources"},
	"app/notice":                {"internal/store"},
	"app/radiograph":            {"app/annotation", "dicomio", "inference", "internal/phantom", "internal/raster"},
	"app/records":               {"inference/calib", "dicomio", "internal/atomicfile", "internal/home", "internal/regular"},
	"app/recovery":              {"internal/atomicfile", "internal/regular", "internal/store"},
	"app/render":                {"app/classmap", "app/findings", "app/radiograph", "dicomio", "inference", "internal/atomicfile", "internal/raster"},
	"app/report":                {"app/annotation", "dicomio", "inference", "inference/findingset", "internal/plain"},
	"app/runs":                  {"dicomio", "inference", "inference/calib", "inference/graph", "inference/zoo", "internal/atomicfile", "internal/parallel", "internal/phantom", "internal/regular", "internal/watch", "training", "training/dataset", "training/evaluate", "training/history", "training/recipe", "training/report", "training/runlock", "training/scores", "training/table", "training/trainer", "internal/message/reread"},
	"app/settings":              {"app/command", "app/findings", "app/records", "inference", "internal/atomicfile", "internal/home", "internal/raster", "internal/regular", "internal/store", "internal/catalogue"},
	"app/studies":               {"app/command", "app/radiograph", "app/worklist", "dicomio", "inference", "internal/store", "resources"},
	"app/tour":                  {"internal/store"},
	"app/viewport":              {"app/command", "app/radiograph", "dicomio", "inference", "internal/raster", "internal/store"},
	"app/worklist":              {"app/records", "inference", "inference/calib", "dicomio"},
	"dicomio":                   {"dicomio/", "internal/atomicfile", "internal/plain", "internal/regular", "internal/parallel"},
	"dicomio/":                  {"dicomio/", "internal/plain", "internal/parallel"},
	"inference":                 {"inference/novelty", "inference/graph", "inference/graph/", "inference/saliency", "inference/calib", "dicomio", "internal/regular", "internal/parallel", "inference/findingset", "internal/message/reread"},
	"inference/calib":           {"internal/atomicfile", "internal/regular", "internal/parallel"},
	"inference/findingset":      {},
	"inference/graph":           {"internal/regular", "internal/atomicfile"},
	"inference/graph/":          {"inference/graph", "inference/graph/"},
	"inference/novelty":         {},
	"inference/ort":             {"inference", "internal/parallel"},
	"inference/saliency":        {"inference/graph", "inference/graph/"},
	"inference/zoo":             {"inference/graph", "internal/regular", "internal/parallel"},
	"inference/zoo/":            {"inference/graph", "inference/zoo/"},
	"internal/atomicfile":       {"internal/filename"},
	"internal/filename":         {"internal/plain"},
	"internal/home":             {},
	"internal/catalogue":        {},
	"internal/message":          {},
	"internal/message/reread":   {"inference/findingset"},
	"internal/parallel":         {},
	"internal/phantom":          {"internal/atomicfile", "internal/parallel"},
	"internal/plain":            {},
	"internal/raster":           {"internal/parallel"},
	"internal/regular":          {},
	"internal/store":            {"internal/watch"},
	"internal/tinynet":          {"inference/graph"},
	"internal/version":          {},
	"internal/watch":            {},
	"resources":                 {},
	"training":                  {"training/", "inference", "inference/novelty", "inference/graph", "inference/graph/", "inference/calib", "inference/zoo", "dicomio", "internal/atomicfile", "internal/filename", "internal/plain", "internal/regular", "internal/parallel"},
	"training/augment":          {},
	"training/dataset":          {"training", "training/table", "inference", "dicomio", "internal/parallel", "internal/plain", "internal/regular"},
	"training/describe":         {"training/dataset", "training/scores", "training/table"},
	"training/evaluate":         {"training", "training/dataset", "training/figures", "training/history", "training/report", "training/scores", "training/table", "inference", "inference/calib", "inference/graph", "inference/novelty", "dicomio", "internal/atomicfile"},
	"training/featurecache":     {"inference/graph", "internal/atomicfile"},
	"training/figures":          {"inference/calib"},
	"training/history":          {"training", "training/dataset", "training/figures", "internal/regular"},
	"training/internal/fixture": {},
	"training/learner":          {"inference", "inference/graph", "inference/graph/"},
	"training/optim":            {"internal/parallel"},
	"training/recipe":           {"training/augment", "inference", "internal/regular"},
	"training/report":           {"training", "training/figures", "inference", "internal/atomicfile", "internal/filename", "internal/regular"},
	"training/runlock":          {},
	"training/scores":           {"training/dataset", "training/table", "inference/calib", "internal/regular"},
	"training/table":            {"internal/plain", "internal/regular", "inference/findingset"},
	"training/tensorboard":      {},
	"training/trainer":          {"training", "training/augment", "training/dataset", "training/evaluate", "training/featurecache", "training/history", "training/learner", "training/optim", "training/recipe", "training/report", "training/runlock", "training/scores", "training/table", "training/tensorboard", "inference", "inference/calib", "inference/graph", "inference/graph/", "inference/zoo", "dicomio", "internal/atomicfile", "internal/parallel", "internal/regular"},
	"ui":                        {"app", "app/annotation", "app/classmap", "app/command", "app/export", "app/findings", "app/lab", "app/lab/lesson", "app/measure", "app/models", "app/radiograph", "app/records", "app/render", "app/runs", "app/settings", "app/studies", "app/tour", "app/viewport", "app/worklist", "dicomio", "inference", "inference/calib", "internal/raster", "ui/kit", "ui/lab", "ui/wizard", "internal/catalogue", "internal/message/reread"},
	"ui/":                       {"app", "app/command", "app/settings", "ui/", "inference", "inference/calib", "dicomio", "internal/parallel", "inference/findingset", "internal/catalogue"},
	"ui/lab":                    {"app/classmap", "app/command", "app/lab", "app/lab/edit", "app/lab/effect", "app/lab/lesson", "dicomio", "inference", "inference/calib", "internal/raster", "ui/kit"},
	"ui/uitest":                 {"app/runs", "training", "internal/phantom", "inference", "ui/kit", "training/", "internal/catalogue"},
	"ui/wizard":                 {"app", "app/command", "app/radiograph", "app/runs", "inference", "inference/calib", "training", "training/dataset", "training/evaluate", "training/recipe", "training/report", "training/scores", "ui/kit", "ui/plot", "internal/message/reread"},
}

// everywhere lists what every package may import: how the program says things to people.
// It imports the standard library alone.
var everywhere = []string{"internal/message"}

// libraries lists the only packages that may import a library.
var libraries = map[string][]string{
	"github.com/yalue/onnxruntime_go":  {"inference/ort", "inference/graph/internal/ortrun"},
	"fyne.io/fyne/v2":                  {"ui", "ui/", "app/cmd/hilum"},
	"fyne.io/fyne/v2/app":              {"app/cmd/hilum"},
	"github.com/go-gl/glfw/v3.4/glfw":  {"app/cmd/hilum"},
	"github.com/suyashkumar/dicom":     {"dicomio", "dicomio/"},
	"github.com/nicksnyder/go-i18n/v2": {"internal/catalogue"},
	"modernc.org/sqlite":               {"app/records"},
	"codeberg.org/go-pdf/fpdf":         {"app/report"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestArrows(t *testing.T) {
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "hilum/")
		if name == "hilum" || strings.HasPrefix(name, "resources/") || strings.Contains(name, "testdata") {
			continue
		}
		may, known := rule(name)
		if !known {
			t.Errorf("%s is not in the map of arrows; give it a room there and in ARCHITECTURE.md", name)
		}
		for _, imported := range p.Imports {
			if own, ok := strings.CutPrefix(imported, "hilum/"); ok && !slices.Contains(everywhere, own) && !matches(may, own) {
				t.Errorf("%s imports %s against the arrows", name, own)
			}
			checkLibrary(t, name, imported)
		}
	}
}

func rule(name string) ([]string, bool) {
	if may, ok := arrows[name]; ok {
		return may, true
	}
	best := ""
	for prefix := range arrows {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(name, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return arrows[best], best != ""
}

func matches(list []string, name string) bool {
	return slices.ContainsFunc(list, func(e string) bool {
		return e == name || strings.HasSuffix(e, "/") && strings.HasPrefix(name, e)
	})
}

// checkLibrary applies the rule of the longest matching library path.
func checkLibrary(t *testing.T, name, imported string) {
	t.Helper()
	best := ""
	for lib := range libraries {
		if (imported == lib || strings.HasPrefix(imported, lib+"/")) && len(lib) > len(best) {
			best = lib
		}
	}
	if best != "" && !matches(libraries[best], name) {
		t.Errorf("%s imports %s, which only %v may", name, imported, libraries[best])
	}
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal("go list: ", err)
	}
	var list []goPackage
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) < 10 {
		t.Fatalf("go list names only %d packages", len(list))
	}
	return list
}

func TestHeadlessProgramHasNoToolkit(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./app/cmd/cxr").Output()
	if err != nil {
		t.Fatal("go list: ", err)
	}
	for dep := range strings.Lines(string(out)) {
		if strings.Contains(dep, "fyne") {
			t.Errorf("cxr depends on %s", strings.TrimSpace(dep))
		}
	}
}
