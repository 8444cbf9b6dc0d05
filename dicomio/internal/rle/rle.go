// Package rle decodes the run-length encoding of DICOM (PS3.5 annex G): byte
// planes, each packed on its own. Its only function is [Decode].
package rle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"hilum/dicomio/internal/parallel"
)

// ErrTruncated is wrapped by errors about missing data.
var ErrTruncated = errors.New("the run-length data ends too early")

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
	planes := make([][]byte, len(segs))
	errs := make([]error, len(segs))
	var wait sync.WaitGroup
	for i := range segs {
		planes[i] = make([]byte, pixels)
		wait.Add(1)
		go func() {
			defer wait.Done()
			defer func() { // a panic here would not reach the caller's recover
				if r := recover(); r != nil {
					errs[i] = fmt.Errorf("the run-length decoder failed (%v)", r)
				}
			}()
			errs[i] = unpack(segs[i], planes[i])
		}()
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	for s := range samples {
		sample := planes[s*size : (s+1)*size]
		parallel.Range(pixels, func(from, to int) { l.combine(sample, dst[s:], from, to) })
	}
	return nil
}

// segments cuts the data by the offsets of its header.
func segments(data []byte, want int) ([][]byte, error) {
	if len(data) < headerSize {
		return nil, ErrTruncated
	}
	n := int(binary.LittleEndian.Uint32(data))
	if n != want || n > 15 {
		return nil, fmt.Errorf("the run-length data has %d segments, %d are needed", n, want)
	}
	out := make([][]byte, n)
	for i := range out {
		start, end := int(binary.LittleEndian.Uint32(data[4+4*i:])), len(data)
		if i+1 < n {
			end = int(binary.LittleEndian.Uint32(data[8+4*i:]))
		}
		if end > len(data) {
			return nil, ErrTruncated
		}
		if start < headerSize || start > end {
			return nil, errors.New("the run-length offsets are damaged")
		}
		out[i] = data[start:end]
	}
	return out, nil
}

// unpack is the PackBits decoder of G.3.2. Runs that pass the end of the plane
// are cut; some writers pad that way.
func unpack(seg, plane []byte) error {
	for o := 0; o < len(plane); {
		if len(seg) == 0 {
			return ErrTruncated
		}
		c := int8(seg[0])
		seg = seg[1:]
		switch {
		case c >= 0:
			n := min(int(c)+1, len(plane)-o)
			if len(seg) < n {
				return ErrTruncated
			}
			copy(plane[o:o+n], seg[:n])
			o += n
			seg = seg[min(int(c)+1, len(seg)):]
		case c != -128:
			if len(seg) == 0 {
				return ErrTruncated
			}
			n := min(1-int(c), len(plane)-o)
			v, run := seg[0], plane[o:o+n]
			for i := range run {
				run[i] = v
			}
			o += n
			seg = seg[1:]
		}
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
