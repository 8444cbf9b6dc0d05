package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// restartEnv tells a program when it was started in place of one whose window
// failed, in seconds since 1970.
const restartEnv = "HILUM_RESTARTED"

// restartPause is how long a window must have lasted for another to be tried.
const restartPause = time.Minute

// windowFailed is the error of a window that broke while it was in use.
type windowFailed struct{ cause any }

// Error implements error.
func (w windowFailed) Error() string { return fmt.Sprintf("the window failed: %v", w.cause) }

// mayRestart tells whether a program that ended with an error is to be started
// again: its window broke, and did not do so a moment ago too.
func mayRestart(err error, restarted string, now time.Time) bool {
	var w windowFailed
	if !errors.As(err, &w) {
		return false
	}
	at, bad := strconv.ParseInt(restarted, 10, 64)
	return restarted == "" || bad == nil && now.Sub(time.Unix(at, 0)) > restartPause
}

// restart starts the program again with the same flags. The files that were
// named are left out: what was open comes back.
func restart(o options) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	c := exec.Command(self, os.Args[1:len(os.Args)-len(o.paths)]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%d", restartEnv, time.Now().Unix()))
	return c.Start()
}
