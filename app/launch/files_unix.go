//go:build unix

package launch

import (
	"io/fs"
	"os"
	"syscall"
)

// owned tells whether a file is this user's.
func owned(info fs.FileInfo) bool {
	sys, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(sys.Uid) == os.Getuid()
}

func writableByOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }
