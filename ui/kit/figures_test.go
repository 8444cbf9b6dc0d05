package kit

import (
	"math"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/inference"
)

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{0: ".00", 0.714: ".71", 0.996: "1.00", 1: "1.00", math.NaN(): "?"} {
		if got := NewStyle().Figure(v); got != want {
			t.Errorf("figure(%v) = %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{0.5: "+.50", -0.25: "\u2212.25", 0: "+.00"} {
		if got := NewStyle().SignedFigure(v); got != want {
			t.Errorf("signedFigure(%v) = %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{2048: "2048", -600: "\u2212600", 12.34: "12", 0.123: ".12", 3: "3"} {
		if got := NewStyle().Number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
	german := NewStyle()
	if err := german.SetLanguage("de"); err != nil {
		t.Fatal(err)
	}
	if got := german.Figure(0.714) + " " + german.SignedFigure(-0.25) + " " +
		german.Number(0.123); got != ",71 \u2212,25 ,12" {
		t.Errorf("in German %q", got)
	}
	for n, want := range map[int]string{7: "7", 1204: "1,204", 112120: "112,120", -1204: "-1,204"} {
		if got := NewStyle().Count(n); got != want {
			t.Errorf("NewStyle().Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestClassNames(t *testing.T) {
	for c, want := range map[string]string{
		"Pleural_Thickening": "Pleural thickening", "Effusion": "Effusion", "Lung Lesion": "Lung lesion",
		"COVID_19": "COVID 19", "": "",
	} {
		if got := NewStyle().ClassName(c); got != want {
			t.Errorf("%q is written %q, want %q", c, got, want)
		}
	}
}

func TestMeasured(t *testing.T) {
	if got := Measured(
		environment(), inference.Measured{Value: 0.83, Lo: 0.79, Hi: 0.87, Positive: 63, Negative: 1141},
	); got != ".83 (95% .79\u2013.87), 63 with, 1,141 without" {
		t.Errorf("%q", got)
	}
	if got := Measured(environment(), inference.Measured{Value: 0.5}); got != ".50" {
		t.Errorf("%q", got)
	}
}

func TestShorten(t *testing.T) {
	test.NewTempApp(t)
	long := "A name that is far too long for its place"
	width := fyne.MeasureText("A name that is", TextSize, fyne.TextStyle{}).Width
	got := Shorten(long, width, TextSize, fyne.TextStyle{})
	if fyne.MeasureText(got, TextSize, fyne.TextStyle{}).Width > width || len(got) < 8 || got == long {
		t.Errorf("%q", got)
	}
	if got := Shorten("short", 500, TextSize, fyne.TextStyle{}); got != "short" {
		t.Errorf("%q", got)
	}
	if got := Shorten(long, 0, TextSize, fyne.TextStyle{}); got != "\u2026" {
		t.Errorf("without room: %q", got)
	}
}

// TestFiguresAreTabular: columns of numbers line up only when all digits are
// equally wide.
func TestFiguresAreTabular(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(Theme{})
	want := fyne.MeasureText("0", TextSize, fyne.TextStyle{}).Width
	for _, d := range "123456789" {
		if got := fyne.MeasureText(string(d), TextSize, fyne.TextStyle{}).Width; got != want {
			t.Errorf("%c is %v wide, 0 is %v", d, got, want)
		}
	}
}

func TestChords(t *testing.T) {
	ctrl, shift := fyne.KeyModifierShortcutDefault, fyne.KeyModifierShift
	for s, want := range map[string]Chord{
		"Ctrl+O": {Key: fyne.KeyO, Mods: ctrl}, "I": {Key: fyne.KeyI}, "F1": {Key: fyne.KeyF1},
		"Down":    {Key: fyne.KeyDown},
		"Shift+1": {Key: fyne.Key1, Mods: shift}, "Ctrl+Shift+O": {Key: fyne.KeyO, Mods: ctrl | shift},
		"Escape": {Key: fyne.KeyEscape},
		"Plus":   {Char: '+'}, "Minus": {Char: '-'}, "[": {Char: '['}, "PageUp": {Key: fyne.KeyPageUp},
		"Alt+X": {Key: fyne.KeyX, Mods: fyne.KeyModifierAlt},
	} {
		if got, ok := ParseChord(s); !ok || got != want {
			t.Errorf("%q: %+v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "Hyper+X", "Ctrl+"} {
		if got, ok := ParseChord(s); ok {
			t.Errorf("%q was read as %+v", s, got)
		}
	}
}

func TestCoalescerKeepsOneWaiting(t *testing.T) {
	var mu sync.Mutex
	var queue []func()
	calls := 0
	c := &Coalescer{F: func() { calls++ }, Do: func(f func()) {
		mu.Lock()
		defer mu.Unlock()
		queue = append(queue, f)
	}}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 1000 {
				c.Signal()
			}
		})
	}
	wait.Wait()
	if len(queue) != 1 {
		t.Fatalf("%d calls wait", len(queue))
	}
	queue[0]()
	c.Signal()
	if calls != 1 || len(queue) != 2 {
		t.Errorf("%d calls, %d queued: a signal after the call was lost", calls, len(queue))
	}
	c.Closed.Store(true)
	queue[1]()
	c.Signal()
	if calls != 1 || len(queue) != 2 {
		t.Error("it works on after it was closed")
	}
}

// TestNumbersAsTheyAreTyped: both decimal signs, and no guess where a sign may stand between
// thousands.
func TestNumbersAsTheyAreTyped(t *testing.T) {
	german, english := NewStyle(), NewStyle()
	if err := german.SetLanguage("de"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		in   *Style
		text string
		want float64
		err  string
	}{
		{german, "3,5", 3.5, ""}, {german, " 3.5 ", 3.5, ""}, {german, "1000", 1000, ""}, {german, "-,5", -.5, ""}, {german, "0.125", .125, ""},
		{german, "3,125", 3.125, ""}, {german, "1.000", 0, "two ways"}, {german, "+12.500", 0, "two ways"}, {german, "1234.500", 1234.5, ""},
		{english, "3.125", 3.125, ""}, {english, "1,000", 0, "two ways"}, {english, "0,125", .125, ""}, {english, "1.000,5", 0, "not a number"},
		{english, "", 0, "not a number"}, {english, "nan", 0, "not a number"}, {english, "1e999", 0, "not a number"}, {english, "three", 0, "not a number"},
	} {
		got, err := c.in.ReadNumber(c.text)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %v, %v; want %v, %q", c.text, got, err, c.want, c.err)
		}
	}
}
