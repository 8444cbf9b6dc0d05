package inspect

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"
)

// conformanceEntry is one file of the shared conformance set. Oracle: its
// manifest, whose hashes come from the source pixels before encoding or from
// pydicom with pylibjpeg.
type conformanceEntry struct {
	File      string `json:"file"`
	Kind      string `json:"kind"`
	DType     string `json:"dtype"`
	SHA256    string `json:"sha256_pixels"`
	Reference string `json:"reference_pixels"`
	Syntax    string `json:"transfer_syntax"`
	Rows      int    `json:"rows"`
	Columns   int    `json:"columns"`
	Frames    int    `json:"frames"`
	Samples   int    `json:"samples"`
	Tolerance int    `json:"tolerance"`
}

func TestConformance(t *testing.T) {
	root := dicomtest.SharedData(t, "dicom_conformance")
	dicomtest.NeedCodecs(t)
	if dicomtest.RaceEnabled {
		t.Skip("the codec processes are too slow under the race detector")
	}
	raw, err := os.ReadFile(filepath.Join(root, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Entries []conformanceEntry }
	if err := json.Unmarshal(raw, &manifest); err != nil {
		t.Fatal(err)
	}
	for _, e := range manifest.Entries {
		start := time.Now()
		if err := checkConformance(root, e); err != nil {
			t.Errorf("%s (%s): %v", e.File, e.Syntax, err)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s took %v", e.File, d)
		}
	}
	t.Logf("%d files", len(manifest.Entries))
}

func checkConformance(root string, e conformanceEntry) error {
	path := filepath.Join(root, e.File)
	in, err := File(context.Background(), path)
	_, decodeErr := dicomio.Decode(context.Background(), path)
	var fe *fileio.FormatError
	var ue *fileio.UnsupportedError
	switch e.Kind {
	case "unsupported":
		if !errors.As(err, &ue) || !errors.As(decodeErr, &ue) || !strings.Contains(err.Error(), e.Syntax) {
			return fmt.Errorf("error is %v", err)
		}
		return nil
	case "truncated":
		if !errors.As(err, &fe) || !errors.As(decodeErr, &fe) {
			return fmt.Errorf("error is %v", err)
		}
		return nil
	case "hostile":
		return nil
	}
	if err != nil || decodeErr != nil {
		return errors.Join(err, decodeErr)
	}
	p := in.Pixels
	if p.Rows != e.Rows || p.Columns != e.Columns || p.Samples != e.Samples || p.Frames != max(e.Frames, 1) {
		return fmt.Errorf("pixels are %+v", p)
	}
	if p.SHA256 == e.SHA256 {
		return nil
	}
	if e.Reference == "" {
		return errors.New("the pixels differ")
	}
	return compareReference(path, filepath.Join(root, e.Reference), e)
}

// compareReference compares with stored pixels within the entry's tolerance.
func compareReference(path, reference string, e conformanceEntry) error {
	f, err := os.Open(reference)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	want, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	o, err := pixeldata.Open(path, dcm.InMemory(data))
	if err != nil {
		return err
	}
	worst, at := int32(0), 0
	err = o.EachFrame(context.Background(), o.Module.Frames, func(v []int32) error {
		for _, x := range v {
			worst = max(worst, abs(x-storedWord(want, at, e.DType)))
			at++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if worst > int32(e.Tolerance) {
		return fmt.Errorf("differs by %d, tolerance %d", worst, e.Tolerance)
	}
	return nil
}

func storedWord(b []byte, i int, dtype string) int32 {
	switch dtype {
	case "uint8":
		return int32(b[i])
	case "int16":
		return int32(int16(binary.LittleEndian.Uint16(b[2*i:])))
	}
	return int32(binary.LittleEndian.Uint16(b[2*i:]))
}

func abs(v int32) int32 { return max(v, -v) }

// Every real file decodes, and its default display is neither black nor white.
func TestRealFilesShowSomething(t *testing.T) {
	root := dicomtest.SharedData(t, "dicom")
	dicomtest.NeedCodecs(t)
	paths, err := filepath.Glob(filepath.Join(root, "*.dcm"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range paths {
		im, err := dicomio.Decode(context.Background(), path)
		if err != nil {
			t.Error(err)
			continue
		}
		shown := im.Display8(im.DefaultWindow(), false)
		var counts [4]int
		for _, v := range shown {
			counts[v/64]++
		}
		for _, n := range counts {
			if n > len(shown)*95/100 {
				t.Errorf("%s shows as %v", filepath.Base(path), counts)
			}
		}
		if bytes.Equal(shown, im.Display8(im.DefaultWindow(), true)) {
			t.Errorf("%s does not change when inverted", filepath.Base(path))
		}
	}
}
