package runlock

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// child is set in a test process that takes a lock, says so, and waits to be killed.
const child = "HILUM_LOCK_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(child); dir != "" {
		if _, err := Take(dir, 0); err != nil {
			os.Exit(3)
		}
		os.Stdout.WriteString("held\n")
		select {}
	}
	os.Exit(m.Run())
}

// The second one is refused at once, in a sentence that says who works there; when
// the first is killed the lock is free, though its file is still there.
func TestOneAtATimeAndNoneAfterAKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+dir)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatal(line, err)
	}
	start := time.Now()
	_, err = Take(dir, 0)
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), "process ") ||
		!strings.Contains(err.Error(), "in use") {
		t.Errorf("while another has it: %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("being refused took %v", took)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	l, err := Take(dir, time.Second)
	if err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	if !l.Of(dir) || l.Of(t.TempDir()) || l.Warning() != "" {
		t.Errorf("%+v", l)
	}
	l.Release()
	l.Release()
	if (*Lock)(nil).Of(dir) {
		t.Error("no lock is of a folder")
	}
}

// Whoever waits gets the lock of one that ends, though its file goes meanwhile. A
// folder that was made for nothing goes, one with something in it stays.
func TestReleaseAndWait(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	first, err := Take(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(3 * interval)
		first.Release()
	}()
	second, err := Take(dir, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Take(dir, 0); !errors.Is(err, ErrHeld) {
		t.Errorf("while the second has it: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "work"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	second.Release()
	if _, err := os.Stat(filepath.Join(dir, "work")); err != nil {
		t.Error(err)
	}
	empty := filepath.Join(t.TempDir(), "none")
	l, err := Take(empty, 0)
	if err != nil {
		t.Fatal(err)
	}
	l.Release()
	if _, err := os.Stat(empty); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder stays: %v", err)
	}
}
