//go:build !unix

package dicomtest

import "hilum/internal/message"

// MakePipe makes a named pipe.
func MakePipe(string) error { return message.New("no pipes here") }
