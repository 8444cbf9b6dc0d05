package runs

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	lockFile = "lock"
	// lockPatience is how long a job waits for one of a program that was closed
	// or killed: that one has seen it and is writing its checkpoint.
	lockPatience = 20 * time.Second
	lockInterval = 100 * time.Millisecond
)

// lock keeps two jobs, of whatever program, from working on one run.
func lock(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("the run's folder cannot be written: %w", err)
	}
	for until := time.Now().Add(lockPatience); ; time.Sleep(lockInterval) {
		if err = lockOpen(f); err == nil {
			return func() { _ = f.Close() }, nil // which unlocks
		}
		if time.Now().After(until) {
			f.Close()
			return nil, fmt.Errorf("another program is working on the run %s; close it first", filepath.Base(dir))
		}
	}
}
