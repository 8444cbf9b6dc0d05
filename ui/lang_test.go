package ui

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/command"
	"hilum/app/export"
	"hilum/app/lab/edit"
	"hilum/app/lab/lesson"
	"hilum/app/radiograph"
	"hilum/app/runs"
	"hilum/app/tour"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/findingset"
	"hilum/inference/prep"
	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
	"hilum/internal/catalogue"
	"hilum/internal/message/reread"
	"hilum/training/recipe"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/toolbar"
	"hilum/ui/uitest"
)

// listKeys prints the keys that a language lacks, to be translated.
var listKeys = flag.Bool("list-keys", false, "print every text of the windows")

// constructing are the functions whose constant argument of that place is a key, by the
// words before the last point where only some of that name are.
func constructing() map[string]int {
	return map[string]int{
		"message.Of": 0, "*.Line": 1, "*.Print": 1, "*.ShowProgress": 0, "message.New": 0, "message.Errorf": 0,
		"*.Say": 0, "*.warn": 0, "*.warnOnce": 0,
		"*.WarnOnce":   0,
		"*.fault":      0,
		"*.assumption": 0, "*.unsupported": 0,
		"*.T": 0, "t.button": 0, "kit.NewButton": 1, "kit.NewCompactButton": 1, "kit.Header": 1, "kit.Heading": 1, "kit.Subheading": 1,
		"kit.Strong": 1, "kit.Prose": 1, "t.setting": 0, "field": 1,
		"kit.Counted": 1, "Counted": 1, "groupTitle": 1, "pick": 0, "whole": 0, "f.add": 0, "add": 0, "always": 0,
		// what was being done when something went wrong
		"*.Go": 0, "*.GoIn": 1, "*.Guard": 0, "*.background": 0, "*.Background": 0, "*.spawn": 0,
	}
}

// silent are the folders whose words reach nobody: tests' scaffolding, generators of code.
var silent = []string{"testdata", "uitest", "golden", "apptest", "labtest", "ortrun", "fixture", "tinynet"}

// source visits every file of the module that is no test, with the string constants of
// its package.
func source(t *testing.T, visit func(dir string, f *ast.File, constants map[string]string)) {
	t.Helper()
	for _, root := range []string{"../app", "../dicomio", "../inference", "../internal", "../training", "../ui"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || !d.IsDir():
				return err
			case slices.Contains(silent, d.Name()):
				return filepath.SkipDir
			}
			files := parsed(t, path)
			constants := map[string]string{}
			for _, f := range files {
				addConstants(constants, f)
			}
			for _, f := range files {
				visit(strings.TrimPrefix(path, "../"), f, constants)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// parsed are the files of a folder, without tests.
func parsed(t *testing.T, dir string) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// addConstants adds the constants of a file that are strings.
func addConstants(to map[string]string, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Names) == len(v.Values) {
			for i, name := range v.Names {
				if text, ok := constant(v.Values[i], nil); ok {
					to[name.Name] = text
				}
			}
		}
		return true
	})
}

// constantsOf are the constants of a folder that are strings.
func constantsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range parsed(t, dir) {
		addConstants(out, f)
	}
	return out
}

// constant is the value of an expression of string constants.
func constant(n ast.Expr, constants map[string]string) (string, bool) {
	switch n := n.(type) {
	case *ast.BasicLit:
		text := literal(n)
		return text, n.Kind == token.STRING
	case *ast.Ident:
		text, ok := constants[n.Name]
		return text, ok
	case *ast.ParenExpr:
		return constant(n.X, constants)
	case *ast.BinaryExpr:
		a, ok := constant(n.X, constants)
		b, both := constant(n.Y, constants)
		return a + b, ok && both && n.Op == token.ADD
	}
	return "", false
}

// keyOf is the key that a call makes a message of.
func keyOf(call *ast.CallExpr, constants map[string]string) (string, bool) {
	name := types.ExprString(call.Fun)
	list := constructing()
	at, ok := list[name]
	if !ok {
		at, ok = list["*"+name[strings.LastIndexByte(name, '.')+1:]]
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			at, ok = list["*"+name[dot:]]
		}
	}
	if !ok || len(call.Args) <= at {
		return "", false
	}
	text, ok := constant(call.Args[at], constants)
	if strings.HasSuffix(name, ".Line") || strings.HasSuffix(name, ".Print") { // their layout is no part of the text
		text = strings.Trim(text, " \n")
	}
	return text, ok
}

// helpOf is a text of the help of cxr: of a command, without the notice that it may end
// with, or of a flag.
func helpOf(n ast.Node, constants map[string]string) string {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if k, ok := n.Key.(*ast.Ident); !ok || !slices.Contains([]string{"Short", "Long", "usage"}, k.Name) {
			return ""
		}
		value := n.Value
		if sum, ok := value.(*ast.BinaryExpr); ok && types.ExprString(sum.Y) == "inference.NotForDiagnosis" {
			value = sum.X
		}
		text, _ := constant(value, constants)
		return strings.TrimRight(text, " \n")
	case *ast.CallExpr:
		if name := types.ExprString(n.Fun); flagCall.MatchString(name) && len(n.Args) > 2 {
			text, _ := constant(n.Args[len(n.Args)-1], constants)
			return text
		}
	}
	return ""
}

// flagCall is a call that adds a flag, whose last argument says what it does.
var flagCall = regexp.MustCompile(`(^fl|Flags\(\))\.(Bool|String|Int|Int64|Uint64|Float64|Duration|StringSlice|StringArray)(Var)?P?$`)

// keysOfSource are the keys that the source makes messages of, and the sentences that
// stand in it besides.
func keysOfSource(t *testing.T) (keys, loose map[string]bool) {
	t.Helper()
	keys, loose = map[string]bool{}, map[string]bool{}
	source(t, func(dir string, f *ast.File, constants map[string]string) {
		made := map[ast.Node]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			if text := helpOf(n, constants); strings.HasPrefix(dir, "app/cmd/cxr") && hasLetters(text) {
				keys[text] = true
			}
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.CallExpr:
				if key, ok := keyOf(n, constants); ok && hasLetters(key) {
					keys[key] = true
					for _, a := range n.Args {
						made[a] = true
					}
				}
			case *ast.KeyValueExpr: // of a command
				k, ok := n.Key.(*ast.Ident)
				if text := literal(n.Value); ok && (k.Name == "Title" || k.Name == "Menu") &&
					(strings.HasPrefix(dir, "app") || strings.HasPrefix(dir, "ui")) && text != "" {
					keys[text] = true
				}
			case *ast.BasicLit:
				if text := literal(n); !made[n] && isSentence(text) && !wordless(dir) {
					loose[text] = true
				}
			}
			return true
		})
	})
	for key := range keys {
		delete(loose, key)
	}
	return keys, loose
}

// wordless are the folders where a text that looks like a sentence is none for people in
// the reader's language, or is found otherwise: the help of cxr (see helpOf), what its
// commands say of machine and graph, and what is written into files.
func wordless(dir string) bool {
	return slices.ContainsFunc([]string{
		"app/cmd", "internal/catalogue", "dicomio/internal/ccodec", "app/report", "app/export",
	}, func(d string) bool {
		return strings.HasPrefix(dir, d)
	})
}

// textsOf are all env: of the source, of templates, and of values.
func textsOf(t *testing.T) []string {
	t.Helper()
	keys, loose := keysOfSource(t)
	for text := range loose {
		keys[text] = true
	}
	addTemplate(t, keys, "../app/lab/lesson/page.tmpl.html")
	addTemplate(t, keys, "../app/lab/passport/page.tmpl.html")
	addTemplate(t, keys, "../training/monitor/page.tmpl.html")
	for _, dir := range []string{"../app/runs", "../app/lab"} { // phases of jobs
		for name, text := range constantsOf(t, dir) {
			if regexp.MustCompile("^(phase|title|otherName|drawing|training|scoring|erasing|playing)").MatchString(name) {
				keys[text] = true
			}
		}
	}
	for _, more := range textsByValue() {
		keys[more] = true
	}
	for name, text := range constantsOf(t, "../app/cmd/cxr/internal/cli") { // of flags that several commands have
		if strings.HasSuffix(name, "Usage") || strings.HasSuffix(name, "Help") {
			keys[text] = true
		}
	}
	keys[prep.NormalisationForms] = true
	for text := range reread.Sentences() {
		keys[text] = true
	}
	for _, text := range reread.Whole() {
		keys[text] = true
	}
	delete(keys, "")
	return slices.Sorted(maps.Keys(keys))
}

// TestEverySentenceIsAMessage: a text that looks like a sentence and has figures in it is
// made by a constructor of messages, or is one of those that files hold, which are read
// again. One without figures is looked up as it is.
func TestEverySentenceIsAMessage(t *testing.T) {
	_, loose := keysOfSource(t)
	for text := range loose {
		if _, ok := reread.Sentences()[text]; !ok && verb.MatchString(text) {
			t.Errorf("%q is no key of a message", text)
		}
	}
	for text, kinds := range reread.Sentences() {
		if n := len(verb.FindAllString(text, -1)); n != len(kinds) {
			t.Errorf("%q has %d figures and reread tells of %d", text, n, len(kinds))
		}
	}
}

// TestErrorsAreMessages: what went wrong is said by a message, which has a language.
// Packages message and catalogue cannot use themselves.
func TestErrorsAreMessages(t *testing.T) {
	source(t, func(dir string, f *ast.File, constants map[string]string) {
		if dir == "internal/message" || dir == "internal/catalogue" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if name := types.ExprString(call.Fun); name == "fmt.Errorf" || name == "errors.New" {
				if text, ok := constant(call.Args[0], constants); ok && hasLetters(text) {
					t.Errorf("%s: %s(%q) is no message", dir, name, text)
				}
			}
			return true
		})
	})
}

// addTemplate adds what a template of a page says.
func addTemplate(t *testing.T, keys map[string]bool, file string) {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`{{say "([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		keys[m[1]] = true
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

// textsByValue are the words that reach the screen as values: commands, menus,
// classes, windows, provenances, and what the layers below say.
func textsByValue() []string {
	out := []string{
		inference.NotForDiagnosis, toolbar.SharedScale, toolbar.OwnScale, "detector plane", "calibrated",
		"corrected by estimated magnification", "stated, plane unknown",
	}
	out = append(out, menu.Order()...)
	for _, choice := range calib.Calibrators().Choices() {
		out = append(out, calib.Calibrators().Title(choice))
	}
	for _, rule := range calib.Policies() {
		out = append(out, rule.Title, rule.Note)
	}
	for _, f := range export.Standard() {
		out = append(out, f.Title, f.About)
	}
	out = append(
		out, annotation.Unknown, annotation.Calibrated, "Cardiothoracic ratio %s", "heart %s, thorax %s %s",
		"mean %s, SD %s%s", "%s to %s, %d pixels", "%s (reader)",
	)
	out = append(out, "Full range", "%d years", "%d months", "%d weeks", "%d days")
	for _, step := range tour.Steps() {
		out = append(out, step.Title, step.Text)
	}
	for _, set := range append(findingset.Sets(), findingset.General()) {
		out = append(out, set.Made)
		for _, l := range set.Labels {
			out = append(out, "finding:"+l.Display, l.What, l.Pitfalls)
		}
	}
	for _, name := range recipe.Recipes().Names() {
		out = append(out, recipe.Recipes().Title(name))
		if r, err := recipe.Open(name); err == nil {
			out = append(out, r.Description)
		}
	}
	for _, r := range lesson.BuiltIn() {
		out = append(out, r.Lesson.Title, r.Lesson.Text)
		for _, step := range r.Lesson.Steps {
			out = append(out, step.Title, step.Text)
		}
	}
	for _, op := range edit.Standard() {
		for _, tool := range op.Tools {
			if len(tool.Text) > 1 { // a letter is itself
				out = append(out, tool.Text)
			}
			out = append(out, string(tool.Group))
		}
		for _, s := range op.Sliders {
			out = append(out, s.Name)
		}
	}
	for _, p := range radiograph.Presets() {
		out = append(out, kit.Capitalised(p.Name))
	}
	for _, m := range saliency.Methods() {
		out = append(out, m.Title)
	}
	out = append(out, slices.DeleteFunc(command.KeyNames(), func(name string) bool { return kit.Characters()[name] != 0 })...)
	for _, p := range filedialog.Purposes() {
		out = append(out, p.Title(), p.Filter())
	}
	for _, c := range mapcheck.Checks() {
		out = append(out, c.Title)
	}
	for _, k := range []runs.Kind{
		runs.KindPractice, runs.KindCheck, runs.KindEstimate, runs.KindTrain, runs.KindJudge, runs.KindCalibrate,
	} {
		out = append(out, k.Verb())
	}
	for s := range runs.Validated + 1 {
		out = append(out, s.String())
	}
	for _, height := range []string{"upper", "middle", "lower"} {
		out = append(out, "mediastinum, "+height+" third", "right "+height+" zone", "left "+height+" zone",
			height+" zone")
	}
	return append(append(out, wordsByValue()...), troubles()...)
}

// troubles are what the system, the decoders and the engine say when something
// fails, as app.Sentence hands it on.
func troubles() []string {
	return []string{
		"open %s: %s", "mkdir %s: %s", "read %s: %s", "write %s: %s", "stat %s: %s", "rename %s %s: %s",
		"no such file or directory", "permission denied", "no space left on device", "is a directory",
		"not a directory",
		"read-only file system", "the file ends too early", "the JPEG data ends too early",
		"reading the PNG header: %s",
		"decoding the PNG data: %s",
		"decoding the JPEG data: %s", "reading the JPEG header: %s", "its compressed pixel data is empty",
		"its size is given as %d x %d",
		"its size of %d x %d is larger than any film",
		"its size is given as %d x %d, but the file is too short to hold that",
		"this ONNX Runtime has no CUDA provider (make cuda gets the CUDA build)",
		"%s of CUDA is missing (make cuda gets it)", "no NVIDIA driver here (%s is not installed)",
		"the NVIDIA driver does not start: %s", "the NVIDIA driver finds no device",
		"CUDA is supported on Linux only; the CPU is used", "the CPU was asked for",
		"the CUDA provider did not start: %s",
		"has %d of %d entries; the last one is repeated",
		"declares %d bits and uses %d; its largest entry is taken as white", "it is empty", "its descriptor is missing",
		"its entries are missing",
		"the map is not a number at %d of %d places", "nothing speaks for the class, all evidence is against it",
		"the map is zero everywhere, there is no evidence",
		"it is no regular file but a pipe", "it is no regular file but a socket", "it is no regular file but a device",
		// why a file cannot be read, and what to do
		"choose a DICOM file", "choose a picture", "choose a picture, or copy the file again if it should be one",
		"choose a picture, or export the file again",
		"copy the whole disc, or open its folder", "do not trust this archive", "export it again",
		"export it as grey or RGB", "export it uncompressed",
		"export the file again with its pixels", "it has no pixel data", "it is a DICOMDIR, an index of pictures",
		"it is a folder", "it is no DICOM file", "it is no picture",
		"its name points outside the archive", "open it as a folder of studies", "open it as a study",
		"open the archive again", "save it as PNG", "save it as grey or RGB",
		"save the picture as PNG, JPEG or DICOM", "the DICOMDIR lists no files that are there",
		"the archive is damaged",
		"the file is empty",
		"the file is neither PNG nor JPEG nor DICOM", "unpack it first",
		"agree", "disagree", "present", "absent", "unsure", "Reads now",
		"The run %s cannot be worked on: it is in use by another program%s; end that first, or name another folder.",
		"not calibrated: every threshold is 0.5",
	}
}

// wordsByValue are texts of wizard and lab that their code passes on, and
// sentences of the training engine that the wizard hands on.
func wordsByValue() []string {
	return []string{
		"above the lungs", "below the lungs", "beside the lungs", "No maps", "Methods side by side", "Layers forgotten",
		"around the class", "around a confounder",
		"The model in use", "Another model\u2026", "From nothing: ", "Made", "State", "Trained by", "only calibrated",
		"Films to train / set / judge", "Best epoch",
		"sex", "age", "view", "no better epoch in %d", "ended by hand", "the data have no label of it",
		"every draw of patients gives the same",
		"too few patients: %d with the finding and %d without, at least %d of each are needed",
		"too few patients: %d, at least %d are needed",
		"every film has the same score, so it cannot tell films with and without the finding apart",
		"Help about any command",
		"Generate the autocompletion script for the specified shell", // of cxr, by its library
		"path", "patient", "split", "labels", "scores", "no finding", "frontal or lateral", "split_by",
		"too few labelled films of one outcome: %d positive and %d negative, at least %d of each are needed",
	}
}

// hasLetters tells a text from a verb of fmt or a punctuation mark.
func hasLetters(s string) bool {
	return strings.ContainsFunc(verb.ReplaceAllString(s, ""), unicode.IsLetter)
}

// isSentence tells a sentence for the reader from other strings in the layers
// below: it begins with a capital or a verb of fmt and ends with a full stop.
func isSentence(s string) bool {
	begins := len(s) > 3 && (s[0] >= 'A' && s[0] <= 'Z' || s[0] == '%')
	return begins && strings.HasSuffix(s, ".") && strings.Contains(s, " ") && hasLetters(s)
}

// commandTexts are the titles and menus of a window's commands.
func commandTexts(h *harness) []string {
	var out []string
	for _, c := range h.Commands() {
		out = append(out, c.Menu)
		if !menu.IsRow(c) {
			out = append(out, c.Title)
		}
	}
	return out
}

// TestNoTextIsMissing: every text stands in every language, in as many forms as its
// plurals have, with the same figures in each, and nothing stands there that nothing
// shows. English is what the program is written in: its file has only forms.
func TestNoTextIsMissing(t *testing.T) {
	want := append(textsOf(t), commandTexts(newHarness(t, app.Config{}))...)
	slices.Sort(want)
	want = slices.DeleteFunc(slices.Compact(want), func(key string) bool { return !hasLetters(key) })
	want = append(want, "1,000", "2006-01-02")
	slices.Sort(want)
	if *listKeys {
		for _, k := range want {
			b, _ := json.Marshal(k)
			fmt.Println(string(b))
		}
	}
	english := keysOf(t, catalogue.English)
	for _, code := range catalogue.Codes() {
		has := keysOf(t, code)
		for _, key := range want {
			forms, ok := has[key]
			if !ok && code != catalogue.English {
				t.Errorf("%s.json lacks %q", code, key)
			}
			if len(english[key]) > 1 && len(forms) < 2 {
				t.Errorf("%s.json has one form of %q", code, key)
			}
			for _, text := range forms {
				if strings.TrimSpace(text) == "" || verbsOf(text) != verbsOf(key) && key != "2006-01-02" {
					t.Errorf("%s.json: %q has other figures in it than %q", code, text, key)
				}
			}
		}
		for key := range has {
			if _, found := slices.BinarySearch(want, key); !found {
				t.Errorf("%s.json has %q, which nothing shows", code, key)
			}
		}
	}
}

// keysOf are the texts of a language.
func keysOf(t *testing.T, code string) map[string][]string {
	t.Helper()
	l, err := catalogue.Open(code)
	if err != nil {
		t.Fatal(err)
	}
	return l.Keys()
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

// TestLanguageFollowsChoiceAndSystem: the choice wins; without one the system
// decides; a language that there is no file of is English.
func TestLanguageFollowsChoiceAndSystem(t *testing.T) {
	for _, c := range []struct{ system, choice, want string }{
		{"de_DE.UTF-8", "", "Datei"}, {"de_AT.UTF-8", "", "Datei"}, {"de_DE.UTF-8", "en", "File"},
		{"en_GB.UTF-8", "de", "Datei"}, {"C", "", "File"}, {"C", "de", "Datei"}, {"fr_FR.UTF-8", "", "Fichier"},
		{"it_IT.UTF-8", "", "File"}, {"", "", "File"},
	} {
		t.Setenv("LC_ALL", c.system)
		t.Setenv("LANGUAGE", "")
		uitest.Speak(t, c.choice)
		if got := uitest.Environment(t).T("File"); got != c.want {
			t.Errorf("system %q, choice %q: %q, want %q", c.system, c.choice, got, c.want)
		}
		if got := os.Getenv("LC_ALL"); got != c.system {
			t.Errorf("the environment was left at %q", got)
		}
	}
}
