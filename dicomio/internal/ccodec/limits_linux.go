package ccodec

import (
	"io"
	"math"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitProcess bounds the memory that the process may write to, and ends it when
// limitTime's limit is reached. It limits data, not
// address space, of which the Go runtime reserves much more than it uses.
func limitProcess(mb int) {
	n := uint64(mb) << 20
	if !underRace {
		_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: n, Max: n})
	}
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	overtime := make(chan os.Signal, 1)
	signal.Notify(overtime, unix.SIGXCPU) // the runtime would ignore it
	go func() {
		<-overtime
		os.Exit(3)
	}()
}

// limitTime bounds the processor time of the request at hand, on top of what
// was used before. The kernel counts whole seconds.
func limitTime(q *Request) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return
	}
	used := seconds(u.Utime) + seconds(u.Stime)
	limit := uint64(math.Ceil(used + cpuSeconds(q)))
	_ = unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: limit, Max: unix.RLIM_INFINITY})
}

func seconds(t unix.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// widen gives a pipe room for a megabyte, which spares switching between the
// processes.
func widen(end io.Closer) {
	f, ok := end.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := f.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) })
	}
}
