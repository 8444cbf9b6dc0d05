//go:build unix

package regular

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Oracle: open(2) waits at a pipe until somebody writes; nothing here may.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	pipe, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "socket")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]string{pipe: "pipe", link: "pipe", socket: "socket", dir: "folder",
		"/dev/zero": "device"} {
		done := make(chan error, 1)
		go func() {
			_, err := ReadFile(path)
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), kind) {
				t.Errorf("%s: %v, want ErrNotRegular that says %s", path, err, kind)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: it waits", path)
		}
	}
}

func TestRegularFilesAndLinksToThemAreRead(t *testing.T) {
	dir := t.TempDir()
	path, link, broken := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Symlink(path, link), os.Symlink(filepath.Join(dir, "none"), broken)); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, link} {
		if b, err := ReadFile(p); err != nil || string(b) != "text" {
			t.Errorf("%s: %q, %v", p, b, err)
		}
	}
	if _, err := Open(broken); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a broken link: %v", err)
	}
	if b, err := ReadFile("/proc/self/stat"); err == nil && len(b) == 0 {
		t.Error("a file of /proc, whose size is given as 0, is read as empty")
	}
}
