package runlock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"

	"hilum/internal/message"
)

// beyond is where the locked byte is, behind what is written, since others may not
// read a byte that is locked.
const beyond = 1 << 20

// lockOpen takes the lock of an open file without waiting; the system lets go
// of it when the process ends, however it ends.
func lockOpen(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{Offset: beyond})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, windows.ERROR_INVALID_FUNCTION), errors.Is(err, windows.ERROR_NOT_SUPPORTED):
		return errUnsupported
	}
	return message.Errorf("lock: %w", err)
}
