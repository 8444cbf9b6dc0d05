package dicomio

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
)

// What is said of a PNG whose pixels are whole.
const (
	pngEndWarning   = "The PNG file has no end; all of its pixels are there."
	pngChunkWarning = "A part of the PNG file that is no pixel data is damaged and was left out."
)

// emptyEnd is an IEND chunk (ISO/IEC 15948, 11.2.5).
const emptyEnd = "\x00\x00\x00\x00IEND\xae\x42\x60\x82"

// mendPNG gives a PNG file without what is damaged in it and is no pixel data:
// ancillary chunks (5.4) whose checksum does not fit or that are cut, and with the
// end that it lacks. It says what it did; nothing where the pixels themselves, or
// what is needed to read them, are damaged.
func mendPNG(in dcm.Input) (mended io.Reader, faults []message.Message) {
	parts := []io.Reader{strings.NewReader(fileio.PNGSignature)}
	damaged := false
	for at := int64(len(fileio.PNGSignature)); ; {
		c, ok := readChunk(in, at)
		ancillary := ok && c.kind[0]&0x20 != 0
		switch {
		case !ok || c.kind == "IEND" && (c.cut || !c.sound):
			faults = append(faults, message.Of(pngEndWarning))
		case ancillary && c.cut:
			damaged = true
			faults = append(faults, message.Of(pngEndWarning))
		case ancillary && !c.sound:
			damaged = true
		case c.cut && c.kind == "IDAT": // zlib's own checksum tells whether it is whole
			parts = append(parts, c.rewritten(in, at)...)
			faults = append(faults, message.Of(pngEndWarning))
		case c.cut || !c.sound:
			return nil, nil
		default:
			parts = append(parts, io.NewSectionReader(in, at, c.n+12))
		}
		if len(faults) > 0 || c.kind == "IEND" {
			break
		}
		at += c.n + 12
	}
	if damaged {
		faults = append(faults, message.Of(pngChunkWarning))
	}
	return io.MultiReader(append(parts, strings.NewReader(emptyEnd))...), faults
}

// pngChunk is a chunk of a PNG file as far as it is there.
type pngChunk struct {
	kind  string
	n     int64  // bytes of data that are there
	cut   bool   // data or checksum are not complete
	sound bool   // the checksum fits
	sum   uint32 // of what is there
}

// readChunk reads the chunk at byte at; ok is false where there is no head of one.
func readChunk(in dcm.Input, at int64) (c pngChunk, ok bool) {
	var head [8]byte
	if n, _ := in.ReadAt(head[:], at); n < len(head) {
		return c, false
	}
	c.kind, c.n = string(head[4:]), int64(binary.BigEndian.Uint32(head[:]))
	if left := in.Size - at - 8; c.n+4 > left {
		c.n, c.cut = min(c.n, left), true
	}
	sum := crc32.NewIEEE()
	sum.Write(head[4:])
	if _, err := io.Copy(sum, io.NewSectionReader(in, at+8, c.n)); err != nil {
		return c, false
	}
	c.sum = sum.Sum32()
	var stored [4]byte
	n, _ := in.ReadAt(stored[:], at+8+c.n)
	c.sound = !c.cut && n == 4 && binary.BigEndian.Uint32(stored[:]) == c.sum
	return c, true
}

// rewritten is a chunk of what is there, with the length and the checksum of that.
func (c pngChunk) rewritten(in dcm.Input, at int64) []io.Reader {
	head := binary.BigEndian.AppendUint32(nil, uint32(c.n))
	tail := binary.BigEndian.AppendUint32(nil, c.sum)
	return []io.Reader{strings.NewReader(string(head) + c.kind), io.NewSectionReader(in, at+8, c.n),
		strings.NewReader(string(tail))}
}
