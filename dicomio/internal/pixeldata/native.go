package pixeldata

import (
	"context"
	"encoding/binary"
	"errors"
	"sync/atomic"

	"hilum/internal/parallel"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// NativeFrame is the number of bytes of an uncompressed frame; frames of one
// bit a sample are packed without a gap and have no size of their own.
func (p *Module) NativeFrame() int {
	if p.is422() {
		return p.Rows * p.Columns * 2 * p.Allocated / 8
	}
	return p.FrameSamples() * p.Allocated / 8
}

// is422 says whether the chroma of uncompressed data is shared by two pixels
// (PS3.3 C.7.6.3.1.2), which needs an even width.
func (p *Module) is422() bool {
	return p.Photometric == "YBR_FULL_422" && p.Samples == 3 && p.Allocated == 8 && p.Columns%2 == 0 && !p.unshared
}

// piece is how many bytes of pixel data are read at a time.
const piece = 256 << 10

// native decodes uncompressed frame i into dst, piece by piece.
func (o *Object) native(ctx context.Context, i int, dst []int32) error {
	p := &o.Module
	start := int64(i) * int64(p.NativeFrame())
	read := func(b []byte, at int64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return o.bytesAt(b, at)
	}
	return o.pieces(read, start, int64(i)*int64(len(dst)), dst)
}

// pieces unpacks a frame that starts at byte start, or for samples of one bit at
// sample number first.
func (o *Object) pieces(read func([]byte, int64) error, start, first int64, dst []int32) error {
	p := &o.Module
	switch size := int64(p.Allocated / 8); {
	case p.Allocated == 1:
		return readBits(read, first, dst)
	case p.is422():
		return readShared(read, start, dst)
	case p.planar && p.Samples > 1:
		return o.readPlanes(read, start, dst)
	case o.File.Pixels.InOrder():
		return o.readWords(read, start, dst)
	default:
		var failed atomic.Pointer[error]
		parallel.Range(len(dst), parallel.Grain, func(from, to int) {
			if err := o.readWords(read, start+int64(from)*size, dst[from:to]); err != nil {
				failed.Store(&err)
			}
		})
		if e := failed.Load(); e != nil {
			return *e
		}
		return nil
	}
}

// readWords unpacks the words from byte at on.
func (o *Object) readWords(read func([]byte, int64) error, at int64, dst []int32) error {
	size := o.Module.Allocated / 8
	buf := make([]byte, min(piece, len(dst)*size))
	for len(dst) > 0 {
		n := min(len(dst), piece/size)
		if err := read(buf[:n*size], at); err != nil {
			return err
		}
		o.Module.unpackPart(buf[:n*size], o.File.BigEndian, dst[:n])
		dst, at = dst[n:], at+int64(n*size)
	}
	return nil
}

// readPlanes turns colour by plane into colour by pixel.
func (o *Object) readPlanes(read func([]byte, int64) error, at int64, dst []int32) error {
	samples := o.Module.Samples
	pixels, size := len(dst)/samples, int64(o.Module.Allocated/8)
	part := make([]int32, min(pixels, piece))
	for c := range samples {
		for from := 0; from < pixels; from += len(part) {
			n := min(len(part), pixels-from)
			if err := o.readWords(read, at+int64(c*pixels+from)*size, part[:n]); err != nil {
				return err
			}
			for i, v := range part[:n] {
				dst[(from+i)*samples+c] = v
			}
		}
	}
	return nil
}

// readShared gives every pixel of Y Y Cb Cr pairs its own chroma.
func readShared(read func([]byte, int64) error, at int64, dst []int32) error {
	buf := make([]byte, min(piece, len(dst)/6*4))
	for len(dst) >= 6 {
		pairs := min(len(buf)/4, len(dst)/6)
		if err := read(buf[:4*pairs], at); err != nil {
			return err
		}
		expand422(buf[:4*pairs], dst[:6*pairs])
		dst, at = dst[6*pairs:], at+int64(4*pairs)
	}
	return nil
}

// readBits reads one-bit samples, the lowest bit first (PS3.5 8.1.1), from
// sample number start on.
func readBits(read func([]byte, int64) error, start int64, dst []int32) error {
	for len(dst) > 0 {
		bit := start % 8
		n := min(int64(len(dst)), 8*piece-bit)
		buf := make([]byte, (bit+n+7)/8)
		if err := read(buf, start/8); err != nil {
			return err
		}
		for k := range dst[:n] {
			at := bit + int64(k)
			dst[k] = int32(buf[at/8] >> (at % 8) & 1)
		}
		dst, start = dst[n:], start+n
	}
	return nil
}

// bytesAt reads bytes of the pixel data. Those of samples that do not fill a word
// are swapped within it in OW of big endian (PS3.5 7.3 and 8.2), over the whole
// value: a frame may begin and end within a word.
func (o *Object) bytesAt(b []byte, at int64) error {
	px := &o.File.Pixels
	if !o.File.BigEndian || o.Module.Allocated > 8 || px.VR != "OW" {
		return px.ReadAt(b, at)
	}
	from, to := at&^1, (at+int64(len(b))+1)&^1
	words := make([]byte, min(to, px.Size())-from)
	if err := px.ReadAt(words, from); err != nil {
		return err
	}
	for i := 0; i+1 < len(words); i += 2 {
		words[i], words[i+1] = words[i+1], words[i]
	}
	copy(b, words[at-from:])
	return nil
}

// settleHighBit looks at the words of the first frame where the header puts the
// stored bits one higher than they usually lie: writers that count from one do
// so, and then the highest of these bits is never set and the lowest of all is.
func (o *Object) settleHighBit(ctx context.Context) error {
	p := &o.Module
	if p.Allocated != 16 || p.Signed || p.High != p.Stored {
		return nil
	}
	plain := *p
	plain.Stored, plain.High = 16, 15
	in, seen := &Object{File: o.File, Module: plain}, int32(0)
	buf := make([]int32, piece)
	read := func(b []byte, at int64) error { return errors.Join(ctx.Err(), in.bytesAt(b, at)) }
	for from := 0; from < p.FrameSamples(); from += len(buf) {
		n := min(len(buf), p.FrameSamples()-from)
		if err := in.readWords(read, int64(2*from), buf[:n]); err != nil {
			return err
		}
		for _, v := range buf[:n] {
			seen |= v
		}
	}
	if seen>>p.Stored == 0 && seen&1 == 1 {
		p.High = p.Stored - 1
		o.WarnOnce(highBitWarning)
	}
	return nil
}

// uncompressed unpacks the bytes of one frame in the data set's byte order.
func (o *Object) uncompressed(frame []byte, dst []int32) error {
	read := func(b []byte, at int64) error {
		copy(b, frame[min(at, int64(len(frame))):])
		return nil
	}
	return o.pieces(read, 0, 0, dst)
}

// unpackPart reads words of 8, 16 or 32 bits and leaves their stored bits, sign
// extended.
func (p *Module) unpackPart(b []byte, bigEndian bool, dst []int32) {
	switch {
	case p.Allocated == 8:
		for i, v := range b[:len(dst)] {
			dst[i] = int32(v)
		}
	case p.Allocated == 16 && !bigEndian && !p.Signed && p.High == p.Stored-1:
		unpack16(b, dst, uint16(1<<p.Stored-1))
		return
	case p.Allocated == 16 && !bigEndian:
		unpack16(b, dst, 0xFFFF)
	case p.Allocated == 16:
		for i := range dst {
			dst[i] = int32(binary.BigEndian.Uint16(b[2*i:]))
		}
	default:
		var order binary.ByteOrder = binary.LittleEndian
		if bigEndian {
			order = binary.BigEndian
		}
		for i := range dst {
			dst[i] = int32(order.Uint32(b[4*i:]))
		}
	}
	p.maskPart(dst)
}

// unpack16 reads little-endian words and keeps the bits of keep: nearly all
// films come this way. Four words are read at a time.
func unpack16(b []byte, dst []int32, keep uint16) {
	mask := uint64(keep) * 0x0001_0001_0001_0001
	n := len(dst) &^ 3
	b = b[:2*len(dst)]
	for i := 0; i < n; i += 4 {
		v := binary.LittleEndian.Uint64(b[2*i:2*i+8]) & mask
		d := dst[i : i+4 : i+4]
		d[0], d[1], d[2], d[3] = int32(uint16(v)), int32(uint16(v>>16)), int32(uint16(v>>32)), int32(v>>48)
	}
	for i := n; i < len(dst); i++ {
		dst[i] = int32(binary.LittleEndian.Uint16(b[2*i:]) & keep)
	}
}

// mask shifts every word so that its stored bits (high bit and below) remain:
// sign extended, or without the bits above, where overlays may hide.
func (p *Module) mask(v []int32) {
	if !p.Signed && p.Stored == p.Allocated {
		return
	}
	parallel.Range(len(v), parallel.Grain, func(from, to int) { p.maskPart(v[from:to]) })
}

func (p *Module) maskPart(v []int32) {
	up, down := (31-p.High)&31, (32-p.Stored)&31 // the masks spare the shifts a check
	switch {
	case p.Signed:
		for i, x := range v {
			v[i] = x << up >> down
		}
	case p.Stored < p.Allocated:
		for i, x := range v {
			v[i] = int32(uint32(x) << up >> down)
		}
	}
}

// expand422 gives every pixel of Y Y Cb Cr pairs its own chroma.
func expand422(b []byte, dst []int32) {
	for i, o := 0, 0; o+5 < len(dst); i, o = i+4, o+6 {
		cb, cr := int32(b[i+2]), int32(b[i+3])
		dst[o], dst[o+1], dst[o+2] = int32(b[i]), cb, cr
		dst[o+3], dst[o+4], dst[o+5] = int32(b[i+1]), cb, cr
	}
}

// ExtendedOffsets reads the Extended Offset Table, nil when absent.
func (o *Object) ExtendedOffsets() []uint64 {
	return o.File.Elements.Find(tag.ExtendedOffsetTable).Uint64s()
}
