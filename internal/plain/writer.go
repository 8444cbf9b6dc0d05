package plain

import (
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Writer passes text on to a terminal, or to what may become one, with everything
// that acts as escapes; only line ends and tabs act. What is JSON stays JSON of the
// same meaning, since such characters stand only inside its strings. It is safe for
// concurrent use.
type Writer struct {
	mu   sync.Mutex
	to   io.Writer
	rest []byte // the beginning of a character whose end has not come
}

// NewWriter makes a writer that passes on to another.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Unwrap gives what is written to, for the program's own commands to a terminal.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Write implements io.Writer. It counts what it was given.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	data := append(w.rest, p...)
	whole := len(data) - partial(data)
	_, err := io.WriteString(w.to, lines(string(data[:whole])))
	w.rest = append([]byte(nil), data[whole:]...)
	return len(p), err
}

// Flush writes half a character that nothing followed.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := io.WriteString(w.to, lines(string(w.rest)))
	w.rest = nil
	return err
}

// partial is how many bytes at the end begin a character that is not whole.
func partial(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		c := b[len(b)-n]
		if utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// lines is Text that leaves line ends and tabs.
func lines(s string) string {
	if clean(strings.NewReplacer("\n", "", "\t", "").Replace(s)) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if (r == utf8.RuneError || Acts(r)) && r != '\n' && r != '\t' {
			escape(&b, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
