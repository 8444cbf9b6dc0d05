package pixeldata

import (
	"context"
	"slices"
	"testing"

	"hilum/dicomio/internal/ccodec"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/uid"
)

// The file structure intact, the compressed data within it cut: the fragment
// is shortened and its length corrected.
func TestCutFragmentsAreRefused(t *testing.T) {
	for _, name := range []string{"lossless_sv1_12", "lossless_sv6_12", "rle_12", "extended_12", "baseline_8",
		"progressive_8", "j2k_12", "jpegls_12"} {
		if dicomtest.NeedsLibrary(name) && (dicomtest.RaceEnabled || !ccodec.Available(ccodec.JPEG2000)) {
			continue
		}
		o, err := openObject(name, dicomtest.Fixture(t, name+".dcm"))
		if err != nil {
			t.Fatal(err)
		}
		whole := slices.Concat(o.File.Pixels.Fragments...)
		for _, part := range []float64{0.02, 0.2, 0.5, 0.8, 0.97} {
			o.File.Pixels.Fragments = [][]byte{whole[:int(part*float64(len(whole)))]}
			if _, err := o.FirstFrame(context.Background()); err == nil {
				t.Errorf("%s: %v of its data was shown as a picture", name, part)
			}
		}
	}
}

// Oracle: CharLS, where it is built in.
func TestJPEGLSAgreesWithCharLS(t *testing.T) {
	if !ccodec.Available(ccodec.JPEGLS) {
		t.Skip("this build lacks CharLS (build with the tag charls)")
	}
	w := &ccodec.Worker{}
	defer w.Close()
	for _, name := range []string{"jpegls_12", "jpegls_rgb"} {
		o, err := openObject(name, dicomtest.Fixture(t, name+".dcm"))
		if err != nil {
			t.Fatal(err)
		}
		theirs, ours := make([]int32, o.Module.FrameSamples()), make([]int32, o.Module.FrameSamples())
		frame := slices.Concat(o.File.Pixels.Fragments...)
		if err := o.external(context.Background(), w, ccodec.JPEGLS, frame, theirs); err != nil {
			t.Fatal(err)
		}
		if err := o.Jpegls(context.Background(), w, frame, ours); err != nil || !slices.Equal(ours, theirs) {
			t.Errorf("%s: the pixels differ: %v", name, err)
		}
	}
}

// openObject is objectOf of a file in memory.
func openObject(name string, data []byte) (*Object, error) {
	f, err := scanBytes(data)
	if err != nil {
		return nil, err
	}
	return New(name, f)
}

// scanBytes scans a file in memory; a deflated data set is unpacked as it is read.
func scanBytes(data []byte) (*dcm.File, error) {
	f, err := dcm.Scan(data, dcm.Options{Lenient: true, Packed: true})
	if err == nil && f.TransferSyntax == uid.DeflatedExplicitVRLittleEndian {
		return dcm.ScanInput(dcm.InMemory(data))
	}
	return f, err
}
