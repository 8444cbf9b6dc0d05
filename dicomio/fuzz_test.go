package dicomio

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/internal/ccodec"
	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/uid"
)

// maxFuzz bounds an input: larger ones say nothing new.
const maxFuzz = 1 << 16

func FuzzEverything(f *testing.F) {
	for _, data := range dicomtest.SeedFiles(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxFuzz {
			return
		}
		if err := everything(context.Background(), t.TempDir(), data); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzCharset(f *testing.F) {
	f.Add(`\ISO 2022 IR 87`, []byte("Yamada^Tarou=\x1b$B;3ED\x1b(B"))
	f.Add("GB18030", []byte("\x81\x5c^A"))
	f.Add(`ISO 2022 IR 13\ISO 2022 IR 159`, []byte("\x1b$(D\x30\x21\x1b"))
	f.Fuzz(func(t *testing.T, set string, data []byte) {
		text := charset.New(set).Decode(data, true)
		if strings.ToValidUTF8(text, "") != text {
			t.Fatalf("%q gives invalid UTF-8", data)
		}
		if len(text) > 16*len(data)+16 {
			t.Fatalf("%d bytes grew to %d", len(data), len(text))
		}
	})
}

// fuzzCollect opens data under a file name.
func fuzzCollect(t *testing.T, name string, data []byte) {
	if len(data) > maxFuzz {
		return
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Collect(context.Background(), path, nil)
	if err != nil {
		return
	}
	for _, p := range c.Patients {
		for _, i := range p.Studies[0].Series[0].Instances {
			if _, err := i.Decode(context.Background()); err != nil && strings.Contains(err.Error(), "decoder failed") {
				t.Fatal(err)
			}
		}
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(dicomtest.Zip(f, map[string][]byte{"a.dcm": dicomtest.Rich(uid.ExplicitVRLittleEndian).Encode(f), "b/c": {1, 2}}))
	f.Add(dicomtest.Zip(f, map[string][]byte{"../x.dcm": dicomtest.Rich(uid.ExplicitVRLittleEndian).Encode(f)}))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzCollect(t, "x.zip", data) })
}

func FuzzDICOMDIR(f *testing.F) {
	f.Add(dicomtest.DICOMDIR(f, "A", `B\C`, `..\D`))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzCollect(t, "DICOMDIR", data) })
}

func FuzzDeflate(f *testing.F) {
	whole := dicomtest.Rich(uid.DeflatedExplicitVRLittleEndian).Encode(f)
	head := 132 + 8 + len(uid.DeflatedExplicitVRLittleEndian) // preamble, marker, transfer syntax
	f.Add(whole[head:])
	f.Fuzz(func(t *testing.T, packed []byte) {
		if len(packed) > maxFuzz {
			return
		}
		data := append(slices.Clone(whole[:head]), packed...)
		if _, err := DecodeBytes(context.Background(), "x", data); err != nil && strings.Contains(err.Error(), "decoder failed") {
			t.Fatal(err)
		}
	})
}

func FuzzJPEG2000(f *testing.F) {
	if !ccodec.Available(ccodec.JPEG2000) {
		f.Skip("this build lacks OpenJPEG (build with the tag openjpeg)")
	}
	o, err := openObject("x", dicomtest.Fixture(f, "j2k_12.dcm"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(slices.Concat(o.File.Pixels.Fragments...))
	w := &ccodec.Worker{}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxFuzz {
			return
		}
		mine := *o
		_ = mine.External(context.Background(), w, ccodec.JPEG2000, data, make([]int32, mine.Module.FrameSamples()))
	})
}

func FuzzPalette(f *testing.F) {
	f.Add([]byte{0, 2, 100, 200, 1, 4, 144, 2, 1, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		words := make([]uint16, len(data))
		for i, b := range data {
			words[i] = uint16(b)
		}
		if out, err := expandSegments(words, 256); err == nil && len(out) > 256 {
			t.Fatalf("%d entries", len(out))
		}
	})
}
