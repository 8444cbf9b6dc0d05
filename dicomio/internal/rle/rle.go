// Package rle decodes the run-length encoding of DICOM (PS3.5 annex G): byte
// planes, each packed on its own. Its only function is [Decode].
package rle

import (
	"encoding/binary"
	"errors"

	"hilum/internal/message"
	"hilum/internal/parallel"
)

// errTruncated is wrapped by errors about missing data.
var errTruncated = message.New("the run-length data ends too early")

const headerSize = 64 // number of segments and 15 offsets

// Layout is how the samples of a frame lie.
type Layout struct {
	Samples int    // of a pixel
	Size    int    // bytes of a sample: 1, 2 or 4
	Keep    uint32 // bits of a sample that are kept
}

// Decode unpacks a frame of len(dst)/l.Samples pixels into interleaved
// samples, the bit pattern of each unsigned.
func Decode(data []byte, l Layout, dst []int32) error {
	samples, size := l.Samples, l.Size
	pixels := len(dst) / samples
	segs, err := segments(data, samples*size)
	if err != nil {
		return err
	}
	runs := make([]packed, len(segs))
	for i := range runs {
		runs[i].seg = segs[i]
	}
	planes := make([][]byte, len(segs))
	for i := range planes {
		planes[i] = make([]byte, min(pixels, part))
	}
	for from := 0; from < pixels; from += part {
		n := min(part, pixels-from)
		if err := unpackAll(runs, planes, n); err != nil {
			return err
		}
		for s := range samples {
			sample := planes[s*size : (s+1)*size]
			parallel.Range(n, parallel.Grain, func(a, b int) { l.combine(sample, dst[from*samples+s:], a, b) })
		}
	}
	return nil
}

// part is how many pixels are unpacked at a time.
const part = 1 << 20

// unpackAll unpacks the next n bytes of every plane, at the same time.
func unpackAll(runs []packed, planes [][]byte, n int) error {
	errs := make([]error, len(runs))
	parallel.Each(len(runs), func(i int) { errs[i] = runs[i].unpack(planes[i][:n]) })
	return errors.Join(errs...)
}

// segments cuts the data by the offsets of its header.
func segments(data []byte, want int) ([][]byte, error) {
	if len(data) < headerSize {
		return nil, errTruncated
	}
	n := int(binary.LittleEndian.Uint32(data))
	if n != want || n > 15 {
		return nil, message.Errorf("the run-length data has %d segments, %d are needed", n, want)
	}
	out := make([][]byte, n)
	for i := range out {
		start, end := int(binary.LittleEndian.Uint32(data[4+4*i:])), len(data)
		if i+1 < n {
			end = int(binary.LittleEndian.Uint32(data[8+4*i:]))
		}
		if end > len(data) {
			return nil, errTruncated
		}
		if start < headerSize || start > end {
			return nil, message.New("the run-length offsets are damaged")
		}
		out[i] = data[start:end]
	}
	return out, nil
}

// packed is a segment that is unpacked piece by piece.
type packed struct {
	seg     []byte
	literal int  // bytes of a literal run that are still to come from seg
	repeat  int  // bytes of a replicate run that are still to come
	value   byte // of these
}

// unpack is the PackBits decoder of G.3.2. Runs that pass the end of the plane
// are cut; some writers pad that way.
func (p *packed) unpack(plane []byte) error {
	for len(plane) > 0 {
		switch {
		case p.literal > 0:
			n := min(p.literal, len(plane))
			if len(p.seg) < n {
				return errTruncated
			}
			copy(plane, p.seg[:n])
			p.seg, plane, p.literal = p.seg[n:], plane[n:], p.literal-n
		case p.repeat > 0:
			n := min(p.repeat, len(plane))
			for i := range plane[:n] {
				plane[i] = p.value
			}
			plane, p.repeat = plane[n:], p.repeat-n
		default:
			if err := p.next(); err != nil {
				return err
			}
		}
	}
	return nil
}

// next reads the head of a run.
func (p *packed) next() error {
	if len(p.seg) == 0 {
		return errTruncated
	}
	c := int8(p.seg[0])
	p.seg = p.seg[1:]
	switch {
	case c >= 0:
		p.literal = int(c) + 1
	case c != -128:
		if len(p.seg) == 0 {
			return errTruncated
		}
		p.repeat, p.value = 1-int(c), p.seg[0]
		p.seg = p.seg[1:]
	}
	return nil
}

// combine puts the byte planes of a sample together for some of the pixels, the
// highest byte first.
func (l Layout) combine(planes [][]byte, dst []int32, from, to int) {
	if len(planes) == 2 && l.Samples == 1 {
		out := dst[from:to]
		high, low, keep := planes[0][from:to][:len(out)], planes[1][from:to][:len(out)], int32(l.Keep&0xFFFF)
		for i := range out {
			out[i] = (int32(high[i])<<8 | int32(low[i])) & keep
		}
		return
	}
	for i := from; i < to; i++ {
		var v uint32
		for _, p := range planes {
			v = v<<8 | uint32(p[i])
		}
		dst[i*l.Samples] = int32(v & l.Keep)
	}
}
