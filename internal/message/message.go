// Package message is what the program says to people: a text and what is put into it,
// kept apart until somebody reads it. Its core type is [Message], a value of a key (the
// English text, with verbs of fmt) and arguments; [Errorf] makes errors of the same kind.
// A layer that has something to say makes one and knows no language; the edge (a window,
// a program, a page) writes it with [Words], which looks the key up in the catalogue of a
// language, takes the plural form that the count asks for, and writes the arguments.
//
// Arguments that are messages, errors, [Term] and figures follow the language. Strings
// are data: names, paths, a person's words, what a file says. They stay as they are.
//
// It imports the standard library alone, so that every library may speak through it.
package message

import (
	"fmt"
	"slices"
	"strings"
)

// Message is one thing to say. The zero value says nothing. A message is never changed.
type Message struct {
	key  string
	args []any
	text string // in English
	form form

	minor bool // see Minor
}

// form is how the parts of a message become a text.
type form uint8

const (
	formatted form = iota // the key with its arguments
	data                  // somebody's words: in no language
	sentence              // an error, args[0], with a capital and a full stop
	listed                // the arguments one after the other, with the key between them
)

// Of is a message: the English text, which is its key, with verbs of fmt for the
// arguments. Without arguments nothing is formatted, as by errors.New.
func Of(key string, args ...any) Message {
	return Message{key: key, args: args, text: english(key, args)}
}

// Minor is the message as one that changes nothing else's meaning: a reader finds it under
// the details, not before a finding.
func (m Message) Minor() Message {
	m.minor = true
	return m
}

// IsMinor tells whether the message belongs under the details.
func (m Message) IsMinor() bool { return m.minor }

// Reread is a message whose English text stands in a file already, as it stands there.
func Reread(text, key string, args ...any) Message { return Message{key: key, args: args, text: text} }

// english is the text as written.
func english(key string, args []any) string {
	if len(args) == 0 {
		return key
	}
	return fmt.Sprintf(key, args...)
}

// Data is a text that is in no language: a person's words, a name, what a file says.
func Data(text string) Message { return Message{key: text, text: text, form: data} }

// List is several things with a separator between them.
func List(separator string, parts ...any) Message {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = fmt.Sprint(p)
	}
	return Message{key: separator, args: parts, text: strings.Join(texts, separator), form: listed}
}

// Sentence is an error made readable: capital first, full stop last.
func Sentence(err error) Message {
	return Message{args: []any{err}, text: asSentence(err.Error()), form: sentence}
}

// Key is what the message is looked up by: the English text with its verbs. It is ""
// where the message is no text of the catalogue.
func (m Message) Key() string {
	if m.form == formatted {
		return m.key
	}
	return ""
}

// String is the message in English, as it stands in files, in JSON and in logs.
func (m Message) String() string { return m.text }

// IsZero says whether there is nothing to say.
func (m Message) IsZero() bool { return m.text == "" }

// MarshalText writes the message in English.
func (m Message) MarshalText() ([]byte, error) { return []byte(m.text), nil }

// UnmarshalText takes a text that stands in a file: a message of the catalogue where it
// is one as a whole, and data where not.
func (m *Message) UnmarshalText(text []byte) error {
	*m = Of(string(text))
	return nil
}

// Strings are messages in English.
func Strings(list []Message) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = m.text
	}
	return out
}

// Term is the name of a class of a data set: Text is how the data set spells it and what
// stands in English, Name how people write it, which is what it is looked up by. A class
// that the catalogue does not know stays as it is spelled.
type Term struct{ Text, Name string }

// String is the spelling of the data set.
func (t Term) String() string { return t.Text }

// Count is a number of things, written with its thousands apart: 1,204.
type Count int

// String is the number in English.
func (n Count) String() string { return grouped(int(n), ",") }

// grouped writes a number with something between its thousands.
func grouped(n int, gap string) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + gap + s[i:]
	}
	return s
}

// Contains says whether a message of a text is in a list.
func Contains(list []Message, text string) bool {
	return slices.ContainsFunc(list, func(m Message) bool { return m.text == text })
}
