package charset

import (
	"strings"
	"testing"
)

func FuzzCharset(f *testing.F) {
	f.Add(`\ISO 2022 IR 87`, []byte("Yamada^Tarou=\x1b$B;3ED\x1b(B"))
	f.Add("GB18030", []byte("\x81\x5c^A"))
	f.Add(`ISO 2022 IR 13\ISO 2022 IR 159`, []byte("\x1b$(D\x30\x21\x1b"))
	f.Fuzz(func(t *testing.T, set string, data []byte) {
		text := New(set).Decode(data, true)
		if strings.ToValidUTF8(text, "") != text {
			t.Fatalf("%q gives invalid UTF-8", data)
		}
		if len(text) > 16*len(data)+16 {
			t.Fatalf("%d bytes grew to %d", len(data), len(text))
		}
	})
}
