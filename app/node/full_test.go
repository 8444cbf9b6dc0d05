//go:build linux

package node_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hilum/app/apptest"
	"hilum/app/node"
)

// smallDisk mounts a disk of a few MB of its own, or skips the test.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// fill leaves so many bytes of a disk, and gives what makes room again.
func fill(t *testing.T, dir string, left int64) (empty func()) {
	t.Helper()
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Error(err)
		return func() {}
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		var s unix.Statfs_t
		if unix.Statfs(dir, &s) != nil || int64(s.Bavail)*s.Bsize <= left {
			break
		}
		if _, err := f.Write(block); err != nil {
			break
		}
	}
	return func() { _ = os.Remove(ballast) }
}

// The disk becomes full where a film was accepted and is not scored yet, and again where its
// objects are written and not sent yet: nothing is given up, told twice or sent twice.
func TestADiskThatBecomesFullLosesNothing(t *testing.T) {
	d := newDestination(t)
	d.listen(t)
	dir := smallDisk(t)
	empty := make(chan func(), 2)
	gate := make(chan struct{}) // nothing is scored before the disk is full
	s := startOn(t, &apptest.Engine{Classes: 3, Gate: gate}, node.Config{Dir: filepath.Join(dir, "node"), Objects: everything(), Send: node.Destinations(d.server(t)),
		Log: func(e node.LogEntry) {
			switch e.Event.String() {
			case "received": // room for the next film's beginning, and for no object
				empty <- fill(t, dir, 8192)
				close(gate)
			case "scored":
				empty <- fill(t, dir, 0)
			}
		}})
	path, instance := film(t, t.TempDir(), 0, "PA")
	if err := s.send(t, path); err != nil {
		t.Fatal(err)
	}
	const told = "the disk is full; what waits goes on when there is room"
	eventually(t, "it is told", func() bool { return s.events(told) == 1 })
	time.Sleep(300 * time.Millisecond) // many more tries than a film has
	if s.events("failed")+s.events("scored") > 0 || s.events(told) != 1 {
		t.Fatal(s.text())
	}
	(<-empty)()
	eventually(t, "it is scored after all", func() bool { return s.events("scored") == 1 })
	time.Sleep(300 * time.Millisecond)
	(<-empty)()
	eventually(t, "all arrives", func() bool { return d.count() == 4 && s.events("sent") == 4 })
	for uid, n := range d.got {
		if n != 1 {
			t.Errorf("%s came %d times", uid, n)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "node", "incoming", instance+".dcm")); err != nil || s.events("failed") > 0 {
		t.Error(err, s.text())
	}
}
