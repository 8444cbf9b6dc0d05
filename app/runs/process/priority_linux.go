package process

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lowest is the weakest claim on the processor that a normal process can have
// (setpriority(2)).
const lowest = 19

// yieldProcessor makes all threads of this process, and those they will start,
// give way to every other program: the reader's window comes first. Where the
// system refuses, the job runs as any other.
func yieldProcessor() {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, t := range tasks {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, id, lowest) // a thread that has ended is no matter
		}
	}
}
