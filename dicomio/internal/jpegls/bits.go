package jpegls

import (
	"encoding/binary"
	"math/bits"
)

// bitReader reads bits from the highest on. After a byte FF only seven bits
// follow (A.1 of T.87, bit stuffing); FF with a high bit behind it is a marker
// and ends the data, behind which it yields zeros.
type bitReader struct {
	b     []byte
	p     int
	acc   uint64 // the next bits, at the top
	n     uint   // valid bits in acc
	pad   uint   // of them, or taken already: bits from behind the end
	after bool   // the byte before p was FF
}

// fill brings at least 56 bits into acc.
func (r *bitReader) fill() {
	if !r.after && r.p+8 <= len(r.b) {
		v := binary.BigEndian.Uint64(r.b[r.p:])
		const ones, highs = 0x0101010101010101, 0x8080808080808080
		if (^v-ones)&v&highs == 0 { // no byte is FF
			r.acc |= v >> r.n
			r.p += int((63 - r.n) >> 3)
			r.n |= 56
			return
		}
	}
	r.slowFill()
}

func (r *bitReader) slowFill() {
	r.acc &= ^uint64(0) << (64 - r.n) // the fast way leaves bits that it did not count
	for r.n <= 56 {
		width := uint(8)
		if r.after {
			width = 7
		}
		if r.p >= len(r.b) || r.after && r.b[r.p] >= 0x80 {
			r.n += width
			r.pad += width
			continue
		}
		v := r.b[r.p]
		r.acc |= uint64(v) << (64 - width - r.n)
		r.after = v == 0xFF
		r.p++
		r.n += width
	}
}

// check says whether bits from behind the end were used.
func (r *bitReader) check() error {
	if r.pad > r.n {
		return errTruncated
	}
	return nil
}

// position is where the search for the next marker goes on.
func (r *bitReader) position() int { return max(0, r.p-int(r.n/7)-1) }

// used is how many bytes were read at most.
func (r *bitReader) used() int {
	ahead := 0
	if r.n > r.pad {
		ahead = int(r.n-r.pad) / 8
	}
	return r.p - ahead
}

// take returns the next n bits, n <= 25.
func (r *bitReader) take(n uint) uint32 {
	if r.n < 32 {
		r.fill()
	}
	v := uint32(r.acc >> 32 >> (32 - n))
	r.acc <<= n
	r.n -= n
	return v
}

// golomb decodes a value of the limited-length code (A.5.3): a unary part, then
// k bits, or qbpp bits where the unary part reaches limit - qbpp - 1.
func (r *bitReader) golomb(k, limit, qbpp uint) (int32, bool) {
	if r.n < 56 {
		r.fill()
	}
	zeros := uint(bits.LeadingZeros64(r.acc))
	longest := limit - qbpp - 1
	if zeros >= longest {
		if zeros > longest || zeros >= r.n {
			return 0, false
		}
		r.acc <<= zeros + 1
		r.n -= zeros + 1
		return int32(r.take(qbpp)) + 1, true
	}
	if zeros >= r.n {
		return 0, false
	}
	r.acc <<= zeros + 1
	r.n -= zeros + 1
	return int32(zeros<<k | uint(r.take(k))), true
}
