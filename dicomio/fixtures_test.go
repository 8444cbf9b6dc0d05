package dicomio

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/dicomtest/stored"
	"hilum/dicomio/internal/fileio"
)

// Oracle: what the peers decode, stored beside the files. Tolerance: DCT
// rounding differs by at most 2, JPEG 2000's irreversible transform by 1;
// Pillow's progressive colour comes back as RGB through its own conversion.
func TestLossyFixtures(t *testing.T) {
	for name, c := range map[string]struct {
		tolerance int32
		shown     bool // compare Image.Stored, after colour conversion
	}{
		"baseline_8": {2, false}, "extended_12": {2, false}, "progressive_8": {2, false},
		"progressive_rgb": {4, true}, "j2k_lossy_12": {1, false},
	} {
		t.Run(name, func(t *testing.T) {
			if dicomtest.NeedsLibrary(name) {
				dicomtest.NeedCodecs(t)
			}
			data := dicomtest.Fixture(t, name+".dcm")
			im := dicomtest.Decoded(t, DecodeBytes, data)
			got := im.Stored
			if !c.shown {
				got = stored.Frames(t, name, data)
			}
			raw, worst := dicomtest.Fixture(t, name+".raw"), int32(0)
			if len(raw) != len(got)*((im.BitsStored+7)/8) {
				t.Fatalf("%d values, %d bytes of reference", len(got), len(raw))
			}
			for i, v := range got {
				want := int32(raw[min(i, len(raw)-1)])
				if im.BitsStored > 8 {
					want = int32(binary.LittleEndian.Uint16(raw[2*i:]))
				}
				worst = max(worst, abs(v-want))
			}
			if worst > c.tolerance {
				t.Errorf("differs by %d, tolerance %d", worst, c.tolerance)
			}
		})
	}
}

// Whatever byte a compressed file is cut after, it is refused as damaged, and
// never shown in part: where only end markers are lost, the picture is whole.
func TestCutFixturesAreRefused(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.dcm"))
	if err != nil || len(names) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, path := range names {
		name := filepath.Base(path)
		if dicomtest.NeedsLibrary(name) && (dicomtest.RaceEnabled || len(MissingCodecs()) > 0) {
			continue
		}
		data := dicomtest.Fixture(t, name)
		step := max(1, len(data)/40)
		for n := 200; n < len(data)-8; n += step {
			im, err := DecodeBytes(context.Background(), name, data[:n])
			var fe *fileio.FormatError
			whole := err == nil && len(im.Warnings) > 0 &&
				slices.Equal(im.Stored, dicomtest.Decoded(t, DecodeBytes, data).Stored)
			if !errors.As(err, &fe) && !whole {
				t.Fatalf("%s cut to %d of %d bytes: %v", name, n, len(data), err)
			}
		}
	}
}
