package runs

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// lockOpen takes the lock of an open file without waiting; the system lets go
// of it when the process ends, however it ends.
func lockOpen(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	if err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped)); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}
