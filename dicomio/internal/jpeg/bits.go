package jpeg

import (
	"bytes"
	"encoding/binary"

	"hilum/internal/message"
)

// segments returns the entropy-coded data from p on, unstuffed and cut at the
// restart markers, and whether an end-of-image or other marker follows. p
// stands at that marker afterwards.
func (d *decoder) segments() (segs [][]byte, closed bool) {
	b := d.data[d.p:]
	if cap(d.clean) < len(b) {
		d.clean = make([]byte, 0, len(b))
	}
	buf := d.clean[:0] // all segments, one after the other; it never grows
	start := 0
	for {
		k := bytes.IndexByte(b, 0xFF)
		if k < 0 || k+1 >= len(b) {
			if k >= 0 {
				b = b[:k]
			}
			buf = append(buf, b...)
			d.p = len(d.data)
			return append(segs, buf[start:]), false
		}
		buf = append(buf, b[:k]...)
		m := b[k+1]
		switch {
		case m == 0:
			buf = append(buf, 0xFF)
			b = b[k+2:]
		case m == 0xFF:
			b = b[k+1:] // fill byte
		case m >= 0xD0 && m <= 0xD7:
			segs = append(segs, buf[start:len(buf):len(buf)])
			start = len(buf)
			b = b[k+2:]
		default:
			d.p = len(d.data) - len(b) + k
			return append(segs, buf[start:]), true
		}
	}
}

// bitReader reads bits from the highest on. Behind the end of the data it
// yields zeros and counts them.
type bitReader struct {
	b   []byte
	p   int
	acc uint64 // the next bits, at the top
	n   uint   // valid bits in acc
}

// fill brings at least 56 bits into acc.
func (r *bitReader) fill() {
	if r.p+8 <= len(r.b) {
		r.acc |= binary.BigEndian.Uint64(r.b[r.p:]) >> r.n
		r.p += int((63 - r.n) >> 3)
		r.n |= 56
		return
	}
	for r.n <= 56 {
		if r.p < len(r.b) {
			r.acc |= uint64(r.b[r.p]) << (56 - r.n)
		}
		r.p++
		r.n += 8
	}
}

// take returns the next n bits, n <= 16; fill must have been called.
func (r *bitReader) take(n uint) uint32 {
	v := uint32(r.acc >> 32 >> (32 - n))
	r.acc <<= n
	r.n -= n
	return v
}

// overrun is the number of bits taken from behind the end.
func (r *bitReader) overrun() int { return r.p*8 - int(r.n) - len(r.b)*8 }

// used notes how much of an interval of the scan at hand was not read.
func (d *decoder) used(r *bitReader) {
	scan := len(d.spare) - 1
	d.spare[scan] = append(d.spare[scan], max(0, -r.overrun()/8))
}

// slack is how many bits a closed scan may lack: some encoders drop the
// stuffing of the last byte.
const slack = 16

// check says whether the data ended early.
func (r *bitReader) check(closed bool) error {
	if o := r.overrun(); o > slack || o > 0 && !closed {
		return errTruncated
	}
	return nil
}

// fastBits is how many bits of a code the first look-up covers.
const fastBits = 9

// huffman is a table of annex C in the form of F.2.2.3.
type huffman struct {
	fast  [1 << fastBits]uint16 // length<<8 | symbol, 0 for longer codes
	max   [18]int32             // first 16-bit code that is too large for a length
	delta [17]int32
	syms  []byte
}

func (t *huffman) build(counts, syms []byte) {
	*t = huffman{syms: bytes.Clone(syms)}
	code, k := int32(0), 0
	for l := 1; l <= 16; l++ {
		t.delta[l] = int32(k) - code
		for range counts[l-1] {
			if l <= fastBits && code < 1<<l {
				base := int(code) << (fastBits - l)
				for j := range 1 << (fastBits - l) {
					t.fast[base+j] = uint16(l)<<8 | uint16(syms[k])
				}
			}
			code++
			k++
		}
		t.max[l] = code << (16 - l)
		code <<= 1
	}
	t.max[17] = 1 << 30
}

func (t *huffman) ok() bool { return len(t.syms) > 0 }

var errCode = message.New("the JPEG data has a code that its table lacks")

// lookup finds the code at the head of the next 16 bits: its length, 0 when
// there is none, and its symbol.
func (t *huffman) lookup(peek uint32) (length uint, sym byte) {
	if e := t.fast[peek>>(16-fastBits)]; e != 0 {
		return uint(e >> 8), byte(e)
	}
	l := uint(fastBits + 1)
	for int32(peek) >= t.max[l] {
		l++
	}
	if l > 16 {
		return 0, 0
	}
	i := int32(peek>>(16-l)) + t.delta[l]
	if i < 0 || int(i) >= len(t.syms) {
		return 0, 0
	}
	return l, t.syms[i]
}

// symbol decodes one symbol and leaves at least 16 further bits in acc.
func (r *bitReader) symbol(t *huffman) (byte, error) {
	if r.n < 32 {
		r.fill()
	}
	l, s := t.lookup(uint32(r.acc >> 48))
	if l == 0 {
		return 0, errCode
	}
	r.acc <<= l
	r.n -= l
	return s, nil
}

// extend reads n bits as the signed difference of F.2.2.1.
func (r *bitReader) extend(n uint) int32 {
	if n == 0 {
		return 0
	}
	v := int32(r.take(n))
	if v < 1<<(n-1) {
		v += -1<<n + 1
	}
	return v
}

// fewer says that restart markers are missing.
func fewer(have, want int) error {
	return message.Errorf("%w: %d of %d restart intervals are there", errTruncated, have, want)
}
