// Package codestream takes from compressed pictures what is no picture: comments,
// application data, and what lies between and behind the parts that a decoder
// reads. What it leaves decodes to the same values. Its functions are one for each
// kind of compression: [JPEG], [JPEGLS], [JPEG2000], [RLE].
package codestream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"hilum/internal/message"
)

// ErrDamaged is wrapped by errors about data that cannot be taken apart, so that
// nothing can be said of what it holds.
var ErrDamaged = message.New("the compressed pixel data cannot be taken apart")

// The markers of ITU-T T.81 table B.1 and T.87 C.1.
const (
	markSOI = 0xD8
	markEOI = 0xD9
	markSOS = 0xDA
	markCOM = 0xFE
	markLSE = 0xF8
	markLS  = 0xF7 // SOF55
)

// JPEG cleans a picture of ITU-T T.81. The Adobe segment stays as far as it tells
// the colours, a JFIF segment without its thumbnail. spare says for each scan, and
// in it for each restart interval, how many bytes at the end no decoder reads; nil
// where that is not known.
func JPEG(frame []byte, spare [][]int) (clean []byte, found []string, err error) {
	scan := -1
	return segments(frame, func(b []byte) ([]byte, int, string) {
		n := entropy(b, func(next byte) bool { return next != 0 && !restart(next) })
		if scan++; scan >= len(spare) {
			return b[:n], n, ""
		}
		kept := trimmed(b[:n], spare[scan])
		if len(kept) < n-1 { // one byte may be padding
			return kept, n, "bytes behind the picture's data"
		}
		return b[:n], n, ""
	})
}

// trimmed cuts the data of a scan's restart intervals by so many unstuffed bytes.
func trimmed(b []byte, spare []int) []byte {
	var out []byte
	for i, n := range spare {
		end := len(b)
		for p := 0; p+1 < len(b); p++ {
			if b[p] == 0xFF && restart(b[p+1]) {
				end = p
				break
			}
		}
		part := b[:end]
		for ; n > 0 && len(part) > 0; n-- {
			cut := 1
			if len(part) > 1 && part[len(part)-1] == 0 && part[len(part)-2] == 0xFF {
				cut = 2
			}
			part = part[:len(part)-cut]
		}
		out = append(out, part...)
		if i+1 < len(spare) && end+2 <= len(b) {
			out = append(out, b[end:end+2]...)
		}
		b = b[min(end+2, len(b)):]
	}
	return out
}

// JPEGLS cleans a picture of ITU-T T.87: in its data FF begins a marker where the
// next byte is 80 or more. HP's colour transform stays. used says for each scan how
// many bytes of its data a decoder reads at most; nil where that is not known.
func JPEGLS(frame []byte, used []int) (clean []byte, found []string, err error) {
	scan := -1
	return segments(frame, func(b []byte) ([]byte, int, string) {
		n := entropy(b, func(next byte) bool { return next >= 0x80 && !restart(next) })
		if scan++; scan < len(used) && used[scan] < n-1 { // one byte may be padding
			return b[:used[scan]], n, "bytes behind the picture's data"
		}
		return b[:n], n, ""
	})
}

func restart(m byte) bool { return m >= 0xD0 && m <= 0xD7 }

// entropy is the length of coded data up to the next marker.
func entropy(b []byte, marks func(next byte) bool) int {
	for p := 0; ; p++ {
		k := bytes.IndexByte(b[p:], 0xFF)
		if k < 0 {
			return len(b)
		}
		if p += k; p+1 >= len(b) {
			return p // half a marker
		}
		next := b[p+1]
		for q := p + 1; next == 0xFF && q+1 < len(b); q++ { // fill bytes
			next = b[q+1]
		}
		if marks(next) {
			return p
		}
	}
}

// segments copies the segments of a JPEG or JPEG-LS picture that are needed. data
// gives what stays of a scan's data at the head of some bytes, how long it was, and
// what was taken out.
func segments(b []byte, data func([]byte) ([]byte, int, string)) (out []byte, found []string, err error) {
	if len(b) < 2 || b[0] != 0xFF || b[1] != markSOI {
		return nil, nil, message.Errorf("%w: it does not begin with a start marker", ErrDamaged)
	}
	out = append(make([]byte, 0, len(b)+2), 0xFF, markSOI)
	for p := 2; ; {
		start := p
		for p < len(b) && b[p] != 0xFF {
			p++
		}
		if p > start {
			found = append(found, "bytes between segments")
		}
		for p+1 < len(b) && b[p+1] == 0xFF {
			p++
		}
		if p+1 >= len(b) { // no end marker
			return append(out, 0xFF, markEOI), found, nil
		}
		m := b[p+1]
		p += 2
		if m == markEOI {
			if len(bytes.Trim(b[p:], "\x00")) > 0 {
				found = append(found, "bytes behind the end")
			}
			return append(out, 0xFF, markEOI), found, nil
		}
		if m == 0 || m == 1 || m == markSOI || restart(m) { // no segment, and out of place
			found = append(found, "a stray marker")
			continue
		}
		n := 0
		if p+2 <= len(b) {
			n = int(binary.BigEndian.Uint16(b[p:]))
		}
		if n < 2 || p+n > len(b) {
			return nil, nil, message.Errorf("%w: segment %02X at byte %d has no sensible length", ErrDamaged, m, p)
		}
		body := b[p+2 : p+n]
		p += n
		kept, what := keep(m, body)
		if what != "" {
			found = append(found, what)
		}
		if kept != nil {
			out = append(binary.BigEndian.AppendUint16(append(out, 0xFF, m), uint16(2+len(kept))), kept...)
		}
		if m == markSOS {
			kept, n, what := data(b[p:])
			out, p = append(out, kept...), p+n
			if what != "" {
				found = append(found, what)
			}
		}
	}
}

// keep gives what stays of a segment, nil for nothing, and what was taken out.
func keep(m byte, body []byte) (kept []byte, what string) {
	name := fmt.Sprintf("segment APP%d", m-0xE0)
	switch {
	case m == markCOM:
		return nil, "a comment"
	case m == 0xE0 && len(body) >= 14 && bytes.HasPrefix(body, []byte("JFIF\x00")):
		kept = slices.Clone(body[:14])
		kept[12], kept[13] = 0, 0 // no thumbnail
	case m == 0xEE && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
		kept = body[:12]
	case m == 0xE8 && len(body) == 5 && bytes.HasPrefix(body, []byte("mrfx")):
		kept = body
	case m >= 0xE0 && m <= 0xEF:
		return nil, name
	case m >= 0xF0 && m <= 0xFD && m != markLS && m != markLSE, m < 0xC0:
		return nil, fmt.Sprintf("segment %02X", m)
	default:
		return tables(m, body)
	}
	if len(kept) == len(body) {
		name = ""
	}
	return kept, name
}

// tables cuts the segments that a decoder reads to what it reads of them (T.81
// B.2); those of tables that may repeat are kept up to the last whole one.
func tables(m byte, body []byte) ([]byte, string) {
	used := len(body)
	switch {
	case m == 0xDB:
		used = repeated(body, func(b []byte) int { return 1 + 64*(1+int(b[0]>>4&1)) })
	case m == 0xC4:
		used = repeated(body, func(b []byte) int {
			n := 17
			for _, c := range b[1:min(17, len(b))] {
				n += int(c)
			}
			return n
		})
	case m == 0xDD && len(body) >= 2, m == 0xDC && len(body) >= 2:
		used = 2
	case m == markSOS && len(body) > 0:
		used = 4 + 2*int(body[0])
	case (m >= 0xC0 && m <= 0xCF && m != 0xC8 && m != 0xCC || m == markLS) && len(body) >= 6:
		used = 6 + 3*int(body[5])
	}
	if used >= len(body) {
		return body, ""
	}
	return body[:used], fmt.Sprintf("bytes behind the values of segment %02X", m)
}

// repeated is the length of whole tables that follow one another.
func repeated(body []byte, size func([]byte) int) int {
	p := 0
	for p < len(body) {
		n := size(body[p:])
		if p+n > len(body) {
			break
		}
		p += n
	}
	return p
}
