package dicomio_test

import (
	"context"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"
	"hilum/dicomio/scan"
)

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

// maxFuzz bounds an input: larger ones say nothing new.
const maxFuzz = 1 << 16

// collect finds the pictures at path and groups them.
func collect(ctx context.Context, path string) ([]*scan.Patient, error) {
	var all []*scan.Instance
	err := scan.Find(ctx, path, func(f scan.Found) {
		if f.Instance != nil {
			all = append(all, f.Instance)
		}
	}, nil)
	return scan.Group(all), err
}
