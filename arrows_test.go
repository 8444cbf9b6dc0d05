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
			t.Errorf("%s is not in the map of arrows; give it a room in rules_test.go", name)
		}
		for _, imported := range p.Imports {
			if own, ok := strings.CutPrefix(imported, "hilum/"); ok && !slices.Contains(everywhere, own) &&
				!matches(may, own) {
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
