//go:build unix

package regular

import "syscall"

// noWait keeps the opening of a pipe that took the place of a file from waiting
// for a writer. It has no effect on regular files.
const noWait = syscall.O_NONBLOCK
