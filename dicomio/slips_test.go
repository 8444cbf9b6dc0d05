package dicomio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// slip is a whole film of ramp values, for tests of what is read over.
func slip(syntax string) *testObject {
	words := make([]uint16, 24)
	for i := range words {
		words[i] = uint16(i * 170)
	}
	return picture(syntax, 4, 6, 16, 12).set(pixels16(words...), element{tag: tagPatientName, vr: "PN", text: "A^B "},
		element{tag: tagWindowCenter, vr: "DS", text: "2000"}, element{tag: tagWindowWidth, vr: "DS", text: "4000"})
}

// readsLike demands that a changed file gives the pixels of the whole one and a
// warning with these words.
func readsLike(t *testing.T, name string, whole, changed []byte, words string) {
	t.Helper()
	want := mustDecode(t, whole)
	got, err := DecodeBytes(context.Background(), name, changed)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if !slices.Equal(got.Stored, want.Stored) || !strings.Contains(strings.Join(message.Strings(got.Warnings), " "), words) {
		t.Errorf("%s: pixels equal %v, warnings %q, want %q", name, slices.Equal(got.Stored, want.Stored), got.Warnings, words)
	}
	in, err := InspectBytes(context.Background(), name, changed)
	if err != nil || !strings.Contains(strings.Join(message.Strings(in.Warnings), " "), words) {
		t.Errorf("%s: inspecting says %v, %v", name, in, err)
	}
}

// head is where an element of an explicit little endian file begins.
func head(t *testing.T, data []byte, tag dcm.Tag, vr string) int {
	t.Helper()
	key := binary.LittleEndian.AppendUint16(nil, uint16(tag>>16))
	key = append(binary.LittleEndian.AppendUint16(key, uint16(tag)), vr...)
	i := bytes.LastIndex(data, key)
	if i < 0 {
		t.Fatalf("no %v", tag)
	}
	return i
}

// Oracle: pydicom, DCMTK and GDCM, which read the same pixels.
func TestValueRepresentationsThatAreNone(t *testing.T) {
	whole := slip(dcm.ExplicitLE).encode(t)
	for tag, vr := range map[dcm.Tag]string{tagPatientName: "PN", tagRows: "US", tagWindowCenter: "DS", dcm.PixelData: "OW", tagSOPClass: "UI", 0x00020010: "UI"} {
		for _, bad := range []string{"  ", "\x00\x00", "??", "us", "ZZ"} {
			data := bytes.Clone(whole)
			copy(data[head(t, data, tag, vr)+4:], bad)
			readsLike(t, fmt.Sprintf("%v as %q", tag, bad), whole, data, "")
		}
	}
	data := bytes.Clone(whole)
	copy(data[head(t, data, tagPatientName, "PN")+4:], "  ")
	readsLike(t, "said", whole, data, "value representation")
}

// Oracle: pydicom reads the same pixels.
func TestStrayItemsAndDelimiters(t *testing.T) {
	whole := slip(dcm.ExplicitLE).encode(t)
	const item, itemEnd, end, open = "\xfe\xff\x00\xe0\x00\x00\x00\x00", "\xfe\xff\x0d\xe0\x00\x00\x00\x00", "\xfe\xff\xdd\xe0\x00\x00\x00\x00", "\xfe\xff\x00\xe0\xff\xff\xff\xff"
	for tag, vr := range map[dcm.Tag]string{tagPatientName: "PN", tagRows: "US", dcm.PixelData: "OW"} {
		for _, stray := range []string{item, itemEnd, end, open, item + itemEnd + end} {
			at := head(t, whole, tag, vr)
			readsLike(t, fmt.Sprintf("%x before %v", stray, tag), whole, slices.Concat(whole[:at], []byte(stray), whole[at:]), "delimiter")
		}
	}
}

// Sequences whose delimiters are missing or doubled. Oracle: pydicom.
func TestSequencesWithoutTheirDelimiters(t *testing.T) {
	o := slip(dcm.ExplicitLE).set(element{tag: 0x00082218, vr: "SQ", undef: true,
		items: [][]element{{{tag: tagCodeValue, vr: "SH", text: "1 "}}, {{tag: tagCodeValue, vr: "SH", text: "2 "}}}})
	whole := o.encode(t)
	itemEnd, end := []byte("\xfe\xff\x0d\xe0\x00\x00\x00\x00"), []byte("\xfe\xff\xdd\xe0\x00\x00\x00\x00")
	for name, data := range map[string][]byte{
		"no end of the first item": bytes.Replace(whole, itemEnd, nil, 1), "no end of items": bytes.ReplaceAll(whole, itemEnd, nil),
		"no end of the sequence": bytes.Replace(whole, end, nil, 1), "two ends of items": bytes.ReplaceAll(whole, itemEnd, slices.Concat(itemEnd, itemEnd)),
		"two ends of the sequence": bytes.Replace(whole, end, slices.Concat(end, end), 1),
	} {
		readsLike(t, name, whole, data, " ")
	}
}

// Pixel data whose length is a few bytes off; all pixels are there. Oracle:
// pydicom and GDCM. A film that lacks pixels is refused.
func TestLengthsOfPixelDataThatAreOff(t *testing.T) {
	for _, syntax := range []string{dcm.ExplicitLE, dcm.ImplicitLE, dcm.ExplicitBE} {
		whole := slip(syntax).encode(t)
		at := len(whole) - 48 - 4
		order := binary.ByteOrder(binary.LittleEndian)
		if syntax == dcm.ExplicitBE {
			order = binary.BigEndian
		}
		for _, off := range []int{-8, -2, 2, 8, 1000} {
			data := bytes.Clone(whole)
			order.PutUint32(data[at:], uint32(48+off))
			readsLike(t, fmt.Sprintf("%s %+d", syntax, off), whole, data, "stated to be")
		}
		var fe *FormatError
		if _, err := DecodeBytes(context.Background(), "x", whole[:len(whole)-4]); !errors.As(err, &fe) {
			t.Errorf("%s: a film without its last pixels gives %v", syntax, err)
		}
	}
}

// Oracle: pydicom, which does not look at the high bit, and GDCM.
func TestHighBitsThatContradict(t *testing.T) {
	for _, c := range []struct{ allocated, stored, high int }{{16, 12, 12}, {16, 12, 20}, {16, 16, 11}, {16, 12, 3}} {
		o := slip(dcm.ExplicitLE).set(element{tag: tagBitsStored, vr: "US", words: []uint16{uint16(c.stored)}}, element{tag: tagHighBit, vr: "US", words: []uint16{uint16(c.stored - 1)}})
		whole := o.encode(t)
		data := o.set(element{tag: tagHighBit, vr: "US", words: []uint16{uint16(c.high)}}, pixels16(bigRamp()...)).encode(t)
		want := o.set(element{tag: tagHighBit, vr: "US", words: []uint16{uint16(c.stored - 1)}}).encode(t)
		readsLike(t, fmt.Sprintf("%+v", c), want, data, "high bit")
		_ = whole
	}
	eight := picture(dcm.ExplicitLE, 1, 4, 8, 8).set(pixels8(1, 2, 200, 255))
	whole := eight.encode(t)
	readsLike(t, "8 of 8", whole, eight.set(element{tag: tagHighBit, vr: "US", words: []uint16{8}}).encode(t), "high bit")
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
	whole := slip(dcm.ExplicitLE).encode(t)
	for _, text := range []string{"0 ", "-1"} {
		data := slip(dcm.ExplicitLE).set(element{tag: tagFrames, vr: "IS", text: text}).encode(t)
		readsLike(t, text, whole, data, "number of frames")
	}
	readsLike(t, "empty", whole, slip(dcm.ExplicitLE).set(element{tag: tagFrames, vr: "IS"}).encode(t), "")
}

// The delimiter and the end marker are missing; the frame is whole. Oracle: GDCM.
func TestCompressedDataWithoutItsEnd(t *testing.T) {
	for _, name := range []string{"baseline_8", "extended_12", "progressive_8", "lossless_sv1_12", "lossless_sv6_12", "jpegls_12", "rle_12", "rle_12_frames", "j2k_12", "progressive_rgb"} {
		if needsLibrary(name) && (raceEnabled || len(MissingCodecs()) > 0) {
			continue
		}
		whole := readFixture(t, name+".dcm")
		at := bytes.LastIndex(whole, []byte("\xfe\xff\xdd\xe0"))
		readsLike(t, name+" without delimiter", whole, whole[:at], "no end")
		readsLike(t, name+" with zeros", whole, append(bytes.Clone(whole[:at]), make([]byte, 32)...), "no end")
		if strings.HasPrefix(name, "rle") || strings.HasPrefix(name, "jpegls") {
			continue // no marker, or one that is not looked at
		}
		o, err := openObject(name, whole)
		if err != nil {
			t.Fatal(err)
		}
		frame := slices.Concat(o.file.Pixels.Fragments...)
		cut := bytes.LastIndex(frame, []byte{0xFF, 0xD9})
		shorter := o.file.Pixels.Fragments
		o.file.Pixels.Fragments = [][]byte{frame[:cut]}
		got, err := o.firstFrame(context.Background())
		if err != nil || !slices.Equal(got, allFrames(t, name, whole)) || !strings.Contains(strings.Join(message.Strings(o.warnings), " "), "no end marker") {
			t.Errorf("%s without its end marker: %v, warnings %q", name, err, o.warnings)
		}
		o.file.Pixels.Fragments = [][]byte{frame[:cut/2]}
		if _, err := o.firstFrame(context.Background()); err == nil {
			t.Errorf("half of %s was taken", name)
		}
		o.file.Pixels.Fragments = shorter
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
			o := picture(dcm.ExplicitBE, c.rows, c.columns, 8, 8).set(element{tag: dcm.PixelData, vr: vr, bytes: bytes})
			if c.frames > 1 {
				o.set(element{tag: tagFrames, vr: "IS", text: fmt.Sprint(c.frames)})
			}
			for i, v := range allFrames(t, "x", o.encode(t)) {
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
		o := slip(dcm.ImplicitLE).set(element{tag: tagPixelRepresentation, vr: "US", words: []uint16{signed}},
			element{tag: tagPaddingValue, vr: "US", words: []uint16{63536}}, element{tag: tagPaddingLimit, vr: "US", words: []uint16{63537}})
		list, err := AttributesBytes("x", o.encode(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			if a.Keyword == "PixelPaddingValue" && a.Value != want {
				t.Errorf("signed %d: padding is shown as %s", signed, a.Value)
			}
		}
		im := mustDecode(t, o.encode(t))
		if p := im.Padding; p == nil || fmt.Sprint(p.Lo) != want || p.Hi != p.Lo+1 {
			t.Errorf("signed %d: padding %+v", signed, p)
		}
	}
}
