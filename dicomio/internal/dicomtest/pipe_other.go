//go:build !unix

package dicomtest

import "errors"

// MakePipe makes a named pipe.
func MakePipe(string) error { return errors.New("no pipes here") }
