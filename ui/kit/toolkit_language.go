package kit

import (
	"os"
	"strings"

	"fyne.io/fyne/v2/lang"

	"hilum/internal/catalogue"
)

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
