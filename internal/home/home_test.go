package home

import (
	"path/filepath"
	"runtime"
	"testing"
)

// TestOneFolderForEverything: the variable moves all that is kept, and nothing is
// left where the system would have it.
func TestOneFolderForEverything(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(Env, dir)
	t.Setenv("XDG_DATA_HOME", "/elsewhere/data")
	t.Setenv("XDG_CONFIG_HOME", "/elsewhere/config")
	for what, f := range map[string]func() (string, error){"choices": Config, "data": Data, "documents": Documents} {
		got, err := f()
		if err != nil || got != dir && filepath.Dir(got) != dir {
			t.Errorf("%s lie at %q (%v), not in %q", what, got, err, dir)
		}
	}
}

// TestWhatCanBeMadeAgain lies there too, and is nobody's choice without the variable.
func TestWhatCanBeMadeAgain(t *testing.T) {
	t.Setenv(Env, "")
	if got := Cache(); got != "" {
		t.Errorf("the cache lies at %q", got)
	}
	dir := t.TempDir()
	t.Setenv(Env, dir)
	if got := Cache(); filepath.Dir(got) != dir {
		t.Errorf("the cache lies at %q, not in %q", got, dir)
	}
}

// TestARelativeFolderStays: what was meant when the program started is what is used.
func TestARelativeFolderStays(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(Env, "kept")
	got, err := Data()
	if err != nil || !filepath.IsAbs(got) || filepath.Base(got) != "kept" {
		t.Errorf("data lie at %q, %v", got, err)
	}
}

// TestWhereTheSystemWantsIt: the XDG base directory specification, where the
// variable is not set; a relative folder there counts for nothing.
func TestWhereTheSystemWantsIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the specification is that of free desktops")
	}
	t.Setenv(Env, "")
	t.Setenv("HOME", "/people/reader")
	t.Setenv("XDG_CONFIG_HOME", "/people/reader/choices")
	for _, c := range []struct{ xdg, want string }{{"/data", "/data/hilum"},
		{"data", "/people/reader/.local/share/hilum"}, {"", "/people/reader/.local/share/hilum"}} {
		t.Setenv("XDG_DATA_HOME", c.xdg)
		if got, err := Data(); err != nil || got != c.want {
			t.Errorf("XDG_DATA_HOME %q: data lie at %q (%v), want %q", c.xdg, got, err, c.want)
		}
	}
	if got, err := Config(); err != nil || got != "/people/reader/choices/hilum" {
		t.Errorf("choices lie at %q, %v", got, err)
	}
	if got, err := Documents(); err != nil || got != "/people/reader/Hilum" {
		t.Errorf("documents lie at %q, %v", got, err)
	}
}
