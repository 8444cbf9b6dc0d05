// Package jpegls decodes JPEG-LS (ITU-T T.87), lossless and near-lossless, of
// 2 to 16 bits in every interleave mode. Its only function is [Decode].
//
// It is written for untrusted data: it allocates a few lines besides the
// caller's buffer, takes time by the number of samples only, and gives an
// error for data that ends early.
package jpegls

import (
	"context"
	"math/bits"

	"hilum/internal/message"
)

// errTruncated is wrapped by errors about missing data.
var errTruncated = message.New("the JPEG-LS data ends too early")

// ErrUnsupported is wrapped by errors about parts of the standard that are not
// decoded here: restart intervals, mapping tables, oversize pictures.
var ErrUnsupported = message.New("not supported")

// Size is what the caller knows of the picture.
type Size struct{ Width, Height, Components int }

// Markers (T.87 C.1.1).
const (
	markSOI   = 0xD8
	markEOI   = 0xD9
	markSOS   = 0xDA
	markDRI   = 0xDD
	markSOF55 = 0xF7
	markLSE   = 0xF8
)

// Interleave modes (C.2.3).
const (
	interleaveNone = iota
	interleaveLine
	interleaveSample
)

type decoder struct {
	ctx       context.Context
	data      []byte
	p         int
	want      Size
	precision int
	ids       []byte
	preset    params // MAXVAL, T1, T2, T3, RESET of an LSE marker, 0 for defaults
	dst       []int32
	seen      int // components decoded
	used      []int
}

// params are the coding parameters of a scan (A.1, C.2.4.1.1).
type params struct {
	maxval, t1, t2, t3, reset int32
	near                      int32
	rng                       int32 // RANGE
	step                      int32 // 2 NEAR + 1
	qbpp, limit               uint
}

// Decode reads one picture of the size that the caller expects into dst:
// interleaved, unsigned. It returns the bits of a sample.
func Decode(ctx context.Context, data []byte, want Size, dst []int32) (precision int, err error) {
	precision, _, err = DecodeUsed(ctx, data, want, dst)
	return precision, err
}

// DecodeUsed is Decode that tells how much was read: for each scan so many bytes of
// its data at most.
func DecodeUsed(ctx context.Context, data []byte, want Size, dst []int32) (precision int, used []int, err error) {
	if len(data) < 4 || data[0] != 0xFF || data[1] != markSOI {
		return 0, nil, message.New("the JPEG-LS data has no start marker")
	}
	if len(dst) != want.Width*want.Height*want.Components {
		return 0, nil, message.New("the buffer does not fit the picture")
	}
	d := &decoder{ctx: ctx, data: data, p: 2, want: want, dst: dst}
	for d.seen == 0 || d.seen < len(d.ids) {
		m, seg, err := d.next()
		if err != nil {
			return 0, nil, err
		}
		if err := d.marker(m, seg); err != nil {
			return 0, nil, err
		}
	}
	return d.precision, d.used, nil
}

// next finds the next marker and its segment, past what is left of a scan.
func (d *decoder) next() (byte, []byte, error) {
	b := d.data
	m := byte(0)
	for m < 0x80 || m == 0xFF { // FF and less than 80 is stuffed data
		for d.p < len(b) && b[d.p] != 0xFF {
			d.p++
		}
		if d.p+1 >= len(b) {
			return 0, nil, errTruncated
		}
		m = b[d.p+1]
		d.p++
	}
	d.p++
	if m == markEOI || m == markSOI {
		return 0, nil, message.Errorf("%w: the picture is not complete", errTruncated)
	}
	if d.p+2 > len(b) {
		return 0, nil, errTruncated
	}
	n := int(b[d.p])<<8 | int(b[d.p+1])
	if n < 2 || d.p+n > len(b) {
		return 0, nil, errTruncated
	}
	seg := b[d.p+2 : d.p+n]
	d.p += n
	return m, seg, nil
}

func (d *decoder) marker(m byte, s []byte) error {
	switch m {
	case markSOF55:
		return d.frame(s)
	case markLSE:
		return d.presets(s)
	case markDRI:
		for _, b := range s {
			if b != 0 {
				return message.Errorf("restart intervals: %w", ErrUnsupported)
			}
		}
	case markSOS:
		return d.scan(s)
	}
	if m >= 0xC0 && m <= 0xCF {
		return message.New("the data is JPEG, not JPEG-LS")
	}
	return nil
}

// frame reads the frame header (C.2.2).
func (d *decoder) frame(s []byte) error {
	if d.ids != nil || len(s) < 6 || len(s) < 6+3*int(s[5]) {
		return message.New("the JPEG-LS frame header is damaged")
	}
	d.precision = int(s[0])
	got := Size{Height: int(s[1])<<8 | int(s[2]), Width: int(s[3])<<8 | int(s[4]), Components: int(s[5])}
	if got != d.want {
		return message.Errorf("the JPEG-LS data is %d x %d with %d components, the header says %d x %d with %d",
			got.Width, got.Height, got.Components, d.want.Width, d.want.Height, d.want.Components)
	}
	if d.precision < 2 || d.precision > 16 {
		return message.Errorf("a JPEG-LS of %d bits is not possible", d.precision)
	}
	for i := range got.Components {
		if s[7+3*i] != 0x11 {
			return message.Errorf("subsampled JPEG-LS: %w", ErrUnsupported)
		}
		d.ids = append(d.ids, s[6+3*i])
	}
	return nil
}

// presets reads an LSE marker (C.2.4.1).
func (d *decoder) presets(s []byte) error {
	if len(s) < 1 {
		return errTruncated
	}
	if s[0] != 1 {
		return message.Errorf("JPEG-LS mapping tables: %w", ErrUnsupported)
	}
	if len(s) < 11 {
		return errTruncated
	}
	word := func(i int) int32 { return int32(s[i])<<8 | int32(s[i+1]) }
	d.preset = params{maxval: word(1), t1: word(3), t2: word(5), t3: word(7), reset: word(9)}
	return nil
}

// scan decodes one scan: a component, or all of them interleaved.
func (d *decoder) scan(s []byte) error {
	if d.ids == nil || len(s) < 1 || s[0] < 1 || int(s[0]) > len(d.ids) || len(s) < 4+2*int(s[0]) {
		return message.New("the JPEG-LS scan header is damaged")
	}
	n := int(s[0])
	near, mode, low := int32(s[1+2*n]), int(s[2+2*n]), uint(s[3+2*n]&15)
	if low != 0 {
		return message.Errorf("a JPEG-LS point transform: %w", ErrUnsupported)
	}
	if mode > interleaveSample || n > 1 && mode == interleaveNone || n > 1 && n != len(d.ids) {
		return message.New("the JPEG-LS interleave mode is damaged")
	}
	first := -1
	for i, id := range d.ids {
		if id == s[1] {
			first = i
			break
		}
	}
	if first < 0 || n > 1 && first != 0 {
		return message.New("the JPEG-LS scan names an unknown component")
	}
	for i := range n {
		if s[2+2*i] != 0 {
			return message.Errorf("JPEG-LS mapping tables: %w", ErrUnsupported)
		}
	}
	p, err := d.parameters(near)
	if err != nil {
		return err
	}
	sc := newScan(p, d.data[d.p:])
	if n > 1 && mode == interleaveSample {
		err = d.samples(sc)
	} else {
		err = d.lines(sc, first, n)
	}
	d.seen += n
	d.used = append(d.used, sc.r.used())
	d.p += sc.r.position()
	return err
}

const maxReset = 1 << 12

// parameters completes the coding parameters (C.2.4.1.1.1, A.2.1).
func (d *decoder) parameters(near int32) (params, error) {
	p := d.preset
	if p.maxval == 0 {
		p.maxval = 1<<d.precision - 1
	}
	if near > 255 || near > p.maxval/2 || p.maxval >= 1<<d.precision {
		return p, message.New("the JPEG-LS parameters are damaged")
	}
	p.near, p.step = near, 2*near+1
	p.thresholds()
	if p.reset == 0 {
		p.reset = 64
	}
	p.rng = (p.maxval+2*near)/p.step + 1
	p.qbpp = uint(bits.Len32(uint32(p.rng - 1)))
	bpp := max(2, uint(bits.Len32(uint32(p.maxval))))
	p.limit = 2 * (bpp + max(8, bpp))
	if p.reset > maxReset { // sums of errors would pass 32 bits
		return p, message.Errorf("a JPEG-LS reset of %d: %w", p.reset, ErrUnsupported)
	}
	if p.t1 < near+1 || p.t2 < p.t1 || p.t3 < p.t2 || p.t3 > p.maxval || p.reset < 3 {
		return p, message.New("the JPEG-LS parameters are damaged")
	}
	return p, nil
}

// thresholds fills in the defaults of table C.3.
func (p *params) thresholds() {
	clamp := func(i, j int32) int32 {
		if i > p.maxval || i < j {
			return j
		}
		return i
	}
	b1, b2, b3 := int32(0), int32(0), int32(0)
	if p.maxval >= 128 {
		f := (min(p.maxval, 4095) + 128) / 256
		b1, b2, b3 = f+2+3*p.near, f*4+3+5*p.near, f*17+4+7*p.near
	} else {
		f := 256 / (p.maxval + 1)
		b1, b2, b3 = max(2, 3/f+3*p.near), max(3, 7/f+5*p.near), max(4, 21/f+7*p.near)
	}
	if p.t1 == 0 {
		p.t1 = clamp(b1, p.near+1)
	}
	if p.t2 == 0 {
		p.t2 = clamp(b2, p.t1)
	}
	if p.t3 == 0 {
		p.t3 = clamp(b3, p.t2)
	}
}
