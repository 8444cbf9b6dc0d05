package pixeldata

import (
	"bytes"
	"encoding/binary"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// maxTiles bounds the tiles of a codestream; each costs the library memory
// before its data is looked at.
const maxTiles = 1 << 14

// checkJ2K reads the head of a JPEG 2000 codestream (ITU-T T.800 A.5.1, A.6.1)
// before the library does: its size must be the header's, its tiles sensible.
func (o *Object) checkJ2K(frame []byte) error {
	i := bytes.Index(frame[:min(len(frame), 1<<16)], []byte{0xFF, 0x4F, 0xFF, 0x51})
	if i < 0 {
		return message.New("the JPEG 2000 data has no start marker")
	}
	b := frame[i+4:]
	if len(b) < 38 || len(b) < int(binary.BigEndian.Uint16(b)) {
		return message.Errorf("%w: in the JPEG 2000 header", dcm.ErrTruncated)
	}
	word := func(at int) int64 { return int64(binary.BigEndian.Uint32(b[at:])) }
	w, h := word(4)-word(12), word(8)-word(16)
	n := int(binary.BigEndian.Uint16(b[36:]))
	if w != int64(o.Module.Columns) || h != int64(o.Module.Rows) || n != o.Module.Samples {
		return message.Errorf("the JPEG 2000 data is %d x %d with %d components, the header says %d x %d with %d",
			w, h, n, o.Module.Columns, o.Module.Rows, o.Module.Samples)
	}
	tw, th := word(20), word(24)
	if tw < 1 || th < 1 {
		return message.New("the JPEG 2000 tiles have no size")
	}
	if tiles := ((w + tw - 1) / tw) * ((h + th - 1) / th); tiles > maxTiles {
		return message.Errorf("the JPEG 2000 data is cut into %d tiles", tiles)
	}
	o.readCOD(b[binary.BigEndian.Uint16(b):])
	return nil
}

// readCOD finds out whether the components were transformed: the library undoes
// that and gives RGB, whatever the header says.
func (o *Object) readCOD(b []byte) {
	for len(b) >= 4 && b[0] == 0xFF && b[1] != 0x90 {
		n := int(binary.BigEndian.Uint16(b[2:]))
		if b[1] == 0x52 && len(b) >= 9 {
			if b[8] == 1 {
				o.Coded = CodedRGB
			}
			return
		}
		if n < 2 || len(b) < 2+n {
			return
		}
		b = b[2+n:]
	}
}

// endJ2K gives a codestream the end marker that it lacks (T.800 A.4.4), where its
// tile-parts are there to the last byte by their own lengths (A.4.2). Whether all
// code-blocks are is for the library to see, which takes no short data.
func (o *Object) endJ2K(frame []byte) []byte {
	data := bytes.TrimRight(frame, "\x00")
	if bytes.HasSuffix(data, []byte{0xFF, 0xD9}) {
		return frame
	}
	at := bytes.Index(frame, []byte{0xFF, 0x90, 0, 10})
	for at >= 0 && at+12 <= len(frame) && frame[at] == 0xFF && frame[at+1] == 0x90 {
		n := int64(binary.BigEndian.Uint32(frame[at+6:]))
		end := int64(at) + n
		switch left := int64(len(frame)) - end; {
		case n == 0: // up to the end
			end = int64(len(data))
		case n < 14 || left < 0:
			return frame
		}
		if rest := frame[end:]; len(WithoutFill(bytes.TrimRight(rest, "\x00"))) == 0 && len(rest) <= 2 {
			o.WarnOnce("The JPEG 2000 data has no end marker; all of its pixels are there.")
			return append(bytes.Clone(frame[:end]), 0xFF, 0xD9)
		}
		at = int(end)
	}
	return frame
}
