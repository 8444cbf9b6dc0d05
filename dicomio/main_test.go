package dicomio

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	RunCodecChild()
	os.Exit(m.Run())
}

// sharedData finds a folder of the shared test data, which is no part of the
// project, or skips the test.
func sharedData(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv("HILUM_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(root, folder)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared data folder %s is not here (set HILUM_TEST_DATA)", folder)
	}
	return path
}

func needCodecs(t testing.TB) {
	t.Helper()
	if m := MissingCodecs(); len(m) > 0 {
		t.Skipf("this build cannot read %v (build with the tag openjpeg)", m)
	}
}
