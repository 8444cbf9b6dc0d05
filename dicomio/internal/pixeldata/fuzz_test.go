package pixeldata

import (
	"context"
	"slices"
	"testing"

	"hilum/dicomio/internal/ccodec"
	"hilum/dicomio/internal/dicomtest"
)

func FuzzJPEG2000(f *testing.F) {
	if !ccodec.Available(ccodec.JPEG2000) {
		f.Skip("this build lacks OpenJPEG (build with the tag openjpeg)")
	}
	o, err := openObject("x", dicomtest.Fixture(f, "j2k_12.dcm"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(slices.Concat(o.File.Pixels.Fragments...))
	w := &ccodec.Worker{}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > dicomtest.MaxFuzz {
			return
		}
		mine := *o
		_ = mine.external(context.Background(), w, ccodec.JPEG2000, data, make([]int32, mine.Module.FrameSamples()))
	})
}
