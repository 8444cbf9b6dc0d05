package dicomio_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/dicomtest/stored"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// readsLike demands that a changed file gives the pixels of the whole one and a
// warning with these words.
func readsLike(t *testing.T, name string, whole, changed []byte, words string) {
	t.Helper()
	want := dicomtest.Decoded(t, dicomio.DecodeBytes, whole)
	got, err := dicomio.DecodeBytes(context.Background(), name, changed)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if !slices.Equal(got.Stored, want.Stored) || !strings.Contains(strings.Join(message.Strings(got.Warnings), " "),
		words) {
		t.Errorf("%s: pixels equal %v, warnings %q, want %q", name, slices.Equal(got.Stored, want.Stored),
			got.Warnings, words)
	}
	in, err := inspect.Bytes(context.Background(), name, changed)
	if err != nil || !strings.Contains(strings.Join(message.Strings(in.Warnings), " "), words) {
		t.Errorf("%s: inspecting says %v, %v", name, in, err)
	}
}

// Oracle: pydicom, DCMTK and GDCM, which read the same pixels.
func TestValueRepresentationsThatAreNone(t *testing.T) {
	whole := dicomtest.Slip(uid.ExplicitVRLittleEndian).Encode(t)
	for tag, vr := range map[tag.Tag]string{tag.PatientName: "PN", tag.Rows: "US", tag.WindowCenter: "DS",
		tag.PixelData: "OW", tag.SOPClassUID: "UI", tag.TransferSyntaxUID: "UI"} {
		for _, bad := range []string{"  ", "\x00\x00", "??", "us", "ZZ"} {
			data := bytes.Clone(whole)
			copy(data[dicomtest.HeadOf(t, data, tag, vr)+4:], bad)
			readsLike(t, fmt.Sprintf("%v as %q", tag, bad), whole, data, "")
		}
	}
	data := bytes.Clone(whole)
	copy(data[dicomtest.HeadOf(t, data, tag.PatientName, "PN")+4:], "  ")
	readsLike(t, "said", whole, data, "value representation")
}

// Oracle: pydicom reads the same pixels.
func TestStrayItemsAndDelimiters(t *testing.T) {
	whole := dicomtest.Slip(uid.ExplicitVRLittleEndian).Encode(t)
	const item, itemEnd, end, open = "\xfe\xff\x00\xe0\x00\x00\x00\x00", "\xfe\xff\x0d\xe0\x00\x00\x00\x00",
		"\xfe\xff\xdd\xe0\x00\x00\x00\x00", "\xfe\xff\x00\xe0\xff\xff\xff\xff"
	for tag, vr := range map[tag.Tag]string{tag.PatientName: "PN", tag.Rows: "US", tag.PixelData: "OW"} {
		for _, stray := range []string{item, itemEnd, end, open, item + itemEnd + end} {
			at := dicomtest.HeadOf(t, whole, tag, vr)
			readsLike(t, fmt.Sprintf("%x before %v", stray, tag), whole,
				slices.Concat(whole[:at], []byte(stray), whole[at:]), "delimiter")
		}
	}
}

// Sequences whose delimiters are missing or doubled. Oracle: pydicom.
func TestSequencesWithoutTheirDelimiters(t *testing.T) {
	o := dicomtest.Slip(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.AnatomicRegionSequence, VR: "SQ",
		Undefined: true,
		Items: [][]dicomtest.Element{{{Tag: tag.CodeValue, VR: "SH", Text: "1 "}},
			{{Tag: tag.CodeValue, VR: "SH", Text: "2 "}}}})
	whole := o.Encode(t)
	itemEnd, end := []byte("\xfe\xff\x0d\xe0\x00\x00\x00\x00"), []byte("\xfe\xff\xdd\xe0\x00\x00\x00\x00")
	for name, data := range map[string][]byte{
		"no end of the first item": bytes.Replace(whole, itemEnd, nil, 1),
		"no end of items":          bytes.ReplaceAll(whole, itemEnd, nil),
		"no end of the sequence":   bytes.Replace(whole, end, nil, 1),
		"two ends of items":        bytes.ReplaceAll(whole, itemEnd, slices.Concat(itemEnd, itemEnd)),
		"two ends of the sequence": bytes.Replace(whole, end, slices.Concat(end, end), 1),
	} {
		readsLike(t, name, whole, data, " ")
	}
}

// Pixel data whose length is a few bytes off; all pixels are there. Oracle:
// pydicom and GDCM. A film that lacks pixels is refused.
func TestLengthsOfPixelDataThatAreOff(t *testing.T) {
	for _, syntax := range []string{uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian} {
		whole := dicomtest.Slip(syntax).Encode(t)
		at := len(whole) - 48 - 4
		order := binary.ByteOrder(binary.LittleEndian)
		if syntax == uid.ExplicitVRBigEndian {
			order = binary.BigEndian
		}
		for _, off := range []int{-8, -2, 2, 8, 1000} {
			data := bytes.Clone(whole)
			order.PutUint32(data[at:], uint32(48+off))
			readsLike(t, fmt.Sprintf("%s %+d", syntax, off), whole, data, "stated to be")
		}
		var fe *fileio.FormatError
		if _, err := dicomio.DecodeBytes(context.Background(), "x", whole[:len(whole)-4]); !errors.As(err, &fe) {
			t.Errorf("%s: a film without its last pixels gives %v", syntax, err)
		}
	}
}

// Oracle: pydicom, which does not look at the high bit, and GDCM.
func TestHighBitsThatContradict(t *testing.T) {
	for _, c := range []struct{ allocated, stored, high int }{{16, 12, 12}, {16, 12, 20}, {16, 16, 11}, {16, 12, 3}} {
		o := dicomtest.Slip(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.BitsStored, VR: "US",
			Words: []uint16{uint16(c.stored)}},
			dicomtest.Element{Tag: tag.HighBit, VR: "US", Words: []uint16{uint16(c.stored - 1)}})
		whole := o.Encode(t)
		data := o.Set(dicomtest.Element{Tag: tag.HighBit, VR: "US", Words: []uint16{uint16(c.high)}},
			dicomtest.Pixels16(bigRamp()...)).Encode(t)
		want := o.Set(dicomtest.Element{Tag: tag.HighBit, VR: "US", Words: []uint16{uint16(c.stored - 1)}}).Encode(t)
		readsLike(t, fmt.Sprintf("%+v", c), want, data, "high bit")
		_ = whole
	}
	eight := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 4, 8, 8).Set(dicomtest.Pixels8(1, 2, 200, 255))
	whole := eight.Encode(t)
	readsLike(t, "8 of 8", whole, eight.Set(dicomtest.Element{Tag: tag.HighBit, VR: "US",
		Words: []uint16{8}}).Encode(t), "high bit")
}

// bigRamp has odd values below 4096.
func bigRamp() []uint16 {
	out := make([]uint16, 24)
	for i := range out {
		out[i] = uint16(i*170 + 1)
	}
	return out
}

func TestNumbersOfFramesThatAreNone(t *testing.T) {
	whole := dicomtest.Slip(uid.ExplicitVRLittleEndian).Encode(t)
	for _, text := range []string{"0 ", "-1"} {
		data := dicomtest.Slip(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.NumberOfFrames, VR: "IS",
			Text: text}).Encode(t)
		readsLike(t, text, whole, data, "number of frames")
	}
	readsLike(t, "empty", whole,
		dicomtest.Slip(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.NumberOfFrames, VR: "IS"}).Encode(t),
		"")
}

// The delimiter and the end marker are missing; the frame is whole. Oracle: GDCM.
func TestCompressedDataWithoutItsEnd(t *testing.T) {
	for _, name := range []string{"baseline_8", "extended_12", "progressive_8", "lossless_sv1_12", "lossless_sv6_12",
		"jpegls_12", "rle_12", "rle_12_frames", "j2k_12", "progressive_rgb"} {
		if dicomtest.NeedsLibrary(name) && (dicomtest.RaceEnabled || len(dicomio.MissingCodecs()) > 0) {
			continue
		}
		whole := dicomtest.Fixture(t, name+".dcm")
		at := bytes.LastIndex(whole, []byte("\xfe\xff\xdd\xe0"))
		readsLike(t, name+" without delimiter", whole, whole[:at], "no end")
		readsLike(t, name+" with zeros", whole, append(bytes.Clone(whole[:at]), make([]byte, 32)...), "no end")
		if strings.HasPrefix(name, "rle") || strings.HasPrefix(name, "jpegls") {
			continue // no marker, or one that is not looked at
		}
		f, err := dcm.Scan(whole, dcm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		o, err := pixeldata.New(name, f)
		if err != nil {
			t.Fatal(err)
		}
		frame := slices.Concat(o.File.Pixels.Fragments...)
		cut := bytes.LastIndex(frame, []byte{0xFF, 0xD9})
		shorter := o.File.Pixels.Fragments
		o.File.Pixels.Fragments = [][]byte{frame[:cut]}
		got, err := o.FirstFrame(context.Background())
		if err != nil || !slices.Equal(got, stored.Frames(t, name, whole)) ||
			!strings.Contains(strings.Join(message.Strings(o.Warnings), " "), "no end marker") {
			t.Errorf("%s without its end marker: %v, warnings %q", name, err, o.Warnings)
		}
		o.File.Pixels.Fragments = [][]byte{frame[:cut/2]}
		if _, err := o.FirstFrame(context.Background()); err == nil {
			t.Errorf("half of %s was taken", name)
		}
		o.File.Pixels.Fragments = shorter
	}
}

// Oracle: pydicom's pixel_array: bytes are swapped within the words of the whole
// value (PS3.5 8.1.1 and 7.3).
func TestBigEndianBytesOfOddCounts(t *testing.T) {
	for _, c := range []struct{ rows, columns, frames int }{{3, 3, 1}, {1, 7, 1}, {3, 3, 3}, {5, 5, 4}, {2, 2, 2}} {
		n := c.rows * c.columns * c.frames
		samples := make([]byte, n+n%2)
		for i := range n {
			samples[i] = byte(i + 1)
		}
		swapped := bytes.Clone(samples)
		for i := 0; i < len(swapped); i += 2 {
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		}
		for vr, bytes := range map[string][]byte{"OW": swapped, "OB": samples} {
			o := dicomtest.Picture(uid.ExplicitVRBigEndian, c.rows, c.columns, 8,
				8).Set(dicomtest.Element{Tag: tag.PixelData, VR: vr, Bytes: bytes})
			if c.frames > 1 {
				o.Set(dicomtest.Element{Tag: tag.NumberOfFrames, VR: "IS", Text: fmt.Sprint(c.frames)})
			}
			for i, v := range stored.Frames(t, "x", o.Encode(t)) {
				if int(v) != i+1 {
					t.Fatalf("%+v in %s: sample %d is %d", c, vr, i, v)
				}
			}
		}
	}
}

// Oracle: PS3.5 A.1 and PS3.6: US or SS follows Pixel Representation.
func TestSignedPaddingOfImplicitFiles(t *testing.T) {
	for signed, want := range map[uint16]string{1: "-2000", 0: "63536"} {
		o := dicomtest.Slip(uid.ImplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.PixelRepresentation, VR: "US",
			Words: []uint16{signed}},
			dicomtest.Element{Tag: tag.PixelPaddingValue, VR: "US", Words: []uint16{63536}},
			dicomtest.Element{Tag: tag.PixelPaddingRangeLimit, VR: "US", Words: []uint16{63537}})
		list, err := inspect.AttributesBytes("x", o.Encode(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			if a.Keyword == "PixelPaddingValue" && a.Value != want {
				t.Errorf("signed %d: padding is shown as %s", signed, a.Value)
			}
		}
		im := dicomtest.Decoded(t, dicomio.DecodeBytes, o.Encode(t))
		if p := im.Padding; p == nil || fmt.Sprint(p.Lo) != want || p.Hi != p.Lo+1 {
			t.Errorf("signed %d: padding %+v", signed, p)
		}
	}
}
