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
	"app/cmd/hilum":              {"app/models", "app/settings", "internal/version", "internal/wording", "app", "app/runs", "ui", "ui/kit", "internal/raster", "inference", "inference/ort", "dicomio", "resources", "internal/home", "internal/plain"},
	"app/cmd/cxr":                {"app/classmap", "app/export", "app/measure", "app/models", "app/radiograph", "app/render", "app/settings", "app/studies", "internal/version", "internal/wording", "internal/home", "internal/atomicfile", "app", "app/lab/", "app/records", "app/report", "app/worklist", "training", "training/", "inference", "inference/", "dicomio", "resources", "internal/raster", "internal/filename", "internal/plain", "internal/regular", "internal/phantom", "internal/parallel"},
	"ui":                         {"app/classmap", "app/command", "app/export", "app/findings", "app/measure", "app/models", "app/radiograph", "app/render", "app/settings", "app/studies", "app/viewport", "internal/wording", "app", "app/annotation", "app/records", "app/worklist", "app/lab", "app/lab/lesson", "app/runs", "ui/", "inference", "inference/findingset", "inference/calib", "dicomio", "internal/raster"},
	"ui/":                        {"app", "app/command", "app/settings", "ui/", "inference", "inference/findingset", "inference/calib", "dicomio", "internal/wording", "internal/parallel"},
	"ui/lab":                     {"app/classmap", "app/command", "internal/wording", "app", "app/lab", "app/lab/", "ui/kit", "internal/raster", "inference", "inference/calib", "inference/saliency", "dicomio"},
	"internal/raster":            {"internal/parallel"},
	"ui/uitest":                  {"app/runs", "training", "internal/phantom", "inference", "ui/kit"},
	"ui/wizard":                  {"app/command", "app/radiograph", "internal/wording", "app", "app/runs", "training", "inference", "inference/calib", "ui/kit", "ui/plot"},
	"app":                        {"app/classmap", "app/command", "app/export", "app/findings", "app/measure", "app/models", "app/radiograph", "app/render", "app/settings", "app/studies", "app/viewport", "app/annotation", "app/records", "app/report", "app/worklist", "training", "training/", "inference", "inference/findingset", "inference/calib", "inference/saliency", "dicomio", "resources", "internal/raster", "internal/atomicfile", "internal/home", "internal/watch", "internal/wording", "internal/filename", "internal/plain", "internal/regular", "internal/phantom"},
	"app/apptest":                {"inference", "dicomio", "internal/tinynet"},
	"app/classmap":               {"inference", "internal/raster"},
	"app/command":                {},
	"app/export":                 {"app/annotation", "app/classmap", "app/measure", "app/models", "app/records", "app/render", "app/report", "app/worklist", "inference", "inference/findingset", "dicomio", "internal/raster", "internal/atomicfile", "internal/home", "internal/version", "internal/wording"},
	"app/findings":               {"inference"},
	"app/measure":                {"app/annotation", "app/radiograph", "app/records", "dicomio"},
	"app/models":                 {"inference", "inference/findingset", "inference/calib", "resources", "internal/regular"},
	"app/radiograph":             {"app/annotation", "dicomio", "inference", "internal/raster", "internal/phantom"},
	"app/render":                 {"app/classmap", "app/findings", "app/radiograph", "inference", "dicomio", "internal/raster", "internal/atomicfile", "internal/wording"},
	"app/settings":               {"app/findings", "app/records", "inference", "internal/raster", "internal/atomicfile", "internal/home", "internal/regular"},
	"app/studies":                {"app/radiograph", "dicomio", "inference"},
	"app/viewport":               {"app/radiograph", "inference"},
	"app/lab":                    {"app/lab/", "training", "inference", "dicomio", "internal/watch", "internal/wording"},
	"app/lab/bias":               {"app/lab/edit", "app/lab/effect", "training", "internal/phantom", "inference", "inference/calib", "dicomio", "internal/atomicfile", "internal/parallel", "internal/regular"},
	"app/lab/edit":               {"dicomio"},
	"app/lab/effect":             {"app/lab/edit", "training", "internal/phantom", "inference", "inference/calib", "inference/saliency", "dicomio"},
	"app/lab/labtest":            {"inference", "inference/ort", "dicomio", "internal/tinynet"},
	"app/lab/lesson":             {"app/lab/edit", "app/lab/effect", "app/lab/bias", "app/classmap", "app/radiograph", "training", "internal/phantom", "inference", "inference/saliency", "dicomio", "resources", "internal/raster", "internal/atomicfile", "internal/wording", "internal/regular"},
	"app/annotation":             {},
	"app/records":                {"inference/calib", "dicomio", "internal/atomicfile", "internal/home", "internal/regular"},
	"app/report":                 {"app/annotation", "inference", "inference/findingset", "dicomio", "internal/wording", "internal/plain"},
	"app/runs":                   {"training", "internal/phantom", "training/table", "training/runlock", "inference", "inference/graph", "inference/zoo", "inference/calib", "dicomio", "internal/atomicfile", "internal/watch", "internal/regular", "internal/parallel"},
	"app/worklist":               {"app/records", "inference", "inference/calib", "dicomio"},
	"training":                   {"training/", "inference", "inference/novelty", "inference/graph", "inference/graph/", "inference/calib", "inference/zoo", "dicomio", "internal/atomicfile", "internal/filename", "internal/plain", "internal/regular", "internal/parallel"},
	"training/figures":           {"inference/calib"},
	"training/augment":           {},
	"training/tensorboard":       {},
	"training/optim":             {"internal/parallel"},
	"training/table":             {"inference/findingset", "internal/plain", "internal/regular"},
	"training/featurecache":      {"inference/graph", "internal/atomicfile"},
	"training/learner":           {"inference", "inference/graph", "inference/graph/"},
	"internal/phantom":           {"internal/atomicfile", "internal/parallel"},
	"training/runlock":           {},
	"inference":                  {"inference/findingset", "inference/novelty", "inference/graph", "inference/graph/", "inference/saliency", "inference/calib", "dicomio", "internal/regular", "internal/parallel"},
	"inference/ort":              {"inference", "internal/parallel"},
	"inference/graph":            {"internal/regular", "internal/atomicfile"},
	"inference/graph/shape":      {"inference/graph"},
	"inference/graph/normal":     {"inference/graph", "inference/graph/shape"},
	"inference/graph/extract":    {"inference/graph", "inference/graph/shape"},
	"inference/graph/classifier": {"inference/graph", "inference/graph/shape"},
	"inference/graph/grad":       {"inference/graph", "inference/graph/shape", "inference/graph/normal", "inference/graph/extract", "inference/graph/classifier"},
	"inference/graph/":           {"inference/graph", "inference/graph/"},
	"inference/findingset":       {},
	"inference/novelty":          {},
	"inference/saliency":         {"inference/graph", "inference/graph/"},
	"inference/zoo":              {"inference/graph", "inference/graph/", "internal/regular", "internal/parallel"},
	"inference/zoo/":             {"inference/graph", "inference/zoo/"},
	"inference/calib":            {"internal/atomicfile", "internal/regular", "internal/parallel"},
	"dicomio":                    {"dicomio/", "internal/atomicfile", "internal/plain", "internal/regular", "internal/parallel"},
	"dicomio/":                   {"dicomio/", "internal/plain", "internal/parallel"},
	"resources":                  {},
	"internal/atomicfile":        {"internal/filename"},
	"internal/home":              {},
	"internal/filename":          {"internal/plain"},
	"internal/plain":             {},
	"internal/regular":           {},
	"internal/parallel":          {},
	"internal/watch":             {},
	"internal/wording":           {},
	"internal/version":           {},
	"internal/tinynet":           {"inference/graph"},
}

// libraries lists the only packages that may import a library.
var libraries = map[string][]string{
	"github.com/yalue/onnxruntime_go": {"inference/ort", "inference/graph/internal/ortrun"},
	"fyne.io/fyne/v2":                 {"ui", "ui/", "app/cmd/hilum"},
	"fyne.io/fyne/v2/app":             {"app/cmd/hilum"},
	"github.com/go-gl/glfw/v3.4/glfw": {"app/cmd/hilum"},
	"github.com/suyashkumar/dicom":    {"dicomio", "dicomio/"},
	"modernc.org/sqlite":              {"app/records"},
	"codeberg.org/go-pdf/fpdf":        {"app/report"},
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
			if own, ok := strings.CutPrefix(imported, "hilum/"); ok && !matches(may, own) {
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
