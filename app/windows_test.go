package app

import (
	"testing"

	"hilum/app/apptest"
	"hilum/app/viewport"
)

// TestOwnWindowsAreKept: under their names, each with a key, in the way through the
// windows, and over an end of the program.
func TestOwnWindowsAreKept(t *testing.T) {
	dir := t.TempDir()
	own := func(c *Config) { c.Dir = dir }
	s := testSession(t, &apptest.Engine{}, own)
	openFake(s, "b")
	wait(t, s, "findings", scored)
	s.Viewport.SetWindow(700, 300)
	if why := s.Viewport.KeepWindow(" bones "); !why.IsZero() {
		t.Fatal(why)
	}
	s.Viewport.SetWindow(5, 6)
	for _, c := range s.Commands() {
		if c.ID == "view.window.own1" && c.Shortcut == "Alt+1" {
			c.Do()
		}
	}
	if w := s.State().View.Window; w.Name != "bones" || w.Center != 700 || w.Width != 300 {
		t.Errorf("the key shows %+v", w)
	}
	for _, name := range []string{"1", "2", "3", "4"} {
		if why := s.Viewport.KeepWindow(name); !why.IsZero() {
			t.Fatal(why)
		}
	}
	if s.Viewport.KeepWindow("one too many").IsZero() || s.Viewport.KeepWindow("  ").IsZero() {
		t.Error("a sixth window, or one without a name, is kept")
	}
	s.Viewport.SetWindow(800, 400)
	if why := s.Viewport.KeepWindow("bones"); !why.IsZero() {
		t.Fatal(why)
	}
	again := testSession(t, &apptest.Engine{}, own)
	openFake(again, "b")
	st := wait(t, again, "findings", scored)
	if w := st.Windows[len(st.Windows)-5]; w.Name != "bones" || w.Center != 800 {
		t.Errorf("after a restart %+v", st.Windows)
	}
}

// TestWindowsAreTypedAsPeopleWriteNumbers in English, German, French and Swiss.
func TestWindowsAreTypedAsPeopleWriteNumbers(t *testing.T) {
	for text, want := range map[string][2]float64{
		"2048 4096": {2048, 4096}, "C 40 W 400": {40, 400}, "40,5; 400,25": {40.5, 400.25},
		"40.5, 400.25":    {40.5, 400.25},
		"1.234,5/2.000,5": {1234.5, 2000.5}, "1,234.5 2,000.5": {1234.5, 2000.5}, "-600 1'500": {-600, 1500},
		"\u2212600 1500": {-600, 1500},
	} {
		if c, w, why := viewport.TypedWindow(text); c != want[0] || w != want[1] || !why.IsZero() {
			t.Errorf("%q is %v, %v, %v; want %v", text, c, w, why, want)
		}
	}
	for _, text := range []string{"", "40", "1 2 3", "forty 400", "40 0", "40 -3", "NaN 3", "3 Inf"} {
		if c, w, why := viewport.TypedWindow(text); why.IsZero() {
			t.Errorf("%q is taken for %v, %v", text, c, w)
		}
	}
}
