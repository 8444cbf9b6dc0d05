package codestream

import (
	"bytes"
	"encoding/binary"

	"hilum/internal/message"
)

// rleHeader is the length of the head of a run-length frame: the number of segments
// and 15 offsets (PS3.5 G.5).
const rleHeader = 64

// RLE cleans a run-length frame whose segments unpack to so many bytes each. What
// lies before, between and behind the packed bytes goes.
func RLE(frame []byte, plane int) (clean []byte, found []string, err error) {
	if len(frame) < rleHeader {
		return nil, nil, message.Errorf("%w: it has no run-length header", ErrDamaged)
	}
	n := int(binary.LittleEndian.Uint32(frame))
	if n < 1 || n > 15 {
		return nil, nil, message.Errorf("%w: it has %d run-length segments", ErrDamaged, n)
	}
	out := make([]byte, rleHeader, len(frame))
	binary.LittleEndian.PutUint32(out, uint32(n))
	covered := rleHeader
	for i := range n {
		start, end := int(binary.LittleEndian.Uint32(frame[4+4*i:])), len(frame)
		if i+1 < n {
			end = int(binary.LittleEndian.Uint32(frame[8+4*i:]))
		}
		if start < rleHeader || start > end || end > len(frame) {
			return nil, nil, message.Errorf("%w: its run-length offsets are damaged", ErrDamaged)
		}
		used := packed(frame[start:end], plane)
		if told(frame[start+used : end]) {
			found = append(found, "bytes behind a run-length segment")
		}
		if start > covered && told(frame[covered:start]) {
			found = append(found, "bytes before a run-length segment")
		}
		covered = end
		binary.LittleEndian.PutUint32(out[4+4*i:], uint32(len(out)))
		out = append(out, frame[start:start+used]...)
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
	}
	if told(frame[4+4*n : rleHeader]) {
		found = append(found, "bytes in the run-length header")
	}
	return out, found, nil
}

// told tells whether bytes could say something: padding is zeros.
func told(b []byte) bool { return len(bytes.Trim(b, "\x00")) > 0 }

// packed is how many bytes of a segment unpack to n bytes (PS3.5 G.3.2).
func packed(seg []byte, n int) int {
	p := 0
	for p < len(seg) && n > 0 {
		c := int8(seg[p])
		p++
		switch {
		case c >= 0:
			p += int(c) + 1
			n -= int(c) + 1
		case c != -128:
			p++
			n -= 1 - int(c)
		}
	}
	return min(p, len(seg))
}
