package kit

import "testing"

// TestTypedChords: the driver of version 2.8 sends these combinations under names
// of their own (internal/driver/glfw, window.triggersShortcut), so that a shortcut
// under any other name never runs.
func TestTypedChords(t *testing.T) {
	for chord, name := range map[string]string{
		"Ctrl+Z": "Undo", "Ctrl+Y": "Redo", "Ctrl+A": "SelectAll", "Ctrl+C": "Copy", "Ctrl+V": "Paste", "Ctrl+X": "Cut",
		"Ctrl+Shift+Z": "CustomDesktop:Shift+Control+Z", "Ctrl+O": "CustomDesktop:Control+O",
	} {
		c, ok := ParseChord(chord)
		if !ok || c.Typed().ShortcutName() != name {
			t.Errorf("%s is sent as %s, not %s", chord, c.Typed().ShortcutName(), name)
		}
	}
}
