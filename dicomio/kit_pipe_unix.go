//go:build unix

package dicomio

import "syscall"

func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }
