package atomicfile

import (
	"io"
	"path/filepath"
	"testing"
)

// Files of a kind are found by their end, also those that got a number.
func TestNumbersStandBeforeEndings(t *testing.T) {
	dir := t.TempDir()
	o := &Outputs{Endings: []string{"-sr.dcm"}}
	for _, want := range []string{"a-sr.dcm", "a-2-sr.dcm", "a-3-sr.dcm"} {
		got, err := o.Write(filepath.Join(dir, "a-sr.dcm"),
			func(w io.Writer) error { _, err := io.WriteString(w, want); return err })
		if err != nil || filepath.Base(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}
