package jpeg

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"testing"
)

// writer writes JPEG bit streams with flat Huffman tables: symbol i of a table
// has the 8-bit code i, which keeps the encoders of these tests simple.
type writer struct {
	out []byte
	acc uint32
	n   uint
}

func (w *writer) marker(m byte, seg ...byte) {
	w.out = append(w.out, 0xFF, m, byte((len(seg)+2)>>8), byte(len(seg)+2))
	w.out = append(w.out, seg...)
}

func (w *writer) bits(v uint32, n uint) {
	for ; n > 0; n-- {
		w.acc = w.acc<<1 | v>>(n-1)&1
		if w.n++; w.n == 8 {
			w.out = append(w.out, byte(w.acc))
			if byte(w.acc) == 0xFF {
				w.out = append(w.out, 0)
			}
			w.acc, w.n = 0, 0
		}
	}
}

func (w *writer) flush() {
	for w.n > 0 {
		w.bits(1, 1)
	}
}

// table writes a Huffman table whose symbols 0 to n-1 have 8 bits each.
func (w *writer) table(class byte, n int) {
	seg := make([]byte, 17)
	seg[0], seg[8] = class<<4, byte(n)
	for i := range n {
		seg = append(seg, byte(i))
	}
	w.marker(markDHT, seg...)
}

// value writes a difference as category (through the flat table) and bits.
func (w *writer) value(d int32) {
	size, m := uint(0), max(d, -d)
	for m>>size > 0 {
		size++
	}
	w.bits(uint32(size), 8)
	if size == 16 {
		return
	}
	if d < 0 {
		d += 1<<size - 1
	}
	w.bits(uint32(d), size)
}

type losslessOptions struct {
	width, height, components, precision, predictor, low int
	restartLines                                         int
	separate                                             bool // a scan for each component
}

// encodeLossless is annex H written down plainly.
func encodeLossless(pix []uint16, o losslessOptions) []byte {
	w := &writer{out: []byte{0xFF, markSOI}}
	w.table(0, 17)
	frame := []byte{byte(o.precision), byte(o.height >> 8), byte(o.height), byte(o.width >> 8), byte(o.width), byte(o.components)}
	for c := range o.components {
		frame = append(frame, byte(c+1), 0x11, 0)
	}
	w.marker(0xC3, frame...)
	if o.restartLines > 0 {
		n := o.restartLines * o.width
		w.marker(markDRI, byte(n>>8), byte(n))
	}
	all := make([]int, o.components)
	for c := range all {
		all[c] = c
		if o.separate {
			w.losslessScan(pix, o, []int{c})
		}
	}
	if !o.separate {
		w.losslessScan(pix, o, all)
	}
	return append(w.out, 0xFF, markEOI)
}

func (w *writer) losslessScan(pix []uint16, o losslessOptions, comps []int) {
	head := []byte{byte(len(comps))}
	for _, c := range comps {
		head = append(head, byte(c+1), 0)
	}
	w.marker(markSOS, append(head, byte(o.predictor), 0, byte(o.low))...)
	at := func(x, y, c int) int32 { return int32(pix[(y*o.width+x)*o.components+c]) >> o.low }
	for y := range o.height {
		first := y == 0
		if o.restartLines > 0 && y > 0 && y%o.restartLines == 0 {
			w.flush()
			w.out = append(w.out, 0xFF, byte(0xD0+(y/o.restartLines-1)%8))
			first = true
		}
		for x := range o.width {
			for _, c := range comps {
				var p int32
				switch {
				case first && x == 0:
					p = 1 << (o.precision - o.low - 1)
				case first:
					p = at(x-1, y, c)
				case x == 0:
					p = at(x, y-1, c)
				default:
					p = int32(predict(o.predictor, at(x-1, y, c), at(x, y-1, c), at(x-1, y-1, c)))
				}
				d := int32(int16(at(x, y, c) - p))
				if d == -32768 {
					d = 32768
				}
				w.value(d)
			}
		}
	}
	w.flush()
}

func noise(n int, bits uint) []uint16 {
	out := make([]uint16, n)
	state := uint32(12345)
	for i := range out {
		state = state*1664525 + 1013904223
		out[i] = uint16(state >> (32 - bits))
	}
	return out
}

func TestLossless(t *testing.T) {
	for predictor := 1; predictor <= 7; predictor++ {
		for _, o := range []losslessOptions{
			{width: 13, height: 9, components: 1, precision: 16}, {width: 13, height: 9, components: 1, precision: 12, restartLines: 2},
			{width: 1, height: 20, components: 1, precision: 2}, {width: 20, height: 1, components: 1, precision: 8},
			{width: 13, height: 9, components: 3, precision: 8}, {width: 13, height: 9, components: 3, precision: 8, separate: true},
			{width: 13, height: 9, components: 1, precision: 12, low: 3, restartLines: 4},
		} {
			o.predictor = predictor
			pix := noise(o.width*o.height*o.components, uint(o.precision))
			for i := range pix {
				pix[i] = pix[i] >> o.low << o.low
			}
			data := encodeLossless(pix, o)
			got, err := decode(context.Background(), data, Size{o.width, o.height, o.components})
			if err != nil {
				t.Fatalf("%+v: %v", o, err)
			}
			for i := range pix {
				if got.Pix[i] != pix[i] {
					t.Fatalf("%+v: value %d is %d, want %d", o, i, got.Pix[i], pix[i])
				}
			}
		}
	}
}

func smoothRGB(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{uint8(3*x + y), uint8(200 - 2*y), uint8(x * y / 9), 255})
		}
	}
	return m
}

// Oracle: the standard library on the same data. Its transform rounds
// differently: tolerance 2 on 8-bit samples.
func TestBaselineAgainstTheStandardLibrary(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 77, 45))
	for i := range grey.Pix {
		grey.Pix[i] = uint8(i/3 + i%77*2)
	}
	for name, src := range map[string]image.Image{"grey": grey, "colour, chroma at half size": smoothRGB(77, 45)} {
		var b bytes.Buffer
		if err := stdjpeg.Encode(&b, src, &stdjpeg.Options{Quality: 92}); err != nil {
			t.Fatal(err)
		}
		want, err := stdjpeg.Decode(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		n := 1
		if _, ok := want.(*image.YCbCr); ok {
			n = 3
		}
		got, err := decode(context.Background(), b.Bytes(), Size{77, 45, n})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range 77 * 45 {
			x, y := i%77, i/77
			if d := int(got.Pix[i*n]) - luma(want, x, y); d < -2 || d > 2 {
				t.Fatalf("%s: luma at %d,%d is %d, want %d", name, x, y, got.Pix[i*n], luma(want, x, y))
			}
		}
	}
}

func luma(m image.Image, x, y int) int {
	switch p := m.(type) {
	case *image.Gray:
		return int(p.GrayAt(x, y).Y)
	case *image.YCbCr:
		return int(p.Y[p.YOffset(x, y)])
	}
	return -1
}

func TestDamagedDataIsRefused(t *testing.T) {
	pix := noise(40*30, 12)
	good := encodeLossless(pix, losslessOptions{width: 40, height: 30, components: 1, precision: 12, predictor: 1, restartLines: 5})
	size := Size{40, 30, 1}
	for n := range len(good) - 2 {
		if _, err := decode(context.Background(), good[:n], size); err == nil {
			t.Fatalf("%d of %d bytes were accepted", n, len(good))
		}
	}
	if _, err := decode(context.Background(), good, Size{41, 30, 1}); err == nil {
		t.Error("another size was accepted")
	}
	arithmetic := bytes.Clone(good)
	arithmetic[bytes.Index(good, []byte{0xFF, 0xC3})+1] = 0xC9
	if _, err := decode(context.Background(), arithmetic, size); !errors.Is(err, ErrUnsupported) {
		t.Errorf("arithmetic coding: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := decode(ctx, good, size); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	size := Size{16, 16, 1}
	f.Add(encodeLossless(noise(256, 12), losslessOptions{width: 16, height: 16, components: 1, precision: 12, predictor: 6}))
	f.Add(encodeLossless(noise(256, 8), losslessOptions{width: 16, height: 16, components: 1, precision: 8, predictor: 1, restartLines: 4}))
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	progressive := bytes.Clone(b.Bytes())
	progressive[bytes.Index(progressive, []byte{0xFF, 0xC0})+1] = 0xC2
	f.Add(progressive)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		p, err := decode(context.Background(), data, size)
		if err == nil && len(p.Pix) != 256 {
			t.Fatalf("%d samples", len(p.Pix))
		}
	})
}

// Chroma of half size is interpolated. Oracle: the colour ramp that was
// encoded; replicated chroma would be off by 1 on average, a quarter of the
// ramp's step from one chroma sample to the next.
func TestChromaIsInterpolated(t *testing.T) {
	const side = 32
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			m.Set(x, y, color.RGBA{uint8(4 * (x + y)), 128, uint8(255 - 4*(x+y)), 255})
		}
	}
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, &stdjpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	p, err := decode(context.Background(), b.Bytes(), Size{side, side, 3})
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0, 0
	for y := 2; y < side-2; y++ {
		for x := 2; x < side-2; x++ {
			c := m.RGBAAt(x, y)
			_, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
			i := (y*side + x) * 3
			sum += max(int(p.Pix[i+1])-int(cb), int(cb)-int(p.Pix[i+1])) + max(int(p.Pix[i+2])-int(cr), int(cr)-int(p.Pix[i+2]))
			n += 2
		}
	}
	if mean := float64(sum) / float64(n); mean > 0.6 {
		t.Errorf("chroma is off by %.2f on average", mean)
	}
}
