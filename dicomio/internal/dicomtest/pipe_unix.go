//go:build unix

package dicomtest

import "syscall"

// MakePipe makes a named pipe.
func MakePipe(path string) error { return syscall.Mkfifo(path, 0o600) }
