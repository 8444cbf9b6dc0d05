package scan

import (
	"bytes"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/dicomio/internal/dicomtest"
)

func TestMain(m *testing.M) { dicomtest.Main(m) }

// encoded is a small film with what a header says of it.
func encoded(t testing.TB, s dicomio.Header) []byte {
	t.Helper()
	im := &dicomio.Image{Width: 37, Height: 21, Samples: 1, BitsStored: 12, Modality: dicomio.Modality{Slope: 1},
		Header: s}
	for i := range 37 * 21 {
		im.Stored = append(im.Stored, int32(i*i*7)&4095)
	}
	var b bytes.Buffer
	if err := derived.WriteImage(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
