//go:build unix

package runlock

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"hilum/internal/message"
)

// lockOpen takes the lock of an open file without waiting; the system lets go
// of it when the process ends, however it ends.
func lockOpen(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOLCK),
		errors.Is(err, unix.EINVAL):
		return errUnsupported
	}
	return message.Errorf("lock: %w", err)
}
