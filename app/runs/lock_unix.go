//go:build unix

package runs

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockOpen takes the lock of an open file without waiting; the system lets go
// of it when the process ends, however it ends.
func lockOpen(f *os.File) error {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}
