package deidentify

import (
	"context"
	"os"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"
)

func TestMain(m *testing.M) {
	dicomio.RunCodecChild()
	os.Exit(m.Run())
}

func mustDecode(t *testing.T, data []byte) *dicomio.Image {
	t.Helper()
	im, err := dicomio.DecodeBytes(context.Background(), "test", data)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// allFrames decodes every frame of a file in memory as stored.
func allFrames(t testing.TB, name string, data []byte) []int32 {
	t.Helper()
	o, err := pixeldata.Open(name, dcm.InMemory(data))
	if err != nil {
		t.Fatal(err)
	}
	var all []int32
	if err := o.EachFrame(context.Background(), o.Module.Frames, func(v []int32) error {
		all = append(all, v...)
		return nil
	}); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return all
}
