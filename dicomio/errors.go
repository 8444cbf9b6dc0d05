package dicomio

import (
	"context"
	"errors"
	"path/filepath"

	"hilum/internal/message"
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
	return message.Of("cannot read %s: %s; %s", shortName(e.Path), e.Reason, advice)
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
	return message.Of("cannot read %s: unsupported: %s; %s", shortName(e.Path), e.Encoding, advice)
}

// shortName is the name of a file in a sentence, which is data, or a word for one
// without a name.
func shortName(path string) any {
	if path == "" {
		return message.Of("the picture")
	}
	return filepath.Base(path)
}

// damaged makes a FormatError from a decoder's error, and leaves alone what is
// not the file's fault.
func damaged(path string, err error) error {
	var fe *FormatError
	var ue *UnsupportedError
	if errors.As(err, &fe) || errors.As(err, &ue) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &FormatError{Path: path, Reason: message.Of("%v", err), Err: err}
}
