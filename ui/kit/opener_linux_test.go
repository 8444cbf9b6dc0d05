package kit

import (
	"slices"
	"testing"
)

func TestPortalPaths(t *testing.T) {
	got, err := localPaths([]string{"file:///films/a%20b.dcm", "file:///films/c.png"})
	if err != nil || !slices.Equal(got, []string{"/films/a b.dcm", "/films/c.png"}) {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"https://example.org/a.png", "file://", "%zz"} {
		if got, err := localPaths([]string{bad}); err == nil {
			t.Errorf("%q was read as %q", bad, got)
		}
	}
	if got, err := localPaths(nil); err != nil || got != nil {
		t.Errorf("nothing chosen gives %q, %v", got, err)
	}
}
