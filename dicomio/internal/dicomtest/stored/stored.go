// Package stored reads, for the tests of dicomio and its rooms, the stored values of files
// that lie in memory. It imports the frames of files and testing.
package stored

import (
	"context"
	"testing"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"
)

// Frames are the values of every frame of a file, as stored.
func Frames(t testing.TB, name string, file []byte) []int32 {
	t.Helper()
	o, err := pixeldata.Open(name, dcm.InMemory(file))
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
