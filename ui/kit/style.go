package kit

import (
	"sync"

	"hilum/app/settings"
	"hilum/inference"
	"hilum/internal/catalogue"
	"hilum/internal/message"
)

// Style is how a window speaks and looks: the words of a language and a set of colours.
// A window owns one and hands it to its parts within an [Environment]; two windows with
// different ones stand side by side. What the toolkit has one of for a whole program is
// set by the window that asked last: the language of its own dialogs
// ([Style.SetLanguage]), the scale ([SetTextSize]) and the theme of the controls that
// stand in no part with a theme of its own (fyne.Settings.SetTheme).
type Style struct {
	// Colours are those of what is built next; exchange them on the window's goroutine.
	Colours Colours

	mu    sync.RWMutex
	words message.Words
}

// NewStyle speaks English and looks as a reading room does.
func NewStyle() *Style { return &Style{Colours: reading()} }

// SetLook takes the colours of a look. What was built before keeps its colours until it
// is built again.
func (s *Style) SetLook(l settings.Look) {
	s.Colours = reading()
	if l == settings.HighContrast {
		s.Colours = highContrast()
	}
}

// SetLanguage speaks a language of the catalogue; "" follows the system. What stands on
// the screen already does not change. The toolkit's own dialogs follow, for all windows:
// it has one language. On systems other than Linux and its like it cannot be told, and
// the system's language stays.
func (s *Style) SetLanguage(code string) error {
	code = chosen(code)
	words, err := catalogue.Words(code)
	if err != nil {
		return err
	}
	if err := tellToolkit(code); err != nil {
		return message.Errorf("the words of the windows cannot be read: %w", err)
	}
	s.SetWords(words)
	return nil
}

// SetWords speaks in words of any catalogue.
func (s *Style) SetWords(words message.Words) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.words = words
}

// Words are the words of the language, from any goroutine.
func (s *Style) Words() message.Words {
	s.mu.RLock()
	words := s.words
	s.mu.RUnlock()
	if words.IsZero() {
		words, _ = catalogue.Words(catalogue.English) // built in, and read by a test
	}
	return words
}

// T is a text in the reader's language, formatted as by Sprintf where there are
// arguments. A text that the language has no word for stays English.
func (s *Style) T(text string, args ...any) string { return s.Words().Say(text, args...) }

// Text is a message in the reader's language.
func (s *Style) Text(m message.Message) string { return s.Words().Text(m) }

// Count writes a number with its thousands apart, as the language does.
func (s *Style) Count(n int) string { return s.Words().Count(n) }

// ClassName is a class as people write it, in the reader's language where it is a
// label of a set of findings: any other is data, whatever word it is.
func (s *Style) ClassName(class string) string { return s.Words().Name(inference.ClassName(class)) }
