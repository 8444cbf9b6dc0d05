package deidentify

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/internal/atomicfile"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// held counts what is live in memory while a file is written.
type held struct {
	Draft
	base, most int64
	since      int
}

func newHeld(to Draft) *held {
	h := &held{Draft: to}
	h.base = live()
	return h
}

// live is how many bytes are reachable.
func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func (h *held) Write(b []byte) (int, error) {
	if h.since += len(b); h.since > 2<<20 {
		h.since = 0
		h.most = max(h.most, live()-h.base)
	}
	return h.Draft.Write(b)
}

// rlePicture is a frame of 16 bits in which every byte stands for itself (PS3.5 G).
func rlePicture(pixels []uint16) []byte {
	header := make([]byte, 64)
	out := [][]byte{header}
	at := 64
	for s := range 2 {
		header[0], header[4+4*s] = 2, byte(at)
		header[5+4*s], header[6+4*s] = byte(at>>8), byte(at>>16)
		var segment []byte
		for from := 0; from < len(pixels); from += 128 {
			part := pixels[from:min(from+128, len(pixels))]
			segment = append(segment, byte(len(part)-1))
			for _, v := range part {
				segment = append(segment, byte(v>>(8-8*s)))
			}
		}
		segment = append(segment, make([]byte, len(segment)%2)...)
		out = append(out, segment)
		at += len(segment)
	}
	return bytes.Join(out, nil)
}

// A film of many frames is never whole in memory while it is de-identified, whatever
// its pixel data is like, and gets the bytes that it gets in memory. The oracle is
// the count of live bytes of Go's runtime.
func TestAnonymisingHoldsAFrame(t *testing.T) {
	const side, frames = 384, 60
	grain := make([]uint16, side*side)
	for i := range grain {
		grain[i] = uint16(i*2654435761>>7) & 0xFFF
	}
	dirty := slices.Clone(grain)
	dirty[7] |= 0x8000
	many := func(last []uint16) []uint16 { return append(slices.Repeat(grain, frames-1), last...) }
	coded := func(last []uint16) []byte {
		o := dicomtest.Picture("1.2.840.10008.1.2.5", side, side, 16, 12).Set(dicomtest.Element{Tag: tag.NumberOfFrames, VR: "IS", Text: "60"})
		o.Frames = append(slices.Repeat([][]byte{rlePicture(grain)}, frames-1), rlePicture(last))
		return o.Encode(t)
	}
	native := func(syntax string, last []uint16) []byte {
		return dicomtest.Picture(syntax, side, side, 16, 12).Set(dicomtest.Element{Tag: tag.NumberOfFrames, VR: "IS", Text: "60"}, dicomtest.Pixels16(many(last)...)).Encode(t)
	}
	for name, c := range map[string]struct {
		data  []byte
		blank []Region
		most  int64
	}{
		"native":               {native(uid.ExplicitVRLittleEndian, grain), nil, 6 << 20},
		"bits beside":          {native(uid.ImplicitVRLittleEndian, dirty), nil, 6 << 20},
		"big endian":           {native(uid.ExplicitVRBigEndian, grain), nil, 6 << 20},
		"deflated":             {native(uid.DeflatedExplicitVRLittleEndian, grain), nil, 6 << 20},
		"blanked":              {native(uid.ExplicitVRLittleEndian, grain), []Region{{3, 3, 9, 9}}, 10 << 20},
		"RLE":                  {coded(grain), nil, 10 << 20},
		"RLE with bits beside": {coded(dirty), nil, 10 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := New(Options{Redact: c.blank, Secret: []byte("secret")})
			if err != nil {
				t.Fatal(err)
			}
			want, _, err := a.Bytes(context.Background(), name, c.data)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			dicomtest.WriteFile(t, filepath.Join(dir, "in.dcm"), c.data)
			in, err := os.Open(filepath.Join(dir, "in.dcm"))
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			draft, err := (&atomicfile.Outputs{}).Draft(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer draft.Discard()
			h := newHeld(draft)
			x, err := a.Open(context.Background(), name, in, int64(len(c.data)))
			if err == nil {
				err = x.Write(context.Background(), h)
			}
			if err == nil {
				err = draft.Place(filepath.Join(dir, "out.dcm"))
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.most == 0 || h.most > c.most {
				t.Errorf("%d bytes were held of a file of %d, more than %d", h.most, len(c.data), c.most)
			}
			if got := readBack(t, dir); !bytes.Equal(got, want) {
				t.Errorf("the file has %d bytes, that in memory %d, and they differ", len(got), len(want))
			}
		})
	}
}

func readBack(t *testing.T, dir string) []byte {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, "out.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	return got
}
