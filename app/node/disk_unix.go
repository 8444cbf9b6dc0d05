//go:build unix

package node

import "golang.org/x/sys/unix"

// freeBytes is how much of the disk under a folder is left to this program.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}
