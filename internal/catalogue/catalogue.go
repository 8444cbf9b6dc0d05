// Package catalogue is the program's languages: one file each, in the form of go-i18n,
// from the English texts, which are the keys, to the language's, with its plural forms.
// Its core type is [Language], which message.Words writes with. The list of languages is
// the list of the files: to add one, add its file.
//
// The window, the programs and what they export share it. The toolkit's own lookup
// (fyne.io/fyne/v2/lang) stands on the same library and is handed the same files, but it
// knows one language for the whole process, and programs without a window must not link
// it; so the library is used here directly. It imports go-i18n, x/text and
// internal/message.
package catalogue

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	textmessage "golang.org/x/text/message"
	"golang.org/x/text/number"

	"hilum/internal/message"
)

//go:embed lang
var files embed.FS

// dir is the folder of the files.
const dir = "lang"

// Files are the files of all languages in the folder "lang", for the toolkit.
func Files() embed.FS { return files }

// English is what the program is written in.
const English = "en"

// Codes are the languages that there is a file of, English first.
func Codes() []string {
	list, err := files.ReadDir(dir)
	if err != nil {
		panic(err) // it is built in
	}
	codes := []string{English}
	for _, f := range list {
		if code := strings.TrimSuffix(f.Name(), path.Ext(f.Name())); code != English {
			codes = append(codes, code)
		}
	}
	return codes
}

// Name is what a language calls itself, as "Deutsch".
func Name(code string) string {
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	return cases.Title(tag, cases.NoLower).String(display.Self.Name(tag))
}

// Has says whether there is a file of a language.
func Has(code string) bool { return slices.Contains(Codes(), code) }

// Open is a language that there is a file of. It is read once.
func Open(code string) (*Language, error) {
	if !Has(code) {
		return nil, message.Errorf("there is no language %q here; the languages are %s", code,
			strings.Join(Codes(), ", "))
	}
	return opened()[code]()
}

// opened reads each language the first time that it is asked for.
var opened = sync.OnceValue(func() map[string]func() (*Language, error) {
	out := map[string]func() (*Language, error){}
	for _, code := range Codes() {
		out[code] = sync.OnceValues(func() (*Language, error) { return read(code) })
	}
	return out
})

func read(code string) (*Language, error) {
	text, err := files.ReadFile(path.Join(dir, code+".json"))
	if err != nil {
		return nil, fmt.Errorf("the words of the program are missing: %w", err)
	}
	return Parse(code, text)
}

// Language is the texts of one language. It is not changed after it was made.
type Language struct {
	code      string
	plain     map[string]string        // what has one form
	forms     map[string]*i18n.Message // what has plural forms
	localizer *i18n.Localizer
	decimal   string
	thousands string
}

// Parse reads the file of a language.
func Parse(code string, text []byte) (*Language, error) {
	tag, err := language.Parse(code)
	if err != nil {
		return nil, fmt.Errorf("%q is no code of a language: %w", code, err)
	}
	bundle := i18n.NewBundle(tag)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	file, err := bundle.ParseMessageFileBytes(text, code+".json")
	if err != nil {
		return nil, fmt.Errorf("the words of the program cannot be read: %w", err)
	}
	l := &Language{code: code, plain: map[string]string{}, forms: map[string]*i18n.Message{},
		localizer: i18n.NewLocalizer(bundle, code)}
	for _, m := range file.Messages {
		if m.Zero == "" && m.One == "" && m.Two == "" && m.Few == "" && m.Many == "" {
			l.plain[m.ID] = m.Other
		} else {
			l.forms[m.ID] = m
		}
	}
	l.decimal, l.thousands = figures(tag)
	return l, nil
}

// figures are what stands between whole and part of a figure, and between thousands.
func figures(tag language.Tag) (decimal, thousands string) {
	p := textmessage.NewPrinter(tag)
	decimal = strings.Trim(p.Sprint(number.Decimal(0.5, number.Scale(1))), "05")
	thousands = strings.TrimSuffix(strings.TrimPrefix(p.Sprint(number.Decimal(11000)), "11"), "000")
	return decimal, thousands
}

// Code is the language's, as "de".
func (l *Language) Code() string { return l.code }

// Form is the text of a key, in the plural form of the count; false where the language
// has no text for it.
func (l *Language) Form(key string, count int, counted bool) (string, bool) {
	if text, ok := l.plain[key]; ok {
		return text, true
	}
	forms, ok := l.forms[key]
	if !ok {
		return "", false
	}
	if counted {
		if count < 0 {
			count = -count
		}
		text, err := l.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: count,
			TemplateParser: template.IdentityParser{}})
		if err == nil {
			return text, true
		}
	}
	return forms.Other, true
}

// terms mark, in the keys, the names of classes of the known sets of findings: a class
// is a word of its own, whatever else the English word means in the window.
const terms = "finding:"

// Term is the name of a class of a known set of findings, as people write it; false for
// any other.
func (l *Language) Term(name string) (string, bool) {
	text, ok := l.plain[terms+name]
	return text, ok
}

// Decimal is what stands between whole and part of a figure.
func (l *Language) Decimal() string { return l.decimal }

// Thousands is what stands between the thousands of a count.
func (l *Language) Thousands() string {
	if sample, ok := l.plain[thousandsSample]; ok {
		return strings.TrimSuffix(strings.TrimPrefix(sample, "1"), "000")
	}
	return l.thousands
}

// Keys that show how a language writes counts and days, where it has a way other than
// the usual: a count as 1,000 is written, a day as Go's time package shows layouts.
const (
	thousandsSample = "1,000"
	dateSample      = "2006-01-02"
)

// DateLayout is how a day is written.
func (l *Language) DateLayout() string {
	if layout, ok := l.plain[dateSample]; ok {
		return layout
	}
	return dateSample
}

// Keys are the texts that the language has: the forms of each, in the order of CLDR, or
// its one text.
func (l *Language) Keys() map[string][]string {
	out := make(map[string][]string, len(l.plain)+len(l.forms))
	for key, text := range l.plain {
		out[key] = []string{text}
	}
	for key, m := range l.forms {
		for _, form := range []string{m.Zero, m.One, m.Two, m.Few, m.Many, m.Other} {
			if form != "" {
				out[key] = append(out[key], form)
			}
		}
	}
	return out
}

// Words are the words of a language by its code.
func Words(code string) (message.Words, error) {
	l, err := Open(code)
	if err != nil {
		return message.Words{}, err
	}
	return message.In(l), nil
}
