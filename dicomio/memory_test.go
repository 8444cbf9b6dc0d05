package dicomio

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// deflatedImage is a film whose data set is deflated, with an element of so many
// zeros before the pixels.
func deflatedImage(t *testing.T, side, fill int) []byte {
	t.Helper()
	plain := dicomtest.Picture(uid.DeflatedExplicitVRLittleEndian, side, side, 16,
		12).Set(dicomtest.Pixels16(make([]uint16, side*side)...)).Encode(t)
	f, err := dcm.Scan(plain, dcm.Options{Packed: true})
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(plain, []byte(f.TransferSyntax)) + len(f.TransferSyntax)
	at += len(f.TransferSyntax) % 2
	set, err := io.ReadAll(flate.NewReader(bytes.NewReader(plain[at:])))
	if err != nil {
		t.Fatal(err)
	}
	if fill == 0 {
		return plain
	}
	var out bytes.Buffer
	out.Write(plain[:at])
	z, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.Index(set, []byte{0x28, 0, 2, 0}) // Samples per Pixel: what comes before stays in order
	head := []byte{9, 0, 0x10, 0x10, 'O', 'B', 0, 0, byte(fill), byte(fill >> 8), byte(fill >> 16), byte(fill >> 24)}
	for _, part := range []io.Reader{bytes.NewReader(set[:first]), bytes.NewReader(head),
		io.LimitReader(zeros{}, int64(fill)), bytes.NewReader(set[first:])} {
		if _, err := io.Copy(z, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// What a deflated data set unpacks to is never held: a film takes its own samples
// and little more, a bomb is refused for little.
func TestDeflatedImagesAreUnpackedAsTheyAreRead(t *testing.T) {
	const side = 1500
	for name, fill := range map[string]int{"plain": 0, "with a large element": 8 << 20} {
		data := deflatedImage(t, side, fill)
		n := dicomtest.Allocated(func() {
			if im := dicomtest.Decoded(t, DecodeBytes, data); im.Width != side || len(im.Stored) != side*side {
				t.Errorf("%s: %d x %d", name, im.Width, im.Height)
			}
		})
		if most := int64(4*side*side + 6*fill + 8<<20); n > most {
			t.Errorf("%s: %d bytes were taken, more than %d", name, n, most)
		}
	}
	bomb := deflatedImage(t, 4, 300<<20)
	n := dicomtest.Allocated(func() {
		var fe *fileio.FormatError
		if _, err := DecodeBytes(context.Background(), "x", bomb); !errors.As(err, &fe) ||
			!strings.Contains(err.Error(), "MB") {
			t.Errorf("a bomb of %d bytes gives %v", len(bomb), err)
		}
	})
	if n > 2*dcm.MaxHeader {
		t.Errorf("a bomb took %d bytes", n)
	}
}

// What is read from a file that stays where it is equals what is read from memory.
func TestInputsEqualMemory(t *testing.T) {
	for name, data := range dicomtest.SeedFiles(t) {
		f, err := dcm.Scan(data, dcm.Options{})
		if err != nil || f.Pixels.Tag != tag.PixelData {
			continue
		}
		want, err := pixeldata.New(name, f)
		if err != nil {
			continue
		}
		g, err := dcm.ScanInput(dcm.InMemory(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := pixeldata.New(name, g)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a, b := framesOf(t, want), framesOf(t, got); !slices.Equal(a, b) {
			t.Errorf("%s: %d and %d samples differ", name, len(a), len(b))
		}
		g.ReadTail()
		same := func(a, b dcm.Element) bool {
			return a.Tag == b.Tag && a.VR == b.VR && a.Depth == b.Depth && bytes.Equal(a.Value, b.Value)
		}
		if !slices.EqualFunc(f.Elements, g.Elements, same) {
			t.Errorf("%s: %d and %d elements differ", name, len(f.Elements), len(g.Elements))
		}
	}
}

func framesOf(t *testing.T, o *pixeldata.Object) (all []int32) {
	t.Helper()
	if err := o.EachFrame(context.Background(), o.Module.Frames, func(v []int32) error {
		all = append(all, v...)
		return nil
	}); err != nil {
		t.Errorf("%s: %v", o.Name, err)
	}
	return all
}
