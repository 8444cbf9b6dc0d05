package plain

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// What a terminal obeys is ECMA-48; what turns text round is UAX 9.
func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"Ergüsse 胸水 \u0646\u200C\u0647": "Ergüsse 胸水 \u0646\u200C\u0647", "a\x1b[2J": `a\u001b[2J`,
		"a\nb\tc": `a\u000ab\u0009c`, "\x7f\u0085\u009b2J": `\u007f\u0085\u009b2J`,
		"a\u202Eb": `a\u202eb`, "a\u2066b\u200F": `a\u2066b\u200f`, "a\xffb": `a\ufffdb`, "\U000E0041": `\udb40\udc41`,
		"\u2028": `\u2028`,
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Strip("DOE\x1b[31m^JA\x07NE\n", ""); got != "DOE[31m^JANE" {
		t.Errorf("stripped %q", got)
	}
	if got := Strip("a\r\nb\x1b", "\r\n"); got != "a\r\nb" {
		t.Errorf("stripped %q", got)
	}
}

func TestWriterKeepsLinesAndTheMeaningOfJSON(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	value := map[string]string{"name": "ü\u0085\u202E\x7f\U000E0041\x1b"}
	if err := json.NewEncoder(w).Encode(value); err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back["name"] != value["name"] {
		t.Errorf("%q reads as %q, %v", b.String(), back, err)
	}
	if strings.ContainsAny(b.String(), "\u0085\u202e\x7f\x1b") {
		t.Errorf("%q has what acts", b.String())
	}
}

// A character may come in two pieces; half of one at the end is none.
func TestWriterJoinsHalves(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, c := range []byte("a\tü胸\u0085\n\xe8") {
		if n, err := w.Write([]byte{c}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := w.Flush(); err != nil || b.String() != "a\tü胸\\u0085\n\\ufffd" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// TestBreak: every word is kept, in order, and lines that hold several words fit.
func TestBreak(t *testing.T) {
	short := func(line string) bool { return len(line) <= 8 }
	for text, want := range map[string]string{
		"": "", "  one two  three": "one two|three", "unbreakable a b": "unbreakable|a b", "a b c d e": "a b c d|e",
	} {
		if got := strings.Join(Break(text, short), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
