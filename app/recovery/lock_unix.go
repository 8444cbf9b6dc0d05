//go:build unix

package recovery

import (
	"errors"
	"io"
	"os"
	"syscall"

	"hilum/internal/message"
)

// lockFile takes a file for this program alone, until it is closed or the program
// ends, in whatever way.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(message.Errorf("another Hilum is running: %w", err), f.Close())
	}
	return f, nil
}
