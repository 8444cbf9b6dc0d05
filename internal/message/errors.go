package message

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Speaker is an error that says itself as a message.
type Speaker interface {
	error
	Message() Message
}

// failure is an error with a message; failures wraps several.
type failure struct {
	said  Message
	cause error
}

type failures struct {
	failure
	causes []error
}

func (f *failure) Error() string    { return f.said.text }
func (f *failure) Message() Message { return f.said }
func (f *failure) Unwrap() error    { return f.cause }
func (f *failures) Unwrap() []error { return f.causes }

// New is an error that says one text, as errors.New: two of one text are not equal.
func New(key string) error { return &failure{said: Of(key)} }

// Errorf is an error as fmt.Errorf makes it, %w and all, whose parts are kept for the
// language of the reader. Its Error is the English text.
func Errorf(key string, args ...any) error {
	made := fmt.Errorf(key, args...)
	m := Message{key: key, args: args, text: made.Error()}
	if several, ok := made.(interface{ Unwrap() []error }); ok {
		return &failures{failure{said: m}, several.Unwrap()}
	}
	return &failure{m, errors.Unwrap(made)}
}

// nothing is what an error without words says.
const nothing = "Something failed without saying why."

// asSentence makes the words of an error readable: capital first, full stop last.
func asSentence(words string) string {
	text := strings.TrimSpace(strings.ReplaceAll(words, "\n", "; "))
	if text == "" {
		return nothing
	}
	// A path or a file name keeps its case.
	if first, size := utf8.DecodeRuneInString(text); unicode.IsLower(first) {
		word, _, _ := strings.Cut(text, " ")
		if !strings.ContainsAny(strings.TrimRight(word, ":,"), "./_\\") {
			text = string(unicode.ToUpper(first)) + text[size:]
		}
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
