package message

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Language is the catalogue of one language and how it writes figures. It may be used
// by several goroutines.
type Language interface {
	// Code is the language's, as "de".
	Code() string
	// Form is the text of a key, in the plural form of the count where the text has
	// forms and counted says that there is a count; false where it has none.
	Form(key string, count int, counted bool) (string, bool)
	// Term is the name of a class of a known set of findings; false for any other.
	Term(name string) (string, bool)
	// Decimal is what stands between whole and part of a figure.
	Decimal() string
	// Thousands is what stands between the thousands of a count.
	Thousands() string
	// DateLayout is how a day is written, as time.Format takes it.
	DateLayout() string
}

// Words writes messages in a language. The zero value writes them in English, byte for
// byte as they were made: what programs, files and logs say. It is a small value, handed
// to whatever has a reader.
type Words struct{ language Language }

// In are the words of a language; nil is English as it was made.
func In(l Language) Words { return Words{l} }

// IsZero says whether these are the words of no catalogue: English as it was made.
func (w Words) IsZero() bool { return w.language == nil }

// Code is the language's, as "de".
func (w Words) Code() string {
	if w.language == nil {
		return "en"
	}
	return w.language.Code()
}

// Say is a text in the language, formatted with its arguments as by fmt.Sprintf. A text
// that the catalogue does not have stays English.
func (w Words) Say(key string, args ...any) string {
	if w.language == nil {
		return english(key, args)
	}
	count, counted := countOf(args)
	text, ok := w.language.Form(key, count, counted)
	if !ok {
		text = key
	}
	if len(args) == 0 {
		return text
	}
	written := make([]any, len(args))
	for i, a := range args {
		written[i] = w.argument(a)
	}
	return fmt.Sprintf(strings.ReplaceAll(text, "%w", "%v"), written...)
}

// Text is a message in the language.
func (w Words) Text(m Message) string {
	if w.language == nil || m.IsZero() {
		return m.text
	}
	switch m.form {
	case data:
		return m.text
	case sentence:
		return w.Sentence(m.args[0].(error))
	case listed:
		parts := make([]string, len(m.args))
		for i, a := range m.args {
			parts[i] = fmt.Sprint(w.argument(a))
		}
		return strings.Join(parts, m.key)
	}
	return w.Say(m.key, m.args...)
}

// Texts are messages in the language.
func (w Words) Texts(list []Message) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = w.Text(m)
	}
	return out
}

// Sentence is an error in the language: capital first, full stop last.
func (w Words) Sentence(err error) string {
	text := w.Error(err)
	if strings.TrimSpace(text) == "" {
		return w.Say(nothing)
	}
	return asSentence(text)
}

// Error is an error in the language, as far as it was made of messages or is one of the
// system's that the catalogue knows. What a library says stays as it is.
func (w Words) Error(err error) string {
	if w.language == nil {
		return err.Error()
	}
	switch e := err.(type) { //nolint:errorlint // what wraps an error has words of its own
	case Speaker:
		return w.Text(e.Message())
	case *fs.PathError:
		return w.operation(e.Op+" %s: %s", e, e.Path, e.Err)
	case *os.LinkError:
		return w.operation(e.Op+" %s %s: %s", e, e.Old, e.New, e.Err)
	case *os.SyscallError:
		return e.Syscall + ": " + w.Error(e.Err)
	case interface{ Unwrap() []error }:
		if parts := e.Unwrap(); err.Error() == errors.Join(parts...).Error() {
			return w.lines(parts)
		}
	case syscall.Errno:
		return w.Say(e.Error())
	}
	if slices.Contains(system, err) {
		return w.Say(err.Error())
	}
	return err.Error()
}

// system are the errors of the standard library that people meet.
var system = []error{
	io.EOF, io.ErrUnexpectedEOF, io.ErrShortWrite, fs.ErrNotExist, fs.ErrExist, fs.ErrPermission, fs.ErrClosed,
	context.Canceled, context.DeadlineExceeded,
}

// operation is what the system could not do.
func (w Words) operation(key string, err error, args ...any) string {
	if _, ok := w.language.Form(key, 0, false); !ok {
		text := err.Error()
		cause, _ := args[len(args)-1].(error)
		if was := cause.Error(); strings.HasSuffix(text, was) {
			return text[:len(text)-len(was)] + w.Error(cause)
		}
		return text
	}
	return w.Say(key, args...)
}

// lines are several errors, one a line.
func (w Words) lines(list []error) string {
	parts := make([]string, len(list))
	for i, err := range list {
		parts[i] = w.Error(err)
	}
	return strings.Join(parts, "\n")
}

// Name is a class of a data set, whose English name is given as people write it. One
// that is no label of a known set of findings is data, whatever word it is.
func (w Words) Name(class string) string {
	if w.language != nil {
		if name, ok := w.language.Term(class); ok {
			return name
		}
	}
	return class
}

// Count writes a number with its thousands apart.
func (w Words) Count(n int) string {
	if w.language == nil {
		return Count(n).String()
	}
	return grouped(n, w.language.Thousands())
}

// Figure is a figure that was written with a point, for people to read. Tables that
// machines read keep the point.
func (w Words) Figure(written string) string {
	if w.language == nil {
		return written
	}
	return strings.Replace(written, ".", w.language.Decimal(), 1)
}

// Fraction writes a probability, a threshold or another number of 0 to 1 with two decimals
// and no leading zero, as .71 or ,71; 1 is 1.00.
func (w Words) Fraction(v float64) string {
	return w.Figure(strings.TrimPrefix(strconv.FormatFloat(v, 'f', 2, 64), "0"))
}

// Date writes a day.
func (w Words) Date(day time.Time) string {
	if w.language == nil {
		return day.Format(time.DateOnly)
	}
	return day.Format(w.language.DateLayout())
}

// argument is what is put into a text of the language.
func (w Words) argument(a any) any {
	switch a := a.(type) {
	case Message:
		return w.Text(a)
	case error:
		return w.Error(a)
	case Term:
		if name, ok := w.language.Term(a.Name); ok {
			return name
		}
		return a.Text
	case Count:
		return w.Count(int(a))
	case float64, float32:
		return figure{a, w.language.Decimal()}
	case Figure:
		return w.Figure(string(a))
	case interface{ Figure() Figure }:
		return w.Figure(string(a.Figure()))
	case interface{ Message() Message }:
		return w.Text(a.Message())
	case time.Time:
		return w.Date(a)
	}
	return a
}

// Figure is a figure as it was written, with a point.
type Figure string

// figure writes a floating-point number as fmt does, with the language's decimal sign.
type figure struct {
	value   any
	decimal string
}

// Format implements fmt.Formatter.
func (f figure) Format(s fmt.State, verb rune) {
	_, _ = io.WriteString(s, strings.Replace(fmt.Sprintf(fmt.FormatString(s, verb), f.value), ".", f.decimal, 1))
}

// countOf is what decides the plural form: the first argument that is a whole number.
func countOf(args []any) (n int, ok bool) {
	for _, a := range args {
		if v := reflect.ValueOf(a); v.IsValid() && v.CanInt() {
			if _, timed := a.(time.Duration); !timed {
				return int(v.Int()), true
			}
		}
	}
	return 0, false
}
