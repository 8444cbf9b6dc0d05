package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// asHilum has the test's program be the desktop program itself.
const asHilum = "HILUM_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asHilum) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestALoopThatStaysIsLeft: the process ends after what is open was closed, and not
// before; a loop that returns is let be.
func TestALoopThatStaysIsLeft(t *testing.T) {
	for _, c := range []struct {
		err      error
		returned bool
		want     string
	}{
		{nil, false, "[closed 0]"}, {errors.New("the disk is full"), false, "[closed 1]"}, {nil, true, "[]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var lock sync.Mutex
			var done []string
			note := func(what string) {
				lock.Lock()
				defer lock.Unlock()
				done = append(done, what)
			}
			noted := func() []string {
				lock.Lock()
				defer lock.Unlock()
				return slices.Clone(done)
			}
			q := newQuitting(func() error { note("closed"); return c.err }, func(code int) { note(fmt.Sprint(code)) })
			time.Sleep(time.Hour) // an open window is waited for
			q.closed()
			time.Sleep(loopPatience - time.Second)
			if c.returned {
				q.returned()
				q.returned()
			}
			if list := noted(); len(list) != 0 {
				t.Errorf("%v while the loop may still return", list)
			}
			time.Sleep(2 * time.Second)
			if got := fmt.Sprint(noted()); got != c.want {
				t.Errorf("%v, returned %v: %s, want %s", c.err, c.returned, got, c.want)
			}
		})
	}
}

// desktop is a virtual display with a window manager, and the program on it.
type desktop struct {
	*testing.T
	display string
	program *exec.Cmd
	ended   chan error
	told    lines
}

// lines is what the program says.
type lines struct{ file string }

func (l lines) all() string {
	data, _ := os.ReadFile(l.file) // none is nothing said
	return string(data)
}

func (l lines) has(what string) bool { return strings.Contains(l.all(), what) }

// startDesktop opens the program on a display of its own; the test is skipped where there
// is none to be had.
func startDesktop(t *testing.T, paths ...string) *desktop {
	t.Helper()
	for _, tool := range []string{"Xvfb", "openbox", "xdotool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no virtual display here:", err)
		}
	}
	d := &desktop{T: t, ended: make(chan error, 1)}
	d.display = d.startDisplay()
	d.run("openbox")
	dir := t.TempDir()
	d.told.file = filepath.Join(dir, "told")
	out, err := os.Create(d.told.file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d.program = exec.Command(self, paths...)
	d.program.Env = append(os.Environ(), asHilum+"=1", "DISPLAY="+d.display, "HOME="+dir, "HILUM_HOME="+
		filepath.Join(dir, "hilum"),
		traceEnv+"=1", "LIBGL_ALWAYS_SOFTWARE=1", "HILUM_LANGUAGE=en")
	d.program.Stdout, d.program.Stderr = out, out
	if err := d.program.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { d.ended <- d.program.Wait() }()
	t.Cleanup(func() { _ = d.program.Process.Kill() })
	return d
}

// startDisplay gives the name of a new display; the server chooses a free one.
func (d *desktop) startDisplay() string {
	r, w, err := os.Pipe()
	if err != nil {
		d.Fatal(err)
	}
	defer r.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x900x24")
	server.ExtraFiles = []*os.File{w}
	if err := server.Start(); err != nil {
		d.Skip("no virtual display here:", err)
	}
	_ = w.Close()
	d.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.Fatal("the display does not say its number:", err)
	}
	return ":" + strings.TrimSpace(number)
}

// run starts a program on the display, which ends with the test.
func (d *desktop) run(name string, args ...string) {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "DISPLAY="+d.display)
	if err := c.Start(); err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
}

// windows are those whose title begins so, by their IDs.
func (d *desktop) windows(title string) []string {
	c := exec.Command("xdotool", "search", "--onlyvisible", "--name", "^"+title)
	c.Env = append(os.Environ(), "DISPLAY="+d.display)
	out, _ := c.Output() // it fails where there is none
	return strings.Fields(string(out))
}

// key types a key into a window.
func (d *desktop) key(window, key string) {
	d.Helper()
	c := exec.Command("xdotool", "windowfocus", "--sync", window, "sleep", "0.3", "key", key)
	c.Env = append(os.Environ(), "DISPLAY="+d.display)
	if out, err := c.CombinedOutput(); err != nil {
		d.Fatalf("%v: %s", err, out)
	}
}

// await waits for something on the display.
func (d *desktop) await(what string, ok func() bool) {
	d.Helper()
	for range 300 {
		if ok() {
			return
		}
		select {
		case err := <-d.ended:
			d.Fatalf("the program has ended while waiting for %s: %v\n%s", what, err, d.told.all())
		case <-time.After(100 * time.Millisecond):
		}
	}
	d.Fatalf("waited in vain for %s\n%s", what, d.told.all())
}

// TestQuittingEndsTheProcess: a second window is opened and closed by its own button, the
// program is left, and no process stays.
func TestQuittingEndsTheProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("it opens real windows")
	}
	img := filepath.Join(t.TempDir(), "film.png")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 256, 256))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(img, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	d := startDesktop(t, img)
	d.await("the film", func() bool { return d.told.has("first frame") })
	main := d.windows("film")
	if len(main) != 1 {
		t.Fatalf("the main window is among %v", main)
	}
	d.key(main[0], "F12")
	d.await("the second window", func() bool { return len(d.windows("Hilum: Picture")) == 1 })
	looked := 0
	d.await("the second window to close", func() bool {
		list := d.windows("Hilum: Picture")
		if len(list) > 0 && looked%20 == 0 { // a manager that has only just begun may lose a key
			d.key(list[0], "alt+F4")
		}
		looked++
		return len(list) == 0
	})
	d.key(main[0], "ctrl+q")
	select {
	case err := <-d.ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(loopPatience + 20*time.Second):
		t.Error("the process stays after the last window was closed")
	}
}
