package ort

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"hilum/inference"
)

// The runtime leaves nothing in the user's folders: with its telemetry on, release
// 1.32 writes Microsoft/DeveloperTools/.onnxruntime below the cache.
func TestTheRuntimeReportsToNobody(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	if err := os.Unsetenv(noTelemetry); err != nil { // an engine of an earlier test has set it
		t.Fatal(err)
	}
	e := openEngine(t)
	s := openChain(t, e, 1, 2)
	if _, err := s.Run(context.Background(),
		[]inference.Tensor{{Shape: []int64{2, 2}, Data: make([]float32, 4)}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("the runtime wrote %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
