package dicomtest

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"testing"

	"hilum/dicomio/internal/ccodec"
	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// SharedData finds a folder of the shared test data, which is no part of the
// project, or skips the test.
func SharedData(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv("HILUM_TEST_DATA")
	if root == "" {
		root = filepath.Join(projectRoot(t), "..", "shared", "data")
	}
	path := filepath.Join(root, folder)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared data folder %s is not here (set HILUM_TEST_DATA)", folder)
	}
	return path
}

// projectRoot is the folder of the project that the test runs in.
func projectRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("the test does not run in the project")
	return ""
}

// fixtures is the folder of the stored files.
func fixtures(t testing.TB) string {
	t.Helper()
	return filepath.Join(projectRoot(t), "dicomio", "testdata")
}

// haveLibrary says whether this build reads JPEG 2000.
func haveLibrary() bool { return ccodec.Available(ccodec.JPEG2000) }

// NeedCodecs skips a test of what not every build reads.
func NeedCodecs(t testing.TB) {
	t.Helper()
	if !haveLibrary() {
		t.Skip("this build cannot read JPEG 2000 (build with the tag openjpeg)")
	}
}

// WriteFile writes a file and the folders that it lies in.
func WriteFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Zip is an archive.
func Zip(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	var names []string
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		f, err := w.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(files[n]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TextOf is the text of an element of a file.
func TextOf(t *testing.T, file []byte, tag tag.Tag) string {
	t.Helper()
	f, err := dcm.Scan(file, dcm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f.Elements.Find(tag).Text()
}

// Allocated is how many bytes f takes in all, garbage included.
func Allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// SeedFiles are files of every kind that is read.
func SeedFiles(t testing.TB) map[string][]byte {
	seeds := map[string][]byte{}
	paths, err := filepath.Glob(filepath.Join(fixtures(t), "*.dcm"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, p := range paths {
		if NeedsLibrary(filepath.Base(p)) && (RaceEnabled || !haveLibrary()) {
			continue
		}
		seeds[filepath.Base(p)] = Fixture(t, filepath.Base(p))
	}
	for _, syntax := range []string{uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian, ""} {
		seeds["rich"+syntax] = Rich(syntax).Encode(t)
		seeds["secret"+syntax] = Secret(syntax).Encode(t)
	}
	seeds["dicomdir"] = DICOMDIR(t, "A", `B\C`)
	seeds["zip"] = Zip(t, map[string][]byte{"a.dcm": Rich(uid.ExplicitVRLittleEndian).Encode(t), "b.dcm": {1, 2}})
	return seeds
}
