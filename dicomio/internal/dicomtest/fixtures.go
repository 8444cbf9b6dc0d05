package dicomtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The size of the pictures of testdata, which are made by
// testdata/peers/dicom_fixtures.py with the encoders of DCMTK, GDCM, OpenJPEG and
// Pillow.
const (
	FixtureWidth  = 53
	FixtureHeight = 41
)

// grain is the picture of the lossless fixtures.
func grain(x, y, bits int) int32 {
	v := 37*x + 3*y*y + 11*(x^y)
	if bits == 16 {
		v *= 4001
	}
	return int32(v & (1<<bits - 1))
}

// GrainPicture is grain row by row.
func GrainPicture(bits int) []int32 {
	var out []int32
	for y := range FixtureHeight {
		for x := range FixtureWidth {
			out = append(out, grain(x, y, bits))
		}
	}
	return out
}

// GrainRGB is grain, grain moved right by 5, and grain upside down.
func GrainRGB() []int32 {
	var out []int32
	for y := range FixtureHeight {
		for x := range FixtureWidth {
			moved := (x - 5 + FixtureWidth) % FixtureWidth
			out = append(out, grain(x, y, 8), grain(moved, y, 8), grain(x, FixtureHeight-1-y, 8))
		}
	}
	return out
}

// GrainFrames are three frames of 12 bits: grain, moved down by 7, and upside down.
func GrainFrames() []int32 {
	out := GrainPicture(12)
	for y := range FixtureHeight {
		for x := range FixtureWidth {
			out = append(out, grain(x, (y-7+FixtureHeight)%FixtureHeight, 12))
		}
	}
	for y := range FixtureHeight {
		for x := range FixtureWidth {
			out = append(out, grain(x, FixtureHeight-1-y, 12))
		}
	}
	return out
}

// NeedsLibrary says whether a fixture is of a kind that not every build reads.
func NeedsLibrary(name string) bool { return strings.HasPrefix(name, "j2k") }

// Fixture reads a stored file.
func Fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
