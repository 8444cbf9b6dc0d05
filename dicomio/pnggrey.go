package dicomio

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"

	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
)

// Most films that come as PNG are 8-bit grey, and scoring a folder of them
// spends a fifth of its time in image/png. greyPNG reads just that kind, straight
// into stored values; whatever else a file holds, or is wrong with it, is left
// to image/png, which is also the oracle of the tests.

// greyPNG decodes an 8-bit grey PNG without interlacing or transparency, row by
// row as place says. ok is false for everything else and for damaged files.
func greyPNG(ctx context.Context, in io.Reader, place layout) (stored []int32, ok bool) {
	chunks := &greyChunks{r: in}
	if !chunks.begin() {
		return nil, false
	}
	z, err := zlib.NewReader(chunks)
	if err != nil {
		return nil, false
	}
	defer func() { _ = z.Close() }() // the checksum is looked at below
	w, h := place.w, place.h
	stored = make([]int32, w*h)
	row, above := make([]byte, w+1), make([]byte, w+1)
	for y := range h {
		if y%64 == 0 && ctx.Err() != nil {
			return nil, false
		}
		if _, err := io.ReadFull(z, row); err != nil || !unfilter(row[0], row[1:], above[1:]) {
			return nil, false
		}
		at, step := place.row(y)
		if step == 1 {
			to := stored[at : at+w]
			for x, v := range row[1:] {
				to[x] = int32(v)
			}
		} else {
			for x, v := range row[1:] {
				stored[at+x*step] = int32(v)
			}
		}
		row, above = above, row
	}
	// Nothing may follow; reading on also compares the checksum.
	if n, err := z.Read(row[:1]); n != 0 || err != io.EOF {
		return nil, false
	}
	return stored, chunks.ended()
}

// greyChunks reads the pixel data of a PNG file chunk by chunk (ISO/IEC 15948,
// 5.3). It is content only with a plain grey file without a fault.
type greyChunks struct {
	r    io.Reader
	kind string
	left uint32 // of the chunk at hand
	sum  uint32 // its checksum so far
	data bool   // pixel data was seen
}

var errNotPlain = message.New("no plain grey PNG")

// begin reads up to the first byte of the pixel data.
func (c *greyChunks) begin() bool {
	var signature [len(fileio.PNGSignature)]byte
	if _, err := io.ReadFull(c.r, signature[:]); err != nil || string(signature[:]) != fileio.PNGSignature ||
		c.next() != nil || c.kind != "IHDR" || c.left != 13 {
		return false
	}
	var header [13]byte
	if _, err := io.ReadFull(c, header[:]); err != nil || !bytes.Equal(header[8:], []byte{8, 0, 0, 0, 0}) {
		return false // depth 8, grey, deflate, the five filters, no interlacing
	}
	for c.close() == nil && c.next() == nil {
		switch c.kind {
		case "IDAT":
			c.data = true
			return true
		case "IHDR", "tRNS", "PLTE", "IEND":
			return false
		}
		if _, err := io.CopyN(io.Discard, c, int64(c.left)); err != nil {
			return false
		}
	}
	return false
}

// next reads the head of a chunk.
func (c *greyChunks) next() error {
	var head [8]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return errNotPlain
	}
	c.left, c.kind = binary.BigEndian.Uint32(head[:]), string(head[4:])
	c.sum = crc32.ChecksumIEEE(head[4:])
	return nil
}

// close holds the checksum of the chunk at hand against what was read.
func (c *greyChunks) close() error {
	var sum [4]byte
	if _, err := io.ReadFull(c.r, sum[:]); err != nil || c.left != 0 || binary.BigEndian.Uint32(sum[:]) != c.sum {
		return errNotPlain
	}
	return nil
}

// Read gives the bytes of the chunk at hand, and of pixel data those of all
// chunks of it.
func (c *greyChunks) Read(b []byte) (int, error) {
	for c.left == 0 {
		if !c.data {
			return 0, errNotPlain
		}
		if err := c.close(); err != nil {
			return 0, err
		}
		if err := c.next(); err != nil || c.kind != "IDAT" {
			return 0, io.EOF
		}
	}
	n, err := c.r.Read(b[:min(len(b), int(c.left))])
	c.sum = crc32.Update(c.sum, crc32.IEEETable, b[:n])
	c.left -= uint32(n)
	return n, err
}

// ended reads what is left behind the pixel data, up to the end.
func (c *greyChunks) ended() bool {
	for c.kind == "IDAT" { // the checksum of the last chunk, or an empty one
		if c.left != 0 || c.close() != nil || c.next() != nil {
			return false
		}
	}
	c.data = false
	for {
		switch c.kind {
		case "IEND":
			return c.left == 0 && c.close() == nil
		case "IDAT", "IHDR", "tRNS", "PLTE":
			return false
		}
		if _, err := io.CopyN(io.Discard, c, int64(c.left)); err != nil || c.close() != nil || c.next() != nil {
			return false
		}
	}
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
