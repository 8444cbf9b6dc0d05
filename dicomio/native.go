package dicomio

import (
	"encoding/binary"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/parallel"
)

// nativeFrame is the number of bytes of an uncompressed frame; frames of one
// bit a sample are packed without a gap and have no size of their own.
func (p *pixelModule) nativeFrame() int {
	if p.is422() {
		return p.rows * p.columns * 2 * p.allocated / 8
	}
	return p.frameSamples() * p.allocated / 8
}

// is422 says whether the chroma of uncompressed data is shared by two pixels
// (PS3.3 C.7.6.3.1.2), which needs an even width.
func (p *pixelModule) is422() bool {
	return p.photometric == "YBR_FULL_422" && p.samples == 3 && p.allocated == 8 && p.columns%2 == 0 && !p.unshared
}

// native decodes uncompressed frame i into dst.
func (o *object) native(i int, dst []int32) {
	p, data := &o.px, o.file.Pixels.Native
	if p.allocated == 1 {
		unpackBits(data, i*len(dst), dst)
		return
	}
	size := p.nativeFrame()
	o.uncompressed(data[i*size:(i+1)*size], dst)
}

// uncompressed unpacks the bytes of one frame in the data set's byte order.
func (o *object) uncompressed(frame []byte, dst []int32) {
	p := &o.px
	if o.file.BigEndian && p.allocated == 8 && o.file.Pixels.VR == "OW" {
		frame = swapWords(frame) // bytes in swapped 16-bit words, PS3.5 8.2
	}
	if p.is422() {
		expand422(frame, dst)
		return
	}
	p.unpack(frame, o.file.BigEndian, dst)
	if p.planar && p.samples > 1 {
		interleave(dst, p.samples)
	}
}

func swapWords(b []byte) []byte {
	out := make([]byte, len(b))
	for i := 0; i+1 < len(b); i += 2 {
		out[i], out[i+1] = b[i+1], b[i]
	}
	if n := len(b); n%2 == 1 {
		out[n-1] = b[n-1]
	}
	return out
}

// unpackBits reads one-bit samples, the lowest bit first (PS3.5 8.1.1), from
// sample number start on.
func unpackBits(data []byte, start int, dst []int32) {
	for k := range dst {
		n := start + k
		dst[k] = int32(data[n/8] >> (n % 8) & 1)
	}
}

// unpack reads words of 8, 16 or 32 bits and leaves their stored bits, sign
// extended.
func (p *pixelModule) unpack(b []byte, bigEndian bool, dst []int32) {
	parallel.Range(len(dst), func(from, to int) {
		size := p.allocated / 8
		p.unpackPart(b[from*size:to*size], bigEndian, dst[from:to])
	})
}

func (p *pixelModule) unpackPart(b []byte, bigEndian bool, dst []int32) {
	switch {
	case p.allocated == 8:
		for i, v := range b[:len(dst)] {
			dst[i] = int32(v)
		}
	case p.allocated == 16 && !bigEndian && !p.signed && p.high == p.stored-1:
		unpack16(b, dst, uint16(1<<p.stored-1))
		return
	case p.allocated == 16 && !bigEndian:
		unpack16(b, dst, 0xFFFF)
	case p.allocated == 16:
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
func (p *pixelModule) mask(v []int32) {
	if !p.signed && p.stored == p.allocated {
		return
	}
	parallel.Range(len(v), func(from, to int) { p.maskPart(v[from:to]) })
}

func (p *pixelModule) maskPart(v []int32) {
	up, down := (31-p.high)&31, (32-p.stored)&31 // the masks spare the shifts a check
	switch {
	case p.signed:
		for i, x := range v {
			v[i] = x << up >> down
		}
	case p.stored < p.allocated:
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

// interleave turns colour by plane into colour by pixel.
func interleave(v []int32, samples int) {
	planes := append([]int32(nil), v...)
	n := len(v) / samples
	for c := range samples {
		plane := planes[c*n : (c+1)*n]
		for i, x := range plane {
			v[i*samples+c] = x
		}
	}
}

// extendedOffsets reads the Extended Offset Table, nil when absent.
func (o *object) extendedOffsets() []uint64 {
	return o.file.Elements.Find(dcm.Tag(tagExtendedOffsets)).Uint64s()
}
