// Package fileio opens the files that pictures come in and finds words for what is
// wrong with them. Its core type is [FormatError]; errors are one sentence for a
// person: what failed, on which file, what to do. It tells formats by their first
// bytes and reads none; it imports the structure of DICOM files and the one way to
// open a file.
package fileio

import (
	"context"
	"errors"
	"path/filepath"

	"hilum/internal/message"
	"hilum/internal/parallel"
)

// FormatError says that a file is damaged, or is no picture at all. Its text
// is one sentence for a person: what, which file, what to do.
type FormatError struct {
	Path   string          // as named to Decode
	Reason message.Message // what is wrong with the file
	Advice message.Message // what to do about it, the zero value for the usual
	Err    error           // the cause, may be nil
}

func (e *FormatError) Error() string {
	return e.Message().String()
}

// Message is the sentence with its parts.
func (e *FormatError) Message() message.Message {
	advice := e.Advice
	if advice.IsZero() {
		advice = message.Of("copy or export the file again")
	}
	return message.Of("cannot read %s: %s; %s", called(e.Path), e.Reason, advice)
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// UnsupportedError says that a file is sound, as far as that can be told, but
// its encoding is not one that is read here.
type UnsupportedError struct {
	Path     string
	Encoding message.Message // name, and for a transfer syntax its UID in parentheses
	Advice   message.Message // the zero value for the usual
}

func (e *UnsupportedError) Error() string {
	return e.Message().String()
}

// Message is the sentence with its parts.
func (e *UnsupportedError) Message() message.Message {
	advice := e.Advice
	if advice.IsZero() {
		advice = message.Of("export it uncompressed or as JPEG 2000")
	}
	return message.Of("cannot read %s: unsupported: %s; %s", called(e.Path), e.Encoding, advice)
}

// called is ShortName for a message: a name is data, and a file without one has a word.
func called(path string) any {
	if path == "" {
		return message.Of("the picture")
	}
	return ShortName(path)
}

// ShortName is what a file is called in messages.
func ShortName(path string) string {
	if path == "" {
		return "the picture"
	}
	return filepath.Base(path)
}

// Damaged makes a FormatError from a decoder's error, and leaves alone what is
// not the file's fault.
func Damaged(path string, err error) error {
	var fe *FormatError
	var ue *UnsupportedError
	if errors.As(err, &fe) || errors.As(err, &ue) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &FormatError{Path: path, Reason: message.Of("%v", err), Err: err}
}

// Failed is deferred with [parallel.Recover]: it turns a panic of a decoder into an
// error at the package's edge.
func Failed(name string, err *error) func(*parallel.Panic) {
	return func(p *parallel.Panic) {
		*err = &FormatError{Path: name, Reason: message.Of("its decoder failed (%v)", p.Value)}
	}
}
