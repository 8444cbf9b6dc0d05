package codestream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"hilum/internal/message"
)

// The markers of ITU-T T.800 table A.2.
const (
	j2kSOC = 0xFF4F
	j2kSIZ = 0xFF51
	j2kCOM = 0xFF64
	j2kCRG = 0xFF63
	j2kSOT = 0xFF90
	j2kSOD = 0xFF93
	j2kEOC = 0xFFD9
)

// needed are the segments of a main or tile-part header that a decoder reads: sizes,
// coding, quantisation, order, lengths and packed headers, and those of T.814 (CAP,
// PRF, CPF). All others go.
var needed = []uint16{
	0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF55, 0xFF56, 0xFF57, 0xFF58, 0xFF59, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F, 0xFF60,
	0xFF61, j2kCRG,
}

// JPEG2000 cleans a codestream of ITU-T T.800 or T.814, bare or in boxes of a JP2
// file, of which those stay that tell size and colours. Comments within tile-parts
// are overwritten with zeros, so that lengths stay true.
func JPEG2000(frame []byte) (clean []byte, found []string, err error) {
	if bytes.HasPrefix(frame, jp2Signature) {
		return boxes(frame, false)
	}
	return stream(frame)
}

var jp2Signature = []byte("\x00\x00\x00\x0CjP  ")

// keptBoxes are those of T.800 annex I that a decoder reads.
var keptBoxes = []string{"jP  ", "ftyp", "jp2h", "jp2c", "ihdr", "bpcc", "colr", "pclr", "cmap", "cdef", "res ",
	"resc", "resd"}

// boxes copies the boxes that are needed; inner are those within another.
func boxes(b []byte, inner bool) (out []byte, found []string, err error) {
	for p := 0; p < len(b); {
		if len(b)-p < 8 {
			if told(b[p:]) {
				found = append(found, "bytes behind the boxes")
			}
			break
		}
		size, head := int64(binary.BigEndian.Uint32(b[p:])), 8
		kind := string(b[p+4 : p+8])
		switch {
		case size == 0 && !inner:
			size = int64(len(b) - p)
		case size == 1 && len(b)-p >= 16:
			size, head = int64(min(binary.BigEndian.Uint64(b[p+8:]), 1<<62)), 16
		}
		if size < int64(head) || size > int64(len(b)-p) {
			if slices.Contains(keptBoxes, kind) || inner {
				return nil, nil, message.Errorf("%w: box %q has no sensible length", ErrDamaged, kind)
			}
			found = append(found, "bytes behind the boxes")
			break
		}
		content := b[p+head : p+int(size)]
		p += int(size)
		var more []string
		switch {
		case kind == "jp2c":
			content, more, err = stream(content)
		case kind == "jp2h" || kind == "res ":
			content, more, err = boxes(content, true)
		case !slices.Contains(keptBoxes, kind):
			found = append(found, fmt.Sprintf("box %q", kind))
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		found = append(found, more...)
		out = binary.BigEndian.AppendUint32(out, uint32(8+len(content)))
		out = append(append(out, kind...), content...)
	}
	return out, found, nil
}

// stream cleans a bare codestream.
func stream(b []byte) (out []byte, found []string, err error) {
	if len(b) < 4 || binary.BigEndian.Uint16(b) != j2kSOC || binary.BigEndian.Uint16(b[2:]) != j2kSIZ {
		return nil, nil, message.Errorf("%w: it does not begin with the markers of JPEG 2000", ErrDamaged)
	}
	out = append(make([]byte, 0, len(b)+2), b[:2]...)
	p := 2
	for p+4 <= len(b) {
		m, n := binary.BigEndian.Uint16(b[p:]), int(binary.BigEndian.Uint16(b[p+2:]))
		if m == j2kSOT {
			break
		}
		if m < 0xFF00 || n < 2 || p+2+n > len(b) {
			return nil, nil, message.Errorf("%w: its header is damaged at byte %d", ErrDamaged, p)
		}
		if slices.Contains(needed, m) {
			out = append(out, b[p:p+2+n]...)
		} else {
			found = append(found, segmentName(m))
		}
		p += 2 + n
	}
	if len(b)-p < 12 || binary.BigEndian.Uint16(b[p:]) != j2kSOT || len(out) < 4 {
		return nil, nil, message.Errorf("%w: it has no tile", ErrDamaged)
	}
	return tileParts(b[p:], out, found)
}

func segmentName(m uint16) string {
	if m == j2kCOM {
		return "a comment"
	}
	return fmt.Sprintf("segment %04X", m)
}

// tileParts copies the tile-parts, up to the end of the codestream (T.800 A.4.2).
func tileParts(b, out []byte, found []string) ([]byte, []string, error) {
	for len(b) >= 12 && binary.BigEndian.Uint16(b) == j2kSOT {
		size := int(binary.BigEndian.Uint32(b[6:]))
		if size == 0 { // up to the end of the codestream
			size = len(b)
			if at := bytes.Index(b[12:], []byte{0xFF, 0xD9}); at >= 0 {
				size = 12 + at
			}
		}
		cut := size > len(b) // truncated files decode as far as they go
		if cut {
			size = len(b)
		}
		if size < 12 {
			return nil, nil, message.Errorf("%w: a tile-part has %d bytes", ErrDamaged, size)
		}
		part, what, err := tilePart(b[:size])
		if err != nil {
			return nil, nil, err
		}
		out, found, b = append(out, part...), append(found, what...), b[size:]
		if cut {
			return out, found, nil
		}
	}
	if len(b) >= 2 && binary.BigEndian.Uint16(b) == j2kEOC {
		b = b[2:]
	}
	if told(b) {
		found = append(found, "bytes behind the end")
	}
	return append(out, 0xFF, 0xD9), found, nil
}

// tilePart overwrites in a tile-part's header what is not needed.
func tilePart(b []byte) ([]byte, []string, error) {
	out, found := bytes.Clone(b), []string(nil)
	for p := 12; p+2 <= len(b); {
		m := binary.BigEndian.Uint16(b[p:])
		if m == j2kSOD {
			return out, found, nil
		}
		n := 0
		if p+4 <= len(b) {
			n = int(binary.BigEndian.Uint16(b[p+2:]))
		}
		if m < 0xFF00 || n < 2 || p+2+n > len(b) {
			return nil, nil, message.Errorf("%w: the header of a tile-part is damaged", ErrDamaged)
		}
		if !slices.Contains(needed, m) && told(b[p+4:p+2+n]) {
			found = append(found, segmentName(m)+" of a tile")
			clear(out[p+4 : p+2+n])
			binary.BigEndian.PutUint16(out[p:], j2kCOM) // zeros of an unknown segment might mean something
		}
		p += 2 + n
	}
	return out, found, nil
}
