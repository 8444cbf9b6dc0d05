//go:build unix

package node

import (
	"errors"

	"golang.org/x/sys/unix"
)

// freeBytes is how much of the disk under a folder is left to this program.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}

// noRoom says that something could not be written because the disk, or our share of it, is full.
func noRoom(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }
