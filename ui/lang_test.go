package ui

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hilum/app"
	"hilum/inference"
	"hilum/ui/kit"
)

// listKeys prints the keys that a language lacks, to be translated.
var listKeys = flag.Bool("list-keys", false, "print every text of the windows")

// translating are the functions whose literal argument of that place is looked
// up in the reader's language.
func translating() map[string]int {
	return map[string]int{
		"kit.T": 0, "T": 0, "kit.NewButton": 1, "kit.Header": 0, "kit.Heading": 0, "kit.Subheading": 0, "kit.Strong": 0, "kit.Prose": 0,
		"plural": 1,
	}
}

// textsOf finds what the source of the windows shows.
func textsOf(t *testing.T) []string {
	t.Helper()
	keys := map[string]bool{}
	for _, dir := range []string{".", "kit"} {
		inSource(t, dir, func(n ast.Node) {
			if call, ok := n.(*ast.CallExpr); ok {
				addText(keys, call)
			}
		})
	}
	for _, dir := range []string{"../app", "../dicomio", "../inference"} {
		inSource(t, dir, func(n ast.Node) {
			if text := literal(n); isSentence(text) {
				keys[text] = true
			}
		})
	}
	for _, more := range textsByValue() {
		keys[more] = true
	}
	delete(keys, "")
	var out []string
	for k := range keys {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// inSource visits the program's own source in a folder.
func inSource(t *testing.T, dir string, visit func(ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no source in ", dir, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			visit(n)
			return true
		})
	}
}

// literal is the value of a string literal, "" for anything else.
func literal(n ast.Node) string {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return text
}

// addText adds the literal that a call has translated.
func addText(keys map[string]bool, call *ast.CallExpr) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			name = x.Name + "." + f.Sel.Name
		}
	}
	at, ok := translating()[name]
	if !ok || len(call.Args) <= at {
		return
	}
	text := literal(call.Args[at])
	if text == "" {
		return
	}
	if name == "plural" {
		keys["1 "+text], keys["%s "+text+"s"] = true, true
		return
	}
	keys[text] = true
}

// textsByValue are the words that reach the screen as values: commands, menus,
// classes, windows, provenances, and what the layers below say.
func textsByValue() []string {
	out := []string{inference.NotForDiagnosis, sharedScale, ownScale, "detector plane", "calibrated", "corrected by estimated magnification", "stated, plane unknown"}
	out = append(out, menuOrder()...)
	out = append(out, "Full range", "%d years", "%d months", "%d weeks", "%d days")
	for _, step := range app.Tour() {
		out = append(out, step.Title, step.Text)
	}
	for _, class := range inference.ChestXray14() {
		out = append(out, plainClass(class))
	}
	return out
}

// isSentence tells a sentence for the reader from other strings in the layers
// below: it begins with a capital and ends with a full stop.
func isSentence(s string) bool {
	return len(s) > 3 && s[0] >= 'A' && s[0] <= 'Z' && strings.HasSuffix(s, ".") && strings.Contains(s, " ")
}

// commandTexts are the titles and menus of a window's commands.
func commandTexts(h *harness) []string {
	var out []string
	for _, c := range h.session.Commands() {
		out = append(out, c.Menu)
		if !isRow(c) {
			out = append(out, c.Title)
		}
	}
	return out
}

func dictionaryOf(t *testing.T, code string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("kit", "lang", code+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]string
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	return d
}

// TestNoTextIsMissing: every text of the windows stands in every language, with
// the same figures in it, and nothing stands there that is never shown.
func TestNoTextIsMissing(t *testing.T) {
	want := append(textsOf(t), commandTexts(newHarness(t, app.Config{}))...)
	slices.Sort(want)
	want = slices.Compact(want)
	if *listKeys {
		for _, k := range want {
			b, _ := json.Marshal(k)
			fmt.Println(string(b))
		}
	}
	for _, code := range app.Languages() {
		d := dictionaryOf(t, code)
		for _, key := range want {
			switch text, ok := d[key]; {
			case !ok:
				t.Errorf("%s.json lacks %q", code, key)
			case strings.TrimSpace(text) == "":
				t.Errorf("%s.json has nothing for %q", code, key)
			case code == "en" && text != key:
				t.Errorf("en.json says %q for %q: English is what the program is written in", text, key)
			case verbsOf(text) != verbsOf(key):
				t.Errorf("%s.json: %q has other figures in it than %q", code, text, key)
			}
		}
		for key := range d {
			if _, found := slices.BinarySearch(want, key); !found {
				t.Errorf("%s.json has %q, which nothing shows", code, key)
			}
		}
	}
}

// verbsOf counts the verbs of fmt in a text, whatever their order.
func verbsOf(s string) string {
	var out []string
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			continue
		}
		j := i + 1
		if j < len(s) && s[j] == '[' {
			for j < len(s) && s[j] != ']' {
				j++
			}
			j++
		}
		for j < len(s) && strings.ContainsRune("-+#0.123456789", rune(s[j])) {
			j++
		}
		if j < len(s) {
			out = append(out, string(s[j]))
		}
		i = j
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

// speak sets the language for a test.
func speak(t *testing.T, code string) {
	t.Helper()
	if err := kit.SetLanguage(code); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kit.SetLanguage("en"); err != nil {
			t.Fatal(err)
		}
	})
}

// TestLanguageFollowsChoiceAndSystem: the choice wins; without one the system
// decides; a language that there is no file of is English.
func TestLanguageFollowsChoiceAndSystem(t *testing.T) {
	for _, c := range []struct{ system, choice, want string }{
		{"de_DE.UTF-8", "", "Datei"}, {"de_AT.UTF-8", "", "Datei"}, {"de_DE.UTF-8", "en", "File"}, {"en_GB.UTF-8", "de", "Datei"}, {"C", "", "File"}, {"C", "de", "Datei"}, {"fr_FR.UTF-8", "", "File"}, {"", "", "File"},
	} {
		t.Setenv("LC_ALL", c.system)
		t.Setenv("LANGUAGE", "")
		speak(t, c.choice)
		if got := kit.T("File"); got != c.want {
			t.Errorf("system %q, choice %q: %q, want %q", c.system, c.choice, got, c.want)
		}
		if got := os.Getenv("LC_ALL"); got != c.system {
			t.Errorf("the environment was left at %q", got)
		}
	}
}

// TestSentencesOfOtherLayers: what session and model say in English is
// recognised with its figures, and what is not known stays.
func TestSentencesOfOtherLayers(t *testing.T) {
	speak(t, "de")
	for in, want := range map[string]string{
		"This model is not calibrated: every threshold is 0.5. Calibrate it on your own images.": "Dieses Modell ist nicht kalibriert: jede Schwelle ist 0.5. Kalibrieren Sie es an eigenen Aufnahmen.",
		"No valid threshold for Hernia: too few positives (7).":                                  "Keine gültige Schwelle für Hernie: too few positives (7).",
		"cannot read x.dcm: permission denied.":                                                  "cannot read x.dcm: permission denied.",
	} {
		if got := kit.Said(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
