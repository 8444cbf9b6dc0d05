package dicomio

import (
	"context"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/uid"
)

func FuzzDeflate(f *testing.F) {
	whole := dicomtest.Rich(uid.DeflatedExplicitVRLittleEndian).Encode(f)
	head := 132 + 8 + len(uid.DeflatedExplicitVRLittleEndian) // preamble, marker, transfer syntax
	f.Add(whole[head:])
	f.Fuzz(func(t *testing.T, packed []byte) {
		if len(packed) > dicomtest.MaxFuzz {
			return
		}
		data := append(slices.Clone(whole[:head]), packed...)
		if _, err := DecodeBytes(context.Background(), "x", data); err != nil &&
			strings.Contains(err.Error(), "decoder failed") {
			t.Fatal(err)
		}
	})
}

func FuzzPalette(f *testing.F) {
	f.Add([]byte{0, 2, 100, 200, 1, 4, 144, 2, 1, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		words := make([]uint16, len(data))
		for i, b := range data {
			words[i] = uint16(b)
		}
		if out, err := expandSegments(words, 256); err == nil && len(out) > 256 {
			t.Fatalf("%d entries", len(out))
		}
	})
}
