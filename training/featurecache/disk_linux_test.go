package featurecache

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// A full disk is an error that says so, and what was there before stays good.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("cannot mount a small disk: ", err)
	}
	defer func() { _ = syscall.Unmount(dir, 0) }()
	s := Spec{Key: "k", Elements: 4096, Precision: Half}
	c, err := Open(dir, s, 20)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, s.Elements)
	n := byte(0)
	for ; err == nil && n < 20; n++ {
		err = c.Put(id(n), v)
	}
	if !errors.Is(err, syscall.ENOSPC) || n < 3 {
		t.Fatalf("after %d records: %v", n, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(dir, s, 20); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range n - 1 {
		if ok, err := c.Get(id(i), v); !ok || err != nil {
			t.Errorf("record %d: %v %v", i, ok, err)
		}
	}
	if c.Has(id(n - 1)) {
		t.Error("the record that did not fit is there")
	}
}
