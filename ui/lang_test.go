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
	"hilum/app/export"
	"hilum/app/lab/lesson"
	"hilum/app/settings"
	"hilum/app/tour"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/findingset"
	"hilum/training/recipe"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// listKeys prints the keys that a language lacks, to be translated.
var listKeys = flag.Bool("list-keys", false, "print every text of the windows")

// translating are the functions whose literal argument of that place is looked
// up in the reader's language.
func translating() map[string]int {
	return map[string]int{
		"kit.T": 0, "T": 0, "kit.NewButton": 1, "kit.Header": 0, "kit.Heading": 0, "kit.Subheading": 0, "kit.Strong": 0, "kit.Prose": 0,
		"plural": 1, "groupTitle": 0, "s.say": 0, "s.Words.Say": 0, "p.Words.Say": 0, "p.words.Say": 0, "shot.Words.Say": 0, "pick": 0, "whole": 0, "f.add": 0, "add": 0,
	}
}

// wordFiles hold what the layers below call things: all that they quote is shown.
func wordFiles() []string {
	return []string{"../app/lab/effect/sentence.go", "../app/lab/bias/experiment_words.go", "../app/runs/words.go", "../app/annotation/words.go"}
}

// registryFiles hold what edits, maps and jobs of the lab are called, among other strings.
func registryFiles() []string {
	return []string{"../app/lab/*", "../app/lab/edit/*", "../app/lab/effect/*", "../app/lab/bias/*", "../inference/saliency/*"}
}

// textsOf finds what the source of the windows shows.
func textsOf(t *testing.T) []string {
	t.Helper()
	keys := map[string]bool{}
	for _, dir := range []string{"*", "kit/*", "wizard/*", "lab/*", "plot/*"} {
		inSource(t, dir, func(n ast.Node) {
			switch n := n.(type) {
			case *ast.CallExpr:
				addText(keys, n)
			case *ast.KeyValueExpr: // of a command
				if k, ok := n.Key.(*ast.Ident); ok && (k.Name == "Title" || k.Name == "Menu") {
					keys[literal(n.Value)] = true
				}
			}
		})
	}
	for _, file := range []string{"../app/render/caption.go", "../app/report/pdf.go", "../app/lab/lesson/page.go"} {
		inSource(t, file, func(n ast.Node) {
			if call, ok := n.(*ast.CallExpr); ok {
				addText(keys, call)
			}
		})
	}
	addTemplate(t, keys, "../app/lab/lesson/page.tmpl.html")
	for _, text := range sentencesBelow(t) {
		keys[text] = true
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

// sentencesBelow are what the layers below the windows hand on as finished
// sentences and names.
func sentencesBelow(t *testing.T) (out []string) {
	t.Helper()
	from := func(file string, shown func(string) bool) {
		inSource(t, file, func(n ast.Node) {
			if text := literal(n); shown(text) {
				out = append(out, text)
			}
		})
	}
	for _, file := range wordFiles() {
		from(file, hasLetters)
	}
	german, err := kit.Dictionary("de")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range registryFiles() {
		from(pattern, func(s string) bool { return german[s] != "" && hasLetters(s) })
	}
	for _, dir := range roomsBelow(t) {
		from(dir+"/*", isSentence)
	}
	return out
}

// roomsBelow are the folders of the layers below whose sentences reach a reader of the
// window: not those of the programs without one, of tests, and of graphs.
func roomsBelow(t *testing.T) (dirs []string) {
	t.Helper()
	silent := []string{"../app/cmd", "../inference/saliency", "../app/report", "../app/apptest", "../app/lab/labtest", "../inference/graph", "../inference/ort", "../inference/zoo", "../dicomio/internal"}
	for _, root := range []string{"../app", "../training", "../inference", "../dicomio", "../internal/wording"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || !d.IsDir():
				return err
			case slices.Contains(silent, path) || d.Name() == "testdata":
				return filepath.SkipDir
			}
			if files, err := filepath.Glob(path + "/*.go"); len(files) > 0 || err != nil {
				dirs = append(dirs, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return append(dirs, "../dicomio/internal/dcm", "../dicomio/internal/fileio", "../dicomio/internal/pixeldata")
}

// TestEverySentenceSaysWhatItsFiguresAre: what is put into a sentence of the layers
// below is words of ours or data, and only the former are translated; so each
// sentence with verbs is listed with its arguments.
func TestEverySentenceSaysWhatItsFiguresAre(t *testing.T) {
	listed := kit.Sentences()
	for _, text := range append(sentencesBelow(t), troubles()...) {
		if _, ok := listed[text]; !ok && verb.MatchString(text) {
			t.Errorf("kit.Sentences lacks %q", text)
		}
	}
	for text, kinds := range listed {
		if n := len(verb.FindAllString(text, -1)); n != len(kinds) {
			t.Errorf("%q has %d figures and kit.Sentences tells of %d", text, n, len(kinds))
		}
	}
}

// inSource visits the program's own source: files of Go that a pattern names.
func inSource(t *testing.T, pattern string, visit func(ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(strings.TrimSuffix(pattern, ".go") + ".go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source at ", pattern, err)
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
			if _, is := n.(*ast.ImportSpec); is {
				return false
			}
			visit(n)
			return true
		})
	}
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

// addText adds the literal that a call has translated.
func addText(keys map[string]bool, call *ast.CallExpr) {
	name := types.ExprString(call.Fun)
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
	for _, choice := range calib.Calibrators().Choices() {
		out = append(out, calib.Calibrators().Title(choice))
	}
	for _, rule := range calib.Policies() {
		out = append(out, rule.Title)
	}
	for _, name := range recipe.Recipes().Names() {
		out = append(out, recipe.Recipes().Title(name))
	}
	out = append(out, annotation.Unknown, annotation.Calibrated, "Cardiothoracic ratio %s", "heart %s, thorax %s %s", "mean %s, SD %s%s", "%s to %s, %d pixels", "%s (reader)")
	out = append(out, "Full range", "%d years", "%d months", "%d weeks", "%d days")
	for _, f := range export.Standard() {
		out = append(out, f.Title)
	}
	for _, step := range tour.Steps() {
		out = append(out, step.Title, step.Text)
	}
	for _, set := range append(findingset.Sets(), findingset.General()) {
		out = append(out, set.Made)
		for _, l := range set.Labels {
			out = append(out, l.Display, l.What, l.Pitfalls)
		}
	}
	for _, name := range recipe.Recipes().Names() {
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
	for _, height := range []string{"upper", "middle", "lower"} {
		out = append(out, "mediastinum, "+height+" third", "right "+height+" zone", "left "+height+" zone", height+" zone")
	}
	return append(append(out, wordsByValue()...), troubles()...)
}

// troubles are what the system, the decoders and the engine say when something
// fails, as app.Sentence hands it on.
func troubles() []string {
	return []string{
		"Opening %s: %s.", "Reading %s: %s.", "Decoding %s: %s.", "Writing %s: %s.", "Exporting %s: %s.", "Open %s: %s.", "Mkdir %s: %s.",
		"open %s: %s", "mkdir %s: %s", "Cannot read %s: %s; %s.", "copy or export the file again", "Cannot read %s: unsupported: %s; %s.",
		"export it uncompressed or as JPEG 2000", "no such file or directory", "permission denied", "no space left on device", "is a directory", "not a directory",
		"read-only file system", "the file ends too early", "the JPEG data ends too early", "reading the PNG header: %s", "decoding the PNG data: %s",
		"decoding the JPEG data: %s", "reading the JPEG header: %s", "its compressed pixel data is empty", "its size is given as %d x %d",
		"its size of %d x %d is larger than any film", "its size is given as %d x %d, but the file is too short to hold that",
		"this ONNX Runtime has no CUDA provider (make cuda gets the CUDA build)", "%s of CUDA is missing (make cuda gets it)", "no NVIDIA driver here (%s is not installed)",
		"the NVIDIA driver does not start: %s", "the NVIDIA driver finds no device", "CUDA is supported on Linux only; the CPU is used", "the CPU was asked for",
		"the CUDA provider did not start: %s",
		"has %d of %d entries; the last one is repeated", "declares %d bits and uses %d; its largest entry is taken as white", "it is empty", "its descriptor is missing", "its entries are missing",
		"the map is not a number at %d of %d places", "nothing speaks for the class, all evidence is against it", "the map is zero everywhere, there is no evidence",
		"it is no regular file but a pipe", "it is no regular file but a socket", "it is no regular file but a device",
		// why a file cannot be read, and what to do
		"choose a DICOM file", "choose a picture", "choose a picture, or copy the file again if it should be one", "choose a picture, or export the file again",
		"copy the whole disc, or open its folder", "do not trust this archive", "export it again", "export it as grey or RGB", "export it uncompressed",
		"export the file again with its pixels", "it has no pixel data", "it is a DICOMDIR, an index of pictures", "it is a folder", "it is no DICOM file", "it is no picture",
		"its name points outside the archive", "open it as a folder of studies", "open it as a study", "open the archive again", "save it as PNG", "save it as grey or RGB",
		"save the picture as PNG, JPEG or DICOM", "the DICOMDIR lists no files that are there", "the archive is damaged", "the file is empty",
		"the file is neither PNG nor JPEG nor DICOM", "unpack it first",
		"agree", "disagree", "unsure",
		"The run %s cannot be worked on: it is in use by another program%s; end that first, or name another folder.", "not calibrated: every threshold is 0.5",
	}
}

// wordsByValue are texts of wizard and lab that their code passes on, and
// sentences of the training engine that the wizard hands on.
func wordsByValue() []string {
	return []string{
		"above the lungs", "below the lungs", "beside the lungs", "No maps", "Methods side by side", "Layers forgotten", "around the class", "around a confounder",
		"The model in use", "Another model\u2026", "From nothing: ", "Made", "State", "Trained by", "only calibrated", "Films to train / set / judge", "Best epoch",
		"sex", "age", "view", "no better epoch in %d", "ended by hand", "the data have no label of it",
		"every draw of patients gives the same", "too few patients: %d with the finding and %d without, at least %d of each are needed", "too few patients: %d, at least %d are needed",
		"every film has the same score, so it cannot tell films with and without the finding apart",
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
	for _, c := range h.session.Commands() {
		out = append(out, c.Menu)
		if !isRow(c) {
			out = append(out, c.Title)
		}
	}
	return out
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
	for _, code := range settings.Languages() {
		d, err := kit.Dictionary(code)
		if err != nil {
			t.Fatal(err)
		}
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

// TestLanguageFollowsChoiceAndSystem: the choice wins; without one the system
// decides; a language that there is no file of is English.
func TestLanguageFollowsChoiceAndSystem(t *testing.T) {
	for _, c := range []struct{ system, choice, want string }{
		{"de_DE.UTF-8", "", "Datei"}, {"de_AT.UTF-8", "", "Datei"}, {"de_DE.UTF-8", "en", "File"}, {"en_GB.UTF-8", "de", "Datei"}, {"C", "", "File"}, {"C", "de", "Datei"}, {"fr_FR.UTF-8", "", "File"}, {"", "", "File"},
	} {
		t.Setenv("LC_ALL", c.system)
		t.Setenv("LANGUAGE", "")
		uitest.Speak(t, c.choice)
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
	uitest.Speak(t, "de")
	for in, want := range map[string]string{
		"This model is not calibrated: every threshold is 0.5. Calibrate it on your own images.":                                             "Dieses Modell ist nicht kalibriert: jede Schwelle ist 0.5. Kalibrieren Sie es an eigenen Aufnahmen.",
		"No valid threshold for Hernia: too few labelled films of one outcome: 7 positive and 290 negative, at least 10 of each are needed.": "Keine gültige Schwelle für Hernie: zu wenige Aufnahmen einer Ausprägung mit Label: 7 positive, 290 negative, mindestens je 10 sind nötig.",
		"pixel size unknown":                    "Pixelgröße unbekannt",
		"Mass (reader)":                         "Raumforderung (Befunder)",
		"cannot read x.dcm: permission denied.": "cannot read x.dcm: permission denied.",
		"Cannot read x.png: reading the PNG header: the file ends too early; copy or export the file again.": "x.png lässt sich nicht lesen: beim Lesen des PNG-Kopfs: die Datei endet zu früh; kopieren oder exportieren Sie die Datei noch einmal.",
		"Open /films/x.png: permission denied.":                  "/films/x.png ließ sich nicht öffnen: keine Berechtigung.",
		"libcublas.so.12 of CUDA is missing (make cuda gets it)": "libcublas.so.12 von CUDA fehlt (make cuda holt es)",
	} {
		if got := kit.Said(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
