package dicomtest

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"testing"

	"hilum/dicomio/internal/ccodec"
)

// MaxFuzz bounds an input of a fuzz test: larger ones say nothing new.
const MaxFuzz = 1 << 16

// Main runs the tests of a package that decodes: the process is started again for what C
// libraries decode.
func Main(m *testing.M) {
	ccodec.RunChild()
	os.Exit(m.Run())
}

// Decoded is a file as a decoder has it, dicomio.DecodeBytes.
func Decoded[P any](t testing.TB, decode func(context.Context, string, []byte) (P, error), file []byte) P {
	t.Helper()
	p, err := decode(context.Background(), "test", file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// PNG is a picture as image/png writes it.
func PNG(t testing.TB, src image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, src); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
