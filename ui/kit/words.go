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
// that knows no languages.
type pattern struct {
	text string // in the language in force, with indexed verbs
	like *regexp.Regexp
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
		text := lang.L(key)
		words.found[key] = text
		if verb.MatchString(key) && text != key {
			words.patterns = append(words.patterns, pattern{text, like(key)})
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

// like matches what Sprintf makes of a key.
func like(key string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?s)^")
	at := 0
	for _, m := range verb.FindAllStringIndex(key, -1) {
		b.WriteString(regexp.QuoteMeta(key[at:m[0]]))
		switch key[m[1]-1] {
		case 'd':
			b.WriteString(`(-?[0-9]+)`)
		case 'f', 'g':
			b.WriteString(`([-+0-9.eE]+)`)
		case 'q':
			b.WriteString(`"(.*?)"`)
		default:
			b.WriteString(`(.*?)`)
		}
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(key[at:]) + "$")
	return regexp.MustCompile(strings.ReplaceAll(b.String(), "%%", "%"))
}

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

// ClassName is a class of the data set as people write it, in the reader's
// language.
func ClassName(class string) string { return T(inference.ClassName(class)) }

// Said is a sentence of the layers below, which know no languages, in the
// reader's. One that is not recognised, such as the words of the system, stays as
// it is.
func Said(sentence string) string {
	words.mu.RLock()
	defer words.mu.RUnlock()
	return words.said(sentence)
}

// said looks a sentence up, or the pattern that it was made by and then what
// was put into that: each part is shorter than the whole, so this ends.
func (d *dictionary) said(sentence string) string {
	if found, ok := d.found[sentence]; ok {
		return found
	}
	for _, p := range d.patterns {
		parts := p.like.FindStringSubmatch(sentence)
		if parts == nil {
			continue
		}
		args := make([]any, len(parts)-1)
		for i, part := range parts[1:] {
			args[i] = d.part(part)
		}
		return fmt.Sprintf(asStrings(p.text), args...)
	}
	return sentence
}

// part is what stood in a sentence: a sentence itself, or a list of classes, each
// with a figure behind it or none, as "Hernia 7, Mass 12".
func (d *dictionary) part(text string) string {
	if out := d.said(text); out != text {
		return out
	}
	items := strings.Split(text, ", ")
	for i, item := range items {
		name, behind := item, ""
		if at := strings.LastIndexByte(item, ' '); at > 0 && strings.Trim(item[at+1:], "0123456789") == "" {
			name, behind = item[:at], item[at:]
		}
		if found, ok := d.found[inference.ClassName(name)]; ok {
			items[i] = found + behind
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
