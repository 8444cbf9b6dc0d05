// Package cli is what the commands of cxr share: the flags that name engine and model, the
// lists that there is to choose from, the language, and the [Printer], which writes
// results for people or for programs.
package cli

import (
	"github.com/spf13/cobra"

	"hilum/internal/message"
)

// ErrReported is returned by a command that has said itself what went wrong.
var ErrReported = message.New("reported already")

// UsageError marks a mistake in the command line.
type UsageError struct{ error }

// Usage marks a mistake in the command line.
func Usage(err error) error { return UsageError{err} }

// Unwrap gives the mistake.
func (u UsageError) Unwrap() error { return u.error }

// AtLeastOne is the argument check of commands that take paths.
func AtLeastOne(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return UsageError{message.Errorf("no %s was named", what)}
		}
		return nil
	}
}

// NoArgs is the argument check of commands that take none.
func NoArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return UsageError{message.Errorf("unexpected argument %q", args[0])}
	}
	return nil
}

// OnePath refuses more than one argument.
func OnePath(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return UsageError{message.Errorf("unexpected argument %q", args[1])}
	}
	return nil
}
