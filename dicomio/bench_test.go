package dicomio_test

import (
	"bytes"
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/dicomio/internal/dicomtest"
)

// TestBenchFile times what HILUM_BENCH_FILE names: Decode of a file, Collect of
// a folder. testdata/peers/dicom_bench.py compares it with other readers.
func TestBenchFile(t *testing.T) {
	path := os.Getenv("HILUM_BENCH_FILE")
	if path == "" {
		t.Skip("HILUM_BENCH_FILE names no file to time")
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	var times []time.Duration
	for range 5 {
		start := time.Now()
		if info.IsDir() {
			_, err = collect(context.Background(), path)
		} else {
			_, err = dicomio.Decode(context.Background(), path)
		}
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	t.Logf("seconds=%.6f", slices.Min(times).Seconds())
}

func benchmarkFixture(b *testing.B, name string) {
	data := dicomtest.Fixture(b, name+".dcm")
	if dicomtest.NeedsLibrary(name) {
		dicomtest.NeedCodecs(b)
	}
	for b.Loop() {
		if _, err := dicomio.DecodeBytes(context.Background(), name, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLossless(b *testing.B) { benchmarkFixture(b, "lossless_sv1_12") }
func BenchmarkRLE(b *testing.B)      { benchmarkFixture(b, "rle_12") }
func BenchmarkBaseline(b *testing.B) { benchmarkFixture(b, "baseline_8") }
func BenchmarkJPEG2000(b *testing.B) { benchmarkFixture(b, "j2k_12") }
func BenchmarkJPEGLS(b *testing.B)   { benchmarkFixture(b, "jpegls_12") }

// BenchmarkNative2048x2500 is the path of every uncompressed film, made in
// memory: 5.1 million 16-bit words.
func BenchmarkNative2048x2500(b *testing.B) {
	im := &dicomio.Image{Width: 2048, Height: 2500, Samples: 1, BitsStored: 12, Modality: dicomio.Modality{Slope: 1},
		Stored: make([]int32, 2048*2500)}
	for i := range im.Stored {
		im.Stored[i] = int32(i*7) & 4095
	}
	var image bytes.Buffer
	if err := derived.WriteImage(&image, im); err != nil {
		b.Fatal(err)
	}
	data := image.Bytes()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := dicomio.DecodeBytes(context.Background(), "native", data); err != nil {
			b.Fatal(err)
		}
	}
}
