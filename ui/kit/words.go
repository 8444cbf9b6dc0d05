package kit

import (
	"os"
	"strings"
	"sync"

	"fyne.io/fyne/v2/lang"

	"hilum/inference"
	"hilum/internal/catalogue"
	"hilum/internal/message"
)

// spoken are the words of the windows. The toolkit has one language for the whole
// program, so there is one of them too.
var spoken struct {
	mu    sync.RWMutex
	words message.Words
}

// SetLanguage has the windows speak a language of the catalogue, and the toolkit's own
// dialogs as well; "" follows the system. What stands on the screen already does not
// change. On systems other than Linux and its like the toolkit cannot be told, and the
// system's language stays.
func SetLanguage(code string) error {
	code = chosen(code)
	words, err := catalogue.Words(code)
	if err != nil {
		return err
	}
	if err := tellToolkit(code); err != nil {
		return message.Errorf("the words of the windows cannot be read: %w", err)
	}
	SetWords(words)
	return nil
}

// SetWords has the windows speak in words of any catalogue.
func SetWords(words message.Words) {
	spoken.mu.Lock()
	defer spoken.mu.Unlock()
	spoken.words = words
}

// chosen is the language to use: the one asked for, else the system's, and English
// where there is no file of that.
func chosen(code string) string {
	if code == "" {
		code, _, _ = strings.Cut(lang.SystemLocale().LanguageString(), "-")
	}
	if !catalogue.Has(code) {
		return catalogue.English
	}
	return code
}

// tellToolkit hands the toolkit the catalogue, in which its own dialogs find what they
// say, and has it choose the language.
func tellToolkit(code string) error {
	return withLocale(code, func() error { return lang.AddTranslationsFS(catalogue.Files(), "lang") })
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

// Words are the words of the windows.
func Words() message.Words {
	spoken.mu.RLock()
	words := spoken.words
	spoken.mu.RUnlock()
	if words.IsZero() {
		words, _ = catalogue.Words(catalogue.English) // built in, and read by a test
	}
	return words
}

// T is a text of the windows in the reader's language, formatted as by Sprintf
// where there are arguments. A text that the language has no word for stays
// English.
func T(text string, args ...any) string { return Words().Say(text, args...) }

// Text is a message in the reader's language.
func Text(m message.Message) string { return Words().Text(m) }

// Language is the code of the language in force, as "de".
func Language() string { return Words().Code() }

// Count writes a number with its thousands apart, as the language does.
func Count(n int) string { return Words().Count(n) }

// ClassName is a class as people write it, in the reader's language where it is a
// label of a set of findings: any other is data, whatever word it is.
func ClassName(class string) string { return Words().Name(inference.ClassName(class)) }
