package pixeldata_test

import (
	"slices"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/dicomtest/stored"
)

// Oracle: the formula that the peers encoded.
func TestLosslessFixtures(t *testing.T) {
	for name, want := range map[string][]int32{
		"lossless_sv1_12": dicomtest.GrainPicture(12), "lossless_sv2_12": dicomtest.GrainPicture(12),
		"lossless_sv3_12": dicomtest.GrainPicture(12),
		"lossless_sv4_12": dicomtest.GrainPicture(12), "lossless_sv5_12": dicomtest.GrainPicture(12),
		"lossless_sv6_12": dicomtest.GrainPicture(12),
		"lossless_sv7_12": dicomtest.GrainPicture(12), "lossless_sv1_16": dicomtest.GrainPicture(16),
		"lossless_sv1_rgb": dicomtest.GrainRGB(),
		"rle_12":           dicomtest.GrainPicture(12), "rle_rgb": dicomtest.GrainRGB(),
		"rle_12_frames": dicomtest.GrainFrames(),
		"j2k_12":        dicomtest.GrainPicture(12), "j2k_rgb": dicomtest.GrainRGB(),
		"jpegls_12": dicomtest.GrainPicture(12), "jpegls_rgb": dicomtest.GrainRGB(),
	} {
		t.Run(name, func(t *testing.T) {
			if dicomtest.NeedsLibrary(name) {
				dicomtest.NeedCodecs(t)
			}
			if !slices.Equal(stored.Frames(t, name, dicomtest.Fixture(t, name+".dcm")), want) {
				t.Error("the pixels differ")
			}
		})
	}
}
