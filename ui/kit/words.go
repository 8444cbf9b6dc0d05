package kit

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"fyne.io/fyne/v2/lang"

	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/internal/wording"
)

// bundles are the words of the windows: one file a language, from the English
// words, which are the keys, to what is shown. A key may hold verbs of fmt.
//
//go:embed lang
var bundles embed.FS

// words is what T looks up. The toolkit has one language for the whole program,
// so there is one dictionary too; without SetLanguage it is empty and everything
// is English.
var words dictionary

type dictionary struct {
	mu       sync.RWMutex
	code     string            // of the language in force; "" is English
	found    map[string]string // from English to it
	patterns []pattern
}

// pattern recognises a sentence that was made from a key with verbs by a layer
// that knows no languages (see Sentences).
type pattern struct {
	text  string // in the language in force
	like  *regexp.Regexp
	wide  *regexp.Regexp // like, but data reaches as far as it can; nil where that is the same
	args  []int          // which argument each verb of the key takes
	kinds string         // of the arguments, in their order
}

// verb is a verb of fmt as the keys use them.
var verb = regexp.MustCompile(`%(\[[0-9]+\])?[-+#0]*[0-9]*(\.[0-9]+)?[dsgvqf]`)

// SetLanguage has T speak a language of which there is a file, and the toolkit's
// own dialogs as well; "" follows the system. What stands on the screen already
// does not change. On systems other than Linux and its like the toolkit cannot be
// told, and the system's language stays.
func SetLanguage(code string) error {
	keys, err := Dictionary("en")
	if err != nil {
		return err
	}
	if err := withLocale(spoken(code), func() error { return lang.AddTranslationsFS(bundles, "lang") }); err != nil {
		return fmt.Errorf("the words of the windows cannot be read: %w", err)
	}
	words.mu.Lock()
	defer words.mu.Unlock()
	words.code = spoken(code)
	words.found, words.patterns = make(map[string]string, len(keys)), nil
	for key := range keys {
		words.found[key] = lang.L(key)
	}
	for key, kinds := range Sentences() {
		if text := words.found[key]; text != "" && text != key {
			words.patterns = append(words.patterns, newPattern(key, text, kinds))
		}
	}
	slices.SortFunc(words.patterns, func(a, b pattern) int { // what says most is tried first
		if d := len(b.like.String()) - len(a.like.String()); d != 0 {
			return d
		}
		return strings.Compare(a.text, b.text)
	})
	return nil
}

// Dictionary is the file of a language: from the English texts to its own.
func Dictionary(code string) (map[string]string, error) {
	data, err := bundles.ReadFile("lang/" + code + ".json")
	if err != nil {
		return nil, fmt.Errorf("the words of the windows are missing: %w", err)
	}
	var d map[string]string
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("the words of the windows cannot be read: %w", err)
	}
	return d, nil
}

// spoken is the language to use: the one asked for, else the system's, and
// English where there is no file of that.
func spoken(code string) string {
	if code == "" {
		code, _, _ = strings.Cut(lang.SystemLocale().LanguageString(), "-")
	}
	if _, err := bundles.ReadFile("lang/" + code + ".json"); err != nil {
		return "en"
	}
	return code
}

// localeVariables name the user's language to the toolkit's lookup.
func localeVariables() []string { return []string{"LC_ALL", "LANGUAGE"} }

// withLocale runs f as if the user's language were another one: the toolkit
// reads it from the environment each time that words are added, and offers no
// other way.
func withLocale(code string, f func() error) error {
	for _, name := range localeVariables() {
		was, set := os.LookupEnv(name)
		if err := os.Setenv(name, code); err != nil {
			return err
		}
		defer func() {
			if set {
				_ = os.Setenv(name, was) // it was possible a moment ago
			} else {
				_ = os.Unsetenv(name)
			}
		}()
	}
	return f()
}

// newPattern matches what Sprintf makes of a key with arguments of these kinds.
func newPattern(key, text, kinds string) pattern {
	p := pattern{text: text, kinds: kinds}
	p.like, p.args = matcher(key, kinds, `(.*?)`)
	if n := strings.Count(kinds, string(dataArgument)); n > 1 || n == 1 && strings.ContainsRune(kinds, wordsArgument) {
		p.wide, _ = matcher(key, kinds, `(.*)`)
	}
	return p
}

// matcher is the expression of a pattern, and which argument each group is.
func matcher(key, kinds, data string) (like *regexp.Regexp, args []int) {
	var b strings.Builder
	b.WriteString("(?s)^")
	at := 0
	for i, m := range verb.FindAllStringIndex(key, -1) {
		b.WriteString(regexp.QuoteMeta(key[at:m[0]]))
		if key[m[0]+1] == '[' { // a verb with the number of its argument
			i = int(key[m[0]+2] - '1')
		}
		args = append(args, i)
		switch {
		case key[m[1]-1] == 'q':
			b.WriteString(`"(.*?)"`)
		case kinds[i] == figureArgument:
			b.WriteString(`([-+\x{2212}]?(?:[0-9][-+0-9.eE]*|\.[0-9]+|NaN))`)
		case kinds[i] == unitArgument:
			b.WriteString(`( ?\S{0,12})`)
		case kinds[i] == dataArgument:
			b.WriteString(data)
		default:
			b.WriteString(`(.*?)`)
		}
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(key[at:]) + "$")
	return regexp.MustCompile(strings.ReplaceAll(b.String(), "%%", "%")), args
}

// Kinds of arguments (see Sentences).
const (
	figureArgument = 'n'
	classArgument  = 'c'
	wordsArgument  = 'w'
	neededArgument = 'W'
	unitArgument   = 'u'
	dataArgument   = 'd'
)

// T is a text of the windows in the reader's language, formatted as by Sprintf
// where there are arguments. A text that the language has no word for stays
// English.
func T(text string, args ...any) string {
	words.mu.RLock()
	if found, ok := words.found[text]; ok {
		text = found
	}
	words.mu.RUnlock()
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Language is the code of the language in force, as "de".
func Language() string {
	words.mu.RLock()
	defer words.mu.RUnlock()
	if words.code == "" {
		return "en"
	}
	return words.code
}

// Count writes a number with its thousands apart, as 1,204; other languages keep
// the comma for decimals and take a narrow space.
func Count(n int) string {
	gap := strings.TrimSuffix(strings.TrimPrefix(T("1,000"), "1"), "000")
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + gap + s[i:]
	}
	return s
}

// ClassName is a class as people write it, in the reader's language where it is a
// label of a set of findings: any other is data, whatever word it is.
func ClassName(class string) string {
	name := inference.ClassName(class)
	if !knownClass(name) {
		return name
	}
	return T(name)
}

// knownClass says whether a name, as people write it, is a class that the
// dictionaries know.
func knownClass(name string) bool { return knownClasses()[name] }

// knownClasses are the labels of all sets of findings, as people write them.
var knownClasses = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, set := range append(findingset.Sets(), findingset.General()) {
		for _, l := range set.Labels {
			out[l.Display] = true
		}
	}
	return out
})

// Wording speaks the reader's language to what leaves the program.
func Wording() wording.Words {
	return wording.Words{Text: T, Sentence: Said, Class: ClassName}
}

// Said is a sentence of the layers below, which know no languages, in the
// reader's. One that is not recognised, such as the words of the system, stays as
// it is, and so does what a person or a file put into it. A person's own words are
// never handed to it.
func Said(sentence string) string {
	words.mu.RLock()
	defer words.mu.RUnlock()
	return words.said(sentence)
}

// said looks a sentence up, or the pattern that it was made by and then those of
// its arguments that are our words: each is shorter than the whole, so this ends.
func (d *dictionary) said(sentence string) string {
	if found, ok := d.found[sentence]; ok {
		return found
	}
	for _, p := range d.patterns {
		if args := d.takeApart(&p, sentence); args != nil {
			return fmt.Sprintf(asStrings(p.text), args...)
		}
	}
	if bare, ended := strings.CutSuffix(sentence, "."); ended { // a part that was made a sentence
		if out := d.said(bare); out != bare {
			return out + "."
		}
	}
	return sentence
}

// takeApart finds what was put into a sentence of a pattern, nil where it is none.
// Names may hold what stands between them in the pattern: then the words of ours
// decide, and where they do not nobody can tell and the sentence stays.
func (d *dictionary) takeApart(p *pattern, sentence string) []any {
	args, known, ok := d.arguments(p, p.like, sentence)
	if !ok || p.wide == nil {
		return args
	}
	wide, knows, _ := d.arguments(p, p.wide, sentence)
	decides := strings.ContainsRune(p.kinds, wordsArgument)
	switch {
	case slices.Equal(args, wide), decides && known:
		return args
	case decides && knows:
		return wide
	}
	return nil
}

// arguments takes a sentence apart by an expression of a pattern. known says that
// all that should be our words is; ok, that the sentence is one of the pattern's.
func (d *dictionary) arguments(p *pattern, like *regexp.Regexp, sentence string) (args []any, known, ok bool) {
	parts := like.FindStringSubmatch(sentence)
	if parts == nil {
		return nil, false, false
	}
	args, known = make([]any, len(p.args)), true
	for i, at := range p.args {
		text, kind := parts[1+i], p.kinds[at]
		switch kind {
		case wordsArgument, neededArgument:
			said := d.said(text)
			if said == text && kind == neededArgument {
				return nil, false, false
			}
			known = known && said != text
			args[at] = said
		case classArgument:
			args[at] = d.classes(text)
		default:
			args[at] = text
		}
	}
	return args, known, true
}

// classes are names of classes, each with a count behind it or none.
func (d *dictionary) classes(text string) string {
	items := strings.Split(text, ", ")
	for i, item := range items {
		name, behind := item, ""
		if at := strings.LastIndexByte(item, ' '); at > 0 && strings.Trim(item[at+1:], "0123456789") == "" {
			name, behind = item[:at], item[at:]
		}
		if name = inference.ClassName(name); knownClass(name) {
			items[i] = d.found[name] + behind
		}
	}
	return strings.Join(items, ", ")
}

// asStrings makes every verb take the text that stood there.
func asStrings(format string) string {
	return verb.ReplaceAllStringFunc(format, func(v string) string {
		index := ""
		if end := strings.IndexByte(v, ']'); end > 0 {
			index = v[1 : end+1]
		}
		if v[len(v)-1] == 'q' {
			return `"%` + index + `s"`
		}
		return "%" + index + "s"
	})
}
