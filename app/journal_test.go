package app

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/app/recovery"
	"hilum/app/settings"
)

// crashEnv has the test program be the one that is killed.
const crashEnv = "HILUM_TEST_CRASH"

// TestMain becomes a program that opens files and waits to be killed when it is
// asked to.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		s := New(Config{Dir: dir})
		files, _ := filepath.Glob(filepath.Join(dir, "films", "*.png"))
		s.Resume(files...)
		for len(s.State().Studies) < len(files) {
			time.Sleep(time.Millisecond)
		}
		s.Select(1)
		select {} // the parent ends it
	}
	os.Exit(m.Run())
}

// images writes pictures to open.
func images(t *testing.T, dir string, names ...string) (paths []string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		path := filepath.Join(dir, n)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// journal is what recovery keeps on the disk.
type journal struct {
	Version int      `json:"version"`
	Clean   bool     `json:"clean"`
	Crashes int      `json:"crashes"`
	Studies []string `json:"studies"`
	Current string   `json:"current"`
	Demo    bool     `json:"demo"`
}

const journalFile = "open.json"

func readJournal(t *testing.T, dir string) journal {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, journalFile))
	if err != nil {
		return journal{}
	}
	var j journal
	if err := json.Unmarshal(data, &j); err != nil || j.Version != 1 {
		t.Fatal(err)
	}
	return j
}

// crash runs the program until it has opened its films and has kept that, and
// kills it.
func crash(t *testing.T, dir string, paths []string) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), crashEnv+"="+dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if j := readJournal(t, dir); slices.Equal(j.Studies, paths) && j.Current == paths[1] && !j.Clean {
			break
		}
		if time.Now().After(end) {
			t.Fatal("waited in vain for the films to be open")
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
}

// resumed starts a session in a folder and waits for so many studies.
func resumed(t *testing.T, dir string, n int, paths ...string) (*Workstation, State) {
	t.Helper()
	s := New(Config{Dir: dir})
	s.Resume(paths...)
	return s, wait(t, s, fmt.Sprint(n, " studies"), func(st State) bool { return len(st.Studies) == n && !st.Loading })
}

func closeSession(t *testing.T, s *Workstation) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestWhatWasOpenComesBackAfterACrash: a program killed without warning, and the
// next one.
func TestWhatWasOpenComesBackAfterACrash(t *testing.T) {
	dir := t.TempDir()
	paths := images(t, filepath.Join(dir, "films"), "1.png", "2.png", "3.png")
	crash(t, dir, paths)
	if err := os.Remove(paths[2]); err != nil {
		t.Fatal(err)
	}
	s, _ := resumed(t, dir, 2)
	st := wait(t, s, "the message", func(st State) bool { return !st.Message.IsZero() && st.Current == 1 })
	if st.Studies[0].Location() != paths[0] || st.Studies[1].Location() != paths[1] {
		t.Errorf("studies %+v", st.Studies)
	}
	if !strings.Contains(st.Message.String(), "ended unexpectedly") ||
		!strings.Contains(st.Message.String(), "1 are no longer") {
		t.Errorf("message %q", st.Message)
	}
	closeSession(t, s)

	// An end that the reader wanted brings nothing back, unless that is preferred.
	s, st = resumed(t, dir, 5)
	if !st.Studies[0].Demo() {
		t.Error("the demo is not opened after a wanted end")
	}
	closeSession(t, s)
	s, _ = resumed(t, dir, 2, paths[:2]...)
	if err := s.Settings.SetPreferences(func(p *settings.Preferences) { p.Reopen = true }); err != nil {
		t.Fatal(err)
	}
	wait(t, s, "the journal", func(State) bool { return len(readJournal(t, dir).Studies) == 2 })
	closeSession(t, s)
	s, st = resumed(t, dir, 2)
	if st.Studies[0].Location() != paths[0] || !st.Message.IsZero() {
		t.Errorf("with the preference: %+v, %q", st.Studies, st.Message)
	}
	closeSession(t, s)
}

// TestCrashesInARowAreNotRepeated: a file that kills the program must not be
// opened for ever.
func TestCrashesInARowAreNotRepeated(t *testing.T) {
	dir := t.TempDir()
	paths := images(t, filepath.Join(dir, "films"), "1.png", "2.png")
	for _, c := range []struct {
		crashes int
		again   bool
	}{{0, true}, {recovery.MostCrashes - 1, true}, {recovery.MostCrashes, false}} {
		data, err := json.Marshal(journal{Version: 1, Crashes: c.crashes, Studies: paths, Current: paths[0]})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, journalFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		s := New(Config{Dir: dir})
		s.Resume()
		st := wait(t, s, "the message",
			func(st State) bool { return strings.Contains(st.Message.String(), "ended unexpectedly") })
		if again := len(st.Studies) == 2; again != c.again {
			t.Errorf("after %d crashes: opened again %v", c.crashes, again)
		}
		if c.again {
			if got := readJournal(t, dir).Crashes; got != c.crashes+1 {
				t.Errorf("%d crashes are kept as %d", c.crashes+1, got)
			}
		}
		closeSession(t, s)
	}
}

// TestTwoProgramsDoNotMixWhatIsOpen: the second keeps nothing and takes nothing
// for a crash.
func TestTwoProgramsDoNotMixWhatIsOpen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no advisory locks")
	}
	dir := t.TempDir()
	paths := images(t, filepath.Join(dir, "films"), "1.png", "2.png")
	first, _ := resumed(t, dir, 2, paths...)
	wait(t, first, "the journal", func(State) bool { return len(readJournal(t, dir).Studies) == 2 })
	second, st := resumed(t, dir, 5) // the demo
	if !st.Message.IsZero() {
		t.Errorf("the second says %q", st.Message)
	}
	closeSession(t, second)
	if j := readJournal(t, dir); j.Clean || len(j.Studies) != 2 {
		t.Errorf("the second wrote %+v", j)
	}
	closeSession(t, first)
	if j := readJournal(t, dir); !j.Clean {
		t.Error("the first did not mark its end")
	}
}

// TestACrashOfTheWindowCounts although the session is closed in order.
func TestACrashOfTheWindowCounts(t *testing.T) {
	dir := t.TempDir()
	paths := images(t, filepath.Join(dir, "films"), "1.png")
	s, _ := resumed(t, dir, 1, paths...)
	wait(t, s, "the journal", func(State) bool { return len(readJournal(t, dir).Studies) == 1 })
	s.Recovery.Crashed()
	closeSession(t, s)
	s, st := resumed(t, dir, 1)
	if st.Studies[0].Location() != paths[0] {
		t.Errorf("%+v", st.Studies)
	}
	closeSession(t, s)
}
