package dicomio

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Most films that come as PNG are 8-bit grey, and scoring a folder of them
// spends a fifth of its time in image/png. greyPNG reads just that kind, straight
// into stored values; whatever else a file holds, or is wrong with it, is left
// to image/png, which is also the oracle of the tests.

const pngSignature = "\x89PNG\r\n\x1a\n"

// greyPNG decodes an 8-bit grey PNG without interlacing or transparency. ok is
// false for everything else and for damaged files.
func greyPNG(ctx context.Context, data []byte, w, h int) (stored []int32, ok bool) {
	packed, ok := greyChunks(data)
	if !ok {
		return nil, false
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, false
	}
	defer func() { _ = z.Close() }() // the checksum is looked at below
	stored = make([]int32, w*h)
	row, above := make([]byte, w+1), make([]byte, w+1)
	for y := range h {
		if y%64 == 0 && ctx.Err() != nil {
			return nil, false
		}
		if _, err := io.ReadFull(z, row); err != nil || !unfilter(row[0], row[1:], above[1:]) {
			return nil, false
		}
		to := stored[y*w : (y+1)*w]
		for x, v := range row[1:] {
			to[x] = int32(v)
		}
		row, above = above, row
	}
	// Nothing may follow; reading on also compares the checksum.
	if n, err := z.Read(row[:1]); n != 0 || err != io.EOF {
		return nil, false
	}
	return stored, true
}

// greyChunks walks over the chunks of a PNG file (ISO/IEC 15948, 5.3) and joins
// the pixel data. It is content only with a plain grey file without a fault.
func greyChunks(data []byte) (packed []byte, ok bool) {
	if !hasPrefix(data, pngSignature) {
		return nil, false
	}
	var parts [][]byte
	last := ""
	for rest := data[len(pngSignature):]; len(rest) >= 12; {
		n := int64(binary.BigEndian.Uint32(rest))
		if n > int64(len(rest))-12 {
			return nil, false
		}
		kind, body := string(rest[4:8]), rest[8:8+n]
		if crc32.ChecksumIEEE(rest[4:8+n]) != binary.BigEndian.Uint32(rest[8+n:]) {
			return nil, false
		}
		switch {
		case kind == "IHDR":
			// depth 8, grey, deflate, the five filters, no interlacing
			if last != "" || n != 13 || !bytes.Equal(body[8:], []byte{8, 0, 0, 0, 0}) {
				return nil, false
			}
		case last == "", kind == "tRNS", kind == "PLTE", kind == "IDAT" && parts != nil && last != "IDAT":
			return nil, false
		case kind == "IDAT":
			parts = append(parts, body)
		case kind == "IEND":
			return bytes.Join(parts, nil), parts != nil && n == 0
		}
		last = kind
		rest = rest[12+n:]
	}
	return nil, false
}

// unfilter undoes a row's filter (ISO/IEC 15948, 9.2) at one byte a pixel.
func unfilter(filter byte, row, above []byte) bool {
	above = above[:len(row)]
	switch filter {
	case 0:
	case 1:
		left := byte(0)
		for i, v := range row {
			left += v
			row[i] = left
		}
	case 2:
		for i, v := range above {
			row[i] += v
		}
	case 3:
		left := 0
		for i, v := range above {
			left = int(row[i] + byte((left+int(v))/2))
			row[i] = byte(left)
		}
	case 4:
		paeth(row, above)
	default:
		return false
	}
	return true
}

// paeth predicts each pixel by the neighbour nearest to left + above - corner.
func paeth(row, above []byte) {
	left, corner := 0, 0
	for i, v := range above {
		up := int(v)
		toLeft, toUp := up-corner, left-corner
		toCorner := max(toLeft+toUp, -toLeft-toUp)
		toLeft, toUp = max(toLeft, -toLeft), max(toUp, -toUp)
		if toUp < toLeft || toCorner < toLeft {
			if toUp <= toCorner {
				left = up
			} else {
				left = corner
			}
		}
		left = int(row[i] + byte(left))
		row[i] = byte(left)
		corner = up
	}
}
