package hilum_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// update has TestTableOfRooms write the table anew.
var update = flag.Bool("update", false, "write the table of rooms in ARCHITECTURE.md anew")

const (
	architecture = "ARCHITECTURE.md"
	tableBegins  = "<!-- rooms: made by go test -run TestTableOfRooms -update . -->\n"
	tableEnds    = "<!-- end of rooms -->\n"
)

// TestTableOfRooms: the table in ARCHITECTURE.md is that of the rules and of the package
// comments.
func TestTableOfRooms(t *testing.T) {
	text, err := os.ReadFile(architecture)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegins)
	now, after, closed := strings.Cut(rest, tableEnds)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table: %q ... %q", architecture, tableBegins, tableEnds)
	}
	want := tableOfRooms(t)
	if *update {
		if err := os.WriteFile(architecture, []byte(before+tableBegins+want+tableEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if now != want {
		t.Errorf("the table of rooms in %s is not that of the rules; run go test -run TestTableOfRooms -update .",
			architecture)
	}
}

// tableOfRooms says of each package what it is for, its core type, and what it may import.
func tableOfRooms(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| package | core type | what it is | may import |\n|---|---|---|---|\n")
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "hilum/")
		if name == "hilum" || strings.HasPrefix(name, "resources/") || strings.Contains(name, "testdata") {
			continue
		}
		what, core := about(t, name)
		may, _ := rule(name)
		list := strings.Join(may, ", ")
		if list == "" {
			list = "nothing of the house"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, core, what, list)
	}
	return b.String()
}

// coreType is how a package comment names it, perhaps broken over two lines.
var coreType = regexp.MustCompile(`[Cc]ore types? (?:is|are) \[(\w+)\]`)

// about is the first sentence of a package comment, without its subject, and the core
// type that the comment names.
func about(t *testing.T, dir string) (what, core string) {
	t.Helper()
	text := ""
	for _, f := range parseDir(t, dir, parser.ParseComments|parser.PackageClauseOnly) {
		if f.Doc != nil {
			text = strings.Join(strings.Fields(f.Doc.Text()), " ")
		}
	}
	if text == "" {
		t.Errorf("%s has no package comment", dir)
	}
	core = "-"
	if m := coreType.FindStringSubmatch(text); m != nil {
		core = "`" + m[1] + "`"
	}
	what = strings.TrimSuffix(new(doc.Package).Synopsis(text), ".")
	for _, subject := range []string{"Package " + filepath.Base(dir) + " ", "Command " + filepath.Base(dir) + " "} {
		what = strings.TrimPrefix(what, subject)
	}
	what = strings.TrimPrefix(what, "is ")
	what = regexp.MustCompile(`\[([\w.]+)\]`).ReplaceAllString(what, "`$1`")
	return strings.ReplaceAll(what, "|", `\|`), core
}

// parseDir parses the files of a package, tests apart.
func parseDir(t *testing.T, dir string, mode parser.Mode) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, mode)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// named is a function, method or type of a package as ARCHITECTURE.md writes it, as
// `phantom.Draw`, `app.Workstation.Select` or `dicomio/internal/budget`.
var (
	named  = regexp.MustCompile("`(?:\\*)?([a-z]\\w*)\\.(\\w+)(?:\\.(\\w+))?(?:\\(\\))?`")
	placed = regexp.MustCompile("`((?:app|ui|inference|training|dicomio|resources|internal|scripts|testdata)/[\\w./-]+)`")
)

// TestPagesNameWhatIsThere: every name and every path in ARCHITECTURE.md and CONTRIBUTING.md
// exists.
func TestPagesNameWhatIsThere(t *testing.T) {
	packages := map[string][]string{} // directories by the name of their package
	for _, p := range listPackages(t) {
		dir := strings.TrimPrefix(p.ImportPath, "hilum/")
		packages[filepath.Base(dir)] = append(packages[filepath.Base(dir)], dir)
	}
	for page, least := range map[string]int{architecture: 40, "CONTRIBUTING.md": 30} {
		if n := checkNames(t, page, packages); n < least {
			t.Errorf("only %d names were found to check in %s", n, page)
		}
	}
}

func checkNames(t *testing.T, page string, packages map[string][]string) (checked int) {
	t.Helper()
	text := readText(t, page)
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		dirs, ours := packages[m[1]]
		if !ours || m[1] == "hilum" || slices.Contains([]string{"go", "json", "jsonl", "db", "bin", "onnx", "py"},
			m[2]) {
			continue // of another module, a key of a model's metadata, or a file
		}
		checked++
		if !slices.ContainsFunc(dirs, func(dir string) bool { return declares(t, dir, m[2], m[3]) }) {
			t.Errorf("%s names %s, which is not there", page, m[0])
		}
	}
	for _, m := range placed.FindAllStringSubmatch(text, -1) {
		checked++
		if _, err := os.Stat(strings.TrimSuffix(m[1], "/")); err != nil {
			t.Errorf("%s names %s, which is not there", page, m[1])
		}
	}
	files := goFiles(t)
	for _, m := range goFile.FindAllStringSubmatch(text, -1) {
		checked++
		if !slices.ContainsFunc(files,
			func(path string) bool { return path == m[1] || strings.HasSuffix(path, "/"+m[1]) }) {
			t.Errorf("%s names %s, which is not there", page, m[1])
		}
	}
	return checked
}

// goFile is a file as a page names it, with or without its folder.
var goFile = regexp.MustCompile("`([\\w/]+\\.go)`")

// goFiles lists the Go files of the module.
func goFiles(t *testing.T) (list []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == "build" || path == ".git") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			list = append(list, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// declares tells whether a package declares a name, or a method or field of it.
func declares(t *testing.T, dir, name, member string) bool {
	t.Helper()
	found := false
	for _, f := range parseDir(t, dir, parser.SkipObjectResolution) {
		for _, d := range f.Decls {
			found = found || declared(d, name, member)
		}
	}
	return found
}

func declared(d ast.Decl, name, member string) bool {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return member == "" && d.Name.Name == name
		}
		return member == d.Name.Name && receiver(d) == name || member == "" && d.Name.Name == name
	case *ast.GenDecl:
		return slices.ContainsFunc(d.Specs, func(s ast.Spec) bool {
			switch s := s.(type) {
			case *ast.TypeSpec:
				return s.Name.Name == name && (member == "" || hasMember(s.Type, member))
			case *ast.ValueSpec:
				return member == "" && slices.ContainsFunc(s.Names, func(n *ast.Ident) bool { return n.Name == name })
			}
			return false
		})
	}
	return false
}

func receiver(d *ast.FuncDecl) string {
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	switch index := typ.(type) {
	case *ast.IndexExpr:
		typ = index.X
	case *ast.IndexListExpr:
		typ = index.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func hasMember(e ast.Expr, member string) bool {
	var fields *ast.FieldList
	switch e := e.(type) {
	case *ast.StructType:
		fields = e.Fields
	case *ast.InterfaceType:
		fields = e.Methods
	default:
		return false
	}
	return slices.ContainsFunc(fields.List, func(f *ast.Field) bool {
		return slices.ContainsFunc(f.Names, func(n *ast.Ident) bool { return n.Name == member })
	})
}
