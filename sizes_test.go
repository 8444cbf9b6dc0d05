package hilum_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The aims of the house: a package can be read in an afternoon, a type held in one's head.
const (
	mostLines   = 3000 // of a package, tests left out; it stays under them
	mostMethods = 40   // of a type, without those of what it embeds
)

// TestRoomsStaySmall: every package has under 3,000 lines, tests left out, and every type at
// most 40 methods, those of all systems together.
func TestRoomsStaySmall(t *testing.T) {
	lines, methods := map[string]int{}, map[string]int{}
	for _, path := range goFiles(t) {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata/") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		lines[dir] += bytes.Count(text, []byte("\n"))
		for _, d := range f.Decls {
			for _, name := range methodsOf(d) {
				methods[dir+"."+name]++
			}
		}
	}
	if len(lines) < 50 || methods["app.Workstation"] == 0 {
		t.Fatalf("only %d packages were counted", len(lines))
	}
	for _, dir := range slices.Sorted(maps.Keys(lines)) {
		if lines[dir] >= mostLines {
			t.Errorf("%s has %d lines; a package has under %d: give a part with a subject of its own a room of its own",
				dir, lines[dir], mostLines)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		if methods[name] > mostMethods {
			t.Errorf("%s has %d methods; a type has at most %d: split it by what they are about", name, methods[name],
				mostMethods)
		}
	}
}

// methodsOf names the type of each method that a declaration declares, of interfaces too.
func methodsOf(d ast.Decl) (of []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			of = append(of, receiver(d))
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			spec, ok := s.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if i, ok := spec.Type.(*ast.InterfaceType); ok {
				for _, m := range i.Methods.List {
					of = append(of, slices.Repeat([]string{spec.Name.Name}, len(m.Names))...)
				}
			}
		}
	}
	return of
}
