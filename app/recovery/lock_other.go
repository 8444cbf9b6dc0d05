//go:build !unix

package recovery

import (
	"io"
	"os"
)

// lockFile opens the file; where the system knows no advisory locks two programs
// keep the same journal, and the last one wins.
func lockFile(path string) (io.Closer, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}
