package rle

import (
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"testing"

	"hilum/internal/parallel"
)

// pack makes a frame of segments, all literal (G.3.1) unless runs are wanted.
func pack(segments ...[]byte) []byte {
	head := make([]byte, headerSize)
	binary.LittleEndian.PutUint32(head, uint32(len(segments)))
	var body []byte
	for i, s := range segments {
		binary.LittleEndian.PutUint32(head[4+4*i:], uint32(headerSize+len(body)))
		body = append(body, s...)
	}
	return append(head, body...)
}

// Oracle: PS3.5 G.3, worked by hand.
func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name          string
		data          []byte
		samples, size int
		want          []int32
	}{
		{"literal", pack([]byte{2, 7, 8, 9}), 1, 1, []int32{7, 8, 9}},
		{"run", pack([]byte{0xFE, 5}), 1, 1, []int32{5, 5, 5}},
		{"no operation", pack([]byte{0x80, 0xFF, 4, 0x80, 0, 1}), 1, 1, []int32{4, 4, 1}},
		{"words, high byte first", pack([]byte{1, 0x12, 0x34}, []byte{1, 0x56, 0x78}), 1, 2, []int32{0x1256, 0x3478}},
		{"colour", pack([]byte{1, 1, 2}, []byte{1, 3, 4}, []byte{1, 5, 6}), 3, 1, []int32{1, 3, 5, 2, 4, 6}},
		{"32 bits", pack([]byte{0, 1}, []byte{0, 2}, []byte{0, 3}, []byte{0, 4}), 1, 4, []int32{0x01020304}},
		{"a run past the end", pack([]byte{0x81, 6}), 1, 1, []int32{6, 6}},
	} {
		dst := make([]int32, len(c.want))
		if err := Decode(c.data, Layout{c.samples, c.size, 0xFFFFFFFF}, dst); err != nil || !slices.Equal(dst, c.want) {
			t.Errorf("%s: %v, %v", c.name, dst, err)
		}
	}
}

func TestDamagedDataIsRefused(t *testing.T) {
	good := pack([]byte{2, 7, 8, 9})
	offset := pack([]byte{2, 7, 8, 9})
	binary.LittleEndian.PutUint32(offset[4:], 1<<31)
	for name, data := range map[string][]byte{"empty": nil, "header only": good[:64], "short": good[:66],
		"run without value": pack([]byte{0xFE}), "segments": pack([]byte{1, 2}, []byte{3}), "offset": offset} {
		if err := Decode(data, Layout{1, 1, 0xFF}, make([]int32, 3)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := Decode(good[:66], Layout{1, 1, 0xFF}, make([]int32, 3)); !errors.Is(err, errTruncated) {
		t.Errorf("short data: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(pack([]byte{2, 7, 8, 9}), uint8(1))
	f.Add(pack([]byte{0xFE, 5}, []byte{0x80, 0, 1}), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		_ = Decode(data, Layout{1, 1 << (size % 3), 0xFFF}, make([]int32, 1000))
	})
}

// A fault in a plane reaches the caller, where the package's edge makes it the
// error of a file.
func TestPanicsOfAPlaneReachTheCaller(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var got *parallel.Panic
	func() {
		defer parallel.Recover(func(p *parallel.Panic) { got = p })
		_ = unpackAll(make([]packed, 4), make([][]byte, 4), 1)
	}()
	if got == nil {
		t.Error("nothing was raised")
	}
}
