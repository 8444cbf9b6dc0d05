package codestream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// What is clean stays as it is, and nothing damaged panics.
func FuzzClean(f *testing.F) {
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xFE, 0, 4, 'a', 'b', 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 0xFF, 0, 0xFF,
		0xD9})
	f.Add([]byte{0xFF, 0x4F, 0xFF, 0x51, 0, 4, 0, 0, 0xFF, 0x64, 0, 4, 0, 1, 0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 14, 0,
		1, 0xFF, 0x93, 0xFF, 0xD9})
	f.Add([]byte("\x00\x00\x00\x0CjP  \r\n\x87\n\x00\x00\x00\x0Cuuidaaaa\x00\x00\x00\x00jp2c"))
	rle := make([]byte, 70)
	rle[0], rle[4] = 1, 64
	f.Add(rle)
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, clean := range map[string]func([]byte) ([]byte, []string, error){
			"JPEG":      func(b []byte) ([]byte, []string, error) { return JPEG(b, nil) },
			"JPEG-LS":   func(b []byte) ([]byte, []string, error) { return JPEGLS(b, nil) },
			"JPEG 2000": JPEG2000, "RLE": func(b []byte) ([]byte, []string, error) { return RLE(b, 3) },
		} {
			out, _, err := clean(b)
			if err != nil {
				if !errors.Is(err, ErrDamaged) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			again, found, err := clean(out)
			if err != nil || !bytes.Equal(again, out) || len(found) > 0 {
				t.Errorf("%s: %x is cleaned to %x, and that to %x: %q, %v", name, b, out, again, found, err)
			}
		}
	})
}

// Bytes that no decoder reads go, stuffed ones too, up to the restart marker (T.81
// B.1.1.5).
func TestTrimmed(t *testing.T) {
	for _, c := range []struct {
		in    string
		spare []int
		want  string
	}{
		{"abcdef", []int{2}, "abcd"}, {"abc\xff\x00", []int{1}, "abc"}, {"ab\xff\xd0cd", []int{1, 1}, "a\xff\xd0c"},
		{"ab\xff\xd0cd\xff\xd1SECRET", []int{0, 0}, "ab\xff\xd0cd"},
		{"ab", []int{9}, ""}, {"ab\xff\x00c", []int{2}, "ab"},
	} {
		if got := trimmed([]byte(c.in), c.spare); string(got) != c.want {
			t.Errorf("%q less %v is %q, want %q", c.in, c.spare, got, c.want)
		}
	}
}

// The offsets of a cleaned frame are those of its segments (PS3.5 G.5).
func TestRLEOffsets(t *testing.T) {
	frame := make([]byte, 64)
	frame[0] = 2
	binary.LittleEndian.PutUint32(frame[4:], 70)
	binary.LittleEndian.PutUint32(frame[8:], 80)
	frame = append(frame, "before\xfe\x05SECRET!!\x01\x06\x07\x00TAIL"...)
	out, found, err := RLE(frame, 3)
	if err != nil || len(found) != 3 || binary.LittleEndian.Uint32(out[4:]) != 64 ||
		binary.LittleEndian.Uint32(out[8:]) != 66 {
		t.Fatalf("%v, %q, %x", err, found, out[:12])
	}
	if string(out[64:]) != "\xfe\x05\x01\x06\x07\x00T\x00" {
		t.Errorf("%q", out[64:])
	}
}
