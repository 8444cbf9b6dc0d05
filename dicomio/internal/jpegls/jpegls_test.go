package jpegls

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
)

// Oracle: the worked example of T.87 annex H.3.
const exampleHex = `FFD8 FFF7 000B 08 0004 0004 01 01 11 00 FFDA 0008 01 01 00 00 00 00
C000006C80208E01C0000057400000 6EE6000001BC18000005D800009160 FFD9`

var examplePicture = []int32{0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145}

func example(t testing.TB) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.Join(strings.Fields(exampleHex), ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestExampleOfTheStandard(t *testing.T) {
	dst := make([]int32, 16)
	precision, err := Decode(context.Background(), example(t), Size{4, 4, 1}, dst)
	if err != nil || precision != 8 || !slices.Equal(dst, examplePicture) {
		t.Errorf("%d bits, %v, %v", precision, dst, err)
	}
}

// The loop for plain pictures and the general one agree.
func TestFastLinesAgreeWithTheGeneralOnes(t *testing.T) {
	d := &decoder{ctx: context.Background(), want: Size{4, 4, 1}, precision: 8, dst: make([]int32, 16)}
	p, err := d.parameters(0)
	if err != nil {
		t.Fatal(err)
	}
	data := example(t)[25:]
	slow, fast := newScan(p, data), newScan(p, data)
	if !fast.plain() {
		t.Fatal("the example is no plain picture")
	}
	prev, a, b := make(line, 6), make(line, 6), make(line, 6)
	i, j := 0, 0
	for y := range 4 {
		begin(a, prev)
		begin(b, prev)
		if err := errors.Join(slow.line(a, prev, &i), fast.losslessLine(b, prev, &j)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a, b) || !slices.Equal(a[1:5], examplePicture[4*y:4*y+4]) || i != j {
			t.Fatalf("line %d: %v and %v", y, a, b)
		}
		copy(prev, a)
	}
}

// Oracle: table C.3 and C.2.4.1.1.1, worked by hand.
func TestDefaultThresholds(t *testing.T) {
	for _, c := range []struct {
		precision, near        int
		t1, t2, t3, rng, limit int32
		qbpp                   uint
	}{
		{8, 0, 3, 7, 21, 256, 32, 8}, {12, 0, 18, 67, 276, 4096, 48, 12}, {16, 0, 18, 67, 276, 65536, 64, 16},
		{8, 2, 9, 17, 35, 52, 32, 6}, {4, 0, 2, 3, 4, 16, 24, 4},
	} {
		d := &decoder{precision: c.precision}
		p, err := d.parameters(int32(c.near))
		if err != nil || p.t1 != c.t1 || p.t2 != c.t2 || p.t3 != c.t3 || p.rng != c.rng ||
			int32(p.limit) != c.limit || p.qbpp != c.qbpp {
			t.Errorf("%d bits, near %d: %+v, %v", c.precision, c.near, p, err)
		}
	}
}

func TestDamagedDataIsRefused(t *testing.T) {
	good := example(t)
	for n := range len(good) - 3 { // the last byte but the marker holds two bits of padding
		if _, err := Decode(context.Background(), good[:n], Size{4, 4, 1}, make([]int32, 16)); err == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(good))
		}
	}
	for name, change := range map[string]func([]byte){
		"another width":     func(b []byte) { b[10] = 5 },
		"17 bits":           func(b []byte) { b[6] = 17 },
		"a point transform": func(b []byte) { b[24] = 1 },
		"interleave mode 3": func(b []byte) { b[23] = 3 },
		"near of 200":       func(b []byte) { b[22] = 200 },
		"another component": func(b []byte) { b[20] = 9 },
		"JPEG":              func(b []byte) { b[3] = 0xC3 },
	} {
		bad := bytes.Clone(good)
		change(bad)
		if _, err := Decode(context.Background(), bad, Size{4, 4, 1}, make([]int32, 16)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Decode(ctx, good, Size{4, 4, 1}, make([]int32, 16)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestUnsupportedPartsAreNamed(t *testing.T) {
	good := example(t)
	for name, seg := range map[string][]byte{"restart": {0xFF, markDRI, 0, 4, 0, 2},
		"mapping table": {0xFF, markLSE, 0, 5, 2, 1, 1}} {
		data := slices.Concat(good[:2], seg, good[2:])
		if _, err := Decode(context.Background(), data, Size{4, 4, 1}, make([]int32, 16)); !errors.Is(err,
			ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(example(f), uint8(1))
	colour := example(f)
	colour = slices.Concat(colour[:4], []byte{0, 17, 8, 0, 4, 0, 4, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0},
		[]byte{0xFF, markSOS, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 2, 0}, colour[25:])
	f.Add(colour, uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, n uint8) {
		if len(data) > 1<<14 {
			return
		}
		k := 1 + 2*int(n&1)
		dst := make([]int32, 16*k)
		precision, err := Decode(context.Background(), data, Size{4, 4, k}, dst)
		if err != nil {
			return
		}
		for _, v := range dst {
			if v < 0 || v >= 1<<precision {
				t.Fatalf("value %d of %d bits", v, precision)
			}
		}
	})
}
