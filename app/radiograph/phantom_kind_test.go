package radiograph

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/internal/phantom"
)

// Phantom films say in their files what they are, as PNG and as DICOM; nothing else does.
func TestPhantomsSayWhatTheyAre(t *testing.T) {
	if dicomio.PhantomSource != phantom.Source {
		t.Fatalf("%q is written and %q read", phantom.Source, dicomio.PhantomSource)
	}
	dir := t.TempDir()
	if err := phantom.WriteDataset(t.Context(), phantom.Dataset{Dir: dir, N: 1, Seed: 3, Size: 96}, nil); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "images", "*.png"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	img, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := phantom.Generate(phantom.Options{Seed: 3, Size: 96})
	if err != nil {
		t.Fatal(err)
	}
	var dx, plain bytes.Buffer
	if err := derived.WriteImage(&dx, PhantomImage(drawn, false)); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&plain, image.NewGray(image.Rect(0, 0, 60, 60))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file      []byte
		generated bool
	}{"phantom.png": {img, true}, "phantom.dcm": {dx.Bytes(), true}, "other.png": {plain.Bytes(), false},
		"cut.png": {img[:40], false}, "empty": {nil, false}} {
		if got := dicomio.Generated(bytes.NewReader(c.file), int64(len(c.file))); got != c.generated {
			t.Errorf("%s: generated is %v", name, got)
		}
		im, err := dicomio.DecodeBytes(t.Context(), name, c.file)
		if name == "cut.png" || name == "empty" {
			continue // no picture
		}
		if err != nil || im.Generated != c.generated {
			t.Errorf("%s: %v, generated is %v", name, err, im.Generated)
		}
	}
}
