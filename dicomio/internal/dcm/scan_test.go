package dcm

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// implicitElement writes one element of an implicit data set.
func implicitElement(t tag.Tag, value []byte) []byte {
	b := appendTag(nil, t)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(value))), value...)
}

func file(syntax string, body []byte) []byte {
	data, err := WriteFile("1.2.840.10008.5.1.4.1.1.7", "2.25.1", syntax, body)
	if err != nil {
		panic(err)
	}
	return data
}

func body(t testing.TB, fill func(*Builder)) []byte {
	t.Helper()
	var b Builder
	fill(&b)
	out, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMetaLengthIsNotBelieved(t *testing.T) {
	data := file(uid.ExplicitVRLittleEndian, body(t, func(b *Builder) { b.Text(tag.PatientName, "PN", "A^B") }))
	for _, wrong := range []uint32{0, 7, 40_000, 0xFFFFFFFF} {
		bad := bytes.Clone(data)
		binary.LittleEndian.PutUint32(bad[140:], wrong)
		f, err := Scan(bad, Options{})
		if err != nil || f.Elements.Find(tag.PatientName).Text() != "A^B" {
			t.Errorf("length %d: %v", wrong, err)
		}
	}
}

func TestSyntaxIsGuessedAndCorrected(t *testing.T) {
	explicit := body(t, func(b *Builder) { b.Text(tag.Modality, "CS", "DX"); b.Text(tag.PatientName, "PN", "A^B") })
	implicit := append(implicitElement(tag.Modality, []byte("DX")), implicitElement(tag.PatientName, []byte("A^B "))...)
	for name, data := range map[string][]byte{
		"bare explicit": explicit, "bare implicit": implicit,
		"no preamble":     file(uid.ExplicitVRLittleEndian, explicit)[132:],
		"marker first":    file(uid.ExplicitVRLittleEndian, explicit)[128:],
		"claims implicit": file(uid.ImplicitVRLittleEndian, explicit),
		"claims explicit": file(uid.ExplicitVRLittleEndian, implicit),
		"right":           file(uid.ImplicitVRLittleEndian, implicit),
	} {
		f, err := Scan(data, Options{})
		if err != nil || f.Elements.Find(tag.PatientName).Text() != "A^B" || !IsDICOM(data) {
			t.Errorf("%s: %v, %+v", name, err, f.Elements)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	undefinedLength := []byte{0xFF, 0xFF, 0xFF, 0xFF}
	level := append(append(appendTag(nil, tag.ReferencedImageSequence), "SQ\x00\x00"...), undefinedLength...)
	level = append(append(level, appendTag(nil, tag.Item)...), undefinedLength...)
	for depth, ok := range map[int]bool{10: true, maxDepth + 1: false, 50_000: false} {
		data := file(uid.ExplicitVRLittleEndian, bytes.Repeat(level, depth))
		end := append(append(appendTag(nil, tag.ItemDelimitationItem), 0, 0, 0, 0),
			append(appendTag(nil, tag.SequenceDelimitationItem), 0, 0, 0, 0)...)
		data = append(data, bytes.Repeat(end, depth)...)
		if _, err := Scan(data, Options{}); (err == nil) != ok {
			t.Errorf("%d levels: %v", depth, err)
		}
	}
}

func TestBombsAreBounded(t *testing.T) {
	zeros := append([]byte{0x03, 0x00}, make([]byte, 200)...)
	if _, err := Scan(file(uid.DeflatedExplicitVRLittleEndian, zeros), Options{}); err != nil &&
		!errors.Is(err, ErrTruncated) && !strings.Contains(err.Error(), "inflat") {
		t.Error(err)
	}
	tiny := implicitElement(tag.Tag{Group: 0x0009, Element: 0x1001}, nil)
	if _, err := Scan(file(uid.ImplicitVRLittleEndian, bytes.Repeat(tiny, maxElements+1)), Options{}); err == nil {
		t.Error("a million elements were accepted")
	}
}

func TestLengthsBeyondTheFileAreTruncation(t *testing.T) {
	data := file(uid.ExplicitVRLittleEndian, body(t, func(b *Builder) {
		b.Text(tag.PatientName, "PN", "A^B")
		b.Bytes(tag.PixelData, "OW", make([]byte, 64))
	}))
	for n := len(data) - 1; n > len(data)-68; n-- {
		if _, err := Scan(data[:n], Options{}); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
	f, err := Scan(data[:len(data)-64], Options{HeaderOnly: true})
	if err != nil || f.Pixels.Tag != tag.PixelData || f.Elements.Find(tag.PatientName) == nil {
		t.Errorf("header only: %v", err)
	}
}

func TestPaddingBehindThePixelsIsForgiven(t *testing.T) {
	data := file(uid.ExplicitVRLittleEndian, body(t, func(b *Builder) { b.Bytes(tag.PixelData, "OB", []byte{1, 2}) }))
	for name, tail := range map[string][]byte{"zeros": make([]byte, 100), "few": {1, 2, 3},
		"text": []byte("some vendor's trailer")} {
		f, err := Scan(append(bytes.Clone(data), tail...), Options{})
		if err != nil || !bytes.Equal(f.Pixels.Native, []byte{1, 2}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIconPixelsAreNotTheImages(t *testing.T) {
	icon := &Builder{}
	icon.Uint16(tag.Rows, "US", 3)
	icon.Fragments(nil, [][]byte{{1, 2, 3, 4}})
	data := file(uid.ExplicitVRLittleEndian, body(t, func(b *Builder) {
		b.Sequence(tag.IconImageSequence, icon)
		b.Uint16(tag.Rows, "US", 1000)
		b.Bytes(tag.PixelData, "OB", []byte{7, 8})
	}))
	f, err := Scan(data, Options{})
	if err != nil || f.Elements.Find(tag.Rows).Uint16s()[0] != 1000 || !bytes.Equal(f.Pixels.Native, []byte{7, 8}) {
		t.Fatalf("%v, %+v", err, f)
	}
	if items := f.Elements.Items(tag.IconImageSequence); len(items) != 1 || items[0].Find(tag.Rows).Uint16s()[0] != 3 {
		t.Errorf("icon %+v", items)
	}
}

// Oracle: PS3.5 table A.4-2: two frames of two fragments each.
func TestFrameAssembly(t *testing.T) {
	soi := []byte{0xFF, 0xD8, 0xFF, 0xE0}
	a, b, c, d := append(soi, 1, 1), []byte{2, 2}, append(soi, 3, 3), []byte{4, 4, 4, 4}
	want := [][]byte{append(slices.Clone(a), b...), append(slices.Clone(c), d...)}
	second := uint64(len(a) + len(b) + 16)
	for name, p := range map[string]struct {
		table    []uint32
		extended []uint64
	}{
		"basic": {[]uint32{0, uint32(second)}, nil}, "extended": {nil, []uint64{0, second}},
		"none": {nil, nil}, "wrong": {[]uint32{0, 5}, nil}, "of another length": {[]uint32{0, 4, 8}, nil},
	} {
		px := Pixels{Encapsulated: true, OffsetTable: p.table, Fragments: [][]byte{a, b, c, d}}
		groups, err := px.Frames(2, p.extended)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, g := range groups {
			if got, err := px.Frame(g); err != nil || !bytes.Equal(got, want[i]) {
				t.Errorf("%s: frame %d is %v, %v", name, i, got, err)
			}
		}
	}
	px := Pixels{Encapsulated: true, Fragments: [][]byte{b, d}}
	if _, err := px.Frames(3, nil); err == nil {
		t.Error("two fragments gave three frames")
	}
	if _, err := (&Pixels{Encapsulated: true}).Frames(1, nil); err == nil {
		t.Error("no fragments gave a frame")
	}
}

func TestBuilderRefusesWhatDoesNotFit(t *testing.T) {
	var b Builder
	b.Text(tag.PatientName, "PN", strings.Repeat("x", 70_000))
	if _, err := b.Encode(); err == nil {
		t.Error("a name of 70,000 bytes was written")
	}
}

func FuzzScan(f *testing.F) {
	var b Builder
	b.Text(tag.PatientName, "PN", "A^B")
	inner := &Builder{}
	inner.Text(tag.ReferencedSOPInstanceUID, "UI", "1.2.3")
	b.Sequence(tag.ReferencedImageSequence, inner, inner)
	b.Fragments([]uint32{0}, [][]byte{{1, 2}, {3, 4}})
	encoded, err := b.Encode()
	if err != nil {
		f.Fatal(err)
	}
	for _, syntax := range []string{uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian,
		uid.DeflatedExplicitVRLittleEndian, ""} {
		f.Add(file(syntax, encoded))
	}
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		s, err := Scan(data, Options{})
		if s == nil || err != nil {
			return
		}
		for _, e := range s.Elements {
			if len(e.Value) > 1100*len(data)+64 {
				t.Fatalf("a value of %d bytes from %d", len(e.Value), len(data))
			}
			s.Elements.Items(e.Tag)
			Lookup(e.Tag)
		}
		if frames, err := s.Pixels.Frames(2, nil); err == nil && len(frames) != 2 {
			t.Fatalf("%d frames", len(frames))
		}
	})
}

// A deflated data set may be wrapped as zlib does it.
func TestDeflatedDataSets(t *testing.T) {
	plain := body(t, func(b *Builder) { b.Text(tag.PatientName, "PN", strings.Repeat("A^B", 500)) })
	var raw, wrapped bytes.Buffer
	f, err := flate.NewWriter(&raw, 9)
	if err != nil {
		t.Fatal(err)
	}
	z := zlib.NewWriter(&wrapped)
	for _, w := range []io.WriteCloser{f, z} {
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, packed := range map[string][]byte{"raw": raw.Bytes(), "zlib": wrapped.Bytes()} {
		s, err := Scan(file(uid.DeflatedExplicitVRLittleEndian, packed), Options{})
		if err != nil || len(s.Elements.Find(tag.PatientName).Text()) != 1500 {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Scan(file(uid.DeflatedExplicitVRLittleEndian, packed[:len(packed)-12]),
			Options{}); !errors.Is(err, ErrTruncated) {
			t.Errorf("%s, cut: %v", name, err)
		}
	}
}
