package dicomio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files of testdata are made by testdata/peers/dicom_fixtures.py with the
// encoders of DCMTK, GDCM, OpenJPEG and Pillow.
const fixtureWidth, fixtureHeight = 53, 41

// grain is the picture of the lossless fixtures.
func grain(x, y, bits int) int32 {
	v := 37*x + 3*y*y + 11*(x^y)
	if bits == 16 {
		v *= 4001
	}
	return int32(v & (1<<bits - 1))
}

// grainPicture is grain row by row.
func grainPicture(bits int) []int32 {
	var out []int32
	for y := range fixtureHeight {
		for x := range fixtureWidth {
			out = append(out, grain(x, y, bits))
		}
	}
	return out
}

// grainRGB is grain, grain moved right by 5, and grain upside down.
func grainRGB() []int32 {
	var out []int32
	for y := range fixtureHeight {
		for x := range fixtureWidth {
			moved := (x - 5 + fixtureWidth) % fixtureWidth
			out = append(out, grain(x, y, 8), grain(moved, y, 8), grain(x, fixtureHeight-1-y, 8))
		}
	}
	return out
}

// grainFrames are three frames of 12 bits: grain, moved down by 7, and upside down.
func grainFrames() []int32 {
	out := grainPicture(12)
	for y := range fixtureHeight {
		for x := range fixtureWidth {
			out = append(out, grain(x, (y-7+fixtureHeight)%fixtureHeight, 12))
		}
	}
	for y := range fixtureHeight {
		for x := range fixtureWidth {
			out = append(out, grain(x, fixtureHeight-1-y, 12))
		}
	}
	return out
}

// needsLibrary says whether a fixture is of a kind that not every build reads.
func needsLibrary(name string) bool { return strings.HasPrefix(name, "j2k") }

// readFixture reads a stored file.
func readFixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
