package export

import (
	"os"
	"slices"
	"testing"
)

func TestClipboardProgram(t *testing.T) {
	have := func(names ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			if slices.Contains(names, name) {
				return "/bin/" + name, nil
			}
			return "", os.ErrNotExist
		}
	}
	for _, c := range []struct {
		wayland bool
		have    []string
		want    string
	}{{false, []string{"xclip", "wl-copy"}, "xclip"}, {true, []string{"xclip", "wl-copy"}, "wl-copy"},
		{true, []string{"xclip"}, "xclip"}, {false, nil, ""}} {
		if name, _ := clipboardProgram(c.wayland, have(c.have...)); name != c.want {
			t.Errorf("%+v: %q", c, name)
		}
	}
}
