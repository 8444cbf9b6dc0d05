package trainer

import (
	"context"
	"errors"
	"hilum/training/history"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk mounts a disk of so many bytes.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skip("cannot mount a small disk: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	return dir
}

// The disk fills up in the middle of a run: the run says so, the last checkpoint
// is whole, and with room again the run goes on to the same bytes.
func TestFullDiskStopsTheRun(t *testing.T) {
	dir := smallDisk(t, "2m")
	e := openEngine(t)
	table := drawImages(t, 48)
	want := read(t, mustTrain(t, Train{Config: tinyRun(t, table), Engine: e}).Model)
	c := tinyRun(t, table)
	c.Out, c.Cache = filepath.Join(dir, "run"), filepath.Join(t.TempDir(), "cache")
	ballast := filepath.Join(dir, "ballast")
	j := Train{Config: c, Engine: e, OnEvent: func(e history.Event) {
		if e.Epoch == nil || e.Epoch.Epoch != 2 {
			return
		}
		f, err := os.Create(ballast) // the disk is full from here on
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
	}}
	if _, err := j.Run(context.Background()); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("a full disk: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	j.Config.Resume, j.OnEvent = true, nil
	r, err := j.Run(context.Background())
	if err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if string(read(t, r.Model)) != string(want) || r.Plan.Resumed == 0 {
		t.Errorf("resumed at step %d, to other bytes", r.Plan.Resumed)
	}
}
